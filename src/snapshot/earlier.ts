import type { DuckDBConnection } from '@duckdb/node-api';
import { AuditError } from '../base/index.ts';
import { literal } from './engine.ts';
import { columnsOf, sqlTypes } from './storage.ts';
import type { TableName } from './tables.ts';
import type { Verified } from './verification.ts';
import { viewSql } from './views.ts';

/** The schema of the tables of an earlier snapshot that is open beside the one judged. */
export const EARLIER = 'earlier';

/** The tables of an earlier snapshot that the model reads; those that it is compared by come with them. */
export const earlierTables = ['ad_group', 'ad_member', 'coverage'] as const satisfies readonly TableName[];
const comparedTables = ['ad_domain', 'cloud_tenant'] as const satisfies readonly TableName[];

/** Which snapshot is opened as the earlier one, and further tables of it that are asked for. */
export type EarlierOptions = { readonly path: string; readonly tables?: readonly TableName[] };

/** One row about the earlier snapshot; none when there is none. */
const told = 'snapshot';

/** Statements that leave the earlier tables empty where no earlier snapshot is open; where one is, they change nothing. */
export const withoutEarlier: readonly string[] = [
  `CREATE SCHEMA IF NOT EXISTS ${EARLIER}`,
  `CREATE TABLE IF NOT EXISTS ${EARLIER}.${told} (id VARCHAR, started TIMESTAMP, ended TIMESTAMP)`,
  ...earlierTables.map(table => {
    const columns = columnsOf(table).map(({ name, type }) => `${name} ${sqlTypes[type]}`);
    return `CREATE TABLE IF NOT EXISTS ${EARLIER}.${table} (${columns.join(', ')})`;
  }),
];

/** The tables of an earlier snapshot that are opened. */
export function openedTables({ tables = [] }: Pick<EarlierOptions, 'tables'>): readonly TableName[] {
  return [...new Set([...earlierTables, ...comparedTables, ...tables])];
}

/** Statements that tell of the earlier snapshot. */
export function earlierToldSql({ id, manifest: { start, end } }: Pick<Verified, 'id' | 'manifest'>): readonly string[] {
  const time = (text: string) => `TIMESTAMP ${literal(text.replace('T', ' ').replace('Z', ''))}`;
  return [
    `CREATE SCHEMA IF NOT EXISTS ${EARLIER}`,
    `CREATE OR REPLACE VIEW ${EARLIER}.${told} AS SELECT ${literal(id)} AS id, ${time(start)} AS started, ${time(end)} AS ended`,
  ];
}

/** SQL that opens an earlier snapshot in any DuckDB: what an auditor's stock one needs besides viewsSql. */
export function earlierViewsSql(verified: Verified): string {
  const views = openedTables({}).map(table => viewSql(table, `${verified.path}/`, EARLIER));
  return [...earlierToldSql(verified), ...views].map(statement => `${statement};\n`).join('');
}

/** Refuses an earlier snapshot that is none: the same one, one that was not finished before the other began, or one of another tenant or other domains. */
export async function checkEarlier(connection: DuckDBConnection, judged: Verified, earlier: Verified): Promise<void> {
  const refuse = (reason: string): never => {
    throw new AuditError('input', `${earlier.path} is no earlier snapshot to compare with: ${reason}`);
  };
  if (earlier.id === judged.id) refuse('it is the snapshot that is judged');
  if (Date.parse(earlier.manifest.end) > Date.parse(judged.manifest.start))
    refuse(
      `it was finished at ${earlier.manifest.end}, and the snapshot that is judged began at ${judged.manifest.start}`,
    );
  const [tenant, domains] = (await connection.runAndReadAll(SAME)).getRows();
  if (tenant?.[0] === true)
    refuse(`it is of tenant ${String(tenant[1])}, and the one that is judged of ${String(tenant[2])}`);
  if (domains?.[0] === true)
    refuse(`it holds the domains ${String(domains[1])}, and the one that is judged ${String(domains[2])}`);
}

// A domain that one of both could not read is a gap and no other domain; none in common is one in any case.
const SAME = `
WITH tenant AS (SELECT min(e.id::VARCHAR) AS earlier, min(n.id::VARCHAR) AS judged FROM ${EARLIER}.cloud_tenant e CROSS JOIN cloud_tenant n),
domain AS (
  SELECT
    coalesce(string_agg(e.dns_name, ', ' ORDER BY e.dns_name), '') AS earlier,
    coalesce(string_agg(n.dns_name, ', ' ORDER BY n.dns_name), '') AS judged,
    count(e.guid) > 0 AND count(n.guid) > 0 AS read,
    count(*) FILTER (e.guid = n.guid) AS shared,
    count(*) AS total
  FROM ad_domain n FULL JOIN ${EARLIER}.ad_domain e ON e.guid = n.guid
),
whole AS (
  SELECT count(*) = 2 AS whole FROM (
    SELECT 1 FROM coverage WHERE facet = 'ad.domain' AND object = '' AND complete
    UNION ALL SELECT 1 FROM ${EARLIER}.coverage WHERE facet = 'ad.domain' AND object = '' AND complete
  )
)
SELECT coalesce(earlier <> judged, false) AS differ, earlier, judged, 1 AS place FROM tenant
UNION ALL SELECT read AND (shared = 0 OR (whole AND shared < total)), earlier, judged, 2 FROM domain CROSS JOIN whole
ORDER BY place`;
