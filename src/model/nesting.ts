import { attach, fieldsOf } from './build.ts';
import { groupFields, groupObjects, groupSubject } from './group.ts';
import { groupAttachments } from './group-attachments.ts';
import { groupFlavour } from './group-identity.ts';
import type { Population } from './population.ts';

const label = "coalesce(nc.display_name, n.member_id::VARCHAR, '(members that were not read)')";
const owned = { from: 'onPremisesSyncEnabled', also: ['cloud.groups'] } as const;

/** Cloud groups inside written-back ones. */
export const nestings: Population = {
  name: 'nestings',
  about: 'Each cloud group that is a direct member of an active cloud group with its one AD object',
  relation: 'nesting',
  alias: 'n',
  keys: ['ordinal', 'member_id'],
  carried: [],
  stands: 'NOT n.seen',
  rows: ['ad.groups', 'cloud.groups', 'cloud.members'],
  attachments: [
    attach('g', 'pair', 'g.ordinal = n.ordinal'),
    ...groupAttachments,
    attach('nc', 'cloud_group', 'nc.id = n.member_id'),
  ],
  fields: [
    fieldsOf('cloud.members', 'n.seen')('child.label', 'string', label, 'name for people', { names: 'cloud' }),
    fieldsOf('cloud.members', '(n.seen AND n.synced IS NOT NULL)')(
      'child.synced',
      'bool',
      'n.synced',
      'whether AD owns the nested group',
      owned,
    ),
    fieldsOf('cloud.members', '(n.seen AND n.in_scope IS NOT NULL)')(
      'child.inScope',
      'bool',
      'n.in_scope',
      'whether the nested group is in scope of writeback',
      { also: ['cloud.groups', 'ad.groups', 'ad.containers', 'cloud.writebackConfiguration'] },
    ),
    fieldsOf('cloud.members', '(n.seen AND n.eligible IS NOT NULL)')(
      'child.hasEligibleUsers',
      'bool',
      'n.eligible',
      'whether users below the nested group, directly or through further groups, have an account in AD',
      { also: ['cloud.users', 'ad.users', 'cloud.groups', 'ad.groups'] },
    ),
    ...groupFields,
  ],
  objects: groupObjects,
  flavour: groupFlavour,
  subject: {
    key: "coalesce(g.cloud_id::VARCHAR, '') || '/' || coalesce(n.member_id::VARCHAR, '')",
    label: `coalesce(gc.display_name, g.anchor::VARCHAR, '(groups that were not read)') || ' → ' || ${label}`,
    ids: { cloudGroup: 'g.anchor::VARCHAR', adGroup: 'g.ad_guid::VARCHAR', cloudPrincipal: 'n.member_id::VARCHAR' },
  },
  unknownBy: { subject: groupSubject },
};
