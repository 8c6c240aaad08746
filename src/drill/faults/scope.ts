import { groupEdited, groupMirrored, groupTables, picked, tablesOf } from '../changes.ts';
import { faultsOf, freshGuid } from '../fault.ts';

const fault = faultsOf('scope');

const of = (condition: string) => `SELECT ad_guid, cloud_id FROM pair WHERE comparable AND ${condition}`;
const group = picked('ad_guid');
const cloud = picked('cloud_id');
const universalDistribution = "flavour = 'connect-v1'";
const universalSecurity = "flavour = 'cloud-sync'";
const feature = (name: string, value: boolean) => [
  `DELETE FROM cloud_sync_feature WHERE name = '${name}'`,
  `INSERT INTO cloud_sync_feature VALUES ('${name}', ${value})`,
];
const features = "SELECT name FROM cloud_sync_feature WHERE name = 'unifiedGroupWritebackEnabled'";

/** What goes wrong with the kinds of group that are written back, and with the switches that decide which are. */
export const scopeFaults = [
  fault('team-made-security-group', 'the written-back group of a team is turned into a security group in AD', {
    tables: groupTables,
    candidates: of(universalDistribution),
    changes: groupEdited(group, 'group_type = -2147483640', ['groupType']),
  }),
  fault('security-group-made-global', 'somebody sets a group that Cloud Sync writes from universal to global', {
    tables: groupTables,
    candidates: of(universalSecurity),
    changes: groupEdited(group, 'group_type = -2147483646', ['groupType']),
  }),
  fault('mail-type-lost', 'a group that is told to be a mail-enabled security group is a distribution group in AD', {
    tables: groupTables,
    candidates: `${of("flavour = 'connect-v2'")} AND writeback_type = 'universalMailEnabledSecurityGroup'`,
    changes: groupEdited(group, 'group_type = 8', ['groupType']),
  }),
  fault('group-gets-mail', 'a security group that Cloud Sync writes becomes mail-enabled in the cloud', {
    tables: ['cloud_group'],
    candidates: of(universalSecurity),
    changes: [
      `UPDATE cloud_group SET mail_enabled = true, mail = 'lists@' || (SELECT min(dns_name) FROM ad_domain) WHERE id = ${cloud}`,
    ],
  }),
  fault(
    'group-taken-over-by-ad',
    'hard match ties a written-back cloud group to another group of AD, which owns it from then on',
    {
      tables: ['cloud_group'],
      candidates: of('NOT managed'),
      changes: [
        `UPDATE cloud_group SET on_premises_sync_enabled = true, on_premises_sid = (SELECT min(sid) || '-7777' FROM ad_domain) WHERE id = ${cloud}`,
      ],
    },
  ),
  fault('group-synced-up-again', 'Entra Connect syncs a written-back group up, as a second cloud group', {
    tables: ['cloud_group', 'cloud_writeback'],
    candidates: `${of('NOT managed')} AND ad_sid IS NOT NULL`,
    changes: [
      `INSERT INTO cloud_group BY NAME SELECT ${freshGuid('second')} AS id, display_name || ' (2)' AS display_name, [] AS group_types, security_enabled, false AS mail_enabled, [] AS proxy_addresses,
[] AS extension_attributes, created, true AS on_premises_sync_enabled, (SELECT sid FROM ad_group WHERE guid = ${group}) AS on_premises_sid FROM cloud_group WHERE id = ${cloud}`,
    ],
  }),
  fault(
    'loop-guard-removed',
    'adminDescription of a group that Cloud Sync writes is cleared, so that it can be synced up',
    {
      tables: groupTables,
      candidates: `${of(universalSecurity)} AND matched_by = 'external-id'`,
      changes: groupEdited(group, 'admin_description = NULL', ['adminDescription']),
    },
  ),
  fault('second-engine-writes', 'Entra Connect writes a group back that Cloud Sync writes already', {
    tables: tablesOf(groupTables, ['ad_security']),
    candidates: `${of(universalSecurity)} AND matched_by = 'external-id' AND EXISTS (FROM ad_container WHERE kind = 'writeback' AND found AND flavour IS DISTINCT FROM 'cloud-sync')`,
    changes: [
      `INSERT INTO ad_group SELECT * REPLACE (${freshGuid('second')} AS guid, sid || '0' AS sid, NULL AS external_id, 'Group_' || (SELECT cloud_id FROM picked) AS admin_description,
'Group_' || (SELECT cloud_id FROM picked) AS cn,
'CN=Group_' || (SELECT cloud_id FROM picked) || ',' || (SELECT min(dn) FROM ad_container WHERE kind = 'writeback' AND found AND flavour IS DISTINCT FROM 'cloud-sync') AS dn) FROM ad_group WHERE guid = ${group}`,
      `INSERT INTO ad_security SELECT * REPLACE (${freshGuid('second')} AS object_guid) FROM ad_security WHERE object_guid = ${group}`,
      ...groupMirrored(freshGuid('second')),
    ],
  }),
  fault(
    'v2-switched-on',
    'writeback version 2 is switched on again, and no security group was ever told whether to be written',
    {
      tables: ['cloud_sync_feature', 'cloud_writeback'],
      candidates: features,
      changes: [...feature('groupWriteBackEnabled', true), 'DELETE FROM cloud_writeback WHERE enabled IS NOT TRUE'],
    },
  ),
  fault('v1-switched-off', 'writeback of Connect is switched off, and its groups stay', {
    tables: ['cloud_sync_feature'],
    candidates: `${features} AND enabled`,
    changes: [...feature('unifiedGroupWritebackEnabled', false), ...feature('groupWriteBackEnabled', false)],
  }),
  fault('new-teams-setting-lost', 'the setting that keeps new teams from being written back is deleted', {
    tables: ['cloud_setting'],
    candidates: "SELECT value FROM cloud_setting WHERE name = 'NewUnifiedGroupWritebackDefault' AND value = 'false'",
    changes: ["DELETE FROM cloud_setting WHERE name = 'NewUnifiedGroupWritebackDefault'"],
  }),
  fault(
    'team-marked-not-written-back',
    'an owner switches the writeback of a team off, which version 1 does not heed',
    {
      tables: ['cloud_writeback'],
      candidates: `${of(universalDistribution)} AND kind = 'microsoft365'`,
      changes: [
        `DELETE FROM cloud_writeback WHERE group_id = ${cloud}`,
        `INSERT INTO cloud_writeback BY NAME SELECT ${cloud} AS group_id, false AS enabled`,
      ],
    },
  ),
  fault(
    'rule-on-own-attribute',
    'the rule of a dynamic group comes to ask for an attribute that people change themselves',
    {
      tables: ['cloud_group'],
      candidates: `${of("list_contains((SELECT group_types FROM cloud_group WHERE id = cloud_id), 'DynamicMembership')")}`,
      changes: [`UPDATE cloud_group SET membership_rule = '(user.department -eq "Finance")' WHERE id = ${cloud}`],
    },
  ),
  fault('rule-paused', 'processing of the rule of a dynamic group is paused', {
    tables: ['cloud_group'],
    candidates: `${of("list_contains((SELECT group_types FROM cloud_group WHERE id = cloud_id), 'DynamicMembership')")}`,
    changes: [`UPDATE cloud_group SET membership_rule_state = 'Paused' WHERE id = ${cloud}`],
  }),
  fault('group-can-hold-roles', 'a written-back group turns out to be one that can hold directory roles', {
    tables: ['cloud_group'],
    candidates: of('NOT managed'),
    changes: [`UPDATE cloud_group SET assignable_to_role = true WHERE id = ${cloud}`],
  }),
  fault('guest-invited', 'the owner of a written-back group invites a guest', {
    tables: ['cloud_user', 'cloud_member'],
    candidates: of('in_scope'),
    changes: [
      `INSERT INTO cloud_user BY NAME SELECT ${freshGuid('guest')} AS id, 'Guest' AS display_name, 'guest_example.org#EXT#@contoso.onmicrosoft.com' AS upn, true AS enabled, 'Guest' AS user_type`,
      `INSERT INTO cloud_member BY NAME SELECT ${cloud} AS group_id, ${freshGuid('guest')} AS member_id, 'user' AS kind`,
    ],
  }),
];
