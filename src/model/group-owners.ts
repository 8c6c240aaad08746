import { attach, fieldsOf } from './build.ts';
import type { Attachment, PopulationField } from './population.ts';

/** Who answers for the cloud group of a pair `g`. */
export const ownerAttachments: readonly Attachment[] = [
  attach('gow', 'owner_count', 'gow.group_id = g.cloud_id'),
  attach('guo', 'unread', "guo.facet = 'cloud.owners' AND guo.id = g.cloud_id"),
];

/** The owners of the cloud group of a pair. */
export const ownerFields: readonly PopulationField[] = [
  fieldsOf(
    'cloud.owners',
    '(g.cloud_known AND (g.cloud_id IS NULL OR (nk.cloud_owners AND guo.object IS NULL AND (nk.cloud_users OR coalesce(gow.unsure, 0) = 0))))',
  )(
    'group.cloud.activeOwnerCount',
    'int',
    'CASE WHEN g.cloud_id IS NOT NULL THEN coalesce(gow.active, 0) END',
    'owners that are users with an enabled account',
    { from: '/groups/{id}/owners', also: ['cloud.users', 'cloud.groups'] },
  ),
];
