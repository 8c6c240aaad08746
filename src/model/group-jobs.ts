import { attach, fieldsOf } from './build.ts';
import type { Attachment, PopulationField } from './population.ts';

/** What jobs of Cloud Sync take, under the aliases `gja` and `gjt`. */
export const jobAttachments: readonly Attachment[] = [
  attach(
    'gja',
    '(SELECT a.principal_id, bool_or(p.unfiltered) AS surely FROM cloud_job_assignment a JOIN job_place p ON p.id = a.job_id GROUP BY ALL)',
    'gja.principal_id = g.cloud_id',
  ),
  attach(
    'gjt',
    '(SELECT coalesce(bool_or(takes_all AND unfiltered), false) AS surely, coalesce(bool_or(takes_all), false) AS perhaps, coalesce(bool_and(extent_read), true) AS read FROM job_place)',
    'true',
  ),
];

const taken = '(gjt.surely OR coalesce(gja.surely, false))';
const candidate = "(g.kind = 'security' AND NOT g.synced)";

/** Whether Cloud Sync takes a group, whatever wrote its object. */
export const jobFields: readonly PopulationField[] = [
  fieldsOf(
    'cloud.jobAssignments',
    `(g.cloud_known AND nk.cloud_groups AND (NOT ${candidate} OR ${taken} OR (nk.cloud_jobs AND gjt.read AND NOT gjt.perhaps AND gja.principal_id IS NULL)))`,
  )(
    'group.cloud.takenByJob',
    'bool',
    `coalesce(${candidate} AND ${taken}, false)`,
    'whether a job of Cloud Sync takes it; unknown where only one with a filter may',
    {
      from: 'appRoleAssignedTo',
      also: ['cloud.groups', 'cloud.jobs', 'cloud.jobSettings', 'cloud.jobSchema', 'cloud.names'],
    },
  ),
];
