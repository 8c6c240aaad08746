import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { AuditError, reasonOf } from '../base/index.ts';
import { checkEarlier, EARLIER, type EarlierOptions, earlierToldSql, openedTables } from './earlier.ts';
import { createDatabase, type Limits, loadEngine } from './engine.ts';
import type { Manifest, TableRecord } from './manifest.ts';
import { createSession, explainFailure, lockDown, type Session } from './session.ts';
import { tableNames } from './storage.ts';
import type { TableName } from './tables.ts';
import { type Verified, verifySnapshot } from './verification.ts';
import { expectedColumns, viewSql } from './views.ts';

/** An open snapshot: one view (or table) per table of `tables`, in a database that can reach nothing else. */
export type Snapshot = Session & {
  /** The folder; '' for a snapshot in memory. */
  readonly path: string;
  readonly id: string;
  readonly manifest: Manifest;
  /** The earlier snapshot that is open beside it, with its tables in the schema `earlier`; left out when there is none. */
  readonly earlier?: Pick<Verified, 'id' | 'manifest'>;
  /** Ends running statements and frees memory and temporary files; harmless when repeated. */
  close(): Promise<void>;
};

/**
 * How a snapshot is opened. `verify: false` skips the digests of the files, for tests and for a snapshot verified a moment ago; `temporary` is the
 * folder below which data beyond the memory limit spills (default: the system's for temporary files). `earlier` is a snapshot to be opened beside it.
 */
export type OpenOptions = Limits & {
  readonly verify?: boolean;
  readonly temporary?: string;
  readonly earlier?: EarlierOptions;
};

/**
 * Opens a snapshot for reading. Throws AuditError('input') when there is none at `path`, AuditError('integrity') naming the file that is missing,
 * torn, altered or not what its table should be. The same holds of the earlier snapshot, which has to be one of the same directories.
 */
export async function openSnapshot(path: string, options: OpenOptions = {}): Promise<Snapshot> {
  const verified = await verifySnapshot(path, { digests: options.verify ?? true });
  const earlier = options.earlier && (await verifySnapshot(options.earlier.path));
  const engine = await loadEngine();
  const spill = await makeSpill(options.temporary);
  const close = async () => {
    await rm(spill, { recursive: true, force: true });
  };
  try {
    const { instance, connection } = await createDatabase(engine, ':memory:', spill, options);
    const release = once(async () => {
      connection.interrupt();
      connection.closeSync();
      instance.closeSync();
      await close();
    });
    try {
      await connectFiles(connection, verified);
      if (earlier !== undefined)
        await connectEarlier(connection, verified, earlier, openedTables(options.earlier ?? {}));
      await lockDown(connection, [verified.path, spill, ...(earlier === undefined ? [] : [earlier.path])]);
    } catch (thrown) {
      await release();
      throw thrown;
    }
    const beside = earlier === undefined ? {} : { earlier: { id: earlier.id, manifest: earlier.manifest } };
    return { ...createSession(engine, connection), ...verified, ...beside, close: release };
  } catch (thrown) {
    await close();
    throw explainFailure(thrown);
  }
}

/** A private folder for spilling. Throws AuditError('input') when it cannot be made. */
export async function makeSpill(below = tmpdir()): Promise<string> {
  try {
    return await realpath(await mkdtemp(join(below, 'tallystick-')));
  } catch (cause) {
    throw new AuditError('input', `cannot make a temporary folder in ${below}: ${reasonOf(cause)}`, { cause });
  }
}

/** The same work, done at most once. */
export function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= work();
    return done;
  };
}

async function connectEarlier(
  connection: DuckDBConnection,
  judged: Verified,
  earlier: Verified,
  names: readonly TableName[],
): Promise<void> {
  await connection.run(`CREATE SCHEMA ${EARLIER}`);
  await connectFiles(connection, earlier, names, EARLIER);
  for (const statement of earlierToldSql(earlier)) await connection.run(statement);
  await checkEarlier(connection, judged, earlier);
}

async function connectFiles(
  connection: DuckDBConnection,
  { path, manifest }: Verified,
  names: readonly TableName[] = tableNames,
  schema?: string,
): Promise<void> {
  const records = manifest.tables.filter(({ table }) => names.includes(table));
  for (const { table, file } of records)
    await connection.run(viewSql(table, path + sep, schema)).catch(cause => {
      throw new AuditError('integrity', `${file} in ${path} is not a Parquet file that can be read`, { cause });
    });
  await checkColumns(connection, path, expectedColumns(names), schema);
  await checkRows(connection, path, records, schema);
}

async function checkColumns(
  connection: DuckDBConnection,
  path: string,
  wanted: readonly string[],
  schema = 'main',
): Promise<void> {
  const described = await connection.runAndReadAll(
    `SELECT table_name || ' ' || column_name || ' ' || data_type FROM duckdb_columns() WHERE NOT internal AND schema_name = '${schema}' ORDER BY table_name, column_index`,
  );
  const found = described.getRows().map(([line]) => String(line));
  const odd = wanted.find((line, index) => found[index] !== line) ?? found[wanted.length];
  if (odd !== undefined)
    throw new AuditError('integrity', `${odd.split(' ')[0]}.parquet in ${path} does not have the columns of its table`);
}

async function checkRows(
  connection: DuckDBConnection,
  path: string,
  records: readonly TableRecord[],
  schema = 'main',
): Promise<void> {
  const counts = records.map(
    ({ table }) => `SELECT '${table}' AS name, count(*)::DOUBLE AS n FROM ${schema}."${table}"`,
  );
  const rows = new Map(
    (await connection.runAndReadAll(counts.join(' UNION ALL '))).getRows().map(([name, n]) => [name, n]),
  );
  const odd = records.find(record => rows.get(record.table) !== record.rows);
  if (odd !== undefined)
    throw new AuditError(
      'integrity',
      `${odd.file} in ${path} does not hold the ${odd.rows} rows that the manifest tells of`,
    );
}
