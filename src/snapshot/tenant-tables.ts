import { may, must, type Table } from './column.ts';

/** What a member of a cloud group can be: the values of cloud_member.kind. */
export const memberKinds = ['user', 'group', 'device', 'orgContact', 'servicePrincipal', 'other'] as const;

export type MemberKind = (typeof memberKinds)[number];

/** The groups, users and jobs of the tenant, as Microsoft Graph gives them. */
export const tenantTables = {
  cloud_group: {
    about: 'Active groups of the tenant',
    sortedBy: ['id'],
    columns: {
      id: must('uuid', 'id'),
      display_name: may('text', 'displayName'),
      description: may('text', 'description'),
      group_types: must('text[]', 'groupTypes'),
      security_enabled: may('bool', 'securityEnabled'),
      mail_enabled: may('bool', 'mailEnabled'),
      mail: may('text', 'mail'),
      mail_nickname: may('text', 'mailNickname'),
      proxy_addresses: must('text[]', 'proxyAddresses'),
      visibility: may('text', 'visibility'),
      membership_rule: may('text', 'membershipRule'),
      membership_rule_state: may('text', 'membershipRuleProcessingState'),
      assignable_to_role: may('bool', 'isAssignableToRole'),
      created: may('instant', 'createdDateTime'),
      security_identifier: may('text', 'securityIdentifier (the cloud SID)'),
      on_premises_sync_enabled: may('bool', 'onPremisesSyncEnabled'),
      on_premises_sid: may('text', 'onPremisesSecurityIdentifier'),
      on_premises_sam_account_name: may('text', 'onPremisesSamAccountName'),
      on_premises_domain_name: may('text', 'onPremisesDomainName'),
      on_premises_last_sync: may('instant', 'onPremisesLastSyncDateTime'),
      expiration: may('instant', 'expirationDateTime'),
      renewed: may('instant', 'renewedDateTime'),
      extension_attributes: must('text[]', 'names of the onPremisesExtensionAttributes that are set, sorted'),
    },
  },
  cloud_writeback: {
    about: 'beta writebackConfiguration of groups',
    sortedBy: ['group_id'],
    columns: {
      group_id: must('uuid', 'id of the group'),
      enabled: may('bool', 'writebackConfiguration.isEnabled; null has a meaning of its own'),
      on_premises_group_type: may('text', 'writebackConfiguration.onPremisesGroupType'),
    },
  },
  cloud_managed_group: {
    about: 'Groups whose source of authority was converted to the cloud (isCloudManaged)',
    sortedBy: ['group_id'],
    columns: { group_id: must('uuid', 'id of the group') },
  },
  cloud_member: {
    about: 'Direct members of the groups in audit scope',
    sortedBy: ['group_id', 'member_id'],
    columns: {
      group_id: must('uuid', 'id of the group'),
      member_id: must('uuid', 'id of the member'),
      kind: must('text', 'user, group, device, orgContact, servicePrincipal or other, from @odata.type'),
    },
  },
  cloud_user: {
    about: 'Users of the tenant',
    sortedBy: ['id'],
    columns: {
      id: must('uuid', 'id'),
      display_name: may('text', 'displayName'),
      upn: may('text', 'userPrincipalName'),
      mail: may('text', 'mail'),
      enabled: may('bool', 'accountEnabled'),
      user_type: may('text', 'userType: Member or Guest'),
      on_premises_sync_enabled: may('bool', 'onPremisesSyncEnabled'),
      immutable_id: may('text', 'onPremisesImmutableId, as stored'),
      immutable_guid: may('uuid', 'onPremisesImmutableId when it is the base64 of 16 bytes, in AD byte order'),
      on_premises_sid: may('text', 'onPremisesSecurityIdentifier'),
      on_premises_sam_account_name: may('text', 'onPremisesSamAccountName'),
      on_premises_domain_name: may('text', 'onPremisesDomainName'),
      on_premises_dn: may('text', 'onPremisesDistinguishedName'),
      on_premises_last_sync: may('instant', 'onPremisesLastSyncDateTime'),
    },
  },
  cloud_deleted_group: {
    about: 'Soft-deleted groups',
    sortedBy: ['id'],
    columns: {
      id: must('uuid', 'id'),
      display_name: may('text', 'displayName'),
      deleted: may('instant', 'deletedDateTime'),
      group_types: must('text[]', 'groupTypes'),
      security_enabled: may('bool', 'securityEnabled'),
      mail_enabled: may('bool', 'mailEnabled'),
    },
  },
  cloud_tenant: {
    about: 'The tenant: one row',
    sortedBy: ['id'],
    columns: {
      id: must('uuid', 'organization.id'),
      display_name: may('text', 'displayName'),
      on_premises_sync_enabled: may('bool', 'onPremisesSyncEnabled'),
      last_sync: may('instant', 'onPremisesLastSyncDateTime'),
      verified_domains: must('text[]', 'names of the verified domains'),
    },
  },
  cloud_sync_feature: {
    about: 'Flags of directory/onPremisesSynchronization.features',
    sortedBy: ['name'],
    columns: {
      name: must('text', 'name of the feature, e.g. groupWriteBackEnabled'),
      enabled: may('bool', 'its value'),
    },
  },
  cloud_setting: {
    about: 'Values of group settings',
    sortedBy: ['template', 'name'],
    columns: {
      template: must('text', 'displayName of the setting, e.g. Group.Unified'),
      name: must('text', 'name of the value'),
      value: may('text', 'the value'),
    },
  },
  cloud_job: {
    about: 'Synchronization jobs of the tenant (Cloud Sync)',
    sortedBy: ['id'],
    columns: {
      id: must('text', 'id of the job'),
      service_principal_id: must('uuid', 'id of the service principal'),
      service_principal_name: may('text', 'displayName of the service principal'),
      template_id: must('text', 'templateId, e.g. AAD2ADGroupProvisioning'),
      schedule_interval_seconds: may('long', 'schedule.interval'),
      schedule_state: may('text', 'schedule.state'),
      status_code: may('text', 'status.code'),
      quarantine_reason: may('text', 'status.quarantine.reason; absent when not in quarantine'),
      quarantine_began: may('instant', 'status.quarantine.currentBegan'),
      quarantine_error: may('text', 'status.quarantine.error.code and message'),
      last_success: may('instant', 'status.lastSuccessfulExecution.timeEnded'),
      last_state: may('text', 'status.lastExecution.state'),
      complete_failures: may('int', 'status.countSuccessiveCompleteFailures'),
      escrowed: may('long', 'status.lastExecution.countEscrowed'),
      target_container: may('text', 'constant parentDistinguishedName of the group mapping'),
      cn_expression: may('text', 'expression of the cn mapping'),
      scope_filter: may('text', 'scope of the group mapping, as canonical JSON; absent when it takes every group'),
      target_domain: may('text', 'DNS name of the domain, from the setting Domain; facet cloud.jobSettings'),
      sync_all: may('bool', 'the setting SyncAll: every group rather than assigned ones; facet cloud.jobSettings'),
      accidental_delete_enabled: may(
        'bool',
        'SyncNotificationSettings.DeleteThresholdEnabled; facet cloud.jobSettings',
      ),
      accidental_delete_threshold: may(
        'long',
        'SyncNotificationSettings.DeleteThresholdValue; facet cloud.jobSettings',
      ),
      escrows_pruned: may('bool', 'status.escrowsPruned'),
    },
  },
} as const satisfies Record<string, Table>;
