import type { FacetName } from '../snapshot/index.ts';
import type { FieldType, ObjectPath } from './field.ts';
import type { Attachment, PopulationField } from './population.ts';

type Optional = {
  readonly nullable?: boolean;
  readonly also?: readonly FacetName[];
  readonly values?: readonly string[];
  readonly from?: string;
};

/** A maker of fields that share a facet and a condition under which they are known. */
export function fieldsOf(facet: FacetName, known: string) {
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
