import { may, must, type Table } from './column.ts';

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

/** What is read from Active Directory. */
export const adTables = {
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
} as const satisfies Record<string, Table>;
