import { type ColumnType, type TableName, tables } from './tables.ts';

/** SQL type of a column in Parquet, by how it is declared. */
export const sqlTypes: Readonly<Record<ColumnType, string>> = {
  uuid: 'UUID',
  text: 'VARCHAR',
  bool: 'BOOLEAN',
  int: 'INTEGER',
  long: 'BIGINT',
  instant: 'TIMESTAMP',
  'text[]': 'VARCHAR[]',
};

/** One column as the writer and the reader handle it. */
export type StoredColumn = { readonly name: string; readonly type: ColumnType; readonly required: boolean };

/** Names of all tables, in the order in which a manifest lists them. */
export const tableNames = (Object.keys(tables) as TableName[]).sort();

/** The columns of a table, in order. */
export function columnsOf(table: TableName): readonly StoredColumn[] {
  return Object.entries(tables[table].columns).map(([name, { type, required }]) => ({ name, type, required }));
}

/** True when a text names a table of a snapshot. */
export function isTableName(text: string): text is TableName {
  return Object.hasOwn(tables, text);
}

/** Name of the file of a table. */
export function fileOf(table: TableName): string {
  return `${table}.parquet`;
}
