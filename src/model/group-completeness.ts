import { attach, fieldsOf } from './build.ts';
import type { Attachment, PopulationField } from './population.ts';

const announced = (facet: string) =>
  `(SELECT TRY_CAST(object AS UUID) AS id, expected, retrieved FROM coverage WHERE facet = '${facet}' AND object <> '' AND complete)`;

/** What the readers of a pair's two lists of members say of them. */
export const completenessAttachments: readonly Attachment[] = [
  attach('gcc', announced('cloud.members'), 'gcc.id = g.cloud_id'),
  attach('gca', announced('ad.members'), 'gca.id = g.ad_guid'),
];

// A list that was announced longer than it was read, or read longer than it is in the snapshot, was cut off, whatever its reader says.
const whole = (list: string, rows: string) =>
  `(coalesce(${list}.retrieved >= ${list}.expected, true) AND coalesce(coalesce(${rows}, 0) >= ${list}.retrieved, true))`;

/** Whether the lists of members that were read in full are as long as they should be. */
export const completenessFields: readonly PopulationField[] = [
  fieldsOf('cloud.members', '(g.cloud_known AND (g.cloud_id IS NULL OR (nk.cloud_members AND guc.object IS NULL)))')(
    'group.cloud.membersWhole',
    'bool',
    `CASE WHEN g.cloud_id IS NOT NULL THEN ${whole('gcc', 'gcn.members')} END`,
    'whether as many direct members are in the snapshot as the source announced; known only where the list was read to its end',
    { from: '/groups/{id}/members/$count', also: ['cloud.groups'] },
  ),
  fieldsOf('ad.members', '(g.ad_known AND (g.ad_guid IS NULL OR g.members_read))')(
    'group.ad.membersWhole',
    'bool',
    `CASE WHEN g.ad_guid IS NOT NULL THEN ${whole('gca', 'gm.members')} END`,
    'the same of the direct members in AD',
    { from: 'member;range=…-*', also: ['ad.groups'] },
  ),
];
