import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { AuditError, diskFailure, instantMs, instantText, isDiskFull, reasonOf } from '../base/index.ts';
import { type Amendment, amendmentOf, type Carried, type Continuation, continuationOf } from './amendment.ts';
import { type BookmarkFile, writeBookmarks } from './bookmarks.ts';
import { compareSnapshots } from './comparison.ts';
import { createLedger } from './coverage.ts';
import { createDatabase, identifier, type Limits, loadEngine, memoryOf } from './engine.ts';
import { withheldFacets } from './facets.ts';
import { releaseHeap } from './heap.ts';
import type { Break, QueryRecord, Scope, SourceRecord, TableRecord } from './manifest.ts';
import { partsOf } from './parts.ts';
import type { Pseudonyms } from './pseudonyms.ts';
import { readingRows, serverRows } from './readings.ts';
import type { Recorder } from './recorder.ts';
import { REDACTION, redactedRecorder, redactionBy } from './redaction.ts';
import { condenseQueries, makeFolder, seal, writeTable } from './sealing.ts';
import { createStaging, type Staging } from './staging.ts';
import { tableNames } from './storage.ts';
import type { EdgeTable, TableName } from './tables.ts';
import { timesOf } from './times.ts';
import type { Verified } from './verification.ts';

/** A snapshot that is being collected. Nothing of it is visible under its name before `finish` resolves. */
export type SnapshotDraft = Recorder & {
  /**
   * Adds memberships as raw ids: 16 bytes each in text order (see packIds). cloud_member also takes one index into `memberKinds` per edge.
   * An order of magnitude faster than `add`.
   */
  edges(table: EdgeTable, groupIds: Uint8Array, memberIds: Uint8Array, kinds?: Uint8Array): Promise<void>;
  /** Leaves a note beside the tables for a collection that continues this one: no fact, but where the sources can be asked what has changed since. */
  bookmark(file: BookmarkFile, text: string): void;
  /** Sorts, writes, hashes and names the snapshot; `end` is RFC 3339. Throws AuditError('bug') on rows that contradict each other, and removes everything then. */
  finish(end: string): Promise<{ readonly path: string; readonly id: string }>;
  /** Removes everything; harmless after `finish`. */
  abort(): Promise<void>;
};

/**
 * What a snapshot is made with: `directory` is the folder of all snapshots, `start` RFC 3339, `version` the tool's. `folder` is an existing private one on
 * the same disk to work in, which stays when the draft goes (default: a new one below `directory`); `breaks` tell when reading paused; `signal` ends `finish`.
 */
export type DraftOptions = Limits & {
  readonly directory: string;
  readonly folder?: string;
  readonly breaks?: readonly Break[];
  readonly signal?: AbortSignal;
  readonly start: string;
  readonly version: string;
  readonly scope: Scope;
  /** Puts pseudonyms in place of names, in everything that is recorded. */
  readonly pseudonyms?: Pseudonyms;
  /** When what is carried over was last known to be what a full reading gives, RFC 3339. */
  readonly proven?: string | undefined;
  /** A full reading of just now: `finish` compares with it and throws AuditError('integrity'), naming table and keys, when something differs. */
  readonly proof?: Verified | undefined;
};

/** A draft that continues another snapshot: what is not read again is carried over from it. */
export type AmendedDraft = SnapshotDraft & Pick<Amendment, 'replace' | 'restore'>;

/**
 * Begins a snapshot that consists of what `base` holds but for the objects that are replaced. A facet keeps the word that the base has about it unless
 * the draft is told another one. `again` is when reading began again, RFC 3339; `base` is what verifySnapshot found.
 */
export async function amendSnapshot(
  base: Verified,
  options: Omit<DraftOptions, 'start' | 'scope' | 'pseudonyms' | 'breaks'> & { readonly again: string },
): Promise<AmendedDraft> {
  const amendment = amendmentOf(base);
  const { start, scope } = base.manifest;
  const { replace, restore } = amendment;
  const { queries, sources } = base.manifest;
  return { ...(await begin({ ...options, start, scope, carried: amendment, queries, sources })), replace, restore };
}

/** A draft that may take the rows of single objects over from another snapshot. */
export type ContinuedDraft = SnapshotDraft & Pick<Continuation, 'carry'>;

/** Begins a snapshot for which everything is read but the objects that are carried over from `base`, which verifySnapshot found. */
export async function continueSnapshot(base: Verified, options: DraftOptions): Promise<ContinuedDraft> {
  const continuation = continuationOf(base);
  return { ...(await begin({ ...options, carried: continuation, again: options.start })), carry: continuation.carry };
}

/** Begins a snapshot in a temporary folder of `directory` (made when missing). Throws AuditError('input') when that cannot be written. */
export function createSnapshot(options: DraftOptions): Promise<SnapshotDraft> {
  return begin(options);
}

/** A draft with what only the room itself may set. */
type Beginning = DraftOptions & {
  readonly carried?: Carried;
  readonly again?: string;
  readonly queries?: readonly QueryRecord[];
  readonly sources?: readonly SourceRecord[];
};

async function begin(options: Beginning): Promise<SnapshotDraft> {
  const start = utc(options.start);
  const directory = resolve(options.directory);
  const temporary = options.folder ?? (await makeTemporary(directory));
  const clear = async () => {
    const ours = options.folder === undefined ? [temporary] : ['spill', 'snapshot'].map(name => join(temporary, name));
    for (const path of ours) await rm(path, { recursive: true, force: true });
  };
  try {
    const database = await openStaging(temporary, options);
    return draftOf(database, { ...options, directory, start, temporary, clear });
  } catch (thrown) {
    await clear();
    throw thrown;
  }
}

/** While rows arrive, the database has a part of its memory: the readers need theirs then, and what is too much for it is written out as it comes. */
const STAGING_SHARE = 4;
const LEAST_STAGING = 64_000_000;
/** So many rows leave garbage behind that is worth collecting. */
const MANY_ROWS = 50_000;

type Database = Awaited<ReturnType<typeof openStaging>>;

async function openStaging(temporary: string, options: DraftOptions) {
  const engine = await loadEngine();
  // In memory, which spills to the temporary folder: a database file would only add a log and checkpoints to what nobody reopens.
  const memory = memoryOf(options);
  const spill = join(temporary, 'spill');
  const begun = Math.min(memory, Math.max(LEAST_STAGING, Math.floor(memory / STAGING_SHARE)));
  const { instance, connection } = await createDatabase(engine, ':memory:', spill, options, begun);
  const tables = new Map<TableName, Staging>();
  for (const table of tableNames) tables.set(table, await createStaging(engine, connection, table, 'enumeration'));
  return {
    connection,
    tables,
    parts: partsOf(engine, connection),
    /** Lets the database have all that it may: what was added so far is to be sorted. */
    widen: () => connection.run(`SET memory_limit = '${memory}B'`),
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

function draftOf(
  database: Database,
  options: Beginning & { readonly temporary: string; readonly clear: () => Promise<void> },
): SnapshotDraft {
  const { directory, temporary, start, signal, carried, again } = options;
  const ledger = createLedger();
  const redaction = options.pseudonyms && redactionBy(options.pseudonyms);
  const base = carried?.base;
  const queries: QueryRecord[] = [...(options.queries ?? [])];
  const sources: SourceRecord[] = [...(options.sources ?? [])];
  const bookmarks = new Map<string, string>();
  let state: 'open' | 'closed' = 'open';
  let added = 0;

  const staged = (table: TableName): Staging => {
    const found = database.tables.get(table);
    if (state !== 'open' || found === undefined)
      throw new AuditError('bug', state === 'open' ? `there is no table ${table}` : 'this snapshot is finished');
    return found;
  };
  const remove = async () => {
    if (state === 'open') database.close();
    state = 'closed';
    await options.clear();
  };
  const guard = async (work: () => Promise<void>) => {
    try {
      await work();
    } catch (thrown) {
      throw isDiskFull(thrown) ? diskFailure(thrown, temporary) : thrown;
    }
  };
  const write = async (end: string) => {
    for (const facet of withheldFacets())
      if (redaction === undefined) ledger.complete(facet);
      else ledger.gap(facet, 'redacted: the snapshot holds pseudonyms in place of names');
    staged('coverage').add(ledger.rows());
    staged('reading').add(readingRows(queries));
    staged('reading_server').add(serverRows(sources));
    const folder = await makeFolder(join(temporary, 'snapshot'));
    if (added >= MANY_ROWS) await releaseHeap();
    await database.widen();
    const records = await writeTables(database, folder, signal, carried);
    const { scope, version, breaks = [] } = options;
    signal?.throwIfAborted();
    if (options.proof !== undefined) await prove(database.connection, folder, records, options.proof);
    const proven = options.proof === undefined ? options.proven : utc(end);
    return seal(folder, directory, {
      format: 'tallystick/snapshot/v1',
      tool: { name: 'tallystick', version },
      start,
      end: utc(end),
      ...(breaks.length === 0 ? {} : { breaks }),
      ...(proven === undefined ? {} : { proven }),
      ...(base === undefined || again === undefined ? {} : { continues: { snapshot: base.id, again: utc(again) } }),
      scope: redaction?.scope(scope) ?? scope,
      ...(redaction === undefined ? {} : { redaction: { scheme: REDACTION, keyId: redaction.keyId } }),
      // In whichever order they answered, the manifest is the same.
      sources: [...sources].sort((a, b) => (a.source < b.source ? -1 : 1)),
      tables: records,
      ...(bookmarks.size === 0 ? {} : { bookmarks: await writeBookmarks(folder, bookmarks) }),
      queries: condenseQueries(queries),
      times: timesOf(queries),
    });
  };

  const recorder: Recorder = {
    complete: ledger.complete,
    gap: ledger.gap,
    query: record => void queries.push(record),
    source: record => void sources.push(record),
    part: () => {
      const part = database.parts.begin();
      return {
        ...part,
        add: (table, rows) => {
          added += rows.length;
          return guard(() => part.add(table, rows));
        },
      };
    },
    add: (table, rows) => {
      added += rows.length;
      return guard(async () => staged(table).add(rows));
    },
  };
  return {
    ...(redaction === undefined ? recorder : redactedRecorder(recorder, redaction)),
    edges: (table, groupIds, memberIds, kinds) => guard(async () => staged(table).edges(groupIds, memberIds, kinds)),
    bookmark: (file, text) => void bookmarks.set(file, text),
    finish: async end => {
      if (state !== 'open') throw new AuditError('bug', 'this snapshot is finished');
      const calm = interruptOn(signal, database.connection);
      try {
        return await write(end);
      } catch (thrown) {
        throw signal?.aborted ? signal.reason : explain(thrown, directory);
      } finally {
        calm();
        await remove();
      }
    },
    abort: remove,
  };
}

async function writeTables(
  { connection, tables, parts }: Database,
  folder: string,
  signal: AbortSignal | undefined,
  carried: Carried | undefined,
): Promise<readonly TableRecord[]> {
  const records: TableRecord[] = [];
  for (const table of tableNames) {
    signal?.throwIfAborted();
    tables.get(table)?.flush();
    const kept = await parts.flush(table);
    const fresh = [table, ...kept];
    const view = carried && (await carried.view(connection, table, fresh));
    const staged = view === undefined ? fresh : [...fresh, view];
    records.push(await writeTable(connection, table, folder, staged, signal));
    if (view !== undefined) await connection.run(`DROP VIEW ${identifier(view)}`);
    // Sorted and on disk: give the space back before the next table.
    tables.get(table)?.close();
    for (const name of fresh) await connection.run(`DROP TABLE ${identifier(name)}`);
  }
  return records;
}

async function prove(
  connection: DuckDBConnection,
  folder: string,
  records: readonly TableRecord[],
  { path, manifest }: Verified,
): Promise<void> {
  const differences = await compareSnapshots(
    connection,
    { folder, tables: records },
    { folder: path, tables: manifest.tables },
  );
  if (differences.length === 0) return;
  const words = differences.map(({ table, keys }) => `${table} (${keys.join(', ')})`);
  throw new AuditError('integrity', `the incremental reading differs from a full one in ${words.join(', ')}`);
}

const AGAIN_MS = 50;

/** Ends the statement that runs when `signal` aborts, and the next one that begins before anybody notices. */
function interruptOn(signal: AbortSignal | undefined, connection: DuckDBConnection): () => void {
  let again: NodeJS.Timeout | undefined;
  const interrupt = () => {
    connection.interrupt();
    again ??= setInterval(() => connection.interrupt(), AGAIN_MS);
  };
  signal?.addEventListener('abort', interrupt);
  if (signal?.aborted) interrupt();
  return () => {
    clearInterval(again);
    signal?.removeEventListener('abort', interrupt);
  };
}

async function makeTemporary(directory: string): Promise<string> {
  try {
    await mkdir(directory, { recursive: true });
    return await mkdtemp(join(directory, '.writing-'));
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
  // The disk throws neither: those are mistakes of ours.
  if (thrown instanceof AuditError || thrown instanceof TypeError || thrown instanceof ReferenceError) return thrown;
  if (/out of memory/i.test(reasonOf(thrown)) && !isDiskFull(thrown))
    return new AuditError('input', 'the memory limit is too small to sort this snapshot; raise --memory', {
      cause: thrown,
    });
  return diskFailure(thrown, directory);
}
