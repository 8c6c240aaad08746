import { identifier, literal } from './engine.ts';
import { columnsOf, fileOf, sqlTypes, tableNames } from './storage.ts';
import type { TableName } from './tables.ts';

/** SQL that makes one view per table over its file. With `pathPrefix` as '' or 'snapshot/', an auditor's stock DuckDB can do the same. */
export function viewsSql(pathPrefix: string): string {
  return tableNames.map(table => `${viewSql(table, pathPrefix)};\n`).join('');
}

/** SQL that makes the view of one table, in a schema of its own where one is given. */
export function viewSql(table: TableName, pathPrefix: string, schema?: string): string {
  const name = schema === undefined ? identifier(table) : `${identifier(schema)}.${identifier(table)}`;
  return `CREATE OR REPLACE VIEW ${name} AS SELECT * FROM read_parquet(${literal(pathPrefix + fileOf(table))})`;
}

/** The columns of views as DuckDB describes them, one `table column type` each: what a snapshot has to show. */
export function expectedColumns(tables: readonly TableName[] = tableNames): readonly string[] {
  return [...tables]
    .sort()
    .flatMap(table => columnsOf(table).map(({ name, type }) => `${table} ${name} ${sqlTypes[type]}`));
}
