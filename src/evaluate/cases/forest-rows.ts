import type { Row, TableRows } from '../../snapshot/index.ts';
import { escapeRdn, placedGroup } from './ad-group.ts';
import type { PlacedGroup } from './placed-group.ts';
import { type AdThing, domainDn, type World } from './world.ts';

/** The groups of the forest beyond those of writeback, and the deleted ones, as a case states them. */
export function forestRows(world: World, groups: readonly PlacedGroup[]): TableRows {
  const things = [...world.adThings.entries()].map(([, thing]) => thing);
  return {
    ad_forest_group: groups.filter(({ row }) => row.object_class === 'group').map(forestRow),
    ad_member_change: groups.flatMap(({ thing }) => changeRow(world, thing)),
    ad_deleted: things.flatMap(thing => (thing.deleted ? [deletedRow(world, thing)] : [])),
  };
}

function forestRow({ row }: PlacedGroup): Row<'ad_forest_group'> {
  const { guid, sid, dn, group_type, admin_description, external_id, mail, extension_attributes } = row;
  return { guid, sid, dn, group_type, admin_description, external_id, mail, extension_attributes };
}

/** Somebody who was a member until then. */
function changeRow(world: World, { guid, group }: AdThing): Row<'ad_member_change'>[] {
  if (group?.membersChanged === undefined) return [];
  const changed = world.instant(group.membersChanged);
  const member = { member_dn: `CN=Gone,CN=Users,${domainDn}`, member_guid: null };
  const change = { created: changed, deleted: changed, version: 2, changed };
  return [{ group_guid: guid, ...member, ...change, invocation_id: null, server: 'dc1.contoso.com', usn: null }];
}

/** A deleted object as it was, below Deleted Objects. */
function deletedRow(world: World, thing: AdThing): Row<'ad_deleted'> {
  const draft = thing.deleted ?? {};
  const { row } = placedGroup(world, { ...thing, group: draft });
  const name = escapeRdn(row.cn ?? thing.name);
  return {
    guid: row.guid,
    sid: row.sid,
    object_class: row.object_class,
    cn: row.cn,
    dn: `CN=${name}\\0ADEL:${row.guid},CN=Deleted Objects,${domainDn}`,
    last_known_parent: row.dn.slice(`CN=${name},`.length),
    admin_description: row.admin_description,
    external_id: row.external_id,
    created: row.created,
    changed: draft.deleted === null ? null : world.instant(draft.deleted ?? '2d ago'),
  };
}
