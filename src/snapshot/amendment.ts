import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { identifier, literal } from './engine.ts';
import { columnsOf, fileOf } from './storage.ts';
import { type TableName, tables } from './tables.ts';
import type { Verified } from './verification.ts';

/** The column of a table that names the object whose rows they are; tables whose rows are of no single object are only added to. */
const owners = {
  ad_group: 'guid',
  ad_member: 'group_guid',
  ad_member_change: 'group_guid',
  ad_attribute_change: 'object_guid',
  ad_parent: 'child_guid',
  ad_user: 'guid',
  ad_address: 'object_guid',
  ad_security: 'object_guid',
  ad_deleted: 'guid',
  ad_forest_group: 'guid',
  cloud_group: 'id',
  cloud_writeback: 'group_id',
  cloud_member: 'group_id',
  cloud_user: 'id',
  cloud_deleted_group: 'id',
  coverage: 'object',
} as const satisfies Partial<Record<TableName, string>>;

/** A table whose rows each belong to one object. */
export type OwnedTable = keyof typeof owners;

/** What a draft takes over from another snapshot. */
export type Carried = {
  readonly base: Verified;
  /** Begins the rows that are taken over into a table; returns the name of a view of them. `staged` names the tables that hold the new rows. */
  view(connection: DuckDBConnection, table: TableName, staged: readonly string[]): Promise<string>;
};

/** Everything but what is replaced. */
export type Amendment = Carried & {
  /** Rows of these objects are no longer carried over: those that the draft has are all there are. */
  replace(table: OwnedTable, ids: Iterable<string>): void;
  /** Leaves everything of these objects as it is in the base: what was added or replaced of them counts for nothing. */
  restore(ids: Iterable<string>): void;
};

/** Nothing but what is named. */
export type Continuation = Carried & {
  /** Rows of these objects are carried over. */
  carry(table: OwnedTable, ids: Iterable<string>): void;
};

/** An amendment of `base`, from which everything is carried over so far. */
export function amendmentOf(base: Verified): Amendment {
  const replaced = idsByTable();
  const restored = new Set<string>();
  return {
    base,
    replace: replaced.add,
    restore: ids => {
      for (const id of ids) restored.add(id);
    },
    view: async (connection, table, staged) => {
      const owner = ownerOf(table);
      if (owner !== undefined && restored.size > 0) {
        await list(connection, 'restored', restored);
        for (const name of staged)
          await connection.run(
            `DELETE FROM ${identifier(name)} WHERE ${identifier(owner)}::VARCHAR IN (SELECT id FROM restored)`,
          );
      }
      const gone = [...replaced.of(table)].filter(id => !restored.has(id));
      await list(connection, 'replaced', gone);
      return makeView(connection, table, amendedSql(table, base.path, staged));
    },
  };
}

/** A continuation of `base`, from which nothing is carried over so far. */
export function continuationOf(base: Verified): Continuation {
  const carried = idsByTable();
  return {
    base,
    carry: carried.add,
    view: async (connection, table) => {
      await list(connection, 'kept', carried.of(table));
      const owner = ownerOf(table);
      const kept = owner === undefined ? 'WHERE false' : `SEMI JOIN kept k ON k.id = b.${identifier(owner)}::VARCHAR`;
      return makeView(connection, table, `${baseSql(table, base.path)} ${kept}`);
    },
  };
}

function idsByTable() {
  const all = new Map<TableName, Set<string>>();
  const of = (table: TableName): ReadonlySet<string> => all.get(table) ?? new Set();
  return {
    of,
    add: (table: OwnedTable, ids: Iterable<string>): void => {
      const known = all.get(table) ?? new Set<string>();
      all.set(table, known);
      for (const id of ids) known.add(id);
    },
  };
}

async function makeView(connection: DuckDBConnection, table: TableName, sql: string): Promise<string> {
  const view = `carried ${table}`;
  await connection.run(`CREATE VIEW ${identifier(view)} AS ${sql}`);
  return view;
}

function baseSql(table: TableName, folder: string): string {
  const columns = columnsOf(table).map(({ name }) => `b.${identifier(name)}`);
  return `SELECT ${columns.join(', ')} FROM read_parquet(${literal(join(folder, fileOf(table)))}) b`;
}

/** A row that was read again stands for the one of the same key in the base, whoever it belongs to. */
function amendedSql(table: TableName, folder: string, staged: readonly string[]): string {
  const key = tables[table].sortedBy.map(identifier);
  const same = key.map(name => `f.${name}::VARCHAR IS NOT DISTINCT FROM b.${name}::VARCHAR`);
  const fresh = staged.map(name => `SELECT ${key.join(', ')} FROM ${identifier(name)}`).join(' UNION ALL ');
  const owner = ownerOf(table);
  const kept = owner === undefined ? '' : ` ANTI JOIN replaced r ON r.id = b.${identifier(owner)}::VARCHAR`;
  return `${baseSql(table, folder)}${kept} ANTI JOIN (${fresh}) f ON ${same.join(' AND ')}`;
}

function ownerOf(table: TableName): string | undefined {
  const all: Partial<Record<TableName, string>> = owners;
  return all[table];
}

const PORTION = 1000;

async function list(connection: DuckDBConnection, name: string, ids: Iterable<string>): Promise<void> {
  await connection.run(`CREATE OR REPLACE TABLE ${identifier(name)} (id VARCHAR)`);
  const all = [...ids];
  for (let at = 0; at < all.length; at += PORTION) {
    const values = all.slice(at, at + PORTION).map(id => `(${literal(id)})`);
    await connection.run(`INSERT INTO ${identifier(name)} VALUES ${values.join(', ')}`);
  }
}
