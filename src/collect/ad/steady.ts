import { guidToBytes } from '../../base/index.ts';
import type { Snapshot, SqlRow } from '../../snapshot/index.ts';
import { extendedDnControl } from './controls.ts';
import type { Delta } from './dirsync.ts';
import { guidOf } from './entry.ts';
import type { Objects } from './incremental.ts';
import { guidsOf } from './links.ts';
import { completeRanges } from './ranges.ts';
import type { Run } from './run.ts';

/** The memberships of a snapshot, by the objectGUIDs of both. */
export const MEMBERS = 'SELECT group_guid::VARCHAR AS owner, member_guid::VARCHAR AS member FROM ad_member';
/** Accounts that a search for accounts finds for their class alone. */
const ACCOUNTS = "object_class IN ('user', 'inetOrgPerson')";

/** How much a group that holds what it held has in the snapshot, and its uSNChanged of then. */
export type Steady = { members: number; stamps: number; usn: number };

/** The groups that hold what they held, by objectGUID. */
export async function steadyGroups(
  run: Run,
  base: Snapshot,
  {
    changed,
    visible,
    moved,
  }: {
    readonly changed: Delta['changed'];
    readonly visible: ReadonlyMap<string, string>;
    readonly moved: ReadonlySet<string>;
  },
): Promise<ReadonlyMap<string, Steady>> {
  const groups = new Map<string, Steady>();
  for (const { guid, usn } of await base.rows(
    'SELECT guid::VARCHAR AS guid, usn_changed AS usn FROM ad_group WHERE usn_changed IS NOT NULL',
  ))
    if (visible.has(String(guid)) && !changed.has(String(guid)))
      groups.set(String(guid), { members: 0, stamps: 0, usn: Number(usn) });
  for await (const rows of base.stream(MEMBERS))
    for (const { owner, member } of rows) {
      const group = groups.get(String(owner));
      if (group === undefined) continue;
      if (!visible.has(String(member)) || moved.has(String(member))) groups.delete(String(owner));
      else group.members++;
    }
  // A removed value is forgotten one day, and a member that was restored is back: of both the group shows nothing.
  const gaps = "SELECT object AS guid FROM coverage WHERE object <> '' AND facet IN ('ad.members', 'ad.replication')";
  const removed = 'SELECT group_guid::VARCHAR AS guid FROM ad_member_change WHERE deleted IS NOT NULL';
  for (const sql of [gaps, removed]) for (const { guid } of await base.rows(sql)) groups.delete(String(guid));
  for (const guid of await groupsOf(run, changed, visible)) groups.delete(guid);
  const stamps = `SELECT object_guid::VARCHAR AS guid FROM ad_attribute_change UNION ALL SELECT group_guid::VARCHAR FROM ad_member_change`;
  for await (const rows of base.stream(stamps))
    for (const { guid } of rows) {
      const group = groups.get(String(guid));
      if (group !== undefined) group.stamps++;
    }
  // An empty group is cheap to read, and only a reading tells whether it is empty or hidden.
  for (const [guid, { members }] of groups) if (members === 0) groups.delete(guid);
  return groups;
}

/** The groups that contain one of the changed objects. */
async function groupsOf(
  run: Run,
  changed: Delta['changed'],
  visible: ReadonlyMap<string, string>,
): Promise<ReadonlySet<string>> {
  const groups = new Set<string>();
  await run.directory.searchValues(
    {
      facet: 'ad.memberOf',
      base: run.domain.dn,
      scope: 'sub',
      attributes: ['objectGUID', 'uSNChanged', 'memberOf'],
      controls: () => [extendedDnControl()],
    },
    'objectGUID',
    [...changed].filter(guid => visible.has(guid)).map(guidToBytes),
    async entries => {
      for (const sent of entries) {
        const { entry } = await completeRanges(run.directory, 'ad.memberOf', sent);
        for (const group of guidsOf(run, 'ad.memberOf', guidOf(entry, 'objectGUID') ?? '', entry, 'memberOf'))
          groups.add(group);
      }
    },
  );
  return groups;
}

/** The accounts that are as they were, and those that may not be. */
export async function steadyAccounts(
  base: Snapshot,
  steady: (guid: string, dn: unknown) => boolean,
  visible: ReadonlyMap<string, string>,
  changed: Delta['changed'],
): Promise<Objects> {
  const sql = `SELECT guid::VARCHAR AS guid, dn, ${ACCOUNTS} AS plain FROM ad_user`;
  const objects = await sorted(
    base.stream(sql),
    visible,
    changed,
    row => steady(String(row.guid), row.dn) && row.plain === true,
  );
  return objects;
}

/** The holders of addresses that are as they were, and those that may not be. */
export async function steadyAddresses(
  base: Snapshot,
  steady: (guid: string, dn: unknown) => boolean,
  visible: ReadonlyMap<string, string>,
  changed: Delta['changed'],
): Promise<Objects & { readonly rows: number }> {
  let rows = 0;
  const sql =
    'SELECT object_guid::VARCHAR AS guid, any_value(dn) AS dn, count(*)::DOUBLE AS n FROM ad_address GROUP BY object_guid';
  const objects = await sorted(base.stream(sql), visible, changed, row => {
    if (!steady(String(row.guid), row.dn)) return false;
    rows += Number(row.n);
    return true;
  });
  return { ...objects, rows };
}

async function sorted(
  stream: AsyncIterable<readonly SqlRow[]>,
  visible: ReadonlyMap<string, string>,
  changed: Delta['changed'],
  holds: (row: SqlRow) => boolean,
): Promise<Objects> {
  const carried = new Set<string>();
  const asked = new Set([...changed].filter(guid => visible.has(guid)));
  for await (const rows of stream)
    for (const row of rows) {
      const guid = String(row.guid);
      if (holds(row)) carried.add(guid);
      else if (visible.has(guid)) asked.add(guid);
    }
  return { carried, asked };
}
