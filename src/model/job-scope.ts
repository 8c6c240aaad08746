import { attach, fieldsOf } from './build.ts';
import type { Attachment, PopulationField } from './population.ts';

/** What limits a job, under the aliases `ja` and `ju`. */
export const jobScopeAttachments: readonly Attachment[] = [
  attach(
    'ja',
    "(SELECT job_id, list(principal_id::VARCHAR ORDER BY principal_id) FILTER (lower(principal_kind) = 'group') AS ids FROM cloud_job_assignment GROUP BY job_id)",
    'ja.job_id = j.id',
  ),
  attach('ju', 'unread', "ju.facet = 'cloud.jobAssignments' AND ju.object = j.id"),
];

/** Which groups a job takes. */
export const jobScopeFields: readonly PopulationField[] = [
  fieldsOf('cloud.jobSettings', '(j.seen AND jc.sync_all IS NOT NULL)')(
    'job.scopeMode',
    'string',
    "CASE WHEN jc.sync_all THEN 'all' ELSE 'assigned' END",
    'whether it takes all groups or those that it is assigned; unknown when its settings do not tell',
    { from: 'secret SyncAll', also: ['cloud.jobs'], values: ['all', 'assigned'] },
  ),
  fieldsOf('cloud.jobAssignments', '(j.seen AND nk.cloud_job_assignments AND ju.object IS NULL)')(
    'job.assignedGroups',
    'string[]',
    'coalesce(ja.ids, [])',
    'ids of the groups that it is assigned',
    { from: 'appRoleAssignedTo', also: ['cloud.jobs'] },
  ),
  fieldsOf('cloud.jobSchema', '(j.seen AND (j.schema_read OR jc.scope_filter IS NOT NULL))')(
    'job.scopeFilter',
    'string',
    'jc.scope_filter',
    'scoping filter of the groups, as canonical JSON',
    { nullable: true, from: 'objectMappings.scope', names: 'cloud', also: ['cloud.jobs'] },
  ),
];
