import { attach, fieldsOf } from './build.ts';
import type { Attachment, PopulationField } from './population.ts';

// One rule per kind of access; where a rule is missing or has no maximum, nothing limits an activation.
const eligibility = `(SELECT e.group_id, CASE WHEN bool_and(r.seconds IS NOT NULL) THEN max(r.seconds) END AS seconds
    FROM (SELECT DISTINCT group_id, access FROM cloud_eligibility) e
    LEFT JOIN (SELECT group_id, access, CASE WHEN bool_and(max_activation_seconds IS NOT NULL) THEN max(max_activation_seconds) END AS seconds FROM cloud_pim_rule GROUP BY ALL) r ON r.group_id = e.group_id AND r.access = e.access
    GROUP BY e.group_id)`;

/** Who may activate what of a cloud group, under the aliases `gpi` and `gpx`. */
export const eligibilityAttachments: readonly Attachment[] = [
  attach('gpi', eligibility, 'gpi.group_id = g.cloud_id'),
  attach('gpx', 'unread', "gpx.facet = 'cloud.eligibility' AND gpx.id = g.cloud_id"),
];

const read = '(nk.cloud_eligibility AND gpx.object IS NULL)';

/** What Privileged Identity Management says of a cloud group. */
export const eligibilityFields: readonly PopulationField[] = [
  fieldsOf('cloud.eligibility', `(g.cloud_known AND (gpi.group_id IS NOT NULL OR ${read}))`)(
    'group.cloud.pimManaged',
    'bool',
    '(gpi.group_id IS NOT NULL)',
    'whether anybody may activate a membership or an ownership; known as soon as one was read',
    { from: 'eligibilityScheduleInstances', also: ['cloud.groups'] },
  ),
  fieldsOf('cloud.eligibility', `(g.cloud_known AND ${read})`)(
    'group.cloud.longestActivation',
    'duration',
    '(gpi.seconds * 1000000)::BIGINT',
    'for how long that can be at most; absent when nothing limits it',
    { nullable: true, from: 'maximumDuration of Expiration_EndUser_Assignment', also: ['cloud.groups'] },
  ),
];
