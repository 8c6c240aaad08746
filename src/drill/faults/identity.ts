import { faultsOf, freshGuid } from '../fault.ts';

const fault = faultsOf('identity');

/** Written-back groups whose one AD object carries a marker of its own. */
const marked =
  "SELECT ad_guid, cloud_id FROM pair WHERE comparable AND matched_by IN ('external-id', 'admin-description')";

/** The same with another active cloud group that could be named instead. */
const markedWithOther = `SELECT p.ad_guid, p.cloud_id, min(o.cloud_id) AS other FROM pair p JOIN pair o ON o.comparable AND o.cloud_id <> p.cloud_id
WHERE p.comparable AND p.matched_by IN ('external-id', 'admin-description') GROUP BY p.ad_guid, p.cloud_id`;

const ofPicked = 'guid = (SELECT ad_guid FROM picked)::UUID';

/** What goes wrong with markers, names and places of AD objects. */
export const identityFaults = [
  fault('anchor-duplicated', 'a copy of a written-back group is made in AD, marker and all', {
    tables: ['ad_group'],
    candidates: marked,
    changes: [
      `INSERT INTO ad_group SELECT * REPLACE (${freshGuid('copy')} AS guid, sid || '0' AS sid, 'CN=copy,' || dn AS dn) FROM ad_group WHERE ${ofPicked}`,
    ],
  }),
  fault('anchor-cleared', 'both markers of a written-back group are cleared and it is renamed', {
    tables: ['ad_group'],
    candidates: marked,
    changes: [`UPDATE ad_group SET external_id = NULL, admin_description = NULL, cn = 'Old group' WHERE ${ofPicked}`],
  }),
  fault('anchor-hijacked', 'msDS-ExternalDirectoryObjectId of a group is pointed to another cloud group', {
    tables: ['ad_group'],
    candidates: markedWithOther,
    changes: [
      `UPDATE ad_group SET external_id = 'Group_' || (SELECT other FROM picked), admin_description = coalesce(admin_description, 'Group_' || (SELECT cloud_id FROM picked)) WHERE ${ofPicked}`,
    ],
  }),
  fault('anchor-of-nobody', 'the markers of a group name a cloud group that does not exist', {
    tables: ['ad_group'],
    candidates: marked,
    changes: [
      `UPDATE ad_group SET external_id = CASE WHEN external_id IS NOT NULL THEN 'Group_' || ${freshGuid('nobody')}::VARCHAR END, admin_description = 'Group_' || ${freshGuid('nobody')}::VARCHAR WHERE ${ofPicked}`,
    ],
  }),
  fault('group-renamed', 'a written-back group is renamed in AD', {
    tables: ['ad_group'],
    candidates: marked,
    changes: [`UPDATE ad_group SET cn = 'VPN users' WHERE ${ofPicked}`],
  }),
  fault('group-moved', 'a written-back group is moved out of its container', {
    tables: ['ad_group'],
    candidates: `${marked} AND in_container`,
    changes: [
      `UPDATE ad_group SET in_container = false, dn = 'CN=' || cn || ',OU=Elsewhere,' || domain_dn WHERE ${ofPicked}`,
    ],
  }),
  fault('group-deleted-in-ad', 'the AD object of a written-back group is deleted', {
    tables: ['ad_group', 'ad_member', 'ad_security'],
    candidates: marked,
    changes: [
      `DELETE FROM ad_group WHERE ${ofPicked}`,
      'DELETE FROM ad_member WHERE group_guid = (SELECT ad_guid FROM picked)::UUID',
      'DELETE FROM ad_security WHERE object_guid = (SELECT ad_guid FROM picked)::UUID',
    ],
  }),
  fault('container-deleted', 'a writeback container is deleted or renamed', {
    tables: ['ad_container'],
    candidates: "SELECT dn FROM ad_container WHERE kind = 'writeback' AND found",
    changes: ['UPDATE ad_container SET found = false, guid = NULL WHERE dn = (SELECT dn FROM picked)'],
  }),
];
