import { attach, fieldsOf } from './build.ts';
import type { Attachment, PopulationField } from './population.ts';

// One rule per kind of access; where a rule is missing or has no maximum, nothing limits an activation.
const eligibility = `(SELECT e.group_id, CASE WHEN bool_and(r.seconds IS NOT NULL) THEN max(r.seconds) END AS seconds
    FROM (SELECT DISTINCT group_id, access FROM cloud_eligibility) e
    LEFT JOIN (SELECT group_id, access, CASE WHEN bool_and(max_activation_seconds IS NOT NULL) THEN max(max_activation_seconds) END AS seconds FROM cloud_pim_rule GROUP BY ALL) r ON r.group_id = e.group_id AND r.access = e.access
    GROUP BY e.group_id)`;

/** What jobs and Privileged Identity Management say of a cloud group. */
export const eligibilityAttachments: readonly Attachment[] = [
  attach('ge', eligibility, 'ge.group_id = g.cloud_id'),
  attach('gi', 'unread', "gi.facet = 'cloud.eligibility' AND gi.id = g.cloud_id"),
  attach(
    'gz',
    '(SELECT DISTINCT a.principal_id FROM cloud_job_assignment a JOIN job_place p ON p.id = a.job_id AND NOT p.takes_all)',
    'gz.principal_id = g.cloud_id',
  ),
  attach('gy', '(SELECT coalesce(bool_and(extent_read), true) AS read FROM job_place)', 'true'),
];

const read = '(nk.cloud_eligibility AND gi.object IS NULL)';

/** Facts about a cloud group that Privileged Identity Management or a job of Cloud Sync is told of. */
export const eligibilityFields: readonly PopulationField[] = [
  fieldsOf('cloud.eligibility', `(g.cloud_known AND (ge.group_id IS NOT NULL OR ${read}))`)(
    'group.cloud.pimManaged',
    'bool',
    '(ge.group_id IS NOT NULL)',
    'whether anybody may activate a membership or an ownership; known as soon as one was read',
    { from: 'eligibilityScheduleInstances', also: ['cloud.groups'] },
  ),
  fieldsOf('cloud.eligibility', `(g.cloud_known AND ${read})`)(
    'group.cloud.longestActivation',
    'duration',
    '(ge.seconds * 1000000)::BIGINT',
    'for how long that can be at most; absent when nothing limits it',
    { nullable: true, from: 'maximumDuration of Expiration_EndUser_Assignment', also: ['cloud.groups'] },
  ),
  fieldsOf('cloud.jobAssignments', '(g.cloud_known AND (gz.principal_id IS NOT NULL OR (nk.cloud_jobs AND gy.read)))')(
    'group.cloud.assignedToJob',
    'bool',
    '(gz.principal_id IS NOT NULL)',
    'whether a job of Cloud Sync that takes single groups is assigned it',
    { from: 'appRoleAssignedTo', also: ['cloud.groups', 'cloud.jobs', 'cloud.jobSettings'] },
  ),
];
