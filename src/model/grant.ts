import { attach, attachNames, fieldsOf } from './build.ts';
import type { Population } from './population.ts';

const grant = fieldsOf('ad.acl', 'x.seen');
const located = fieldsOf('ad.acl', 'x.located');
const trustee = "coalesce(xt.name, x.trustee_sid, '(access lists that were not read)')";
const guardedDn = "coalesce(xa.dn, xc.dn, '(objects that were not read)')";

/** What access lists grant on written-back objects and their containers. */
export const grants: Population = {
  name: 'grants',
  about:
    'Each trustee with rights on a container, AdminSDHolder or the domain root, or with the right to change the members or markers of a written-back group',
  relation: '"grant"',
  alias: 'x',
  keys: ['kind', 'guid', 'trustee_sid'],
  carried: [
    'kind',
    'guid',
    'ordinal',
    'trustee_sid',
    'writes_member',
    'writes_anchor',
    'controls_container',
    'trusted',
    'by_sync',
    'from_container',
    'origin_known',
    'seen',
    'located',
  ],
  stands: 'NOT x.seen',
  rows: ['ad.groups', 'cloud.groups', 'ad.containers', 'ad.acl'],
  attachments: [
    attachNames,
    attach('xt', 'ad_trustee', 'xt.sid = x.trustee_sid'),
    attach('xa', 'ad_group', "xa.guid = CASE WHEN x.kind = 'group' THEN x.guid END"),
    attach('xc', 'ad_container', "xc.guid = CASE WHEN x.kind <> 'group' THEN x.guid END AND xc.kind = x.kind"),
    attach('g', 'pair', 'g.ordinal = x.ordinal'),
  ],
  fields: [
    located('grant.kind', 'string', 'x.kind', 'what the rights are on', {
      nullable: true,
      values: ['group', 'writeback', 'adminsdholder', 'domain'],
    }),
    located('grant.dn', 'string', guardedDn, 'distinguished name of the object', {
      from: 'distinguishedName',
      names: 'ad',
    }),
    grant('grant.trustee', 'string', trustee, 'name of the trustee, or its SID', {
      also: ['ad.trustees'],
      names: 'ad',
    }),
    fieldsOf('ad.trustees', '(x.seen AND (xt.object_class IS NOT NULL OR nk.ad_trustees))')(
      'grant.toManagedServiceAccount',
      'bool',
      "coalesce(xt.object_class IN ('msDS-GroupManagedServiceAccount', 'msDS-DelegatedManagedServiceAccount'), false)",
      'whether the trustee is a managed service account, as the agents of Cloud Sync use',
      { from: 'objectClass', also: ['ad.acl'] },
    ),
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
      'grant.writesAnchor',
      'bool',
      'coalesce(x.writes_anchor, false)',
      'whether it can write the markers that tie an object to its cloud group',
      { from: 'nTSecurityDescriptor' },
    ),
    fieldsOf('ad.acl', '(x.seen AND x.origin_known)')(
      'grant.fromContainer',
      'bool',
      'coalesce(x.from_container, false)',
      'whether it can write nothing but the markers, inherits that, and controls the container the group lies in',
      { from: 'nTSecurityDescriptor', also: ['ad.containers'] },
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
