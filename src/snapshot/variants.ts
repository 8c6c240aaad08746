import { rm } from 'node:fs/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import { createDatabase, identifier, loadEngine } from './engine.ts';
import { createSession, explainFailure, lockDown } from './session.ts';
import { makeSpill, type OpenOptions, once, type Snapshot } from './snapshot.ts';
import type { TableName } from './tables.ts';
import { verifySnapshot } from './verification.ts';
import { viewSql } from './views.ts';

/** One snapshot, and as many altered copies of it as are asked for, one after the other; the files stay as they are. */
export type Variants = {
  /**
   * The snapshot with the given tables altered by statements that name them. It ends when the next one is opened. Without tables it is the
   * snapshot itself.
   */
  open(tables: Iterable<TableName>, statements: readonly string[]): Promise<Snapshot>;
  /** Runs statements whose tables and views all copies have from then on, as they are of the snapshot itself; each copy can make temporary ones over them. */
  keep(statements: readonly string[]): Promise<void>;
  close(): Promise<void>;
};

/** Opens a snapshot to be altered in memory. Throws as openSnapshot does. */
export async function openVariants(path: string, options: OpenOptions = {}): Promise<Variants> {
  const verified = await verifySnapshot(path, { digests: options.verify ?? true });
  const engine = await loadEngine();
  const spill = await makeSpill(options.temporary);
  const { instance, connection } = await createDatabase(engine, ':memory:', spill, options);
  for (const { table } of verified.manifest.tables) await connection.run(viewSql(table, `${verified.path}/`));
  await lockDown(connection, [verified.path, spill]);
  let current: DuckDBConnection | undefined;
  const endCurrent = () => {
    current?.interrupt();
    current?.closeSync();
    current = undefined;
  };
  return {
    open: async (tables, statements) => {
      endCurrent();
      const own = await instance.connect();
      current = own;
      try {
        // A temporary table stands before the view of the same name wherever that is named alone.
        for (const table of tables)
          await own.run(`CREATE TEMP TABLE ${identifier(table)} AS FROM memory.main.${identifier(table)}`);
        for (const statement of statements) await own.run(statement);
      } catch (thrown) {
        throw explainFailure(thrown);
      }
      const close = once(async () => {
        if (current === own) endCurrent();
      });
      return { ...createSession(engine, own), ...verified, close };
    },
    keep: async statements => {
      try {
        for (const statement of statements) await connection.run(statement);
      } catch (thrown) {
        throw explainFailure(thrown);
      }
    },
    close: once(async () => {
      endCurrent();
      connection.closeSync();
      instance.closeSync();
      await rm(spill, { recursive: true, force: true });
    }),
  };
}
