import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { identifier, literal } from './engine.ts';
import type { TableRecord } from './manifest.ts';
import { columnsOf, fileOf } from './storage.ts';
import { type TableName, tables } from './tables.ts';

/** A table in which two snapshots differ, and the keys of some rows that only one of them has. */
export type Difference = { readonly table: TableName; readonly keys: readonly string[] };

const NAMED = 3;

/**
 * Compares what an incremental collection can get wrong: all tables of AD, the memberships of the cloud, and what is said about their coverage. The other
 * tables are read in full each time and may have changed meanwhile.
 */
export async function compareSnapshots(
  connection: DuckDBConnection,
  one: { readonly folder: string; readonly tables: readonly TableRecord[] },
  other: { readonly folder: string; readonly tables: readonly TableRecord[] },
): Promise<readonly Difference[]> {
  const digests = new Map(other.tables.map(({ table, sha256 }) => [table, sha256]));
  const differences: Difference[] = [];
  for (const { table, sha256 } of one.tables) {
    if (!isCompared(table) || digests.get(table) === sha256) continue;
    const keys = await keysThatDiffer(connection, table, one.folder, other.folder);
    if (keys.length > 0) differences.push({ table, keys });
  }
  return differences;
}

function isCompared(table: TableName): boolean {
  return table.startsWith('ad_') || table === 'cloud_member' || table === 'coverage';
}

async function keysThatDiffer(
  connection: DuckDBConnection,
  table: TableName,
  one: string,
  other: string,
): Promise<readonly string[]> {
  const columns = columnsOf(table).map(({ name }) => identifier(name));
  const where = table === 'coverage' ? " WHERE facet LIKE 'ad.%' OR facet = 'cloud.members'" : '';
  const rows = (folder: string) =>
    `SELECT ${columns.join(', ')} FROM read_parquet(${literal(join(folder, fileOf(table)))})${where}`;
  const key = tables[table].sortedBy.map(name => `${identifier(name)}::VARCHAR`);
  const only = (a: string, b: string) => `SELECT * FROM (${rows(a)} EXCEPT ${rows(b)})`;
  const found = await connection.runAndReadAll(
    `SELECT DISTINCT concat_ws(' ', ${key.join(', ')}) AS k FROM (${only(one, other)} UNION ALL ${only(other, one)}) ORDER BY k LIMIT ${NAMED}`,
  );
  return found.getRows().map(([text]) => String(text).slice(0, 200));
}
