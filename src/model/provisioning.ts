import { attach, attachNames, fieldsOf } from './build.ts';
import type { Population } from './population.ts';

const event = fieldsOf('cloud.provisioningLog', 'pv.seen');
// A later event may be among those that were not read.
const latest = fieldsOf('cloud.provisioningLog', '(pv.seen AND nk.cloud_provisioning_log)');
const label =
  "coalesce(pg.display_name, pd.display_name, pv.source_id::VARCHAR, '(the provisioning log was not read)')";

/** What the provisioning log tells of groups. */
export const provisionings: Population = {
  name: 'provisionings',
  about:
    'Each group that a Cloud Sync job did something with, within the time that the provisioning log was read for; of others nothing is said',
  relation: 'provisioning',
  alias: 'pv',
  keys: ['job_id', 'source_id'],
  carried: [],
  stands: 'NOT pv.seen',
  rows: ['cloud.provisioningLog'],
  attachments: [
    attachNames,
    attach('pg', 'cloud_group', 'pg.id = pv.source_id'),
    attach('pd', 'cloud_deleted_group', 'pd.id = pv.source_id'),
  ],
  fields: [
    event('provisioning.label', 'string', label, 'name of the group', { names: 'cloud' }),
    event('provisioning.job', 'string', 'pv.job_id', 'id of the job', { nullable: true, from: 'jobId' }),
    latest(
      'provisioning.status',
      'string',
      'pv.status',
      'what came of the last event: success, failure, skipped, warning',
      {
        nullable: true,
        from: 'provisioningStatusInfo.status',
      },
    ),
    latest('provisioning.action', 'string', 'pv.action', 'what the last event was about', {
      nullable: true,
      from: 'provisioningAction',
    }),
    latest('provisioning.at', 'timestamp', 'pv.at', 'when the last event was', {
      nullable: true,
      from: 'activityDateTime',
    }),
    latest('provisioning.error', 'string', 'pv.error', 'error of the last event', {
      nullable: true,
      from: 'errorInformation',
      names: 'cloud',
    }),
    latest('provisioning.deletionStagedAt', 'timestamp', 'pv.staged', 'when its deletion was held back last', {
      nullable: true,
      from: 'provisioningAction = stagedDelete',
    }),
    latest('provisioning.doneAt', 'timestamp', 'pv.settled', 'when it was created, updated or deleted last', {
      nullable: true,
      from: 'provisioningAction',
    }),
  ],
  objects: [],
  flavour: undefined,
  subject: {
    key: "CASE WHEN pv.seen THEN pv.source_id::VARCHAR || '/' || pv.job_id ELSE '' END",
    label,
    ids: { cloudGroup: 'pv.source_id::VARCHAR', job: 'pv.job_id' },
  },
  unknownBy: undefined,
};
