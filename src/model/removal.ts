import { attach, fieldsOf } from './build.ts';
import { groupFields, groupObjects, groupSubject } from './group.ts';
import { groupAttachments } from './group-attachments.ts';
import { groupFlavour } from './group-identity.ts';
import type { Population } from './population.ts';

const logged = fieldsOf('cloud.auditLog', 'v.seen');
const label = `coalesce(vu.display_name || coalesce(' (' || vu.upn || ')', ''), vu.upn, vg.display_name, v.member_id::VARCHAR, '(removals that were not read)')`;

/** Members who were removed in the cloud. */
export const removals: Population = {
  name: 'removals',
  about:
    'Each member that was removed from an active cloud group with its one AD object, as far back as the audit log was read: the last time of each',
  relation: 'removal',
  alias: 'v',
  keys: ['ordinal', 'member_id'],
  carried: [],
  stands: 'NOT v.seen',
  rows: ['cloud.auditLog', 'cloud.groups', 'ad.groups'],
  attachments: [
    attach('g', 'pair', 'g.ordinal = v.ordinal'),
    ...groupAttachments,
    attach('vu', 'cloud_user', 'vu.id = v.member_id'),
    attach('vg', 'cloud_group', 'vg.id = v.member_id'),
    attach('va', 'ad_user', 'va.guid = v.member_guid'),
  ],
  fields: [
    logged('removal.label', 'string', label, 'name of the member for people', { names: 'cloud' }),
    // A log in part may lack a later removal.
    fieldsOf('cloud.auditLog', '(v.seen AND nk.cloud_audit_log)')(
      'removal.at',
      'timestamp',
      'v.removed',
      'when it was removed',
      { nullable: true, from: 'activityDateTime' },
    ),
    logged('removal.by', 'string', 'v.actor', 'who removed it', {
      nullable: true,
      from: 'initiatedBy',
      names: 'cloud',
    }),
    fieldsOf('cloud.auditLog', '(v.seen AND v.listed IS NOT NULL)')(
      'removal.memberExists',
      'bool',
      'v.listed',
      'whether the member is a user or a group that the cloud still has',
      { also: ['cloud.users', 'cloud.groups'] },
    ),
    fieldsOf('cloud.members', '(v.seen AND v.in_cloud IS NOT NULL)')(
      'removal.inCloud',
      'bool',
      'v.in_cloud',
      'whether it is a direct member in the cloud again',
      { from: '/groups/{id}/members' },
    ),
    fieldsOf('ad.members', '(v.seen AND v.in_ad IS NOT NULL)')(
      'removal.inAd',
      'bool',
      'v.in_ad',
      'whether it is still a direct member in AD',
      { from: 'member', also: ['ad.users', 'cloud.users', 'ad.groups', 'cloud.groups'] },
    ),
    fieldsOf('ad.users', 'v.seen')('removal.adDn', 'string', 'va.dn', 'distinguished name of its AD account', {
      nullable: true,
      from: 'distinguishedName',
      names: 'ad',
    }),
    ...groupFields,
  ],
  objects: groupObjects,
  flavour: groupFlavour,
  subject: {
    key: "coalesce(g.cloud_id::VARCHAR, '') || '/' || coalesce(v.member_id::VARCHAR, '')",
    label: `coalesce(gc.display_name, g.anchor::VARCHAR, '(groups that were not read)') || ' → ' || ${label}`,
    ids: {
      cloudGroup: 'g.anchor::VARCHAR',
      adGroup: 'g.ad_guid::VARCHAR',
      cloudPrincipal: 'v.member_id::VARCHAR',
      adPrincipal: 'v.member_guid::VARCHAR',
    },
  },
  unknownBy: { subject: groupSubject },
};
