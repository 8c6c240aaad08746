import type { FacetName } from '../snapshot/index.ts';

export type FieldType = 'bool' | 'int' | 'double' | 'string' | 'timestamp' | 'duration' | 'string[]';

/**
 * One fact that a policy can name. `sql` yields the value, or NULL when it is absent; `known` is SQL that is true when the facet was read for this row
 * ('true' when it always is). Column names are qualified with the alias of the entity.
 */
export type Field = {
  /** CEL path, e.g. group.ad.dn. */
  readonly path: string;
  readonly type: FieldType;
  readonly nullable: boolean;
  readonly sql: string;
  readonly known: string;
  /** Empty for what the snapshot tells of itself, which no source can refuse. */
  readonly facet: FacetName | '';
  /** Where the fact comes from, in the source's own words, e.g. AD `groupType`. */
  readonly from: string;
  readonly about: string;
  /** For a text that names or describes people or groups: SQL that is true when the value is no pseudonym (no subquery: it can stand in a lambda), and the facets that say so. */
  readonly clear?: { readonly sql: string; readonly facets: readonly FacetName[] };
  /** All values that a text can take, when they are a closed set. */
  readonly values?: readonly string[];
};

/** An object that may be absent as a whole, e.g. group.ad when there is no twin. `present` is SQL that is never NULL. */
export type ObjectPath = {
  readonly path: string;
  readonly present: string;
  readonly known: string;
  readonly facet: FacetName;
  readonly about: string;
};
