import { accessGranted, accessTables, groupEdited, groupTables, picked, tablesOf } from '../changes.ts';
import { faultsOf, freshGuid } from '../fault.ts';

const fault = faultsOf('privilege');

const of = (condition: string) => `SELECT ad_guid, cloud_id FROM pair WHERE comparable AND ${condition}`;
const group = picked('ad_guid');
const cloud = picked('cloud_id');
const domainSid = '(SELECT min(sid) FROM ad_domain)';

/** Rows of a group of the system, as they come with the tables that name it. */
const systemGroup = (name: string, sid: string, anchor: string) =>
  `INSERT INTO ad_group BY NAME SELECT ${freshGuid(name)} AS guid, ${sid} AS sid, (SELECT min(dn) FROM ad_domain) AS domain_dn, 'CN=${name},CN=Users,' || (SELECT min(dn) FROM ad_domain) AS dn,
'${name}' AS cn, '${name}' AS sam_account_name, 'group' AS object_class, false AS in_container, -2147483646 AS group_type, ${anchor} AS admin_description, ${anchor} AS external_id,
[] AS proxy_addresses, [] AS show_in_address_book, 1 AS admin_count, true AS critical, [] AS sid_history, [] AS extension_attributes`;

/** A member of a group that is a user whom AD owns. */
const withMember = `SELECT p.ad_guid, min(p.cloud_id) AS cloud_id, min(u.ad_guid) AS member, arg_min(u.cloud_id, u.ad_guid) AS person
FROM pair p JOIN cloud_member c ON c.group_id = p.cloud_id JOIN principal u ON u.cloud_id = c.member_id JOIN cloud_user x ON x.id = u.cloud_id
JOIN ad_member m ON m.group_guid = p.ad_guid AND m.member_guid = u.ad_guid
WHERE p.comparable AND p.flavour = 'cloud-sync' AND u.kind = 'user' AND x.on_premises_sync_enabled GROUP BY p.ad_guid`;

const addOwner = (id: string) =>
  `INSERT INTO cloud_owner BY NAME SELECT ${cloud} AS group_id, ${id} AS owner_id, 'user' AS kind`;

/** What makes writeback a way into the protected groups of AD and the roles of Entra ID. */
export const privilegeFaults = [
  fault('nested-in-domain-admins', 'a written-back group is nested into Domain Admins', {
    tables: ['ad_group', 'ad_parent'],
    candidates: of('true'),
    changes: [
      systemGroup('Domain Admins', `${domainSid} || '-512'`, 'NULL'),
      `INSERT INTO ad_parent SELECT ${group}, (SELECT min(guid) FROM ad_group WHERE sid = ${domainSid} || '-512')`,
    ],
  }),
  fault('sync-account-on-adminsdholder', 'a preparation script grants the sync account rights on AdminSDHolder', {
    tables: accessTables,
    candidates: `SELECT c.guid, min(i.sid) AS sid FROM ad_container c JOIN ad_security s ON s.object_guid = c.guid CROSS JOIN ad_identity i
WHERE c.kind = 'adminsdholder' AND s.acl IS NOT NULL AND i.role = 'sync' AND i.sid IS NOT NULL GROUP BY c.guid`,
    changes: accessGranted(picked('guid'), { to: '(SELECT sid FROM picked)', mask: 0x20 }),
  }),
  fault('admin-count-left', 'a written-back group was in a protected group once, and adminCount stayed', {
    tables: groupTables,
    candidates: of('true'),
    changes: groupEdited(group, 'admin_count = 1', ['adminCount']),
  }),
  fault('system-group-marked', 'the marker of a cloud group is put on Backup Operators', {
    tables: tablesOf(groupTables, ['ad_security', 'coverage']),
    candidates: of("flavour = 'cloud-sync'"),
    changes: [
      systemGroup('Backup Operators', "'S-1-5-32-551'", "'Group_' || (SELECT cloud_id FROM picked)"),
      `INSERT INTO ad_security SELECT * REPLACE (${freshGuid('Backup Operators')} AS object_guid) FROM ad_security WHERE object_guid = ${group}`,
    ],
  }),
  fault(
    'privileged-sid-history',
    'a migration leaves the SID of Domain Admins in the history of a written-back group',
    {
      tables: groupTables,
      candidates: of("flavour = 'cloud-sync'"),
      changes: groupEdited(group, `sid_history = [${domainSid} || '-512']`, ['sIDHistory']),
    },
  ),
  fault('group-controls-domain', 'a written-back group is granted full control of the root of the domain', {
    tables: accessTables,
    candidates: `SELECT c.guid, min(p.ad_sid) AS sid FROM ad_container c JOIN ad_security s ON s.object_guid = c.guid CROSS JOIN pair p
WHERE c.kind = 'domain' AND s.acl IS NOT NULL AND p.comparable AND p.flavour = 'cloud-sync' AND p.ad_sid IS NOT NULL GROUP BY c.guid`,
    changes: accessGranted(picked('guid'), { to: '(SELECT sid FROM picked)', mask: 0xf01ff }),
  }),
  fault('administrator-is-synced-member', 'a member whose account AD owns is made Global Administrator', {
    tables: ['cloud_role_assignment'],
    candidates: withMember,
    changes: [
      `INSERT INTO cloud_role_assignment BY NAME SELECT 'drill' AS id, ${picked('person')} AS principal_id, '62e90394-69f5-4237-9190-012177145e10'::UUID AS role_template_id,
'Global Administrator' AS role_name, true AS privileged, '/' AS scope, 'active' AS assignment`,
    ],
  }),
  fault('ad-administrator-among-members', 'a member of a written-back group becomes an administrator of AD', {
    tables: ['ad_user'],
    candidates: withMember,
    changes: [`UPDATE ad_user SET admin_count = 1 WHERE guid = ${picked('member')}`],
  }),
  fault('guest-made-owner', 'a guest is made an owner of a written-back group', {
    tables: ['cloud_user', 'cloud_owner'],
    candidates: `${of("flavour = 'cloud-sync'")} AND kind = 'security'`,
    changes: [
      `INSERT INTO cloud_user BY NAME SELECT ${freshGuid('owner')} AS id, 'Guest' AS display_name, 'owner_example.org#EXT#@contoso.onmicrosoft.com' AS upn, true AS enabled, 'Guest' AS user_type`,
      addOwner(freshGuid('owner')),
    ],
  }),
  fault('disabled-account-is-owner', 'a leaver is still an owner of a written-back group', {
    tables: ['cloud_user', 'cloud_owner'],
    candidates: `${of("flavour = 'cloud-sync'")} AND kind = 'security'`,
    changes: [
      `INSERT INTO cloud_user BY NAME SELECT ${freshGuid('owner')} AS id, 'Leaver' AS display_name, 'leaver@contoso.com' AS upn, false AS enabled, 'Member' AS user_type`,
      addOwner(freshGuid('owner')),
    ],
  }),
  fault('team-made-public', 'the owner of a written-back team makes it public, so that anybody can join', {
    tables: ['cloud_group'],
    candidates: `${of("flavour = 'connect-v1'")} AND kind = 'microsoft365'`,
    changes: [`UPDATE cloud_group SET visibility = 'Public' WHERE id = ${cloud}`],
  }),
  fault('app-may-write-groups', 'an application nobody knows is granted Group.ReadWrite.All', {
    tables: ['cloud_app_grant'],
    candidates: "SELECT facet FROM coverage WHERE facet = 'cloud.appGrants' AND object = '' AND complete",
    changes: [
      `INSERT INTO cloud_app_grant BY NAME SELECT ${freshGuid('app')} AS principal_id, 'Trial of a vendor' AS principal_name, 'Group.ReadWrite.All' AS permission`,
    ],
  }),
];
