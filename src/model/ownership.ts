import { attach, attachNames, fieldsOf } from './build.ts';
import type { Population } from './population.ts';

const seen = fieldsOf('ad.acl', 'w.seen');
const owner = "coalesce(wt.name, w.owner_sid, '(an owner that was not read)')";
const dn = "coalesce(wa.dn, wc.dn, '(objects that were not read)')";

/** Who owns the objects of writeback in AD, and so may rewrite their access lists. */
export const ownerships: Population = {
  name: 'ownerships',
  about: 'Each written-back group and writeback container with its owner in AD',
  relation: 'ownership',
  alias: 'w',
  keys: ['kind', 'guid'],
  carried: [],
  stands: 'NOT w.seen',
  rows: ['ad.groups', 'cloud.groups', 'ad.containers'],
  attachments: [
    attachNames,
    attach('wt', 'ad_trustee', 'wt.sid = w.owner_sid'),
    attach('wa', 'ad_group', "wa.guid = CASE WHEN w.kind = 'group' THEN w.guid END"),
    attach('wc', 'ad_container', "wc.guid = CASE WHEN w.kind = 'writeback' THEN w.guid END AND wc.kind = w.kind"),
    attach('g', 'pair', 'g.ordinal = w.ordinal'),
  ],
  fields: [
    seen('ownership.kind', 'string', 'w.kind', 'what is owned', { values: ['group', 'writeback'] }),
    seen('ownership.dn', 'string', dn, 'distinguished name of the object', { from: 'distinguishedName', names: 'ad' }),
    seen('ownership.owner', 'string', owner, 'name of the owner, or its SID', {
      from: 'nTSecurityDescriptor',
      names: 'ad',
      also: ['ad.trustees'],
    }),
    fieldsOf('ad.acl', '(w.seen AND w.owner_known)')('ownership.sid', 'string', 'w.owner_sid', 'SID of the owner', {
      nullable: true,
      from: 'nTSecurityDescriptor',
    }),
    fieldsOf('ad.acl', '(w.seen AND w.owner_known AND w.trust_known)')(
      'ownership.trusted',
      'bool',
      'w.trusted',
      'whether it is a sync identity, a trusted writer or an administrator of the directory',
      { also: ['ad.trustees'] },
    ),
  ],
  objects: [],
  flavour: undefined,
  subject: {
    key: "coalesce(w.guid::VARCHAR, '')",
    label: dn,
    ids: {
      cloudGroup: 'g.anchor::VARCHAR',
      adGroup: "CASE WHEN w.kind = 'group' THEN w.guid::VARCHAR END",
      container: "CASE WHEN w.kind = 'writeback' THEN w.guid::VARCHAR END",
    },
  },
  unknownBy: undefined,
};
