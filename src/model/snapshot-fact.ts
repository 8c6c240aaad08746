import { fieldsOf } from './build.ts';
import type { Population } from './population.ts';

const told = fieldsOf('', 'true');

/** The snapshot itself: always one row. */
export const snapshots: Population = {
  name: 'snapshots',
  about: 'The snapshot itself, one row: its own record of when it was read',
  relation: 'snapshot_fact',
  alias: 'sf',
  keys: [],
  carried: [],
  stands: undefined,
  rows: [],
  attachments: [],
  fields: [
    told(
      'snapshot.apart',
      'duration',
      'sf.apart',
      'how far apart a fact of AD and one of the cloud can have been read; absent when one side alone was',
      { nullable: true, from: 'times of the queries' },
    ),
    told('snapshot.begun', 'timestamp', 'sf.begun', 'when the first group, member or user was asked for', {
      nullable: true,
      from: 'times of the queries',
    }),
    fieldsOf('cloud.jobs', 'sf.synced_known')(
      'snapshot.syncedMeanwhile',
      'bool',
      'coalesce(sf.last_sync > sf.begun, false)',
      'whether a configured engine synchronised after reading had begun',
      { also: ['cloud.organization'] },
    ),
    fieldsOf('cloud.jobs', 'sf.synced_known')(
      'snapshot.lastSync',
      'timestamp',
      'sf.last_sync',
      'when the configured engines had last synchronised, as the cloud told while it was read, by the clock of the machine that read',
      { nullable: true, from: 'onPremisesLastSyncDateTime, lastSuccessfulExecution', also: ['cloud.organization'] },
    ),
  ],
  objects: [],
  flavour: undefined,
  subject: { key: "'snapshot'", label: "'the snapshot'", ids: {} },
  unknownBy: undefined,
};
