import { cloudTables } from './cloud-tables.ts';
import { may, must, type Table } from './column.ts';
import { readingTables } from './reading-tables.ts';

export type { ColumnType, Table } from './column.ts';

const adPrincipalNames = {
  dn: must('text', 'distinguishedName'),
  cn: may('text', 'cn'),
  sam_account_name: may('text', 'sAMAccountName'),
  display_name: may('text', 'displayName'),
} as const;

const anchors = {
  admin_description: may('text', 'adminDescription, as stored'),
  external_id: may('text', 'msDS-ExternalDirectoryObjectId, as stored'),
} as const;

/** Containers whose access lists guard writeback, and those of tier 0, whose control is that of the forest: the values of ad_container.kind. */
export const containerKinds = [
  ...['writeback', 'adminsdholder', 'domain'],
  ...['configuration', 'schema', 'domain-controllers', 'policies', 'gpo'],
] as const;

/** What a GUID of an access control entry can stand for: the values of ad_schema.kind. */
export const schemaKinds = ['attribute', 'class', 'extended-right', 'property-set', 'validated-write'] as const;

export type SchemaKind = (typeof schemaKinds)[number];

const changedOn = {
  invocation_id: may('uuid', 'invocationId of the domain controller on which that was done'),
  server: may('text', 'name of that domain controller; absent when it is gone'),
  usn: may('long', 'its update sequence number'),
} as const;

/** What a member of a cloud group can be: the values of cloud_member.kind. */
export const memberKinds = ['user', 'group', 'device', 'orgContact', 'servicePrincipal', 'other'] as const;

export type MemberKind = (typeof memberKinds)[number];

/**
 * Every table of a snapshot. Source tables stay faithful to the source: no joining, no interpretation beyond decoding. Add a column here and the
 * writer, the reader, the schema and the docs follow. A NULL is "read, not set"; whether something was read at all is said by `coverage` alone.
 */
export const tables = {
  ad_domain: {
    about: 'One row per AD domain read, with the forest facts seen from it',
    sortedBy: ['dn'],
    columns: {
      dn: must('text', 'DN of the domain'),
      dns_name: must('text', 'DNS name of the domain'),
      sid: must('text', 'SID of the domain'),
      guid: must('uuid', 'objectGUID of the domain object'),
      forest_dns_name: may('text', 'DNS name of the forest root'),
      domain_level: may('int', 'domainFunctionality (7 = 2016)'),
      schema_version: may('int', 'objectVersion of the schema (87 = 2016)'),
      external_id_in_schema: may('bool', 'whether the schema has msDS-ExternalDirectoryObjectId'),
      object_soa_in_schema: may('bool', 'whether the schema has msDS-ObjectSoa'),
      recycle_bin: may('bool', 'whether the AD Recycle Bin is enabled'),
      registered_devices: may('bool', 'whether the domain has CN=RegisteredDevices, where devices are written back'),
      exchange_schema_version: may('int', 'rangeUpper of ms-Exch-Schema-Version-Pt; absent without Exchange'),
      exchange_org_version: may('int', 'objectVersion of the Exchange organisation; absent without Exchange'),
      exchange_domain_version: may('int', 'objectVersion of CN=Microsoft Exchange System Objects'),
    },
  },
  ad_container: {
    about:
      'Objects whose access control list guards writeback (configured containers, AdminSDHolder, the domain root) or all of the forest',
    sortedBy: ['kind', 'dn'],
    columns: {
      kind: must('text', containerKinds.join(', ')),
      dn: must('text', 'DN as configured, or as read for the other kinds'),
      flavour: may('text', 'flavour that the configuration gives to the container'),
      found: must('bool', 'whether the object exists'),
      guid: may('uuid', 'objectGUID'),
      object_class: may('text', 'most specific object class'),
      well_known: may('bool', 'whether the domain lists it in wellKnownObjects'),
    },
  },
  ad_group: {
    about:
      'Groups in the writeback containers, every object with a writeback marker, groups nested with them, and protected groups',
    sortedBy: ['guid'],
    columns: {
      guid: must('uuid', 'objectGUID'),
      sid: may('text', 'objectSid; absent on objects that are not security principals'),
      domain_dn: must('text', 'DN of the domain'),
      ...adPrincipalNames,
      object_class: must('text', 'most specific object class: group, or another class that carries a marker'),
      in_container: must('bool', 'whether it lies in a configured writeback container'),
      group_type: may('int', 'groupType, signed'),
      description: may('text', 'description'),
      ...anchors,
      mail: may('text', 'mail'),
      mail_nickname: may('text', 'mailNickname'),
      proxy_addresses: must('text[]', 'proxyAddresses, as stored'),
      show_in_address_book: must('text[]', 'showInAddressBook'),
      hidden_from_address_lists: may('bool', 'msExchHideFromAddressLists'),
      admin_count: may('int', 'adminCount'),
      critical: may('bool', 'isCriticalSystemObject'),
      object_soa: may('text', 'msDS-ObjectSoa'),
      sid_history: must('text[]', 'sIDHistory, as SIDs'),
      managed_by: may('text', 'managedBy: a DN'),
      hide_dl_membership: may('bool', 'hideDLMembership'),
      require_auth_to_send: may('bool', 'msExchRequireAuthToSendTo'),
      extension_attributes: must('text[]', 'names of extensionAttribute1 to 15 that are set, not their values'),
      created: may('instant', 'whenCreated'),
      changed: may('instant', 'whenChanged'),
      usn_changed: may('long', 'uSNChanged'),
    },
  },
  ad_member: {
    about:
      'Direct members (member) of the groups in the containers, of every marked group and of the groups nested below these, as objectGUIDs',
    sortedBy: ['group_guid', 'member_guid'],
    columns: {
      group_guid: must('uuid', 'objectGUID of the group'),
      member_guid: must('uuid', 'objectGUID of the member'),
    },
  },
  ad_parent: {
    about: 'Groups that contain a written-back group, upwards to the top (memberOf)',
    sortedBy: ['child_guid', 'parent_guid'],
    columns: {
      child_guid: must('uuid', 'objectGUID of the contained group'),
      parent_guid: must('uuid', 'objectGUID of the containing group'),
    },
  },
  ad_attribute_change: {
    about: 'Last originating change of the attributes of written-back groups that matter, from replication metadata',
    sortedBy: ['object_guid', 'attribute'],
    columns: {
      object_guid: must('uuid', 'objectGUID of the group'),
      attribute: must('text', 'lDAPDisplayName; member stands for values without metadata of their own'),
      version: must('long', 'how many times it was changed'),
      changed: may('instant', 'when it was changed last'),
      ...changedOn,
    },
  },
  ad_member_change: {
    about: 'Values of member of written-back groups, with those that were removed of late, from replication metadata',
    sortedBy: ['group_guid', 'member_dn'],
    columns: {
      group_guid: must('uuid', 'objectGUID of the group'),
      member_dn: must('text', 'DN of the member, as the metadata has it'),
      member_guid: may('uuid', 'objectGUID of the member; absent when it was removed and is not known any more'),
      created: may('instant', 'when it was added for the first time'),
      deleted: may('instant', 'when it was removed; absent while it is a member'),
      version: must('long', 'how many times it was added or removed'),
      changed: may('instant', 'when it was added or removed last'),
      ...changedOn,
    },
  },
  ad_user: {
    about:
      'Members that are not groups: users, computers, contacts, foreign security principals; and users with a User_ anchor',
    sortedBy: ['guid'],
    columns: {
      guid: must('uuid', 'objectGUID'),
      sid: may('text', 'objectSid'),
      ...adPrincipalNames,
      object_class: must('text', 'most specific object class'),
      upn: may('text', 'userPrincipalName'),
      mail: may('text', 'mail'),
      enabled: may('bool', 'userAccountControl without ACCOUNTDISABLE'),
      consistency_guid: may('uuid', 'mS-DS-ConsistencyGuid when it has 16 bytes, in AD byte order'),
      ...anchors,
      admin_count: may('int', 'adminCount'),
    },
  },
  ad_address: {
    about: 'Every SMTP address in the forest (proxyAddresses and mail), lower case, without the smtp: prefix',
    sortedBy: ['address', 'object_guid', 'attribute'],
    columns: {
      address: must('text', 'the address'),
      object_guid: must('uuid', 'objectGUID of the object that holds it'),
      attribute: must('text', 'proxyAddresses or mail'),
      object_class: must('text', 'most specific object class of the holder'),
      dn: must('text', 'DN of the holder'),
    },
  },
  ad_security: {
    about: 'Owner and access control list of groups and containers; equal lists share one acl id',
    sortedBy: ['object_guid'],
    columns: {
      object_guid: must('uuid', 'objectGUID'),
      owner_sid: may('text', 'owner'),
      group_sid: may('text', 'primary group'),
      control: must('int', 'control flags (MS-DTYP 2.4.6)'),
      acl: may(
        'uuid',
        'id of the DACL in ad_ace: first 16 bytes of the SHA-256 of its bytes; absent = no DACL (everyone may do anything)',
      ),
      protected: may('bool', 'whether inheritance is switched off'),
    },
  },
  ad_ace: {
    about: 'The entries of each distinct DACL',
    sortedBy: ['acl', 'ordinal'],
    columns: {
      acl: must('uuid', 'id of the DACL'),
      ordinal: must('int', 'place in the DACL, from 0'),
      allow: must('bool', 'allow or deny'),
      conditional: must('bool', 'whether it holds only under a condition (a callback entry), which is not kept'),
      trustee_sid: must('text', 'whom it concerns'),
      mask: must('long', 'access mask, unsigned'),
      object_type: may('uuid', 'ObjectType: attribute, property set, extended right or class'),
      inherited_object_type: may('uuid', 'InheritedObjectType: the class that inherits it'),
      inherited: must('bool', 'INHERITED_ACE'),
      inherit_only: must('bool', 'INHERIT_ONLY_ACE: it does not apply to the object itself'),
      no_propagate: must('bool', 'NO_PROPAGATE_INHERIT_ACE: children do not hand it on'),
      flags: must('int', 'ACE flags'),
    },
  },
  ad_schema: {
    about:
      'GUIDs of the schema and of control access rights that the policies name or an access list uses, read from the directory',
    sortedBy: ['name', 'kind'],
    columns: {
      name: must('text', 'lDAPDisplayName of the attribute or class, or name of the right or property set'),
      kind: must('text', schemaKinds.join(', ')),
      guid: must('uuid', 'schemaIDGUID or rightsGuid'),
    },
  },
  ad_trustee: {
    about: 'Names of the SIDs that own or are granted something',
    sortedBy: ['sid'],
    columns: {
      sid: must('text', 'SID'),
      name: may('text', 'sAMAccountName or cn; absent when the SID resolves to nothing'),
      object_class: may('text', 'most specific object class'),
      dn: may('text', 'DN'),
    },
  },
  ad_identity: {
    about: 'Identities that may write: the sync identities and the trusted writers, resolved to SIDs',
    sortedBy: ['role', 'name', 'sid'],
    columns: {
      role: must('text', 'sync or trusted'),
      name: must('text', 'as configured, or as found'),
      sid: may('text', 'SID; absent when nothing of that name exists'),
      guessed: must('bool', 'whether the name was guessed by pattern because none is configured'),
    },
  },
  ad_forest_group: {
    about: 'Every group of the forest, also those that writeback has nothing to do with',
    sortedBy: ['guid'],
    columns: {
      guid: must('uuid', 'objectGUID'),
      sid: may('text', 'objectSid'),
      dn: must('text', 'distinguishedName'),
      group_type: may('int', 'groupType, signed'),
      ...anchors,
      mail: may('text', 'mail'),
      extension_attributes: must('text[]', 'names of those of extensionAttribute1 to 15 that are set'),
    },
  },
  ad_deleted: {
    about: 'Deleted groups, and other deleted objects that still carry a writeback marker',
    sortedBy: ['guid'],
    columns: {
      guid: must('uuid', 'objectGUID'),
      sid: may('text', 'objectSid'),
      dn: must('text', 'DN below Deleted Objects'),
      object_class: must('text', 'most specific object class'),
      cn: may('text', 'cn, without what the deletion appended'),
      last_known_parent: may('text', 'lastKnownParent'),
      ...anchors,
      created: may('instant', 'whenCreated'),
      changed: may('instant', 'whenChanged'),
    },
  },
  ad_identity_state: {
    about: 'Accounts of the sync identities',
    sortedBy: ['sid'],
    columns: {
      sid: must('text', 'objectSid'),
      object_class: must('text', 'most specific object class'),
      enabled: may('bool', 'userAccountControl without ACCOUNTDISABLE; absent on what is no account'),
      admin_count: may('int', 'adminCount'),
    },
  },
  ad_identity_group: {
    about: 'Groups that contain a sync identity, directly or through other groups, with its primary group',
    sortedBy: ['identity_sid', 'group_sid'],
    columns: {
      identity_sid: must('text', 'objectSid of the sync identity'),
      group_sid: must('text', 'objectSid of the group'),
      group_name: may('text', 'sAMAccountName or cn of the group'),
    },
  },
  ad_child: {
    about: 'Objects below the writeback containers, at any depth, that are no groups',
    sortedBy: ['guid'],
    columns: {
      guid: must('uuid', 'objectGUID'),
      container_dn: must('text', 'DN of the innermost configured container'),
      dn: must('text', 'distinguishedName'),
      object_class: must('text', 'most specific object class'),
      cn: may('text', 'cn, or the name of an organizational unit'),
    },
  },
  ad_domain_controller: {
    about: 'Domain controllers of the domains that were read',
    sortedBy: ['guid'],
    columns: {
      guid: must('uuid', 'objectGUID of the computer'),
      domain_dn: must('text', 'DN of the domain'),
      dns_name: may('text', 'dNSHostName, lower case'),
      operating_system: may('text', 'operatingSystem'),
      operating_system_version: may('text', 'operatingSystemVersion, e.g. 10.0 (20348)'),
      read_only: must('bool', 'whether it is a read-only domain controller'),
    },
  },
  ad_audit_ace: {
    about: 'Audit entries of the system access control lists of the writeback containers',
    sortedBy: ['object_guid', 'ordinal'],
    columns: {
      object_guid: must('uuid', 'objectGUID of the container'),
      ordinal: must('int', 'place in the SACL, from 0'),
      conditional: must('bool', 'whether it holds only under a condition (a callback entry), which is not kept'),
      trustee_sid: must('text', 'whose access is audited'),
      mask: must('long', 'access mask, unsigned'),
      object_type: may('uuid', 'ObjectType: attribute, property set, extended right or class'),
      inherited_object_type: may('uuid', 'InheritedObjectType: the class that inherits it'),
      success: must('bool', 'whether successful access is audited'),
      failure: must('bool', 'whether refused access is audited'),
      inherited: must('bool', 'INHERITED_ACE'),
      inherit_only: must('bool', 'INHERIT_ONLY_ACE: it does not apply to the object itself'),
      inheritable: must('bool', 'CONTAINER_INHERIT_ACE: children that are containers, as groups are, get it'),
    },
  },
  ad_soa_policy: {
    about:
      'CN=Cloud,CN=SOA-Policies,CN=System of each domain that has one (or CN=CloudSyncSOAPolicy, its earlier name)',
    sortedBy: ['dn'],
    columns: {
      domain_dn: must('text', 'DN of the domain'),
      dn: must('text', 'DN of the policy object'),
      name: must('text', 'its name: Cloud or CloudSyncSOAPolicy'),
      guid: must('uuid', 'objectGUID'),
      mode: may('text', 'Enforced or Audit, as stored'),
      sids: must('text[]', 'SIDs that may change what is protected, as stored, invalid ones too'),
    },
  },
  ad_exchange_server: {
    about: 'Exchange servers of the forest',
    sortedBy: ['guid'],
    columns: {
      guid: must('uuid', 'objectGUID'),
      name: must('text', 'name of the server'),
      version: may('text', 'serialNumber, e.g. Version 15.2 (Build 32562.17)'),
      server_role: may('long', 'msExchCurrentServerRoles'),
    },
  },
  ad_accepted_domain: {
    about: 'Domains that Exchange accepts mail for',
    sortedBy: ['name'],
    columns: {
      name: must('text', 'msExchAcceptedDomainName, lower case'),
      kind: must('text', 'authoritative, internal-relay, external-relay or unknown'),
      flags: may('long', 'msExchAcceptedDomainFlags'),
    },
  },
  ad_address_list: {
    about: 'Address lists of Exchange',
    sortedBy: ['guid'],
    columns: {
      guid: must('uuid', 'objectGUID'),
      dn: must('text', 'distinguishedName'),
      name: may('text', 'name'),
    },
  },
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
  ...cloudTables,
  declared_connect_scope: {
    about: 'Declared: organisational units that Entra Connect synchronises, and those below them that it leaves out',
    sortedBy: ['dn'],
    columns: {
      dn: must('text', 'DN of the organisational unit or domain'),
      included: must('bool', 'whether it is in scope; the nearest one above an object decides'),
    },
  },
  declared_cloud_sync_scope: {
    about: 'Declared: what Cloud Sync jobs from AD to the cloud take of AD, and what below it they leave out',
    sortedBy: ['dn'],
    columns: {
      dn: must('text', 'DN of the organisational unit or domain'),
      included: must('bool', 'whether it is in scope; the nearest one above an object decides'),
    },
  },
  declared_change: {
    about: 'Declared: approved changes of the source of authority of groups',
    sortedBy: ['group_id', 'kind', 'approved'],
    columns: {
      group_id: must('uuid', 'id of the group'),
      kind: must('text', 'to-cloud or to-ad'),
      approved: must('instant', 'when it was approved'),
      ticket: may('text', 'the change request'),
    },
  },
  declared_recipient: {
    about: 'Declared: what Exchange Online holds about groups and no application can read',
    sortedBy: ['group_id'],
    columns: {
      group_id: must('uuid', 'id of the group'),
      require_sender_authentication: may('bool', 'RequireSenderAuthenticationEnabled; absent when not declared'),
      hidden_from_address_lists: may('bool', 'HiddenFromAddressListsEnabled; absent when not declared'),
    },
  },
  declared_dc_build: {
    about: 'Declared: builds of domain controllers (the file version of ntdsai.dll)',
    sortedBy: ['dns_name'],
    columns: {
      dns_name: must('text', 'DNS name of the domain controller, lower case'),
      build: must('text', 'build, e.g. 10.0.20348.5257'),
    },
  },
  declared_statement: {
    about: 'Declared: statements about the tenant that nobody can read',
    sortedBy: ['name'],
    columns: {
      name: must('text', 'name of the statement, e.g. auditLogExported'),
      value: must('text', 'its value, e.g. true'),
    },
  },
  scope_flavour: {
    about: 'Flavours that the configuration declares',
    sortedBy: ['flavour'],
    columns: { flavour: must('text', 'connect-v1, connect-v2 or cloud-sync') },
  },
  ...readingTables,
  coverage: {
    about:
      'What was read in full. object = "" speaks for the whole facet, other rows for single objects where they differ; no row = never read',
    sortedBy: ['facet', 'object'],
    columns: {
      facet: must('text', 'name of the facet'),
      object: must('text', 'id of the object (GUID text, job id), or empty for the facet as a whole'),
      complete: must('bool', 'whether everything was read'),
      reason: may('text', 'why not'),
      expected: may('long', 'how many items the source announced'),
      retrieved: may('long', 'how many items were read'),
    },
  },
} as const satisfies Record<string, Table>;

export type TableName = keyof typeof tables;

/** The tables of memberships, which can be tens of millions of rows: the writer takes them as raw ids too. */
export type EdgeTable = 'ad_member' | 'cloud_member';

type Value<T> = T extends 'bool'
  ? boolean
  : T extends 'int' | 'long' | 'instant'
    ? number
    : T extends 'text[]'
      ? readonly string[]
      : string;
type Columns<N extends TableName> = (typeof tables)[N]['columns'];

/** One row of a table. Optional columns hold null when the source has no value. */
export type Row<N extends TableName> = {
  readonly [C in keyof Columns<N>]: Columns<N>[C] extends { readonly type: infer T; readonly required: infer R }
    ? R extends true
      ? Value<T>
      : Value<T> | null
    : never;
};
