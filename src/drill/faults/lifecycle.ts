import { lately, picked, tablesOf } from '../changes.ts';
import { faultsOf, freshGuid } from '../fault.ts';

const fault = faultsOf('lifecycle');

const of = (condition: string) => `SELECT ad_guid, cloud_id FROM pair WHERE comparable AND ${condition}`;
const group = picked('ad_guid');
const cloud = picked('cloud_id');
const cloudGone = [
  `DELETE FROM cloud_group WHERE id = ${cloud}`,
  `DELETE FROM cloud_member WHERE group_id = ${cloud} OR member_id = ${cloud}`,
  `DELETE FROM cloud_owner WHERE group_id = ${cloud}`,
  `DELETE FROM cloud_writeback WHERE group_id = ${cloud}`,
  `DELETE FROM cloud_managed_group WHERE group_id = ${cloud}`,
  `DELETE FROM cloud_mail_setting WHERE group_id = ${cloud}`,
];
const cloudTables = [
  ...(['cloud_group', 'cloud_member', 'cloud_owner', 'cloud_writeback'] as const),
  ...(['cloud_managed_group', 'cloud_mail_setting'] as const),
];

/** What goes wrong when groups end, or ought to. */
export const lifecycleFaults = [
  fault('group-soft-deleted', 'a cloud group was deleted two days ago, and its members keep their access in AD', {
    tables: tablesOf(cloudTables, ['cloud_deleted_group']),
    candidates: of('ad_guid IN (SELECT group_guid FROM ad_member)'),
    changes: [
      `INSERT INTO cloud_deleted_group BY NAME SELECT id, display_name, ${lately} - INTERVAL 2 DAY AS deleted, group_types, security_enabled, mail_enabled FROM cloud_group WHERE id = ${cloud}`,
      ...cloudGone,
    ],
  }),
  fault('group-purged', 'a cloud group was deleted for good, and its AD object stays', {
    tables: cloudTables,
    candidates: of('in_container'),
    changes: cloudGone,
  }),
  fault(
    'group-restored-as-another',
    'a restored cloud group was given a new AD object while the old one lay in the Recycle Bin',
    {
      tables: ['ad_deleted'],
      candidates: of("flavour = 'connect-v1' AND ad_sid IS NOT NULL"),
      changes: [
        `INSERT INTO ad_deleted BY NAME SELECT ${freshGuid('old')} AS guid, sid || '0' AS sid, 'CN=Deleted Objects,' || domain_dn AS dn, object_class, cn, substr(dn, length(cn) + 5) AS last_known_parent,
admin_description, external_id, created - INTERVAL 300 DAY AS created, ${lately} - INTERVAL 10 DAY AS changed FROM ad_group WHERE guid = ${group}`,
      ],
    },
  ),
  fault('group-empty-for-months', 'nobody has been in a written-back group for months', {
    tables: ['ad_group', 'ad_member', 'cloud_member', 'cloud_group', 'ad_member_change'],
    candidates: of('true'),
    changes: [
      `DELETE FROM ad_member WHERE group_guid = ${group}`,
      `DELETE FROM ad_member_change WHERE group_guid = ${group}`,
      `DELETE FROM cloud_member WHERE group_id = ${cloud}`,
      `UPDATE ad_group SET created = ${lately} - INTERVAL 300 DAY WHERE guid = ${group}`,
      `UPDATE cloud_group SET created = ${lately} - INTERVAL 300 DAY, renewed = NULL WHERE id = ${cloud}`,
    ],
  }),
  fault('expiration-switched-off', 'the expiration of Microsoft 365 groups is switched off', {
    tables: ['cloud_group', 'cloud_lifecycle_policy'],
    candidates:
      "SELECT count(*) AS groups FROM cloud_group WHERE list_contains(group_types, 'Unified') AND expiration IS NOT NULL HAVING count(*) > 0",
    changes: ['UPDATE cloud_group SET expiration = NULL', 'DELETE FROM cloud_lifecycle_policy'],
  }),
  fault('recycle-bin-missing', 'a forest is rebuilt without the Recycle Bin', {
    tables: ['ad_domain'],
    candidates: 'SELECT dn FROM ad_domain WHERE recycle_bin',
    changes: ['UPDATE ad_domain SET recycle_bin = false'],
  }),
];
