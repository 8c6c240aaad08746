import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { AuditError } from '../base/index.ts';
import { identifier, literal } from './engine.ts';
import { digestFile, forceToDisk, writeDurably } from './files.ts';
import type { Manifest, QueryRecord, TableRecord } from './manifest.ts';
import { MANIFEST, manifestId, renderManifest } from './manifest-file.ts';
import { columnsOf, fileOf, sqlTypes } from './storage.ts';
import { type TableName, tables } from './tables.ts';
import { spanOf } from './times.ts';

/**
 * Writes one table as Parquet, sorted by its key, so that equal content gives equal bytes whatever the order of arrival: rows of one key that are
 * equal in every column are written once, and different rows of one key are an AuditError('bug') that names table and key.
 * `staged` names the tables that hold its rows.
 */
export async function writeTable(
  connection: DuckDBConnection,
  table: TableName,
  folder: string,
  staged: readonly string[] = [table],
  signal?: AbortSignal,
): Promise<TableRecord> {
  const file = fileOf(table);
  const path = join(folder, file);
  const order = tables[table].sortedBy.map(identifier).join(', ');
  const columns = columnsOf(table).map(
    ({ name, type }) => `${identifier(name)}::${sqlTypes[type]} AS ${identifier(name)}`,
  );
  // Sorted before it is converted: the staged form is smaller.
  const rowsOf = staged.map(name => `SELECT * FROM ${identifier(name)}`).join(' UNION ALL ');
  const sorted = `SELECT * FROM (${rowsOf}) ORDER BY ${order}`;
  await copy(connection, `SELECT ${columns.join(', ')} FROM (${sorted})`, path);
  let rows = await count(connection, `FROM read_parquet(${literal(path)})`);
  if (rows > 0 && (await hasRepeatedKeys(connection, table, path))) rows = await writeOnce(connection, table, path);
  await forceToDisk(path);
  return { table, file, rows, ...(await digestFile(path, signal)) };
}

/** Writes the manifest, forces everything to disk and gives the folder its name; returns path and id. */
export async function seal(
  folder: string,
  directory: string,
  manifest: Manifest,
): Promise<{ readonly path: string; readonly id: string }> {
  const id = manifestId(manifest);
  const path = join(directory, `${compactInstant(manifest.start)}-${id.slice(0, 12)}`);
  const text = renderManifest(manifest);
  await writeDurably(join(folder, MANIFEST), text);
  await forceToDisk(folder);
  try {
    await rename(folder, path);
  } catch (cause) {
    // The very same snapshot may be there already; its bytes are then the same too.
    const existing = await readFile(join(path, MANIFEST), 'utf8').catch(() => undefined);
    if (existing !== text) throw new AuditError('input', `cannot name the snapshot ${path}`, { cause });
    await rm(folder, { recursive: true, force: true });
  }
  await forceToDisk(directory);
  return { path, id };
}

/** Makes a private folder. */
export async function makeFolder(path: string): Promise<string> {
  await mkdir(path, { mode: 0o700 });
  return path;
}

/** 2026-08-22T09:00:00.000Z as 20260822T090000Z. */
export function compactInstant(iso: string): string {
  return iso.replace(/\.\d+Z$/, 'Z').replace(/[-:]/g, '');
}

const KEPT_PER_FACET = 500;

/**
 * The queries of a manifest. One source can be asked a million times, and a manifest has to stay readable: beyond the first 500 complete ones of
 * a facet, complete queries are summed up in one record; incomplete ones are kept, up to as many, and then summed up as one incomplete record.
 */
export function condenseQueries(queries: readonly QueryRecord[]): readonly QueryRecord[] {
  const kept: QueryRecord[] = [];
  const groups = new Map<string, QueryRecord[]>();
  for (const query of queries) {
    const key = `${query.source} ${query.facet} ${query.complete}`;
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    group.push(query);
    if (group.length <= KEPT_PER_FACET) kept.push(query);
  }
  for (const group of groups.values()) {
    const rest = group.slice(KEPT_PER_FACET);
    const [first] = rest;
    if (first !== undefined) kept.push(sumOf(first, rest));
  }
  return kept;
}

function sumOf(first: QueryRecord, rest: readonly QueryRecord[]): QueryRecord {
  const sum = (pick: (query: QueryRecord) => number) => rest.reduce((total, query) => total + pick(query), 0);
  const announced = rest.every(query => query.expected !== null);
  const objects = [...new Set(rest.flatMap(query => query.objects))];
  return {
    ...first,
    request: `${rest.length} more like: ${first.request}`,
    pages: sum(query => query.pages),
    expected: announced ? sum(query => query.expected ?? 0) : null,
    retrieved: sum(query => query.retrieved),
    retries: sum(query => query.retries),
    ...spanOf(rest),
    durationMs: sum(query => query.durationMs),
    reason:
      first.reason === null ? null : `${first.reason} (and ${rest.length - 1} more queries; ${objects.length} objects)`,
    objects: objects.slice(0, 1000),
  };
}

async function copy(connection: DuckDBConnection, select: string, path: string): Promise<void> {
  await connection.run(
    `COPY (${select}) TO ${literal(path)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)`,
  );
}

async function count(connection: DuckDBConnection, from: string): Promise<number> {
  const [row] = (await connection.runAndReadAll(`SELECT count(*) ${from}`)).getRows();
  return Number(row?.[0]);
}

// The file is sorted, so equal keys are neighbours and a window of one row finds them in a stream: no hash table of 50 million keys.
function neighbours(table: TableName, path: string): string {
  const names = columnsOf(table).map(column => column.name);
  const before = names.map(name => `lag(${identifier(name)}) OVER () AS ${identifier(`before ${name}`)}`);
  return `(SELECT *, row_number() OVER () AS "row number", ${before.join(', ')} FROM read_parquet(${literal(path)}))`;
}

function repeats(columns: readonly string[]): string {
  const equal = columns.map(name => `${identifier(name)} IS NOT DISTINCT FROM ${identifier(`before ${name}`)}`);
  return `("row number" > 1 AND ${equal.join(' AND ')})`;
}

async function hasRepeatedKeys(connection: DuckDBConnection, table: TableName, path: string): Promise<boolean> {
  const key: readonly string[] = tables[table].sortedBy;
  const before = key.map(name => `lag(${identifier(name)}) OVER () AS ${identifier(`before ${name}`)}`);
  const equal = key.map(name => `${identifier(name)} IS NOT DISTINCT FROM ${identifier(`before ${name}`)}`);
  // The first row has no neighbour; its lag is NULL, which only a NULL key could equal: such keys go the slow, exact way.
  const from = `FROM (SELECT ${[...key.map(identifier), ...before].join(', ')} FROM read_parquet(${literal(path)})) WHERE ${equal.join(' AND ')}`;
  return (await count(connection, from)) > 0;
}

async function writeOnce(connection: DuckDBConnection, table: TableName, path: string): Promise<number> {
  const key: readonly string[] = tables[table].sortedBy;
  const all = columnsOf(table).map(column => column.name);
  const from = neighbours(table, path);
  const conflicts = await connection.runAndReadAll(
    `SELECT ${key.map(name => `${identifier(name)}::VARCHAR`).join(', ')} FROM ${from} WHERE ${repeats(key)} AND NOT ${repeats(all)} LIMIT 1`,
  );
  const [conflict] = conflicts.getRows();
  if (conflict !== undefined) {
    const named = key.map((name, index) => `${name} = ${String(conflict[index]).slice(0, 200)}`).join(', ');
    throw new AuditError('bug', `table ${table} got different rows with the key ${named}`);
  }
  const once = `${path}.once`;
  await copy(connection, `SELECT ${all.map(identifier).join(', ')} FROM ${from} WHERE NOT ${repeats(all)}`, once);
  await rename(once, path);
  return count(connection, `FROM read_parquet(${literal(path)})`);
}
