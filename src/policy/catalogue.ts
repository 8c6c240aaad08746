import { nameInExpressions } from '../base/index.ts';
import type { Field as ModelField, ObjectPath as ModelObject } from '../model/index.ts';
import { type Catalogue, type Field, literalSql, type ObjectPath } from './expression/index.ts';
import type { Parameter } from './invariant.ts';
import { valueSql } from './parameters.ts';

/** What policies can name: per population its fields and the objects that may be absent. src/model/ fills it. */
export type PolicyModel = {
  readonly populations: ReadonlyMap<string, Population>;
};

/** The fields and objects of one population; `also` holds further facets without which a field is unknown. */
export type Population = {
  /** Facets without which nobody knows which rows there are. */
  readonly rows?: readonly Facet[];
  /** The flavour of a row, when rows have one. */
  readonly flavour?:
    | { readonly path?: string; readonly facet: ModelField['facet']; readonly also?: readonly Facet[] }
    | undefined;
  readonly fields: readonly (ModelField & { readonly also?: readonly Facet[] })[];
  readonly objects: readonly ModelObject[];
};

/** A facet, as the model names it. */
export type Facet = Exclude<ModelField['facet'], ''>;

/** All that an expression over a population may read: its fields, the policy's parameters and `asOf` (milliseconds since 1970). */
export function catalogueOf(population: Population, params: readonly Parameter[], asOf: number): Catalogue {
  const fields = new Map<string, Field>();
  const objects = new Map<string, ObjectPath>();
  for (const field of population.fields) fields.set(field.path, field);
  for (const object of population.objects) {
    objects.set(object.path, { ...object, nullable: object.present.toLowerCase() !== 'true' });
  }
  const known = { nullable: false, known: 'true', facet: '' };
  for (const { name, type, value } of params) {
    const path = `params.${nameInExpressions(name)}`;
    const literal = valueSql(type, value);
    if (literal.ok) fields.set(path, { path, type, sql: literal.sql, ...known });
  }
  const now = literalSql('timestamp', new Date(asOf));
  if (now.ok) fields.set('asOf', { path: 'asOf', type: 'timestamp', sql: now.sql, ...known });
  return { fields, objects };
}

/** What an expression reads: paths, and the facets of those and of the objects above them. */
type Reading = { readonly reads: readonly string[]; readonly facets: readonly string[] };

/** The facets that expressions need, sorted; parameters and `asOf` have none. */
export function facetsOf(population: Population, readings: readonly Reading[]): readonly Facet[] {
  const paths = new Set(readings.flatMap(({ reads }) => reads));
  const names = new Set(readings.flatMap(({ facets }) => facets));
  const needed = new Set<Facet>();
  for (const { facet } of [...population.fields, ...population.objects])
    if (facet !== '' && names.has(facet)) needed.add(facet);
  for (const { clear } of population.fields)
    for (const facet of clear?.facets ?? []) if (names.has(facet)) needed.add(facet);
  for (const { path, also = [] } of population.fields) if (paths.has(path)) for (const facet of also) needed.add(facet);
  return [...needed].sort();
}
