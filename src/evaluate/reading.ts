import type { FieldType, ObjectPath, Population, PopulationField } from '../model/index.ts';
import type { CompiledInvariant } from '../policy/index.ts';
import type { FacetName, SqlValue } from '../snapshot/index.ts';
import type { Fact } from './judgement.ts';
import { flavourSql } from './verdict.ts';

/** Something that a verdict rests on: SQL of its value and of whether it is known, and the facets that decide the latter. */
export type Reading = {
  readonly path: string;
  readonly type: FieldType;
  readonly sql: string;
  readonly known: string;
  readonly facets: readonly FacetName[];
  /** False for what is read only to find the scope. */
  readonly shown: boolean;
};

/** What an invariant reads of its population: fields as they are, objects as whether they are there. */
export function readingsOf(compiled: CompiledInvariant, population: Population): readonly Reading[] {
  const fields = new Map(population.fields.map(field => [field.path, field]));
  const objects = new Map(population.objects.map(object => [object.path, object]));
  const readings = compiled.reads.flatMap(path => {
    const field = fields.get(path);
    if (field) return [fieldReading(field, true)];
    const object = objects.get(path);
    return object ? [objectReading(object)] : [];
  });
  const clears = compiled.clears.flatMap(path => fields.get(path) ?? []).map(clearReading);
  const flavour = population.flavour;
  const hidden = flavour && flavourSql(compiled, population) !== undefined && !compiled.reads.includes(flavour.path);
  return [...readings, ...clears, ...(hidden ? [fieldReading(flavour, false)] : [])];
}

/** What a finding of an invariant tells besides, where it is known. */
export function toldOf({ invariant, reads }: CompiledInvariant, population: Population): readonly Reading[] {
  const further = (invariant.facts ?? []).filter(path => !reads.includes(path));
  return population.fields.filter(({ path }) => further.includes(path)).map(field => fieldReading(field, true));
}

/** All facets that can make the invariant unknown. */
export function facetsOf(readings: readonly Reading[]): readonly FacetName[] {
  return [...new Set(readings.flatMap(reading => reading.facets))].sort();
}

/** A value from the database as a fact. */
export function factOf(reading: Reading, value: SqlValue, known: SqlValue): Fact {
  if (known !== true) return { unknown: reading.facets[0] ?? '' };
  if (value === null) return null;
  if (reading.type === 'timestamp' && typeof value === 'number') return new Date(value).toISOString();
  if (reading.type === 'duration' && typeof value === 'number') return `${value / 1_000_000}s`;
  if (Array.isArray(value)) return value.map(String);
  return typeof value === 'object' ? JSON.stringify(value) : value;
}

/** A field as something that is read. */
export function fieldReading(field: PopulationField, shown: boolean): Reading {
  return {
    path: field.path,
    type: field.type,
    sql: field.sql,
    known: field.known,
    facets: [...(field.facet === '' ? [] : [field.facet]), ...field.also],
    shown,
  };
}

/** That the text of a field is no pseudonym. */
function clearReading({ path, type, sql, clear }: PopulationField): Reading {
  return { path, type, sql, known: clear?.sql ?? 'true', facets: clear?.facets ?? [], shown: false };
}

function objectReading(object: ObjectPath): Reading {
  return {
    path: object.path,
    type: 'bool',
    sql: object.present,
    known: object.known,
    facets: [object.facet],
    shown: true,
  };
}
