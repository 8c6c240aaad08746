import { type FacetName, type TableName, tables } from '../../src/snapshot/index.ts';

/** The tables of facets that bring rows of their own and nothing else, so that a gap takes rows away and leaves the rest as it is. */
export const furtherTables: Partial<Record<FacetName, readonly TableName[]>> = {
  'ad.identities': ['ad_identity_group', 'ad_identity_state'],
  'ad.children': ['ad_child'],
  'ad.domainControllers': ['ad_domain_controller'],
  'ad.auditing': ['ad_audit_ace'],
  'ad.soaPolicy': ['ad_soa_policy'],
  'ad.exchangeServers': ['ad_exchange_server'],
  'ad.acceptedDomains': ['ad_accepted_domain'],
  'ad.addressLists': ['ad_address_list'],
  'ad.forestGroups': ['ad_forest_group'],
  'cloud.owners': ['cloud_owner'],
  'cloud.errors': ['cloud_error'],
  'cloud.mailSettings': ['cloud_mail_setting'],
  'cloud.roles': ['cloud_role_assignment'],
  'cloud.eligibility': ['cloud_eligibility', 'cloud_pim_rule'],
  'cloud.appGrants': ['cloud_app_grant'],
  'cloud.jobAssignments': ['cloud_job_assignment'],
  'cloud.provisioningLog': ['cloud_provisioning_event'],
  'cloud.auditLog': ['cloud_audit_event'],
  'cloud.domains': ['cloud_domain'],
  'cloud.licences': ['cloud_licence'],
  'cloud.lifecyclePolicies': ['cloud_lifecycle_policy'],
  'cloud.syncConfiguration': ['cloud_sync_configuration'],
  'cloud.agents': ['cloud_agent'],
  'import.connectScope': ['declared_connect_scope'],
  'import.approvedChanges': ['declared_change'],
  'import.recipients': ['declared_recipient'],
  'import.domainControllerBuilds': ['declared_dc_build'],
  'import.statements': ['declared_statement'],
};

/** The columns of a table that may be empty. */
export function optionalColumns(table: TableName): readonly string[] {
  return Object.entries(tables[table].columns).flatMap(([name, { required }]) => (required ? [] : [name]));
}
