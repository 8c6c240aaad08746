import type { Row } from '../../snapshot/index.ts';
import { GraphFailure } from './failure.ts';
import type { JobsRead } from './found-job.ts';
import { type Fields, noDoubts, textId } from './item.ts';
import { doubtReason } from './ledger.ts';
import { readPerJob } from './per-job.ts';
import { type Desk, readRows } from './reading.ts';

/** Reads `cloud.jobAssignments`: who is assigned the application of a job, which is how single groups are put into its scope. */
export async function readJobAssignments(desk: Desk, found: Promise<JobsRead>): Promise<void> {
  const jobs = await found;
  await readPerJob(desk, jobs, {
    facet: 'cloud.jobAssignments',
    request: 'GET /v1.0/servicePrincipals/{id}/appRoleAssignedTo?$top=999',
    read: async ({ job, principalUrl }, tally) => {
      const doubts = noDoubts();
      const { shortfall } = await readRows(
        desk,
        tally,
        {
          facet: 'cloud.jobAssignments',
          table: 'cloud_job_assignment',
          list: { url: `${principalUrl}/appRoleAssignedTo?$top=999`, keyOf: textId },
          rows: fields => assignmentRows(fields, job.id),
        },
        doubts,
      );
      const reason = shortfall ?? doubtReason(doubts);
      if (reason !== undefined) throw new GraphFailure('status', reason);
    },
  });
}

function assignmentRows(fields: Fields, job: string): readonly Row<'cloud_job_assignment'>[] {
  const principal = fields.guid('principalId');
  const role = fields.guid('appRoleId');
  if (principal === null) fields.lack('principalId');
  if (role === null) fields.lack('appRoleId');
  if (principal === null || role === null) return [];
  return [{ job_id: job, principal_id: principal, principal_kind: fields.text('principalType'), app_role_id: role }];
}
