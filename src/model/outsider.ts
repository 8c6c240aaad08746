import { attach, fieldsOf } from './build.ts';
import { groupFields, groupObjects, groupSubject } from './group.ts';
import { groupAttachments } from './group-attachments.ts';
import { groupFlavour } from './group-identity.ts';
import type { Population } from './population.ts';

const present = fieldsOf('ad.members', 'o.seen');
const placed = { also: ['ad.users', 'ad.groups', 'cloud.groups'] } as const;
const label = "coalesce(o.name, o.dn, o.member_guid::VARCHAR, '(members that were not read)')";

/** Members in AD that are no user accounts. */
export const outsiders: Population = {
  name: 'outsiders',
  about:
    'Each direct member in AD of an active cloud group’s one AD object that is no user account: groups, computers, service accounts, contacts, foreign security principals',
  relation: 'outsider',
  alias: 'o',
  keys: ['ordinal', 'member_guid'],
  carried: [],
  stands: 'NOT o.seen',
  rows: ['ad.groups', 'cloud.groups', 'ad.members', 'ad.users'],
  attachments: [attach('g', 'pair', 'g.ordinal = o.ordinal'), ...groupAttachments],
  fields: [
    present('outsider.label', 'string', label, 'name for people', { names: 'ad' }),
    present(
      'outsider.kind',
      'string',
      'o.kind',
      'what it is; foreign stands for a security principal from outside the forest',
      {
        nullable: true,
        values: ['group', 'computer', 'service-account', 'contact', 'foreign', 'other'],
        from: 'objectClass',
        ...placed,
      },
    ),
    present('outsider.objectClass', 'string', 'o.object_class', 'most specific class', {
      nullable: true,
      from: 'objectClass',
      ...placed,
    }),
    present('outsider.dn', 'string', 'o.dn', 'distinguished name', {
      nullable: true,
      from: 'distinguishedName',
      names: 'ad',
      ...placed,
    }),
    present('outsider.accountName', 'string', 'o.name', 'account name, or the common name where it has none', {
      nullable: true,
      from: 'sAMAccountName',
      names: 'ad',
      ...placed,
    }),
    present(
      'outsider.anchored',
      'bool',
      'coalesce(o.anchored, false)',
      'whether it is a written-back object itself',
      placed,
    ),
    fieldsOf('cloud.members', '(o.seen AND o.in_cloud IS NOT NULL)')(
      'outsider.inCloud',
      'bool',
      'o.in_cloud',
      'whether what it is in the cloud is a direct member of the cloud group',
      { from: '/groups/{id}/members', also: ['ad.users', 'cloud.users', 'cloud.groups', 'ad.groups'] },
    ),
    ...groupFields,
  ],
  objects: groupObjects,
  flavour: groupFlavour,
  subject: {
    key: "coalesce(g.cloud_id::VARCHAR, '') || '/' || coalesce('ad:' || o.member_guid::VARCHAR, '')",
    label: `coalesce(gc.display_name, g.anchor::VARCHAR, '(groups that were not read)') || ' → ' || ${label}`,
    ids: { cloudGroup: 'g.anchor::VARCHAR', adGroup: 'g.ad_guid::VARCHAR', adPrincipal: 'o.member_guid::VARCHAR' },
  },
  unknownBy: { subject: groupSubject },
};
