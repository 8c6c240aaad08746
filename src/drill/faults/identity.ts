import {
  accessGranted,
  accessTables,
  groupEdited,
  groupMirrored,
  groupTables,
  picked,
  schemaGuid,
  tablesOf,
} from '../changes.ts';
import { faultsOf, freshGuid } from '../fault.ts';

const fault = faultsOf('identity');

/** Written-back groups whose one AD object carries a marker of its own. */
const marked =
  "SELECT ad_guid, cloud_id FROM pair WHERE comparable AND matched_by IN ('external-id', 'admin-description')";

/** The same with another active cloud group that could be named instead. */
const markedWithOther = `SELECT p.ad_guid, p.cloud_id, min(o.cloud_id) AS other FROM pair p JOIN pair o ON o.comparable AND o.cloud_id <> p.cloud_id
WHERE p.comparable AND p.matched_by IN ('external-id', 'admin-description') GROUP BY p.ad_guid, p.cloud_id`;

const byCloudSync = `${marked} AND flavour = 'cloud-sync' AND matched_by = 'external-id'`;
const group = picked('ad_guid');
const nobody = `${freshGuid('nobody')}::VARCHAR`;
const markers = ['adminDescription', 'msDS-ExternalDirectoryObjectId'];

/** The AD object of the picked group is gone from every table that had it. */
export const objectGone = [
  `DELETE FROM ad_group WHERE guid = ${group}`,
  ...groupMirrored(group),
  `DELETE FROM ad_member WHERE group_guid = ${group} OR member_guid = ${group}`,
  `DELETE FROM ad_parent WHERE child_guid = ${group} OR parent_guid = ${group}`,
  `DELETE FROM ad_security WHERE object_guid = ${group}`,
];

export const goneTables = tablesOf(groupTables, ['ad_member', 'ad_parent', 'ad_security']);

/** What goes wrong with markers, names and places of AD objects. */
export const identityFaults = [
  fault('anchor-duplicated', 'a copy of a written-back group is made in AD, marker and all', {
    tables: groupTables,
    candidates: marked,
    changes: [
      `INSERT INTO ad_group SELECT * REPLACE (${freshGuid('copy')} AS guid, sid || '0' AS sid, 'CN=Copy of ' || dn AS dn, 'Copy of ' || cn AS cn) FROM ad_group WHERE guid = ${group}`,
      ...groupMirrored(freshGuid('copy')),
    ],
  }),
  fault('anchor-cleared', 'both markers of a written-back group are cleared and it is renamed', {
    tables: groupTables,
    candidates: marked,
    changes: groupEdited(group, "external_id = NULL, admin_description = NULL, cn = 'Old group'", [...markers, 'cn']),
  }),
  fault('anchor-hijacked', 'msDS-ExternalDirectoryObjectId of a group is pointed to another cloud group', {
    tables: groupTables,
    candidates: markedWithOther,
    changes: groupEdited(
      group,
      "external_id = 'Group_' || (SELECT other FROM picked), admin_description = coalesce(admin_description, 'Group_' || (SELECT cloud_id FROM picked))",
      ['msDS-ExternalDirectoryObjectId'],
    ),
  }),
  fault('anchor-of-nobody', 'the markers of a group name a cloud group that does not exist', {
    tables: groupTables,
    candidates: marked,
    changes: groupEdited(
      group,
      `external_id = CASE WHEN external_id IS NOT NULL THEN 'Group_' || ${nobody} END, admin_description = 'Group_' || ${nobody}`,
      markers,
    ),
  }),
  fault('orphan-archived', 'a group whose cloud group is gone for good was moved to an archive, markers and all', {
    tables: groupTables,
    candidates: `${marked} AND in_container`,
    changes: groupEdited(
      group,
      `in_container = false, dn = 'CN=' || cn || ',OU=Archive,' || domain_dn, external_id = CASE WHEN external_id IS NOT NULL THEN 'Group_' || ${nobody} END, admin_description = 'Group_' || ${nobody}`,
      markers,
    ),
  }),
  fault('marker-torn', 'a digit of adminDescription is lost when somebody retypes it', {
    tables: groupTables,
    candidates: `${marked} AND ad_guid IN (SELECT guid FROM ad_group WHERE admin_description LIKE 'Group_%')`,
    changes: groupEdited(group, 'admin_description = left(admin_description, -1)', ['adminDescription']),
  }),
  fault(
    'marker-delegated',
    'the help desk is granted the personal information of a group, of which the marker is part',
    {
      tables: accessTables,
      candidates: `${marked} AND ad_guid IN (SELECT object_guid FROM ad_security WHERE acl IS NOT NULL) AND EXISTS (FROM ad_schema WHERE name = 'Personal-Information')`,
      changes: accessGranted(group, { mask: 0x20, type: schemaGuid('Personal-Information') }),
    },
  ),
  fault('marker-not-migrated', 'a group comes to Cloud Sync with adminDescription alone, as Connect left it', {
    tables: groupTables,
    candidates: byCloudSync,
    changes: groupEdited(group, 'external_id = NULL', ['msDS-ExternalDirectoryObjectId']),
  }),
  fault('group-renamed', 'a written-back group is renamed in AD', {
    tables: groupTables,
    candidates: marked,
    changes: groupEdited(group, "cn = 'Renamed by hand'", ['cn']),
  }),
  fault(
    'group-named-like-another',
    'a group is renamed in AD so that its name ends with the digits of another cloud group',
    {
      tables: groupTables,
      candidates: markedWithOther,
      changes: groupEdited(group, "cn = 'Team_' || right((SELECT other FROM picked), 12)", ['cn']),
    },
  ),
  fault('group-moved', 'a written-back group is moved out of its container', {
    tables: groupTables,
    candidates: `${marked} AND in_container`,
    changes: groupEdited(group, "in_container = false, dn = 'CN=' || cn || ',OU=Elsewhere,' || domain_dn"),
  }),
  fault('group-deleted-in-ad', 'somebody deletes the AD object of a written-back group', {
    tables: tablesOf(goneTables, ['ad_deleted']),
    candidates: marked,
    changes: [
      `INSERT INTO ad_deleted BY NAME SELECT guid, sid, cn || chr(10) || 'DEL:' || guid || ',CN=Deleted Objects,' || domain_dn AS dn, object_class, cn,
substr(dn, length(cn) + 5) AS last_known_parent, admin_description, external_id, created, (SELECT max(last) FROM reading) - INTERVAL 2 HOUR AS changed
FROM ad_group WHERE guid = ${group} AND EXISTS (FROM coverage WHERE facet = 'ad.deleted' AND object = '' AND complete)`,
      ...objectGone,
    ],
  }),
  fault('group-never-arrived', 'a security group that was made in the cloud days ago has not come to AD', {
    tables: ['cloud_group', 'cloud_writeback', 'cloud_owner', 'coverage'],
    candidates: "SELECT flavour FROM scope_flavour WHERE flavour = 'cloud-sync'",
    changes: [
      `INSERT INTO cloud_group BY NAME SELECT ${freshGuid('new')} AS id, 'Auditors' AS display_name, [] AS group_types, true AS security_enabled, false AS mail_enabled,
[] AS proxy_addresses, [] AS extension_attributes, (SELECT max(last) FROM reading) - INTERVAL 3 DAY AS created`,
      `INSERT INTO cloud_writeback BY NAME SELECT ${freshGuid('new')} AS group_id, false AS enabled`,
    ],
  }),
  fault('container-deleted', 'a writeback container is deleted or renamed', {
    tables: ['ad_container'],
    candidates: "SELECT dn FROM ad_container WHERE kind = 'writeback' AND found",
    changes: ['UPDATE ad_container SET found = false, guid = NULL WHERE dn = (SELECT dn FROM picked)'],
  }),
  fault('job-writes-to-users', 'the job is pointed to CN=Users, where the default mapping puts groups', {
    tables: ['cloud_job', 'cloud_job_mapping'],
    candidates:
      "SELECT j.id, min(d.dn) AS domain FROM cloud_job j CROSS JOIN ad_domain d WHERE starts_with(j.template_id, 'AAD2ADGroupProvisioning') GROUP BY j.id",
    changes: [
      "UPDATE cloud_job SET target_container = 'CN=Users,' || (SELECT domain FROM picked) WHERE id = (SELECT id FROM picked)",
      "UPDATE cloud_job_mapping SET source = 'CN=Users,' || (SELECT domain FROM picked), constant = true WHERE job_id = (SELECT id FROM picked) AND target = 'parentDistinguishedName'",
    ],
  }),
];
