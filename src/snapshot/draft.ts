import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AuditError, instantMs, instantText, reasonOf } from '../base/index.ts';
import { createLedger } from './coverage.ts';
import { createDatabase, identifier, type Limits, loadEngine } from './engine.ts';
import type { QueryRecord, Scope, SourceRecord, TableRecord } from './manifest.ts';
import { partsOf } from './parts.ts';
import type { Recorder } from './recorder.ts';
import { condenseQueries, makeFolder, seal, writeTable } from './sealing.ts';
import { createStaging, type Staging } from './staging.ts';
import { tableNames } from './storage.ts';
import type { EdgeTable, TableName } from './tables.ts';
import { timesOf } from './times.ts';

/** A snapshot that is being collected. Nothing of it is visible under its name before `finish` resolves. */
export type SnapshotDraft = Recorder & {
  /**
   * Adds memberships as raw ids: 16 bytes each in text order (see packIds). cloud_member also takes one index into `memberKinds` per edge.
   * An order of magnitude faster than `add`.
   */
  edges(table: EdgeTable, groupIds: Uint8Array, memberIds: Uint8Array, kinds?: Uint8Array): Promise<void>;
  /** Sorts, writes, hashes and names the snapshot; `end` is RFC 3339. Throws AuditError('bug') on rows that contradict each other, and removes everything then. */
  finish(end: string): Promise<{ readonly path: string; readonly id: string }>;
  /** Removes everything; harmless after `finish`. */
  abort(): Promise<void>;
};

/** What a snapshot is made with: `directory` is the folder of all snapshots, `start` RFC 3339, `version` the tool's. */
export type DraftOptions = Limits & {
  readonly directory: string;
  readonly start: string;
  readonly version: string;
  readonly scope: Scope;
};

/** Begins a snapshot in a temporary folder of `directory` (made when missing). Throws AuditError('input') when that cannot be written. */
export async function createSnapshot(options: DraftOptions): Promise<SnapshotDraft> {
  const start = utc(options.start);
  const directory = resolve(options.directory);
  const temporary = await makeTemporary(directory);
  try {
    const database = await openStaging(temporary, options);
    return draftOf(database, { ...options, directory, start, temporary });
  } catch (thrown) {
    await rm(temporary, { recursive: true, force: true });
    throw thrown;
  }
}

type Database = Awaited<ReturnType<typeof openStaging>>;

async function openStaging(temporary: string, options: DraftOptions) {
  const engine = await loadEngine();
  // In memory, which spills to the temporary folder: a database file would only add a log and checkpoints to what nobody reopens.
  const { instance, connection } = await createDatabase(engine, ':memory:', join(temporary, 'spill'), options);
  const tables = new Map<TableName, Staging>();
  for (const table of tableNames) tables.set(table, await createStaging(engine, connection, table, 'enumeration'));
  return {
    connection,
    tables,
    parts: partsOf(engine, connection),
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

function draftOf(
  database: Database,
  options: DraftOptions & { readonly temporary: string; readonly directory: string },
): SnapshotDraft {
  const { directory, temporary, start } = options;
  const ledger = createLedger();
  const queries: QueryRecord[] = [];
  const sources: SourceRecord[] = [];
  let state: 'open' | 'closed' = 'open';

  const staged = (table: TableName): Staging => {
    const found = database.tables.get(table);
    if (state !== 'open' || found === undefined)
      throw new AuditError('bug', state === 'open' ? `there is no table ${table}` : 'this snapshot is finished');
    return found;
  };
  const remove = async () => {
    if (state === 'open') database.close();
    state = 'closed';
    await rm(temporary, { recursive: true, force: true });
  };
  const write = async (end: string) => {
    staged('coverage').add(ledger.rows());
    const folder = await makeFolder(join(temporary, 'snapshot'));
    const records = await writeTables(database, folder);
    const { scope, version } = options;
    return seal(folder, directory, {
      format: 'tallystick/snapshot/v1',
      tool: { name: 'tallystick', version },
      start,
      end: utc(end),
      scope,
      // In whichever order they answered, the manifest is the same.
      sources: [...sources].sort((a, b) => (a.source < b.source ? -1 : 1)),
      tables: records,
      queries: condenseQueries(queries),
      times: timesOf(queries),
    });
  };

  return {
    complete: ledger.complete,
    gap: ledger.gap,
    query: record => void queries.push(record),
    source: record => void sources.push(record),
    part: () => database.parts.begin(),
    add: async (table, rows) => staged(table).add(rows),
    edges: async (table, groupIds, memberIds, kinds) => staged(table).edges(groupIds, memberIds, kinds),
    finish: async end => {
      if (state !== 'open') throw new AuditError('bug', 'this snapshot is finished');
      try {
        return await write(end);
      } catch (thrown) {
        throw explain(thrown, directory);
      } finally {
        await remove();
      }
    },
    abort: remove,
  };
}

async function writeTables({ connection, tables, parts }: Database, folder: string): Promise<readonly TableRecord[]> {
  const records: TableRecord[] = [];
  for (const table of tableNames) {
    tables.get(table)?.flush();
    const kept = await parts.flush(table);
    records.push(await writeTable(connection, table, folder, [table, ...kept]));
    // Sorted and on disk: give the space back before the next table.
    tables.get(table)?.close();
    for (const name of [table, ...kept]) await connection.run(`DROP TABLE ${identifier(name)}`);
  }
  return records;
}

async function makeTemporary(directory: string): Promise<string> {
  try {
    await mkdir(directory, { recursive: true });
    return await mkdtemp(join(directory, '.collecting-'));
  } catch (cause) {
    throw new AuditError('input', `cannot write snapshots to ${directory}: ${reasonOf(cause)}`, { cause });
  }
}

function utc(iso: string): string {
  const ms = instantMs(iso);
  if (ms === undefined) throw new AuditError('bug', `'${iso.slice(0, 60)}' is not an RFC 3339 time`);
  return instantText(ms);
}

function explain(thrown: unknown, directory: string): unknown {
  if (thrown instanceof AuditError) return thrown;
  const reason = reasonOf(thrown);
  if (/out of memory/i.test(reason))
    return new AuditError('input', 'the memory limit is too small to sort this snapshot; raise --memory', {
      cause: thrown,
    });
  return new AuditError('input', `cannot write the snapshot to ${directory}: ${reason}`, { cause: thrown });
}
