import { attach, fieldsOf, objectAt } from './build.ts';
import type { ObjectPath } from './field.ts';
import { groupFields, groupObjects, groupSubject } from './group.ts';
import { groupAttachments } from './group-attachments.ts';
import { groupFlavour } from './group-identity.ts';
import type { Attachment, Population, PopulationField } from './population.ts';

const edge = fieldsOf('cloud.members', '(m.in_cloud IS NOT NULL)');
const cloudSide = fieldsOf('cloud.members', '(NOT m.unseen AND (m.named OR m.in_cloud IS NOT NULL))');
const present = fieldsOf('ad.members', 'NOT m.unseen');
// Which cloud principal a member of AD is, if any, is certain only where nobody in the cloud can have been missed; what it lacks, only where its list was read.
const cloudPrincipal = '(NOT m.unseen AND (m.named OR m.in_cloud IS NOT NULL))';
const cloudFact = (sql: string) =>
  fieldsOf('cloud.users', `(${cloudPrincipal} AND (g.users_known OR ${sql} IS NOT NULL))`);
const adPrincipal = '(NOT m.unseen AND (m.located OR (m.resolved IS NOT NULL AND m.in_ad IS NOT NULL)))';
const adFact = (sql: string) => fieldsOf('ad.users', `(${adPrincipal} AND (g.accounts_known OR ${sql} IS NOT NULL))`);

const label = `coalesce(
  mu.display_name || coalesce(' (' || mu.upn || ')', ''), mu.upn, mg.display_name,
  au.display_name || coalesce(' (' || au.sam_account_name || ')', ''), au.sam_account_name, au.dn, ag.cn, ag.dn,
  m.member_id::VARCHAR, m.member_guid::VARCHAR, '(members that were not read)')`;

const FOREIGN = 'foreignSecurityPrincipal';

// The last change of a value that is there was that it was added.
const lastAdded =
  'max(t.changed) AS changed, min(t.created) AS created, arg_max(coalesce(t.server, t.invocation_id::VARCHAR), t.changed) AS server FROM ad_member_change t WHERE t.deleted IS NULL AND t.member_guid IS NOT NULL';

/** A fact of replication metadata: surely absent only where that of the group was read in full. */
const added = (path: string, type: 'timestamp' | 'string', sql: string, about: string) =>
  fieldsOf(
    'ad.replication',
    `(NOT m.unseen AND (m.in_ad IS NOT NULL OR m.member_guid IS NOT NULL) AND (${sql} IS NOT NULL OR m.in_ad IS FALSE OR (gr.read AND gu.object IS NULL)))`,
  )(path, type, sql, about, { nullable: true, from: 'msDS-ReplValueMetaData', also: ['ad.members'] });

const attachments: readonly Attachment[] = [
  attach('g', 'pair', 'g.ordinal = m.ordinal'),
  ...groupAttachments,
  attach('l', 'lookalike', 'l.ordinal = m.ordinal AND l.member_guid = m.member_guid'),
  attach(
    'r',
    '(SELECT ad_guid, min(cloud_id) AS cloud_id FROM principal WHERE ad_guid IS NOT NULL GROUP BY ad_guid)',
    'r.ad_guid = m.member_guid',
    table =>
      `(SELECT ad_guid, min(cloud_id) AS cloud_id FROM principal SEMI JOIN ${table} t ON t.member_guid = ad_guid GROUP BY ad_guid)`,
  ),
  attach(
    'mc',
    `(SELECT group_guid, member_guid, ${lastAdded} GROUP BY group_guid, member_guid)`,
    'mc.group_guid = g.ad_guid AND mc.member_guid = m.member_guid',
    table =>
      `(SELECT t.group_guid, t.member_guid, ${lastAdded} AND t.member_guid IN (SELECT n.member_guid FROM ${table} n) GROUP BY t.group_guid, t.member_guid)`,
  ),
  attach('mu', 'cloud_user', 'mu.id = coalesce(m.member_id, r.cloud_id)'),
  attach('mg', 'cloud_group', 'mg.id = coalesce(m.member_id, r.cloud_id)'),
  attach('au', 'ad_user', 'au.guid = m.member_guid'),
  attach('ag', 'ad_group', 'ag.guid = m.member_guid'),
  // Who a foreign security principal is, where the domain that it comes from was read too.
  attach(
    'af',
    `(SELECT sid, min(coalesce(sam_account_name, cn)) AS name FROM (SELECT sid, sam_account_name, cn FROM ad_user WHERE object_class <> '${FOREIGN}' UNION ALL SELECT sid, sam_account_name, cn FROM ad_group) WHERE sid IS NOT NULL GROUP BY sid)`,
    `af.sid = au.sid AND au.object_class = '${FOREIGN}'`,
  ),
];

const fields: readonly PopulationField[] = [
  edge('inCloud', 'bool', 'm.in_cloud', 'whether the principal is a direct member in the cloud', {
    from: '/groups/{id}/members',
    also: ['ad.users', 'cloud.users', 'cloud.groups', 'ad.groups'],
  }),
  fieldsOf('ad.members', '(m.in_ad IS NOT NULL)')(
    'inAd',
    'bool',
    'm.in_ad',
    'whether the principal is a direct member in AD',
    {
      from: 'member',
      also: ['ad.users', 'cloud.users', 'cloud.groups', 'ad.groups'],
    },
  ),
  added(
    'ad.addedAt',
    'timestamp',
    'mc.changed',
    'when the member was added in AD; absent where it is none, or where the value has no metadata of its own',
  ),
  added('ad.firstAddedAt', 'timestamp', 'mc.created', 'when it was added for the first time'),
  added('ad.addedOn', 'string', 'mc.server', 'domain controller on which it was added'),
  ...groupFields,
  present('principal.label', 'string', label, 'name for people', { names: 'both' }),
  fieldsOf('ad.users', '(NOT m.unseen AND (m.located OR m.resolved IS NOT NULL))')(
    'principal.onPremises',
    'bool',
    '(m.located OR m.resolved)',
    'whether the principal has an account (or, for a group, an object) in AD',
    { also: ['cloud.users', 'ad.groups', 'cloud.groups'] },
  ),
  cloudSide('principal.kind', 'string', 'm.kind', 'kind of the cloud member; absent when only AD has the member', {
    nullable: true,
    values: ['user', 'group', 'device', 'orgContact', 'servicePrincipal', 'other'],
    from: '@odata.type',
  }),
  fieldsOf('cloud.members', `(${cloudPrincipal} AND (m.synced IS NOT NULL OR NOT m.named))`)(
    'principal.synced',
    'bool',
    'coalesce(m.synced, false)',
    'whether a member group is owned by AD',
    {
      from: 'onPremisesSyncEnabled',
    },
  ),
  fieldsOf('cloud.members', `(${cloudPrincipal} AND (m.in_scope IS NOT NULL OR NOT m.named))`)(
    'principal.inScope',
    'bool',
    'coalesce(m.in_scope, false)',
    'whether a member group is in scope of writeback',
    { also: ['cloud.groups', 'ad.groups', 'ad.containers', 'cloud.writebackConfiguration'] },
  ),
  edge(
    'principal.impersonates',
    'bool',
    '(l.member_guid IS NOT NULL)',
    'whether an AD account that is nobody in the cloud bears the name of a cloud-only member of the group',
    {
      also: ['ad.users', 'cloud.users'],
    },
  ),
  cloudFact('mu.upn')('principal.cloud.upn', 'string', 'mu.upn', 'user principal name', {
    nullable: true,
    from: 'userPrincipalName',
    names: 'cloud',
  }),
  cloudFact('mu.user_type')('principal.cloud.type', 'string', 'mu.user_type', 'Member or Guest', {
    nullable: true,
    from: 'userType',
  }),
  cloudFact('mu.enabled')('principal.cloud.enabled', 'bool', 'mu.enabled', 'whether the cloud account is enabled', {
    nullable: true,
    from: 'accountEnabled',
  }),
  adFact('coalesce(au.dn, ag.dn)')('principal.ad.dn', 'string', 'coalesce(au.dn, ag.dn)', 'distinguished name', {
    nullable: true,
    from: 'distinguishedName',
    names: 'ad',
  }),
  adFact('coalesce(au.object_class, ag.object_class)')(
    'principal.ad.objectClass',
    'string',
    'coalesce(au.object_class, ag.object_class)',
    'most specific class',
    {
      nullable: true,
      from: 'objectClass',
    },
  ),
  adFact('coalesce(au.sam_account_name, ag.sam_account_name, au.sid)')(
    'principal.ad.accountName',
    'string',
    'coalesce(au.sam_account_name, ag.sam_account_name, af.name, au.sid)',
    'account name; of a foreign security principal that of the account in its own domain where that was read, else its SID',
    { nullable: true, from: 'sAMAccountName', names: 'ad' },
  ),
  adFact('coalesce(au.sid, ag.sid)')('principal.ad.sid', 'string', 'coalesce(au.sid, ag.sid)', 'SID', {
    nullable: true,
    from: 'objectSid',
  }),
  adFact('au.object_class')(
    'principal.ad.foreign',
    'bool',
    `coalesce(au.object_class = '${FOREIGN}', false)`,
    'whether it stands for somebody outside the forest (CN=ForeignSecurityPrincipals)',
    { from: 'objectClass' },
  ),
  adFact('coalesce(au.admin_count, ag.admin_count)')(
    'principal.ad.adminCount',
    'int',
    'coalesce(au.admin_count, ag.admin_count)::BIGINT',
    '1 when it is or was protected',
    { nullable: true, from: 'adminCount' },
  ),
  adFact('au.enabled')('principal.ad.enabled', 'bool', 'au.enabled', 'whether the AD account is enabled', {
    nullable: true,
    from: 'userAccountControl',
  }),
];

const objects: readonly ObjectPath[] = [
  ...groupObjects,
  objectAt(
    'principal.cloud',
    '(coalesce(m.member_id, r.cloud_id) IS NOT NULL)',
    cloudPrincipal,
    'cloud.users',
    'the cloud account or group',
  ),
  objectAt('principal.ad', 'm.located', adPrincipal, 'ad.users', 'the AD account or group'),
];

/** Direct members on either side of every unambiguous pair. */
export const memberships: Population = {
  name: 'memberships',
  about: 'One row per direct member, on either side, of an active cloud group and its one AD object',
  relation: 'membership',
  alias: 'm',
  keys: ['ordinal', 'member_id', 'member_guid'],
  carried: [
    'ordinal',
    'member_id',
    'member_guid',
    'facts',
    'in_cloud',
    'in_ad',
    'kind',
    'synced',
    'in_scope',
    'resolved',
    'unseen',
    'named',
    'located',
  ],
  // Nearly all memberships of a group are alike; a look-alike is only ever among those that keep their ids.
  classes: {
    relation: 'membership_class',
    aliases: ['g', ...groupAttachments.map(({ alias }) => alias), 'l'],
    same: ['ordinal', 'facts'],
    members: ['member_id', 'member_guid'],
    shortened: '((named AND member_id IS NULL) OR (located AND member_guid IS NULL))',
  },
  stands: 'm.unseen',
  rows: ['ad.groups', 'cloud.groups', 'ad.members', 'cloud.members', 'ad.users', 'cloud.users'],
  attachments,
  fields,
  objects,
  flavour: groupFlavour,
  subject: {
    key: "coalesce(g.cloud_id::VARCHAR, '') || '/' || coalesce(m.member_id::VARCHAR, 'ad:' || m.member_guid::VARCHAR, '')",
    label: `coalesce(gc.display_name, g.anchor::VARCHAR, '(groups that were not read)') || ' → ' || ${label}`,
    ids: {
      cloudGroup: 'g.anchor::VARCHAR',
      adGroup: 'g.ad_guid::VARCHAR',
      cloudPrincipal: 'coalesce(m.member_id, r.cloud_id)::VARCHAR',
      adPrincipal: 'm.member_guid::VARCHAR',
    },
  },
  unknownBy: { subject: groupSubject },
};
