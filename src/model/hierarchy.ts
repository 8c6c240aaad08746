import { attach, fieldsOf } from './build.ts';
import { groupFields, groupObjects, groupSubject } from './group.ts';
import { groupAttachments } from './group-attachments.ts';
import { groupFlavour } from './group-identity.ts';
import type { Population } from './population.ts';

const both = {
  also: ['cloud.members', 'ad.users', 'cloud.users', 'ad.groups', 'cloud.groups'],
} as const;
const MOST = 'at most twenty of them, by account name';

// Whoever is missing in AD is so for certain once AD's side was read to its end; whoever is extra, once the cloud's was.
const missing = '(h.seen AND h.ad_complete AND (h.cloud_complete OR h.missing > 0))';
const extra = (found: string) => `(h.seen AND h.cloud_complete AND (h.ad_complete OR ${found}))`;
const whole = fieldsOf('ad.members', '(h.seen AND h.ad_complete AND h.cloud_complete)');
const told = fieldsOf('ad.members', 'h.seen');

/** Groups with groups inside them, and whom they reach. */
export const hierarchies: Population = {
  name: 'hierarchies',
  about:
    'Each active cloud group with its one AD object that has groups inside it on either side, with the users that it reaches at any depth; groups that AD owns are not looked into',
  relation: 'hierarchy',
  alias: 'h',
  keys: ['ordinal'],
  carried: [],
  stands: 'NOT h.seen',
  rows: ['ad.groups', 'cloud.groups', 'ad.members', 'cloud.members', 'ad.users'],
  attachments: [attach('g', 'pair', 'g.ordinal = h.ordinal'), ...groupAttachments],
  fields: [
    fieldsOf('ad.members', missing)(
      'reach.lacksUsers',
      'bool',
      '(h.missing > 0)',
      'whether users that the cloud group reaches have an account in AD that the AD object does not reach',
      { from: 'member, /groups/{id}/members', ...both },
    ),
    whole('reach.missing', 'int', 'h.missing', 'how many these are', { from: 'member, /groups/{id}/members', ...both }),
    told('reach.missingUsers', 'string[]', 'h.missing_names', `${MOST}, as far as they were read`, {
      names: 'ad',
      ...both,
    }),
    fieldsOf('ad.members', extra('h.extra_directly'))(
      'reach.hasExtraUsers',
      'bool',
      'h.extra_directly',
      'whether users that the cloud group does not reach are members of the AD object, or of an object of a group that the cloud nests in it',
      { from: 'member, /groups/{id}/members', ...both },
    ),
    fieldsOf('ad.members', '(h.seen AND h.cloud_complete)')(
      'reach.extraThrough',
      'string[]',
      'h.extra_through',
      'groups that only AD nests, by account name, through which the AD object reaches users that the cloud group does not; as far as they were read',
      { from: 'member, /groups/{id}/members', names: 'ad', ...both },
    ),
    whole('reach.extra', 'int', 'h.extra', 'users that the AD object reaches and the cloud group does not', {
      from: 'member, /groups/{id}/members',
      ...both,
    }),
    told('reach.extraUsers', 'string[]', 'h.extra_names', `${MOST}, as far as they were read`, {
      names: 'ad',
      ...both,
    }),
    ...groupFields,
  ],
  objects: groupObjects,
  flavour: groupFlavour,
  subject: groupSubject,
  unknownBy: undefined,
};
