import { flavours } from '../base/index.ts';
import { attachNames, fieldsOf } from './build.ts';
import type { Population, PopulationField } from './population.ts';

const settings = { also: ['cloud.syncConfiguration'] } as const;
/** A setting that may be missing where it was looked for, and is unknown then. */
const given = (column: string) => fieldsOf('cloud.jobSettings', `(dg.seen AND dg.${column} IS NOT NULL)`);

const flavour: PopulationField = fieldsOf('cloud.jobs', 'true')(
  'guard.flavour',
  'string',
  'dg.flavour',
  'engine that it guards',
  { values: flavours },
);

/** What keeps each engine from deleting many groups at once. */
export const deletionGuards: Population = {
  name: 'deletionGuards',
  about:
    'Protection against accidental deletion: one row for Entra Connect where it is configured, and one for each Cloud Sync job that provisions groups',
  relation: 'deletion_guard',
  alias: 'dg',
  keys: ['id'],
  carried: [],
  stands: 'NOT dg.seen',
  rows: ['cloud.jobs'],
  attachments: [attachNames],
  fields: [
    fieldsOf('cloud.jobs', 'true')('guard.label', 'string', 'dg.label', 'name for people', { names: 'cloud' }),
    flavour,
    given('enabled')('guard.enabled', 'bool', 'dg.enabled', 'whether it is on', {
      from: 'accidentalDeletionPrevention, SyncNotificationSettings',
      ...settings,
    }),
    given('threshold')('guard.threshold', 'int', 'dg.threshold', 'deletions from which on it stops the engine', {
      from: 'alertThreshold, DeleteThresholdValue',
      ...settings,
    }),
    given('enabled')('guard.inPercent', 'bool', 'dg.in_percent', 'whether the threshold is a share in percent', {
      from: 'synchronizationPreventionType',
      ...settings,
    }),
  ],
  objects: [],
  flavour,
  subject: { key: "coalesce(dg.id, '')", label: 'dg.label', ids: { job: 'dg.job' } },
  unknownBy: undefined,
};
