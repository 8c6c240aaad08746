import { fromClause, type Population, relationStatements } from '../model/index.ts';
import type { Snapshot, SqlRow } from '../snapshot/index.ts';
import type { Fact, Ids } from './judgement.ts';
import { factOf, fieldReading } from './reading.ts';

/** All that a snapshot knows of one subject: its fields, in the order of the population. */
export type SubjectFacts = Readonly<Record<string, Fact>>;

/** Reads every field of one row of a population; undefined when the snapshot has no such row. The session keeps the relations that it takes. */
export async function readSubject(
  snapshot: Snapshot,
  population: Population,
  key: string,
): Promise<SubjectFacts | undefined> {
  const readings = population.fields.map(field => fieldReading(field, true));
  const columns = readings.flatMap(({ sql, known }, at) => [`${sql} AS "f${at}"`, `${known} AS "k${at}"`]);
  const isIt = `(${population.subject.key}) = ${quoted(key)}`;
  const sql = `SELECT ${columns.join(',\n')}\n${fromClause(population, population.relation, [...columns, isIt])}\nWHERE ${isIt}\nLIMIT 1`;
  for (const statement of relationStatements([sql])) await snapshot.run(createdOnce(statement));
  const [row] = await snapshot.rows(sql);
  if (row === undefined) return undefined;
  const facts = readings.map((reading, at) => [
    reading.path,
    factOf(reading, row[`f${at}`] ?? null, row[`k${at}`] ?? null),
  ]);
  return Object.fromEntries(facts);
}

/** A way from a group to a member through the groups between them: names from the group to the member; empty when there is none. */
export type MembershipPath = {
  readonly side: 'cloud' | 'ad';
  readonly path: readonly string[];
  /** Whether the lists of all groups below were read, so that no way is surely no way. */
  readonly complete: boolean;
};

/** The shortest ways from the group of a subject to its member on the sides that both have a place on. */
export async function readPaths(snapshot: Snapshot, ids: Ids): Promise<readonly MembershipPath[]> {
  const { cloudGroup, cloudPrincipal, adGroup, adPrincipal } = ids;
  const ways = [
    ...(cloudGroup && cloudPrincipal ? [{ side: 'cloud', from: cloudGroup, to: cloudPrincipal } as const] : []),
    ...(adGroup && adPrincipal ? [{ side: 'ad', from: adGroup, to: adPrincipal } as const] : []),
  ];
  const paths: MembershipPath[] = [];
  for (const { side, from, to } of ways) {
    const [row] = await snapshot.rows(pathSql(side, from, to));
    const path = Array.isArray(row?.names) ? row.names.map(String) : [];
    paths.push({ side, path, complete: row?.complete === true });
  }
  return paths;
}

// No directory nests groups deeper by intention.
const DEEPEST = 32;

/** Level by level and each group once, so that circles end and the way found first is a shortest one. */
function pathSql(side: 'cloud' | 'ad', from: string, to: string): string {
  const [edges, group, member] =
    side === 'cloud' ? ['cloud_member', 'group_id', 'member_id'] : ['ad_member', 'group_guid', 'member_guid'];
  const names =
    side === 'cloud'
      ? `SELECT id, coalesce(display_name, id::VARCHAR) AS name FROM cloud_group UNION ALL SELECT id, coalesce(upn, display_name, id::VARCHAR) FROM cloud_user`
      : `SELECT guid AS id, dn AS name FROM ad_group UNION ALL SELECT guid, dn FROM ad_user`;
  return `WITH RECURSIVE way AS (
  SELECT ${quoted(from)}::UUID AS node, [${quoted(from)}::UUID] AS nodes, 0 AS depth
  UNION ALL
  SELECT node, min(nodes) AS nodes, min(depth) AS depth
  FROM (
    SELECT e.${member} AS node, list_append(w.nodes, e.${member}) AS nodes, w.depth + 1 AS depth
    FROM way w JOIN ${edges} e ON e.${group} = w.node
    WHERE w.depth < ${DEEPEST} AND w.node <> ${quoted(to)}::UUID AND NOT list_contains(w.nodes, e.${member})
      AND (e.${member} = ${quoted(to)}::UUID OR e.${member} IN (SELECT ${group} FROM ${edges}))
  )
  GROUP BY node
),
named AS (SELECT id, min(name) AS name FROM (${names}) GROUP BY id),
found AS (SELECT nodes FROM way WHERE node = ${quoted(to)}::UUID ORDER BY depth, nodes LIMIT 1)
SELECT
  list(coalesce(n.name, step.node::VARCHAR) ORDER BY step.place) AS names,
  (SELECT count(*) = 1 FROM coverage WHERE facet = '${side}.members' AND object = '' AND complete)
    AND NOT EXISTS (
      SELECT 1 FROM coverage c JOIN way w ON c.object = w.node::VARCHAR WHERE c.facet = '${side}.members' AND NOT c.complete
    ) AS complete
FROM (SELECT unnest(nodes) AS node, generate_subscripts(nodes, 1) AS place FROM found) step
LEFT JOIN named n ON n.id = step.node`;
}

/** Something that replication metadata tells of a subject: what changed, when (milliseconds since 1970), and on which domain controller. */
export type SubjectChange = { readonly what: string; readonly at: number; readonly on: string };

/** When and where the AD side of a subject changed, newest first: its membership, and the attributes of its group that matter. */
export async function readChanges(
  snapshot: Snapshot,
  { adGroup, adPrincipal }: Ids,
): Promise<readonly SubjectChange[]> {
  if (adGroup === undefined) return [];
  const on = "coalesce(server, invocation_id::VARCHAR, 'an unknown server')";
  const member =
    adPrincipal === undefined
      ? ''
      : `SELECT CASE WHEN deleted IS NULL THEN 'added as a member' ELSE 'removed as a member' END AS what, changed, ${on} AS server
    FROM ad_member_change WHERE group_guid = ${quoted(adGroup)}::UUID AND member_guid = ${quoted(adPrincipal)}::UUID UNION ALL `;
  const rows = await snapshot.rows(`SELECT what, epoch_ms(changed) AS moment, server FROM (
    ${member}SELECT attribute || ' of the group changed' AS what, changed, ${on} AS server
    FROM ad_attribute_change WHERE object_guid = ${quoted(adGroup)}::UUID
  ) WHERE changed IS NOT NULL ORDER BY moment DESC, what, server`);
  return rows.map(changeOf);
}

function changeOf({ what, moment, server }: SqlRow): SubjectChange {
  return { what: String(what), at: Number(moment), on: String(server) };
}

function createdOnce(statement: string): string {
  return statement.replace(/^CREATE TEMP (VIEW|TABLE)/, 'CREATE TEMP $1 IF NOT EXISTS');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
