import { objectAt } from './build.ts';
import type { ObjectPath } from './field.ts';
import { accessFields } from './group-access.ts';
import { adFields } from './group-ad.ts';
import { groupAttachments } from './group-attachments.ts';
import { authorityFields } from './group-authority.ts';
import { cloudFields } from './group-cloud.ts';
import { completenessFields } from './group-completeness.ts';
import { eligibilityFields } from './group-eligibility.ts';
import { engineFields } from './group-engine.ts';
import { groupErrorFields } from './group-errors.ts';
import { guestFields } from './group-guests.ts';
import { groupFlavour, identityFields } from './group-identity.ts';
import { jobFields } from './group-jobs.ts';
import { mailFields } from './group-mail.ts';
import { memberCountFields } from './group-member-counts.ts';
import { memberFields } from './group-members.ts';
import { ownerFields } from './group-owners.ts';
import { privilegeFields } from './group-privilege.ts';
import type { Population, PopulationField, SubjectSql } from './population.ts';
import { tenantFields } from './tenant.ts';

/** Every fact about a cloud group and its AD object, under the alias `g`; each topic has a file of its own. */
export const groupFields: readonly PopulationField[] = [
  ...identityFields,
  ...cloudFields,
  ...adFields,
  ...memberFields,
  ...memberCountFields,
  ...mailFields,
  ...ownerFields,
  ...completenessFields,
  ...accessFields,
  ...authorityFields,
  ...guestFields,
  ...groupErrorFields,
  ...eligibilityFields,
  ...jobFields,
  ...engineFields,
  ...privilegeFields,
  ...tenantFields,
];

/** The two halves of a pair, each of which may be absent. */
export const groupObjects: readonly ObjectPath[] = [
  objectAt('group.cloud', '(g.cloud_id IS NOT NULL)', 'g.cloud_known', 'cloud.groups', 'the active cloud group'),
  objectAt('group.ad', '(g.ad_guid IS NOT NULL)', 'g.ad_known', 'ad.groups', 'the AD object'),
];

/** How a pair is named in findings. */
export const groupSubject: SubjectSql = {
  key: "coalesce(g.anchor::VARCHAR, '') || '/' || coalesce(g.ad_guid::VARCHAR, '')",
  label: "coalesce(gc.display_name, gd.display_name, ga.cn, ga.dn, g.anchor::VARCHAR, '(groups that were not read)')",
  ids: { cloudGroup: 'g.anchor::VARCHAR', adGroup: 'g.ad_guid::VARCHAR' },
};

/** Cloud groups with their AD objects, groups without one, and AD objects without a cloud group. */
export const groups: Population = {
  name: 'groups',
  about: 'One row per AD object of writeback with its cloud group, and per cloud group that has no such object',
  relation: 'pair',
  alias: 'g',
  keys: ['ordinal'],
  carried: [],
  stands: 'NOT g.seen',
  rows: ['ad.groups', 'cloud.groups'],
  attachments: groupAttachments,
  fields: groupFields,
  objects: groupObjects,
  flavour: groupFlavour,
  subject: groupSubject,
  unknownBy: undefined,
};
