import { fewClause, fromClause, type Population, type SubjectSql } from '../model/index.ts';
import type { CompiledInvariant } from '../policy/index.ts';
import { type FacetName, isFacet, type SqlRow, type SqlValue } from '../snapshot/index.ts';
import type { Judgement, Selection } from './judgement.ts';
import { factOf, type Reading } from './reading.ts';
import { codes, hasCode } from './verdict.ts';

/** One invariant with the place of its verdict in a judged table. */
export type Judged = {
  readonly compiled: CompiledInvariant;
  readonly population: Population;
  readonly readings: readonly Reading[];
  readonly told: readonly Reading[];
  readonly selections: readonly Selection[];
  readonly table: string;
  readonly index: number;
};

/** Which facets are missing for a row, given those that could be. */
export type MissingFacets = (candidates: readonly FacetName[], ids: readonly string[]) => readonly FacetName[];

/** Rows of a judged table that meet a condition, under the population's alias: kept whole, or looked up again by their keys. */
function judgedRows(population: Population, table: string, condition: string): string {
  const kept = `(SELECT * FROM "${table}" WHERE ${condition})`;
  if (population.carried.length > 0) return kept;
  const same = population.keys.map(key => `r.${key} IS NOT DISTINCT FROM j.${key}`);
  if (same.length === 0) return `(SELECT r.*, j.n, j.code FROM ${population.relation} r, ${kept} j)`;
  return `(SELECT r.*, j.n, j.code FROM ${population.relation} r JOIN ${kept} j ON ${same.join(' AND ')})`;
}

type NamedSql = { readonly name: string; readonly sql: string };

function subjectColumns(subject: SubjectSql): NamedSql[] {
  return [
    { name: 'subject_key', sql: subject.key },
    { name: 'subject_label', sql: subject.label },
    ...Object.entries(subject.ids).map(([name, sql]) => ({ name: `id_${name}`, sql })),
  ];
}

function failureColumns({ compiled, population, readings, told, selections }: Judged): readonly NamedSql[] {
  return [
    ...subjectColumns(population.subject),
    ...readings.flatMap((reading, at) => [
      { name: `f${at}`, sql: reading.sql },
      { name: `k${at}`, sql: reading.known },
    ]),
    ...told.flatMap((reading, at) => [
      { name: `t${at}`, sql: reading.sql },
      { name: `tk${at}`, sql: reading.known },
    ]),
    ...compiled.messageParts.flatMap((part, at) =>
      'text' in part
        ? []
        : [
            { name: `m${at}`, sql: part.textSql },
            { name: `mk${at}`, sql: part.knownSql },
          ],
    ),
    ...selections.map(({ sql }, at) => ({ name: `s${at}`, sql })),
  ];
}

/** How the violations of some invariants over one judged table are looked up: a table to make first, and a query for each that reads it. */
export type Lookup = {
  /** The tables that `statements` make, in order. */
  readonly tables: readonly string[];
  readonly statements: readonly string[];
  /** In the order of the invariants: their violations, one row each, sorted by subject. */
  readonly queries: readonly string[];
};

/**
 * Looks the violations of all invariants of one judged table up at once: what they tell of is joined one time, however many they are, because the
 * tables joined have a million rows and the violations few.
 */
export function lookupFailures(all: readonly Judged[]): Lookup | undefined {
  const [first] = all;
  if (first === undefined) return undefined;
  const { population, table } = first;
  const names = new Map<string, string>();
  const nameOf = (sql: string): string => {
    const name = names.get(sql) ?? `e${names.size}`;
    names.set(sql, name);
    return name;
  };
  const failing = `failing_${table}`;
  const found = `found_${table}`;
  const queries = all.map(judged => {
    const columns = failureColumns(judged).map(({ name, sql }) => `${nameOf(sql)} AS "${name}"`);
    return `SELECT ${columns.join(', ')}\nFROM "${found}"\nWHERE ${hasCode(judged.index, codes.fail)}\nORDER BY subject_key`;
  });
  const failed = all.map(({ index }) => hasCode(index, codes.fail)).join(' OR ');
  const columns = [...names].map(([sql, name]) => `${sql} AS ${name}`);
  const few = fewClause(population, failing, columns);
  const statements = [
    `CREATE TEMP TABLE "${failing}" AS\nFROM ${judgedRows(population, table, failed)}`,
    ...few.statements,
    `CREATE TEMP TABLE "${found}" AS\nSELECT ${[`${population.alias}.code AS code`, ...columns].join(',\n  ')}\n${few.from}`,
  ];
  return { tables: [failing, ...few.tables, found], statements, queries };
}

/** SQL of the unknown verdicts of an invariant: one row per subject, or per subject that stands for many. */
export function unknownSql(judged: Judged): string {
  const { population, readings } = judged;
  const subject = population.unknownBy?.subject ?? population.subject;
  const columns = [
    ...subjectColumns(subject).map(({ name, sql }) => `${sql} AS "${name}"`),
    ...readings.map((reading, at) => `${reading.known} AS "k${at}"`),
    `${population.alias}.n AS n`,
    ...(population.facet === undefined ? [] : [`${population.facet} AS facet`]),
    ...(population.apart === undefined ? [] : [`(${population.apart.rows}) AS apart`]),
  ];
  const names = [
    ...['subject_key', 'subject_label', ...Object.keys(subject.ids).map(name => `"id_${name}"`)],
    ...(population.facet === undefined ? [] : ['facet']),
    ...(population.apart === undefined ? [] : ['apart']),
  ];
  const known = readings.map((_, at) => `bool_and(coalesce("k${at}", false)) AS "k${at}"`);
  return `SELECT ${[...names, ...known, 'sum(n)::BIGINT AS n'].join(', ')}
FROM (SELECT ${columns.join(',\n  ')}\n${fromClause(population, judgedRows(population, judged.table, hasCode(judged.index, codes.unknown)), columns)})
GROUP BY ${names.join(', ')}
ORDER BY subject_key`;
}

/** A row of a lookup's query as a judgement. */
export function failureOf(judged: Judged, row: SqlRow): Judgement {
  const { compiled, readings, told, selections } = judged;
  const message = compiled.messageParts
    .map((part, at) => ('text' in part ? part.text : shown(row[`m${at}`], row[`mk${at}`])))
    .join('');
  const facts = readings.flatMap((reading, at) =>
    reading.shown ? [[reading.path, factOf(reading, row[`f${at}`] ?? null, row[`k${at}`] ?? null)] as const] : [],
  );
  const further = told.flatMap((reading, at) => {
    const fact = row[`tk${at}`] === true ? factOf(reading, row[`t${at}`] ?? null, true) : null;
    return fact === null ? [] : [[reading.path, fact] as const];
  });
  const selectedBy = selections.filter((_, at) => row[`s${at}`] === true).map(({ name }) => name);
  return {
    invariant: compiled.invariant.id,
    verdict: 'fail',
    subject: subjectOf(judged.population, judged.population.subject, row),
    message,
    facts: Object.fromEntries([...facts, ...further]),
    missing: [],
    rows: 1,
    ...(selectedBy.length === 0 ? {} : { selectedBy }),
  };
}

/** A row of unknownSql as a judgement. */
export function unknownOf(judged: Judged, row: SqlRow, missingFacets: MissingFacets): Judgement {
  const { compiled, population, readings } = judged;
  const subject = subjectOf(population, population.unknownBy?.subject ?? population.subject, row);
  const apart = row.apart === true ? population.apart : undefined;
  const open = readings.filter((_, at) => row[`k${at}`] !== true);
  const lost = apart === undefined ? open : open.filter(({ path }) => !path.startsWith(apart.fields));
  const candidates = lost.flatMap(reading => reading.facets);
  const own = String(row.facet ?? '');
  const missing = isFacet(own) ? [own] : missingFacets([...new Set(candidates)].sort(), Object.values(subject.ids));
  const rows = Number(row.n ?? 1);
  const what = population.unknownBy
    ? `${rows} ${rows === 1 ? population.name.replace(/s$/, '') : population.name} of ${subject.label}`
    : subject.label;
  const unread = `${missing.length === 0 ? 'a fact' : missing.join(', ')} was not read in full`;
  return {
    invariant: compiled.invariant.id,
    verdict: 'unknown',
    subject,
    message: `${what}: not judged, because ${apart !== undefined && lost.length < open.length ? apart.reason : unread}`,
    facts: {},
    missing,
    rows,
  };
}

function subjectOf(population: Population, subject: SubjectSql, row: SqlRow): Judgement['subject'] {
  const ids = Object.keys(subject.ids).flatMap(name => {
    const id = row[`id_${name}`];
    return typeof id === 'string' && id !== '' ? [[name, id] as const] : [];
  });
  return {
    population: population.name,
    key: String(row.subject_key ?? ''),
    label: String(row.subject_label ?? ''),
    ids: Object.fromEntries(ids),
  };
}

function shown(text: SqlValue | undefined, known: SqlValue | undefined): string {
  if (known !== true) return '(unknown)';
  return text === null || text === undefined || text === '' ? '(none)' : String(text);
}
