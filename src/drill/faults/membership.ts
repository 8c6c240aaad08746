import { lately, memberAdded, memberRemoved, memberTables, picked, tablesOf, unread } from '../changes.ts';
import { faultsOf, freshGuid } from '../fault.ts';

const fault = faultsOf('membership');

const of = (condition: string) => `SELECT ad_guid, cloud_id FROM pair WHERE comparable AND ${condition}`;
const group = picked('ad_guid');
const cloud = picked('cloud_id');
const member = picked('member');

/** A group with one of its members that is a user on both sides. */
const withMember = `SELECT p.ad_guid, min(p.cloud_id) AS cloud_id, min(u.ad_guid) AS member, arg_min(u.cloud_id, u.ad_guid) AS person
FROM pair p JOIN cloud_member c ON c.group_id = p.cloud_id JOIN principal u ON u.cloud_id = c.member_id
JOIN ad_member m ON m.group_guid = p.ad_guid AND m.member_guid = u.ad_guid
WHERE p.comparable AND u.kind = 'user' GROUP BY p.ad_guid`;

/** An object of a class that AD alone knows, in the picked group. */
const stranger = (name: string, objectClass: string) => [
  `INSERT INTO ad_user BY NAME SELECT ${freshGuid(name)} AS guid, (SELECT min(sid) FROM ad_domain) || '-9100' AS sid, 'CN=${name},' || (SELECT min(dn) FROM ad_domain) AS dn,
'${name}' AS cn, '${name}' AS sam_account_name, '${objectClass}' AS object_class, true AS enabled`,
  ...memberAdded(group, freshGuid(name)),
];

/** What goes wrong with the members of written-back groups, and with reading them. */
export const membershipFaults = [
  fault('member-added-on-premises', 'somebody adds an account to a written-back group in AD', {
    tables: memberTables,
    candidates: `SELECT p.ad_guid, min(u.guid) AS member FROM pair p CROSS JOIN ad_user u
WHERE p.comparable AND u.object_class = 'user' AND NOT list_contains((SELECT group_types FROM cloud_group WHERE id = p.cloud_id), 'DynamicMembership') AND NOT EXISTS (FROM ad_member m WHERE m.group_guid = p.ad_guid AND m.member_guid = u.guid)
  AND NOT EXISTS (FROM principal c JOIN cloud_member m ON m.member_id = c.cloud_id WHERE m.group_id = p.cloud_id AND c.ad_guid = u.guid)
GROUP BY p.ad_guid`,
    changes: memberAdded(group, member),
  }),
  fault('member-removed-on-premises', 'somebody removes a member of a written-back group in AD', {
    tables: memberTables,
    candidates: withMember,
    changes: memberRemoved(group, member),
  }),
  fault('impostor-added', 'an account made by hand, named like a cloud-only member, is added in AD', {
    tables: tablesOf(memberTables, ['ad_user']),
    candidates: `SELECT p.ad_guid, min(u.id) AS person FROM pair p JOIN cloud_member m ON m.group_id = p.cloud_id JOIN cloud_user u ON u.id = m.member_id
LEFT JOIN principal r ON r.cloud_id = u.id WHERE p.comparable AND r.ad_guid IS NULL AND u.upn IS NOT NULL GROUP BY p.ad_guid`,
    changes: [
      `INSERT INTO ad_user BY NAME SELECT ${freshGuid('impostor')} AS guid, (SELECT min(sid) FROM ad_domain) || '-9101' AS sid, 'CN=impostor,' || (SELECT min(dn) FROM ad_domain) AS dn,
'impostor' AS cn, display_name, 'user' AS object_class, upn, mail, true AS enabled FROM cloud_user WHERE id = ${picked('person')}`,
      ...memberAdded(group, freshGuid('impostor')),
    ],
  }),
  fault('all-members-lost', 'the engine stops writing members: every group that Cloud Sync writes is empty in AD', {
    tables: ['ad_member'],
    candidates: "SELECT flavour FROM scope_flavour WHERE flavour = 'cloud-sync'",
    changes: ['DELETE FROM ad_member WHERE group_guid IN (SELECT guid FROM ad_group WHERE external_id IS NOT NULL)'],
  }),
  fault('page-of-members-lost', 'a page of members of one cloud group is lost while it is read', {
    tables: ['cloud_member', 'coverage', 'reading'],
    candidates:
      'SELECT p.cloud_id FROM pair p JOIN cloud_member m ON m.group_id = p.cloud_id WHERE p.comparable GROUP BY p.cloud_id',
    changes: unread(
      'cloud.members',
      'a page was lost',
      [`DELETE FROM cloud_member WHERE group_id = ${cloud}`],
      `(SELECT cloud_id FROM picked)::VARCHAR`,
    ),
  }),
  fault('members-of-ad-unread', 'the members of one AD group may not be read', {
    tables: ['ad_member', 'coverage', 'reading'],
    candidates: 'SELECT ad_guid FROM pair WHERE comparable',
    changes: unread(
      'ad.members',
      'refused',
      [`DELETE FROM ad_member WHERE group_guid = ${group}`],
      `(SELECT ad_guid FROM picked)::VARCHAR`,
    ),
  }),
  fault('list-cut-short', 'a list of members ends early and nobody is told: more were announced than came', {
    tables: ['coverage'],
    candidates:
      'SELECT p.cloud_id, count(*) AS members FROM pair p JOIN cloud_member m ON m.group_id = p.cloud_id WHERE p.comparable GROUP BY p.cloud_id',
    changes: [
      "DELETE FROM coverage WHERE facet = 'cloud.members' AND object = (SELECT cloud_id FROM picked)",
      "INSERT INTO coverage BY NAME SELECT 'cloud.members' AS facet, cloud_id AS object, true AS complete, members::BIGINT + 100 AS expected, members::BIGINT AS retrieved FROM picked",
    ],
  }),
  fault(
    'synced-group-nested',
    'a group that AD owns is nested in a group that Cloud Sync writes, which cannot express it',
    {
      tables: ['cloud_member'],
      candidates: `SELECT p.cloud_id, min(s.id) AS child FROM pair p CROSS JOIN cloud_group s WHERE p.comparable AND p.flavour = 'cloud-sync' AND s.on_premises_sync_enabled GROUP BY p.cloud_id`,
      changes: [
        `INSERT INTO cloud_member BY NAME SELECT ${cloud} AS group_id, ${picked('child')} AS member_id, 'group' AS kind`,
      ],
    },
  ),
  fault('distribution-list-nested', 'a distribution list, which no engine takes, is nested in a written-back group', {
    tables: ['cloud_group', 'cloud_member'],
    candidates: `SELECT p.cloud_id, min(u.cloud_id) AS person FROM pair p CROSS JOIN principal u
WHERE p.comparable AND p.flavour = 'cloud-sync' AND u.kind = 'user' AND u.ad_guid IS NOT NULL GROUP BY p.cloud_id`,
    changes: [
      `INSERT INTO cloud_group BY NAME SELECT ${freshGuid('list')} AS id, 'Everybody in Lyon' AS display_name, [] AS group_types, false AS security_enabled, true AS mail_enabled,
[] AS proxy_addresses, [] AS extension_attributes, ${lately} - INTERVAL 30 DAY AS created`,
      `INSERT INTO cloud_member BY NAME SELECT ${cloud} AS group_id, ${freshGuid('list')} AS member_id, 'group' AS kind`,
      `INSERT INTO cloud_member BY NAME SELECT ${freshGuid('list')} AS group_id, ${picked('person')} AS member_id, 'user' AS kind`,
    ],
  }),
  fault('cloud-only-members-flood', 'most members of a written-back group come to be people without an account in AD', {
    tables: ['cloud_user', 'cloud_member'],
    candidates: of('in_scope'),
    changes: [
      `INSERT INTO cloud_user BY NAME SELECT md5(cloud_id || n)::UUID AS id, 'Contractor ' || n AS display_name, true AS enabled, 'Member' AS user_type FROM picked CROSS JOIN range(200) r(n)`,
      `INSERT INTO cloud_member BY NAME SELECT cloud_id::UUID AS group_id, md5(cloud_id || n)::UUID AS member_id, 'user' AS kind FROM picked CROSS JOIN range(200) r(n)`,
    ],
  }),
  fault('group-outgrows-engine', 'everybody is put into one group that Cloud Sync writes, far above what it supports', {
    tables: ['cloud_member'],
    candidates: of("flavour = 'cloud-sync'"),
    changes: [
      `INSERT INTO cloud_member BY NAME SELECT cloud_id::UUID AS group_id, md5(cloud_id || n)::UUID AS member_id, 'device' AS kind FROM picked CROSS JOIN range(50000) r(n)`,
    ],
  }),
  fault('group-nested-in-ad-alone', 'a group that only AD knows is nested in a written-back group in AD', {
    tables: memberTables,
    candidates: `SELECT p.ad_guid, min(g.guid) AS member FROM pair p CROSS JOIN ad_group g
WHERE p.comparable AND p.flavour = 'cloud-sync' AND g.object_class = 'group' AND g.admin_description IS NULL AND g.external_id IS NULL AND NOT g.in_container
  AND NOT EXISTS (FROM ad_parent e WHERE e.child_guid = p.ad_guid AND e.parent_guid = g.guid) GROUP BY p.ad_guid`,
    changes: memberAdded(group, member),
  }),
  fault('computer-added', 'a computer is added to a written-back group in AD', {
    tables: tablesOf(memberTables, ['ad_user']),
    candidates: of('true'),
    changes: stranger('PC-0815', 'computer'),
  }),
  fault('stranger-from-other-forest-added', 'somebody of a trusted forest is added to a written-back group in AD', {
    tables: tablesOf(memberTables, ['ad_user']),
    candidates: of("flavour = 'cloud-sync'"),
    changes: stranger('S-1-5-21-1-2-3-4', 'foreignSecurityPrincipal'),
  }),
  fault('circle-of-groups', 'a group is put into one of its own members, so that both contain themselves', {
    tables: memberTables,
    candidates: `SELECT m.member_guid AS ad_guid, min(m.group_guid) AS member FROM ad_member m JOIN pair p ON p.ad_guid = m.group_guid JOIN pair c ON c.ad_guid = m.member_guid
WHERE p.comparable AND c.comparable AND p.flavour = 'cloud-sync' AND c.flavour = 'cloud-sync' GROUP BY m.member_guid`,
    changes: memberAdded(group, member),
  }),
  fault('account-disabled-in-cloud-alone', 'a leaver is disabled in the cloud, and stays enabled in AD', {
    tables: ['cloud_user'],
    candidates: withMember,
    changes: [`UPDATE cloud_user SET enabled = false WHERE id = ${picked('person')}`],
  }),
  fault('owners-left', 'the last owners of a written-back group leave', {
    tables: ['cloud_owner'],
    candidates: `${of('in_scope')} AND cloud_id IN (SELECT group_id FROM cloud_owner)`,
    changes: [`DELETE FROM cloud_owner WHERE group_id = ${cloud}`],
  }),
  fault('revocation-not-arrived', 'a member was removed in the cloud yesterday, and still has the access in AD', {
    tables: ['cloud_member', 'cloud_audit_event'],
    candidates: withMember,
    changes: [
      `DELETE FROM cloud_member WHERE group_id = ${cloud} AND member_id = ${picked('person')}`,
      `INSERT INTO cloud_audit_event BY NAME SELECT 'drill' AS id, 'Remove member from group' AS activity, ${lately} - INTERVAL 1 DAY AS at, 'success' AS result,
${cloud} AS group_id, ${picked('person')} AS member_id, 'owner' AS actor_name, 'user' AS actor_kind`,
    ],
  }),
];
