import type { TableName } from '../snapshot/index.ts';
import { freshGuid } from './fault.ts';

/** When what is done by hand was done: two hours before the last answer, after the last run of every engine that the snapshot tells of. */
export const lately = '((SELECT max(last) FROM reading) - INTERVAL 2 HOUR)';

/** A column of the picked row as a GUID. */
export const picked = (column: string): string => `(SELECT ${column} FROM picked)::UUID`;

/** SQL that is true where a facet was read in full: of what was not, no collector could have seen a change. */
export const wasRead = (facet: string): string =>
  `EXISTS (FROM coverage WHERE facet = '${facet}' AND object = '' AND complete)`;

/** The tables that a change of an AD group by hand shows in. */
export const groupTables = ['ad_group', 'ad_forest_group', 'ad_address', 'ad_attribute_change'] as const;

/** A change of the attributes of the AD group `guid` by hand, as every table has it: the group, its addresses, and the metadata of the attributes. */
export function groupEdited(guid: string, set: string, attributes: readonly string[] = []): readonly string[] {
  return [
    `UPDATE ad_group SET ${set}, changed = ${lately} WHERE guid = ${guid}`,
    ...groupMirrored(guid),
    ...attributes.flatMap(attribute => attributeWritten(guid, attribute)),
  ];
}

/** What the list of all groups and that of all addresses have of an AD group. */
export function groupMirrored(guid: string): readonly string[] {
  return [
    `DELETE FROM ad_forest_group WHERE guid = ${guid}`,
    `INSERT INTO ad_forest_group BY NAME SELECT guid, sid, dn, group_type, admin_description, external_id, mail, extension_attributes
FROM ad_group WHERE guid = ${guid} AND object_class = 'group' AND ${wasRead('ad.forestGroups')}`,
    `DELETE FROM ad_address WHERE object_guid = ${guid}`,
    `INSERT INTO ad_address BY NAME SELECT lower(trim(value)) AS address, guid AS object_guid, attribute, object_class, dn FROM (
  SELECT guid, object_class, dn, 'mail' AS attribute, mail AS value FROM ad_group
  UNION ALL SELECT guid, object_class, dn, 'proxyAddresses', substr(proxy, 6) FROM (SELECT guid, object_class, dn, unnest(proxy_addresses) AS proxy FROM ad_group) WHERE lower(proxy) LIKE 'smtp:%'
) WHERE guid = ${guid} AND value IS NOT NULL AND ${wasRead('ad.addresses')}`,
  ];
}

function attributeWritten(guid: string, attribute: string): readonly string[] {
  return [
    `DELETE FROM ad_attribute_change WHERE object_guid = ${guid} AND attribute = '${attribute}'`,
    `INSERT INTO ad_attribute_change BY NAME SELECT ${guid} AS object_guid, '${attribute}' AS attribute, 2 AS version, ${lately} AS changed, ${controller} AS server
WHERE ${wasRead('ad.replication')}`,
  ];
}

const controller = "(SELECT min(server) FROM reading_server WHERE source = 'ad')";

/** The tables that a change of members by hand shows in. */
export const memberTables = ['ad_group', 'ad_member', 'ad_parent', 'ad_member_change'] as const;

/** That `member` was added to the AD group `group` by hand: the edge from both ends, whenChanged, and the metadata of the value. */
export function memberAdded(group: string, member: string): readonly string[] {
  return [
    `INSERT INTO ad_member SELECT ${group}, ${member}`,
    `INSERT INTO ad_parent SELECT ${member}, ${group} WHERE EXISTS (FROM ad_group WHERE guid = ${member})`,
    ...memberWritten(group, member, 'NULL'),
  ];
}

/** That `member` was taken out of the AD group `group` by hand. */
export function memberRemoved(group: string, member: string): readonly string[] {
  return [
    `DELETE FROM ad_member WHERE group_guid = ${group} AND member_guid = ${member}`,
    `DELETE FROM ad_parent WHERE parent_guid = ${group} AND child_guid = ${member}`,
    ...memberWritten(group, member, lately),
  ];
}

function memberWritten(group: string, member: string, deleted: string): readonly string[] {
  const name = `coalesce((SELECT min(dn) FROM (SELECT guid, dn FROM ad_user UNION ALL SELECT guid, dn FROM ad_group) WHERE guid = ${member}), 'CN=Unknown')`;
  return [
    `UPDATE ad_group SET changed = ${lately} WHERE guid = ${group}`,
    `DELETE FROM ad_member_change WHERE group_guid = ${group} AND member_guid = ${member}`,
    `INSERT INTO ad_member_change BY NAME SELECT ${group} AS group_guid, ${name} AS member_dn, ${member} AS member_guid, ${lately} AS created, ${deleted}::TIMESTAMP AS deleted,
1 AS version, ${lately} AS changed, ${controller} AS server WHERE ${wasRead('ad.replication')}`,
  ];
}

/** The tables that a change of an access list shows in. */
export const accessTables = ['ad_security', 'ad_ace', 'ad_trustee'] as const;

/** A group of people that nobody trusts with writeback, as the directory names it. */
export const helpDesk = "(SELECT min(sid) || '-9001' FROM ad_domain)";

/** An entry more on the access list of one object, or for what of the class `below` lies in it. Equal lists are shared, so it gets one of its own. */
export function accessGranted(
  object: string,
  {
    to = helpDesk,
    mask,
    type = 'NULL',
    below = 'NULL',
  }: { readonly to?: string; readonly mask: number; readonly type?: string; readonly below?: string },
): readonly string[] {
  const own = freshGuid('acl');
  return [
    `INSERT INTO ad_trustee BY NAME SELECT ${helpDesk} AS sid, 'Help desk' AS name, 'group' AS object_class WHERE NOT EXISTS (FROM ad_trustee WHERE sid = ${helpDesk})`,
    `INSERT INTO ad_ace SELECT * REPLACE (${own} AS acl) FROM ad_ace WHERE acl = (SELECT acl FROM ad_security WHERE object_guid = ${object})`,
    `INSERT INTO ad_ace BY NAME SELECT ${own} AS acl, (coalesce(max(ordinal), 0) + 1)::INTEGER AS ordinal, true AS allow, false AS conditional, ${to} AS trustee_sid,
${mask} AS mask, ${type}::UUID AS object_type, ${below}::UUID AS inherited_object_type, false AS inherited, ${below !== 'NULL'} AS inherit_only, false AS no_propagate, ${below === 'NULL' ? 0 : 10} AS flags FROM ad_ace WHERE acl = ${own}`,
    `UPDATE ad_security SET acl = ${own} WHERE object_guid = ${object}`,
  ];
}

/** A schema GUID by its name, as the directory told it. */
export const schemaGuid = (name: string): string => `(SELECT min(guid) FROM ad_schema WHERE name = '${name}')`;

/** That a facet could not be read, as a whole or of one object: its rows are gone, and the coverage says why. */
export function unread(facet: string, reason: string, rows: readonly string[], object = "''"): readonly string[] {
  return [
    ...rows,
    `DELETE FROM coverage WHERE facet = '${facet}' AND object = ${object}`,
    `INSERT INTO coverage BY NAME SELECT '${facet}' AS facet, ${object} AS object, false AS complete, '${reason}' AS reason`,
    `UPDATE reading SET incomplete = 1 WHERE facet = '${facet}'`,
  ];
}

/** Tables of a fault, each once. */
export function tablesOf(...lists: readonly (readonly TableName[])[]): readonly TableName[] {
  return [...new Set(lists.flat())];
}
