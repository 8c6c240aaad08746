import { flavours } from '../base/index.ts';
import { attach, fieldsOf, objectAt } from './build.ts';
import type { Population } from './population.ts';

const anchorsSeen = fieldsOf('ad.groups', 'n.seen');
const tenantFeatures = fieldsOf('cloud.onPremisesSynchronization', 't.features_known');
const tenantFacts = fieldsOf('cloud.organization', 't.organization_known');

const tenantFields = [
  tenantFacts('tenant.label', 'string', "coalesce(t.display_name, t.id::VARCHAR, '(the tenant)')", 'name for people', {
    from: 'displayName',
  }),
  tenantFacts('tenant.syncEnabled', 'bool', 't.on_premises_sync_enabled', 'whether directory synchronization is on', {
    nullable: true,
    from: 'onPremisesSyncEnabled',
  }),
  tenantFacts('tenant.lastSync', 'timestamp', 't.last_sync', 'last synchronization from AD', {
    nullable: true,
    from: 'onPremisesLastSyncDateTime',
  }),
  tenantFeatures('tenant.groupWritebackV1', 'bool', 't.v1', 'whether writeback v1 is on', {
    nullable: true,
    from: 'features.unifiedGroupWritebackEnabled',
  }),
  tenantFeatures('tenant.groupWritebackV2', 'bool', 't.v2', 'whether writeback v2 is on', {
    nullable: true,
    from: 'features.groupWriteBackEnabled',
  }),
  fieldsOf('cloud.groupSettings', 't.settings_known')(
    'tenant.newGroupDefault',
    'string',
    't.new_group_default',
    'whether new Microsoft 365 groups are written back',
    {
      nullable: true,
      from: 'Group.Unified NewUnifiedGroupWritebackDefault',
    },
  ),
];

/** The tenant: always one row. */
export const tenant: Population = {
  name: 'tenant',
  about: 'The tenant, one row',
  relation: 'tenant',
  alias: 't',
  keys: [],
  carried: [],
  attachments: [],
  fields: tenantFields,
  objects: [],
  flavour: undefined,
  subject: { key: "'tenant'", label: "coalesce(t.display_name, '(the tenant)')", ids: {} },
  unknownBy: undefined,
};

/** Cloud ids that AD objects name. */
export const anchors: Population = {
  name: 'anchors',
  about: 'One row per cloud id that the markers of AD objects name, with those objects',
  relation: 'anchor',
  alias: 'n',
  keys: ['ordinal'],
  carried: [],
  attachments: [attach('nc', 'cloud_group', 'nc.id = n.cloud_id'), attach('t', 'tenant', 'true')],
  fields: [
    anchorsSeen('anchor.id', 'string', 'n.anchor::VARCHAR', 'the cloud id', { nullable: true }),
    anchorsSeen(
      'anchor.label',
      'string',
      "coalesce(nc.display_name, n.anchor::VARCHAR, '(groups that were not read)')",
      'name for people',
      {},
    ),
    fieldsOf('ad.groups', '(n.seen AND (n.complete OR n.objects > 1))')(
      'anchor.objects',
      'int',
      'n.objects',
      'AD objects that carry it',
    ),
    fieldsOf('ad.groups', '(n.seen AND (n.complete OR n.cloud_sync_objects > 0))')(
      'anchor.cloudSyncObjects',
      'int',
      'n.cloud_sync_objects',
      'objects with the marker of Cloud Sync',
      { from: 'msDS-ExternalDirectoryObjectId' },
    ),
    fieldsOf('ad.groups', '(n.seen AND (n.complete OR n.connect_objects > 0))')(
      'anchor.connectObjects',
      'int',
      'n.connect_objects',
      'objects with the marker of Connect only',
      { from: 'adminDescription' },
    ),
    anchorsSeen('anchor.dns', 'string[]', 'n.dns', 'their distinguished names'),
    anchorsSeen('anchor.guids', 'string[]', 'n.guids', 'their objectGUIDs'),
    fieldsOf('cloud.writebackConfiguration', '(n.seen AND n.writeback_known)')(
      'anchor.writebackEnabled',
      'bool',
      'n.writeback_enabled',
      'writeback switch of v2',
      {
        nullable: true,
        from: 'writebackConfiguration.isEnabled',
      },
    ),
    ...tenantFields,
  ],
  objects: [],
  flavour: undefined,
  subject: {
    key: "coalesce(n.anchor::VARCHAR, '')",
    label: "coalesce(nc.display_name, n.anchor::VARCHAR, '(groups that were not read)')",
    ids: { cloudGroup: 'n.anchor::VARCHAR' },
  },
  unknownBy: undefined,
};

const userSeen = fieldsOf('cloud.users', 'u.seen');

/** Cloud users with their AD accounts. */
export const users: Population = {
  name: 'users',
  about: 'Each cloud user with the AD account that it is, matched by SID, immutable id or anchor',
  relation: 'person',
  alias: 'u',
  keys: ['cloud_id'],
  carried: [],
  attachments: [attach('uc', 'cloud_user', 'uc.id = u.cloud_id'), attach('ua', 'ad_user', 'ua.guid = u.ad_guid')],
  fields: [
    userSeen(
      'user.label',
      'string',
      "coalesce(uc.display_name || coalesce(' (' || uc.upn || ')', ''), uc.upn, u.cloud_id::VARCHAR, '(users that were not read)')",
      'name for people',
      {},
    ),
    userSeen('user.cloud.upn', 'string', 'uc.upn', 'user principal name', {
      nullable: true,
      from: 'userPrincipalName',
    }),
    userSeen('user.cloud.enabled', 'bool', 'uc.enabled', 'whether the cloud account is enabled', {
      nullable: true,
      from: 'accountEnabled',
    }),
    userSeen('user.cloud.type', 'string', 'uc.user_type', 'Member or Guest', {
      nullable: true,
      from: 'userType',
    }),
    userSeen('user.cloud.synced', 'bool', 'coalesce(uc.on_premises_sync_enabled, false)', 'whether AD owns it', {
      from: 'onPremisesSyncEnabled',
    }),
    fieldsOf('ad.users', '(u.seen AND u.ad_known)')('user.ad.dn', 'string', 'ua.dn', 'distinguished name', {
      from: 'distinguishedName',
    }),
    fieldsOf('ad.users', '(u.seen AND u.ad_known)')(
      'user.ad.enabled',
      'bool',
      'ua.enabled',
      'whether the AD account is enabled',
      { nullable: true, from: 'userAccountControl' },
    ),
    fieldsOf('ad.users', '(u.seen AND u.ad_known)')(
      'user.ad.adminCount',
      'int',
      'ua.admin_count::BIGINT',
      '1 when it is or was protected',
      { nullable: true, from: 'adminCount' },
    ),
  ],
  objects: [objectAt('user.ad', '(u.ad_guid IS NOT NULL)', '(u.seen AND u.ad_known)', 'ad.users', 'the AD account')],
  flavour: undefined,
  subject: {
    key: "coalesce(u.cloud_id::VARCHAR, '')",
    label: "coalesce(uc.display_name, uc.upn, u.cloud_id::VARCHAR, '(users that were not read)')",
    ids: { cloudPrincipal: 'u.cloud_id::VARCHAR', adPrincipal: 'u.ad_guid::VARCHAR' },
  },
  unknownBy: undefined,
};

const addressSeen = fieldsOf('ad.groups', 'a.seen');

/** SMTP addresses of written-back objects. */
export const addresses: Population = {
  name: 'addresses',
  about: 'Each SMTP address of a written-back object, with everything in the forest that holds it',
  relation: 'address',
  alias: 'a',
  keys: ['address', 'ordinal'],
  carried: [],
  attachments: [
    attach('g', 'pair', 'g.ordinal = a.ordinal'),
    attach('gc', 'cloud_group', 'gc.id = g.cloud_id'),
    attach('ga', 'ad_group', 'ga.guid = g.ad_guid'),
  ],
  fields: [
    addressSeen('address.value', 'string', 'a.address', 'the address, lower case', {
      nullable: true,
      from: 'proxyAddresses, mail',
    }),
    addressSeen(
      'address.group',
      'string',
      "coalesce(gc.display_name, ga.cn, '(a written-back object)')",
      'the written-back group that has it',
      {},
    ),
    fieldsOf('ad.addresses', '(a.seen AND (a.complete OR a.holders > 1))')(
      'address.holders',
      'int',
      'a.holders',
      'objects of the forest that hold it',
    ),
    addressSeen('address.dns', 'string[]', 'coalesce(a.dns, [])', 'their distinguished names'),
  ],
  objects: [],
  flavour: undefined,
  subject: {
    key: "coalesce(a.address, '')",
    label: "coalesce(a.address, '(addresses that were not read)')",
    ids: { address: 'a.address', cloudGroup: 'g.anchor::VARCHAR', adGroup: 'g.ad_guid::VARCHAR' },
  },
  unknownBy: undefined,
};

const container = fieldsOf('ad.containers', 'c.seen');

/** Objects whose access list guards writeback. */
export const containers: Population = {
  name: 'containers',
  about: 'The configured writeback containers, AdminSDHolder and the domain root',
  relation: `(SELECT kind, dn, flavour, found, guid, well_known, true AS seen FROM ad_container
    UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, false FROM known WHERE NOT ad_containers)`,
  alias: 'c',
  keys: ['kind', 'dn'],
  carried: [],
  attachments: [],
  fields: [
    container('container.kind', 'string', 'c.kind', 'what it is', {
      nullable: true,
      values: ['writeback', 'adminsdholder', 'domain'],
    }),
    container('container.dn', 'string', 'c.dn', 'distinguished name', { nullable: true, from: 'distinguishedName' }),
    container('container.found', 'bool', 'coalesce(c.found, false)', 'whether it exists'),
    container(
      'container.wellKnown',
      'bool',
      'coalesce(c.well_known, false)',
      'whether it is a well-known container of the domain',
      { from: 'wellKnownObjects' },
    ),
    container('container.flavour', 'string', 'c.flavour', 'flavour that the configuration gives it', {
      nullable: true,
      values: flavours,
    }),
  ],
  objects: [],
  flavour: undefined,
  subject: {
    key: "coalesce(c.guid::VARCHAR, lower(c.dn), '')",
    label: "coalesce(c.dn, '(containers that were not read)')",
    ids: { container: 'c.guid::VARCHAR' },
  },
  unknownBy: undefined,
};

const grant = fieldsOf('ad.acl', 'x.seen');
const located = fieldsOf('ad.acl', 'x.located');
const trustee = "coalesce(xt.name, x.trustee_sid, '(access lists that were not read)')";
const guardedDn = "coalesce(xa.dn, xc.dn, '(objects that were not read)')";

/** What access lists grant on written-back objects and their containers. */
export const grants: Population = {
  name: 'grants',
  about:
    'Each trustee with rights on a container, AdminSDHolder or the domain root, or with the right to change the members of a written-back group',
  relation: '"grant"',
  alias: 'x',
  keys: ['kind', 'guid', 'trustee_sid'],
  carried: [],
  attachments: [
    attach('xt', 'ad_trustee', 'xt.sid = x.trustee_sid'),
    attach('xa', 'ad_group', "x.kind = 'group' AND xa.guid = x.guid"),
    attach('xc', 'ad_container', "x.kind <> 'group' AND xc.guid = x.guid AND xc.kind = x.kind"),
    attach('g', 'pair', 'g.ordinal = x.ordinal'),
  ],
  fields: [
    located('grant.kind', 'string', 'x.kind', 'what the rights are on', {
      nullable: true,
      values: ['group', 'writeback', 'adminsdholder', 'domain'],
    }),
    located('grant.dn', 'string', guardedDn, 'distinguished name of the object', {
      from: 'distinguishedName',
    }),
    grant('grant.trustee', 'string', trustee, 'name of the trustee, or its SID', {
      also: ['ad.trustees'],
    }),
    grant('grant.sid', 'string', 'x.trustee_sid', 'SID of the trustee', {
      nullable: true,
      from: 'nTSecurityDescriptor',
    }),
    grant(
      'grant.writesMember',
      'bool',
      'coalesce(x.writes_member, false)',
      'whether it can change the members, directly or by taking control',
      { from: 'nTSecurityDescriptor' },
    ),
    grant(
      'grant.controlsContainer',
      'bool',
      'coalesce(x.controls_container, false)',
      'whether it can create groups there, or change those below',
      { from: 'nTSecurityDescriptor' },
    ),
    fieldsOf('ad.trustees', '(x.seen AND x.trusted IS NOT NULL)')(
      'grant.trusted',
      'bool',
      'x.trusted',
      'whether it is a sync identity, a trusted writer or an administrator of the directory',
      { also: ['ad.acl'] },
    ),
    fieldsOf('ad.trustees', '(x.seen AND x.by_sync IS NOT NULL)')(
      'grant.bySyncIdentity',
      'bool',
      'x.by_sync',
      'whether it is a sync identity',
      { also: ['ad.acl'] },
    ),
  ],
  objects: [],
  flavour: undefined,
  subject: {
    key: "coalesce(x.guid::VARCHAR, '') || '/' || coalesce(x.trustee_sid, '')",
    label: `${trustee} || ' on ' || ${guardedDn}`,
    ids: {
      trustee: 'x.trustee_sid',
      cloudGroup: 'g.anchor::VARCHAR',
      adGroup: "CASE WHEN x.kind = 'group' THEN x.guid::VARCHAR END",
      container: "CASE WHEN x.kind <> 'group' THEN x.guid::VARCHAR END",
    },
  },
  unknownBy: undefined,
};

const job = fieldsOf('cloud.jobs', '(j.seen AND (j.id IS NOT NULL OR j.jobs_known))');
const counted = fieldsOf('cloud.members', 'j.seen');
const alsoCounted = { also: ['ad.members', 'ad.users', 'cloud.users', 'ad.groups', 'cloud.groups'] as const };

/** Cloud Sync jobs. */
export const jobs: Population = {
  name: 'jobs',
  about: 'Each Cloud Sync job; one row for the engine where Cloud Sync is configured but no group job exists',
  relation: 'job',
  alias: 'j',
  keys: ['id'],
  carried: [],
  attachments: [attach('jc', 'cloud_job', 'jc.id = j.id')],
  fields: [
    job('job.id', 'string', 'j.id', 'id of the job', { nullable: true, from: 'id' }),
    job('job.label', 'string', "coalesce(j.service_principal_name, j.id, 'Cloud Sync')", 'name for people'),
    fieldsOf('cloud.jobs', 'j.seen')(
      'job.provisionsGroups',
      'bool',
      'coalesce(j.provisions_groups, false)',
      'whether it provisions groups to AD',
      { from: 'templateId' },
    ),
    job('job.status', 'string', 'jc.status_code', 'state of the job', {
      nullable: true,
      from: 'status.code',
    }),
    job('job.scheduleState', 'string', 'jc.schedule_state', 'state of its schedule', {
      nullable: true,
      from: 'schedule.state',
    }),
    job('job.quarantineReason', 'string', 'jc.quarantine_reason', 'why it is in quarantine', {
      nullable: true,
      from: 'status.quarantine.reason',
    }),
    job('job.quarantineBegan', 'timestamp', 'jc.quarantine_began', 'since when', {
      nullable: true,
      from: 'status.quarantine.currentBegan',
    }),
    job('job.quarantineError', 'string', 'jc.quarantine_error', 'error of the quarantine', {
      nullable: true,
      from: 'status.quarantine.error',
    }),
    job('job.lastSuccess', 'timestamp', 'jc.last_success', 'end of the last successful run', {
      nullable: true,
      from: 'status.lastSuccessfulExecution.timeEnded',
    }),
    job('job.completeFailures', 'int', 'jc.complete_failures::BIGINT', 'runs in a row that failed', {
      nullable: true,
      from: 'status.countSuccessiveCompleteFailures',
    }),
    job('job.targetContainer', 'string', 'jc.target_container', 'container it writes to', {
      nullable: true,
      from: 'parentDistinguishedName mapping',
    }),
    counted(
      'job.groupsWithEligibleMembers',
      'int',
      'j.groups',
      'written-back groups that surely have members with an account in AD',
      alsoCounted,
    ),
    counted(
      'job.groupsWithEligibleMembersAtMost',
      'int',
      'j.groups_at_most',
      'the same, counting groups whose members were not read',
      alsoCounted,
    ),
    counted('job.emptyGroups', 'int', 'j.empty', 'of those, groups that are surely empty in AD', alsoCounted),
    counted(
      'job.emptyGroupsAtMost',
      'int',
      'j.empty_at_most',
      'the same, counting groups whose members were not read',
      alsoCounted,
    ),
    fieldsOf('cloud.members', '(j.seen AND j.complete)')(
      'job.membersRead',
      'bool',
      'true',
      'whether the members of all its groups were read; never false: unknown when they were not',
      alsoCounted,
    ),
  ],
  objects: [],
  flavour: undefined,
  subject: {
    key: "coalesce(j.id, CASE WHEN j.seen THEN 'flavour:cloud-sync' ELSE '' END)",
    label:
      "CASE WHEN j.seen THEN coalesce(j.service_principal_name, j.id, 'Cloud Sync') ELSE '(jobs that were not read)' END",
    ids: { job: 'j.id' },
  },
  unknownBy: undefined,
};

const domain = fieldsOf('ad.domain', 'd.seen');
const exchange = fieldsOf('ad.exchange', '(d.seen AND d.exchange_known)');

/** AD domains. */
export const domains: Population = {
  name: 'domains',
  about: 'Each AD domain, with the forest facts seen from it',
  relation: `(SELECT x.dn, x.dns_name, x.guid, x.domain_level, x.schema_version, x.external_id_in_schema, x.recycle_bin, x.exchange_schema_version,
      x.exchange_org_version, true AS seen, k.ad_exchange AS exchange_known FROM ad_domain x CROSS JOIN known k
    UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false, false FROM known WHERE NOT ad_domain)`,
  alias: 'd',
  keys: ['dn'],
  carried: [],
  attachments: [],
  fields: [
    domain('domain.label', 'string', "coalesce(d.dns_name, '(domains that were not read)')", 'DNS name', {
      from: 'dnsRoot',
    }),
    domain('domain.level', 'int', 'd.domain_level::BIGINT', 'functional level (7 = 2016)', {
      nullable: true,
      from: 'domainFunctionality',
    }),
    domain('domain.schemaVersion', 'int', 'd.schema_version::BIGINT', 'version of the schema (87 = 2016)', {
      nullable: true,
      from: 'objectVersion',
    }),
    domain(
      'domain.externalIdInSchema',
      'bool',
      'd.external_id_in_schema',
      'whether the schema has msDS-ExternalDirectoryObjectId',
      { nullable: true },
    ),
    domain('domain.recycleBin', 'bool', 'd.recycle_bin', 'whether the Recycle Bin is enabled', {
      nullable: true,
      from: 'msDS-EnabledFeature',
    }),
    exchange(
      'domain.exchangeSchemaVersion',
      'int',
      'd.exchange_schema_version::BIGINT',
      'version of the Exchange schema',
      { nullable: true, from: 'rangeUpper of ms-Exch-Schema-Version-Pt' },
    ),
    exchange(
      'domain.exchangeOrgVersion',
      'int',
      'd.exchange_org_version::BIGINT',
      'version of the Exchange organisation',
      { nullable: true, from: 'objectVersion' },
    ),
  ],
  objects: [],
  flavour: undefined,
  subject: {
    key: "coalesce(d.guid::VARCHAR, '')",
    label: "coalesce(d.dns_name, '(domains that were not read)')",
    ids: {},
  },
  unknownBy: undefined,
};
