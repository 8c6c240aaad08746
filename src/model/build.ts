import type { FacetName } from '../snapshot/index.ts';
import type { FieldType, ObjectPath } from './field.ts';
import type { Attachment, PopulationField } from './population.ts';

type Optional = {
  readonly nullable?: boolean;
  readonly also?: readonly FacetName[];
  readonly values?: readonly string[];
  readonly from?: string;
  /** Whose names the text holds; see Field.clear. */
  readonly names?: Names;
};

type Names = 'ad' | 'cloud' | 'both';

const clear: Readonly<Record<Names, NonNullable<PopulationField['clear']>>> = {
  ad: { sql: 'nk.ad_names', facets: ['ad.names'] },
  cloud: { sql: 'nk.cloud_names', facets: ['cloud.names'] },
  both: { sql: '(nk.ad_names AND nk.cloud_names)', facets: ['ad.names', 'cloud.names'] },
};

/** SQL that is true where a text is no pseudonym. */
export function clearSql(names: Names): string {
  return clear[names].sql;
}

/** What says that a text is no pseudonym. */
export function clearOf(names: Names): NonNullable<PopulationField['clear']> {
  return clear[names];
}

/** A maker of fields that share a facet and a condition under which they are known. */
export function fieldsOf(facet: FacetName | '', known: string) {
  return (path: string, type: FieldType, sql: string, about: string, options: Optional = {}): PopulationField => ({
    path,
    type,
    nullable: options.nullable ?? false,
    sql,
    known,
    facet,
    from: options.from ?? 'computed',
    about,
    ...(options.values === undefined ? {} : { values: options.values }),
    ...(options.names === undefined ? {} : { clear: clear[options.names] }),
    also: options.also ?? [],
  });
}

/** An object that can be absent as a whole. */
export function objectAt(path: string, present: string, known: string, facet: FacetName, about: string): ObjectPath {
  return { path, present, known, facet, about };
}

/** An attachment; see Attachment. */
export function attach(alias: string, relation: string, on: string, few?: Attachment['few']): Attachment {
  return { alias, relation, on, few };
}

/** What says whether texts are names or pseudonyms: every population with a field that has `names` attaches it. */
export const attachNames: Attachment = attach('nk', 'known', 'true');
