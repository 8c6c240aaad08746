import { groupEdited, groupTables, lately, picked, tablesOf } from '../changes.ts';
import { faultsOf, freshGuid } from '../fault.ts';
import { goneTables, objectGone } from './identity.ts';

const fault = faultsOf('source-of-authority');

/** Converted groups whose original is written back. */
const converted = `SELECT p.ad_guid, p.cloud_id FROM pair p JOIN cloud_group c ON c.id = p.cloud_id
WHERE p.comparable AND p.managed AND c.on_premises_sid IS NOT NULL AND p.ad_sid = c.on_premises_sid`;
const group = picked('ad_guid');
const cloud = picked('cloud_id');
const policies = 'SELECT guid FROM ad_soa_policy';
const policy = picked('guid');

/** What goes wrong when groups of AD are handed over to the cloud, handed back, and protected. */
export const authorityFaults = [
  fault('rollback-half-done', 'a converted group is rolled back, and AD never takes it over', {
    tables: ['cloud_managed_group'],
    candidates: converted,
    changes: [`DELETE FROM cloud_managed_group WHERE group_id = ${cloud}`],
  }),
  fault('group-rolled-back', 'a converted group is rolled back to AD, and its markers stay there', {
    tables: ['cloud_managed_group', 'cloud_group'],
    candidates: converted,
    changes: [
      `DELETE FROM cloud_managed_group WHERE group_id = ${cloud}`,
      `UPDATE cloud_group SET on_premises_sync_enabled = true WHERE id = ${cloud}`,
    ],
  }),
  fault('group-converted-in-silence', 'a group that AD owns is moved to the cloud, and nobody approved of that', {
    tables: ['cloud_managed_group', 'cloud_group', 'cloud_audit_event'],
    candidates: 'SELECT id FROM cloud_group WHERE on_premises_sync_enabled AND on_premises_sid IS NOT NULL',
    changes: [
      `INSERT INTO cloud_managed_group SELECT ${picked('id')}`,
      `UPDATE cloud_group SET on_premises_sync_enabled = NULL WHERE id = ${picked('id')}`,
      `INSERT INTO cloud_audit_event BY NAME SELECT 'drill' AS id, 'Change Source of Authority from AD to cloud' AS activity, ${lately} AS at, 'success' AS result,
${picked('id')} AS group_id, 'somebody@contoso.com' AS actor_name, 'user' AS actor_kind`,
    ],
  }),
  fault(
    'original-not-marked',
    'the original of a converted group loses its markers, so that Cloud Sync passes it over',
    {
      tables: groupTables,
      candidates: converted,
      changes: groupEdited(group, 'external_id = NULL, admin_description = NULL', [
        'msDS-ExternalDirectoryObjectId',
        'adminDescription',
      ]),
    },
  ),
  fault('original-duplicated', 'Cloud Sync writes a converted group to a new object beside its original', {
    tables: tablesOf(groupTables, ['ad_security']),
    candidates: converted,
    changes: [
      `INSERT INTO ad_group SELECT * REPLACE (${freshGuid('new')} AS guid, sid || '0' AS sid, 'CN=New ' || substr(dn, 4) AS dn) FROM ad_group WHERE guid = ${group}`,
      `INSERT INTO ad_security SELECT * REPLACE (${freshGuid('new')} AS object_guid) FROM ad_security WHERE object_guid = ${group}`,
      `UPDATE ad_group SET external_id = NULL, admin_description = NULL, in_container = false, dn = 'CN=' || cn || ',OU=Legacy,' || domain_dn WHERE guid = ${group}`,
      `UPDATE ad_forest_group SET external_id = NULL, admin_description = NULL WHERE guid = ${group}`,
    ],
  }),
  fault('original-deleted', 'the AD group that a converted group came from is deleted as obsolete', {
    tables: tablesOf(goneTables, ['ad_deleted']),
    candidates: converted,
    changes: [
      `INSERT INTO ad_deleted BY NAME SELECT guid, sid, 'CN=Deleted Objects,' || domain_dn AS dn, object_class, cn, substr(dn, length(cn) + 5) AS last_known_parent,
admin_description, external_id, created, ${lately} AS changed FROM ad_group WHERE guid = ${group}`,
      ...objectGone,
    ],
  }),
  fault('original-made-domain-local', 'the original of a converted group is set to domain local', {
    tables: groupTables,
    candidates: converted,
    changes: groupEdited(group, 'group_type = -2147483644', ['groupType']),
  }),
  fault('extension-attribute-relied-on', 'an application sets an extension attribute of a converted group in AD', {
    tables: groupTables,
    candidates: converted,
    changes: groupEdited(group, "extension_attributes = ['extensionAttribute7']", ['extensionAttribute7']),
  }),
  fault('nested-in-synced-group', 'a group that the cloud owns is nested, in AD, in a group that AD owns', {
    tables: ['ad_parent'],
    candidates: `SELECT p.ad_guid, min(g.guid) AS parent FROM pair p CROSS JOIN ad_group g JOIN cloud_group c ON c.on_premises_sid = g.sid
WHERE p.comparable AND p.flavour = 'cloud-sync' AND c.on_premises_sync_enabled GROUP BY p.ad_guid`,
    changes: [`INSERT INTO ad_parent SELECT ${group}, ${picked('parent')}`],
  }),
  fault('lock-mark-lost', 'a group that Cloud Sync writes loses the mark that keeps administrators from changing it', {
    tables: groupTables,
    candidates: `SELECT p.ad_guid FROM pair p JOIN ad_group g ON g.guid = p.ad_guid WHERE p.comparable AND p.flavour = 'cloud-sync' AND g.object_soa = 'Cloud' AND EXISTS (FROM ad_soa_policy)`,
    changes: groupEdited(group, 'object_soa = NULL', ['msDS-ObjectSoa']),
  }),
  fault('lock-only-audits', 'the policy of AD object enforcement is set to Audit for a test, and stays so', {
    tables: ['ad_soa_policy'],
    candidates: policies,
    changes: [`UPDATE ad_soa_policy SET mode = 'Audit' WHERE guid = ${policy}`],
  }),
  fault(
    'lock-policy-malformed',
    'an entry that is no SID keeps domain controllers from loading the enforcement policy',
    {
      tables: ['ad_soa_policy'],
      candidates: policies,
      changes: [`UPDATE ad_soa_policy SET sids = list_append(sids, 'CONTOSO\\agent') WHERE guid = ${policy}`],
    },
  ),
  fault('old-domain-controller-added', 'a domain controller that does not know AD object enforcement is added', {
    tables: ['ad_domain_controller'],
    candidates: policies,
    changes: [
      `INSERT INTO ad_domain_controller BY NAME SELECT ${freshGuid('dc')} AS guid, dn AS domain_dn, 'dc9.' || dns_name AS dns_name, 'Windows Server 2019' AS operating_system,
'10.0 (17763)' AS operating_system_version, false AS read_only FROM ad_domain ORDER BY dn LIMIT 1`,
    ],
  }),
  fault('lock-overclaimed', 'a control description says that AD object enforcement prevents deletion', {
    tables: ['declared_statement', 'coverage'],
    candidates: policies,
    changes: [
      "DELETE FROM declared_statement WHERE name = 'enforcementPrevents'",
      "INSERT INTO declared_statement VALUES ('enforcementPrevents', 'modify,delete')",
    ],
  }),
];
