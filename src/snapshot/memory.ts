import { rm } from 'node:fs/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import { AuditError, canonicalJson, instantMs, instantText, type Json, sha256 } from '../base/index.ts';
import { EARLIER, earlierTables, earlierToldSql } from './earlier.ts';
import { createDatabase, type Engine, loadEngine } from './engine.ts';
import type { Manifest, Scope, TableRecord } from './manifest.ts';
import { manifestId } from './manifest-file.ts';
import { createSession, lockDown } from './session.ts';
import { makeSpill, once, type Snapshot } from './snapshot.ts';
import { createStaging, reopenStaging } from './staging.ts';
import { fileOf, isTableName, tableNames } from './storage.ts';
import { type Row, type TableName, tables } from './tables.ts';

/** Rows by table; tables that are left out are empty. */
export type TableRows = { readonly [N in TableName]?: readonly Row<N>[] };

/** What the manifest of a snapshot in memory says besides its tables; times are RFC 3339. */
export type MemoryFacts = { readonly scope: Scope; readonly start: string; readonly end: string };

/** An earlier snapshot, of which only the tables that the model reads count. */
export type EarlierFacts = { readonly rows: TableRows; readonly facts: MemoryFacts };

/** One database for many small snapshots in a row: opening one empties the one before, whose use fails from then on. */
export type MemorySnapshots = {
  open(rows: TableRows, facts: MemoryFacts, earlier?: EarlierFacts): Promise<Snapshot>;
  close(): Promise<void>;
};

/** One snapshot without files, for tests of policies: same tables, same lock-down, and an id that depends on its content alone. */
export async function memorySnapshot(rows: TableRows, facts: MemoryFacts, earlier?: EarlierFacts): Promise<Snapshot> {
  const snapshots = await memorySnapshots();
  try {
    return { ...(await snapshots.open(rows, facts, earlier)), close: snapshots.close };
  } catch (thrown) {
    await snapshots.close();
    throw thrown;
  }
}

/** A database for snapshots in memory, made once (about 30 ms) and reused. */
export async function memorySnapshots(): Promise<MemorySnapshots> {
  const engine = await loadEngine();
  const spill = await makeSpill();
  const { instance, connection } = await createDatabase(engine, ':memory:', spill, { threads: 1 });
  for (const table of tableNames) (await createStaging(engine, connection, table, 'text')).close();
  await lockDown(connection, [spill]);
  let filled: readonly TableName[] = [];
  let current: DuckDBConnection | undefined;
  const endCurrent = () => {
    current?.interrupt();
    current?.closeSync();
    current = undefined;
  };

  const put = async (rows: TableRows, facts: MemoryFacts): Promise<Manifest> => {
    const unknown = Object.keys(rows).find(name => !isTableName(name));
    if (unknown !== undefined) throw new AuditError('bug', `there is no table ${unknown}`);
    for (const table of filled) await connection.run(`DELETE FROM "${table}"`);
    filled = tableNames.filter(table => (rows[table]?.length ?? 0) > 0);
    return manifestOf(await fill(engine, connection, filled, rows), facts);
  };
  // The rows go through the tables of the snapshot itself, which are filled anew afterwards.
  let beside = false;
  const putEarlier = async (given: EarlierFacts | undefined): Promise<Pick<Snapshot, 'earlier'>> => {
    if (beside) await connection.run(`DROP SCHEMA IF EXISTS ${EARLIER} CASCADE`);
    beside = given !== undefined;
    if (given === undefined) return {};
    await connection.run(`DROP SCHEMA IF EXISTS ${EARLIER} CASCADE`);
    const manifest = await put(given.rows, given.facts);
    const earlier = { id: manifestId(manifest), manifest };
    for (const statement of earlierToldSql(earlier)) await connection.run(statement);
    for (const table of earlierTables) await connection.run(`CREATE TABLE ${EARLIER}.${table} AS FROM main.${table}`);
    return { earlier };
  };

  return {
    open: async (rows, facts, earlier) => {
      endCurrent();
      const besides = await putEarlier(earlier);
      const manifest = await put(rows, facts);
      // A connection of its own: temporary tables of one case are gone in the next.
      const own = await instance.connect();
      current = own;
      return {
        ...createSession(engine, own),
        path: '',
        id: manifestId(manifest),
        manifest,
        ...besides,
        close: once(async () => {
          if (current === own) endCurrent();
        }),
      };
    },
    close: once(async () => {
      endCurrent();
      connection.closeSync();
      instance.closeSync();
      await rm(spill, { recursive: true, force: true });
    }),
  };
}

/** Rows of each table, once each, in canonical order. */
type Contents = ReadonlyMap<TableName, readonly string[]>;

async function fill(
  engine: Engine,
  connection: DuckDBConnection,
  names: readonly TableName[],
  rows: TableRows,
): Promise<Contents> {
  const contents = new Map<TableName, readonly string[]>();
  for (const table of names) {
    const unique = uniqueRows(table, rows[table] ?? []);
    const staging = await reopenStaging(engine, connection, table);
    try {
      staging.add([...unique.values()]);
      staging.flush();
    } finally {
      staging.close();
    }
    contents.set(table, [...unique.keys()]);
  }
  return contents;
}

function uniqueRows(table: TableName, rows: readonly Row<TableName>[]): ReadonlyMap<string, Row<TableName>> {
  const byText = new Map<string, Row<TableName>>();
  const keys = new Map<string, string>();
  for (const row of rows) {
    const cells: Readonly<Record<string, Json>> = row;
    const text = canonicalJson(cells);
    const key = canonicalJson(tables[table].sortedBy.map(column => cells[column] ?? null));
    if ((keys.get(key) ?? text) !== text)
      throw new AuditError('bug', `table ${table} got different rows with the key ${key}`);
    keys.set(key, text);
    byText.set(text, row);
  }
  return new Map([...byText].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

function manifestOf(contents: Contents, { scope, start, end }: MemoryFacts): Manifest {
  return {
    format: 'tallystick/snapshot/v1',
    tool: { name: 'tallystick', version: 'memory' },
    start: utc(start),
    end: utc(end),
    scope,
    sources: [],
    tables: tableNames.map(table => tableRecord(table, contents.get(table) ?? [])),
    queries: [],
    times: { facets: [], pairs: [], apartMs: null },
  };
}

function tableRecord(table: TableName, lines: readonly string[]): TableRecord {
  const text = lines.join('\n');
  return { table, file: fileOf(table), rows: lines.length, sha256: sha256(text), bytes: Buffer.byteLength(text) };
}

function utc(iso: string): string {
  const ms = instantMs(iso);
  if (ms === undefined) throw new AuditError('bug', `'${iso.slice(0, 60)}' is not an RFC 3339 time`);
  return instantText(ms);
}
