import { attach, fieldsOf } from './build.ts';
import { groupFields, groupObjects } from './group.ts';
import { groupAttachments } from './group-attachments.ts';
import type { Population } from './population.ts';

const label = 'o.label';
const seen = fieldsOf('ad.earlierGroups', 'o.seen');
const between = fieldsOf('ad.earlierMembers', '(o.seen AND o.added IS NOT NULL)');
const groups = ['ad.groups', 'ad.earlierGroups'] as const;
const both = { from: 'member', also: ['ad.members', ...groups] } as const;

/** What became of the members of groups since an earlier snapshot. */
export const memberTurnovers: Population = {
  name: 'memberTurnovers',
  about:
    'Each group of AD that carries a writeback marker or lies in a writeback container, in the snapshot or in the earlier one that `audit --previous` gives, by its objectGUID; without an earlier snapshot one row, of which nothing is known',
  relation: 'member_turnover',
  alias: 'o',
  keys: ['guid'],
  carried: [],
  stands: 'NOT o.seen',
  rows: ['ad.groups', 'ad.earlierGroups'],
  attachments: [attach('g', 'pair', 'g.ordinal = o.ordinal'), ...groupAttachments],
  fields: [
    seen('turnover.group', 'string', label, 'name of the group for people, the earlier one when it is gone', {
      names: 'ad',
    }),
    seen('turnover.dn', 'string', 'o.dn', 'distinguished name, the earlier one when it is gone', {
      from: 'distinguishedName',
      names: 'ad',
    }),
    seen('turnover.since', 'timestamp', 'o.since', 'when the earlier snapshot ended', { from: 'manifest' }),
    fieldsOf('ad.earlierGroups', '(o.seen AND o.new IS NOT NULL)')(
      'turnover.new',
      'bool',
      'o.new',
      'whether the earlier snapshot does not hold it',
      { from: 'objectGUID', also: groups },
    ),
    fieldsOf('ad.groups', '(o.seen AND o.gone IS NOT NULL)')(
      'turnover.gone',
      'bool',
      'o.gone',
      'whether only the earlier snapshot holds it: it was deleted, or lost its marker and lies in no container',
      { from: 'objectGUID', also: groups },
    ),
    fieldsOf('ad.earlierMembers', '(o.seen AND o.before IS NOT NULL)')(
      'turnover.before',
      'int',
      'o.before',
      'direct members in the earlier snapshot; 0 when it is new',
      { from: 'member', also: groups },
    ),
    fieldsOf('ad.members', '(o.seen AND o.now IS NOT NULL)')(
      'turnover.now',
      'int',
      'o.now',
      'direct members; 0 when it is gone',
      { from: 'member', also: groups },
    ),
    between('turnover.added', 'int', 'o.added', 'direct members that came since', both),
    between('turnover.removed', 'int', 'o.removed', 'direct members that went since', both),
    between(
      'turnover.percent',
      'double',
      '(100.0::DOUBLE * (o.added + o.removed) / greatest(o.before, 1))',
      'members that came or went, per hundred before; of a group that had none, per hundred as if it had had one',
      both,
    ),
    ...groupFields,
  ],
  objects: groupObjects,
  flavour: undefined,
  subject: {
    key: "coalesce(o.guid::VARCHAR, '')",
    label,
    ids: { cloudGroup: 'o.anchor::VARCHAR', adGroup: 'o.guid::VARCHAR' },
  },
  unknownBy: undefined,
  apart: {
    rows: 'o.seen AND o.ordinal IS NULL',
    fields: 'group.',
    reason: 'it is no longer a group of writeback, so that no group.* is known of it: test turnover.gone first',
  },
};
