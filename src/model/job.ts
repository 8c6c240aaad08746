import { attach, attachNames, fieldsOf } from './build.ts';
import { extentAttachments, extentFields } from './job-extent.ts';
import { jobScopeAttachments, jobScopeFields } from './job-scope.ts';
import type { Population } from './population.ts';

const job = fieldsOf('cloud.jobs', '(j.seen AND (j.id IS NOT NULL OR j.jobs_known))');
/** A fact that a job may lack: surely absent only when the jobs were read in full. */
const fact = (sql: string) => fieldsOf('cloud.jobs', `(j.seen AND (j.jobs_known OR ${sql} IS NOT NULL))`);
const counted = fieldsOf('cloud.members', '(j.seen AND j.groups_known)');
const bounded = fieldsOf('cloud.members', '(j.seen AND j.groups_known AND j.bounded)');
const alsoCounted = {
  also: [
    ...(['ad.members', 'ad.users', 'cloud.users', 'ad.groups', 'cloud.groups'] as const),
    ...(['ad.containers', 'cloud.jobs', 'cloud.jobSchema'] as const),
  ],
} as const;

/** Cloud Sync jobs. */
export const jobs: Population = {
  name: 'jobs',
  about: 'Each Cloud Sync job; one row for the engine where Cloud Sync is configured but no group job exists',
  relation: 'job',
  alias: 'j',
  keys: ['id'],
  carried: [],
  stands: 'NOT j.seen',
  rows: ['cloud.jobs'],
  attachments: [attachNames, attach('jc', 'cloud_job', 'jc.id = j.id'), ...extentAttachments, ...jobScopeAttachments],
  fields: [
    job('job.id', 'string', 'j.id', 'id of the job', { nullable: true, from: 'id' }),
    job('job.label', 'string', "coalesce(j.service_principal_name, j.id, 'Cloud Sync')", 'name for people', {
      names: 'cloud',
    }),
    fieldsOf('cloud.jobs', 'j.seen')(
      'job.provisionsGroups',
      'bool',
      'coalesce(j.provisions_groups, false)',
      'whether it provisions groups to AD',
      { from: 'templateId' },
    ),
    fact('jc.status_code')('job.status', 'string', 'jc.status_code', 'state of the job', {
      nullable: true,
      from: 'status.code',
    }),
    fact('jc.schedule_state')('job.scheduleState', 'string', 'jc.schedule_state', 'state of its schedule', {
      nullable: true,
      from: 'schedule.state',
    }),
    fact('jc.quarantine_reason')('job.quarantineReason', 'string', 'jc.quarantine_reason', 'why it is in quarantine', {
      nullable: true,
      from: 'status.quarantine.reason',
    }),
    fact('jc.quarantine_began')('job.quarantineBegan', 'timestamp', 'jc.quarantine_began', 'since when', {
      nullable: true,
      from: 'status.quarantine.currentBegan',
    }),
    fact('jc.quarantine_error')('job.quarantineError', 'string', 'jc.quarantine_error', 'error of the quarantine', {
      nullable: true,
      from: 'status.quarantine.error',
      names: 'cloud',
    }),
    fact('jc.last_success')('job.lastSuccess', 'timestamp', 'jc.last_success', 'end of the last successful run', {
      nullable: true,
      from: 'status.lastSuccessfulExecution.timeEnded',
    }),
    fact('jc.complete_failures::BIGINT')(
      'job.completeFailures',
      'int',
      'jc.complete_failures::BIGINT',
      'runs in a row that failed',
      {
        nullable: true,
        from: 'status.countSuccessiveCompleteFailures',
      },
    ),
    fact('jc.escrowed')('job.escrowed', 'int', 'jc.escrowed', 'objects that failed alone and are tried again later', {
      nullable: true,
      from: 'status.lastExecution.countEscrowed',
    }),
    fact('jc.escrows_pruned')(
      'job.escrowsPruned',
      'bool',
      'jc.escrows_pruned',
      'whether objects that failed were given up',
      { nullable: true, from: 'status.escrowsPruned' },
    ),
    ...jobScopeFields,
    fieldsOf('cloud.jobSchema', '(j.seen AND (j.schema_read OR jc.target_container IS NOT NULL))')(
      'job.targetContainer',
      'string',
      'jc.target_container',
      'container it writes to',
      {
        nullable: true,
        from: 'parentDistinguishedName mapping',
        names: 'cloud',
      },
    ),
    counted(
      'job.groupsWithEligibleMembers',
      'int',
      'j.groups',
      'written-back groups that surely have members with an account in AD',
      alsoCounted,
    ),
    bounded(
      'job.groupsWithEligibleMembersAtMost',
      'int',
      'j.groups_at_most',
      'the same, counting groups whose members were not read',
      alsoCounted,
    ),
    counted('job.emptyGroups', 'int', 'j.empty', 'of those, groups that are surely empty in AD', alsoCounted),
    bounded(
      'job.emptyGroupsAtMost',
      'int',
      'j.empty_at_most',
      'the same, counting groups whose members were not read',
      alsoCounted,
    ),
    fieldsOf('cloud.members', '(j.seen AND j.groups_known AND j.complete)')(
      'job.membersRead',
      'bool',
      'true',
      'whether the members of all its groups were read; never false: unknown when they were not',
      alsoCounted,
    ),
    ...extentFields,
  ],
  objects: [],
  flavour: undefined,
  subject: {
    key: "coalesce(j.id, CASE WHEN j.seen THEN 'flavour:cloud-sync' ELSE '' END)",
    label:
      "CASE WHEN j.seen THEN coalesce(j.service_principal_name, j.id, 'Cloud Sync') ELSE '(jobs that were not read)' END",
    ids: { job: 'j.id' },
  },
  unknownBy: undefined,
};
