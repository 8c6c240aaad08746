import { attachNames, fieldsOf } from './build.ts';
import type { Population } from './population.ts';

const tenantFeatures = fieldsOf('cloud.onPremisesSynchronization', 't.features_known');
const tenantFacts = fieldsOf('cloud.organization', 't.organization_known');

/** What is known of the tenant, under the alias `t`. */
export const tenantFields = [
  tenantFacts('tenant.label', 'string', "coalesce(t.display_name, t.id::VARCHAR, '(the tenant)')", 'name for people', {
    from: 'displayName',
    names: 'cloud',
  }),
  tenantFacts('tenant.syncEnabled', 'bool', 't.on_premises_sync_enabled', 'whether directory synchronization is on', {
    nullable: true,
    from: 'onPremisesSyncEnabled',
  }),
  tenantFacts('tenant.lastSync', 'timestamp', 't.last_sync', 'last synchronization from AD', {
    nullable: true,
    from: 'onPremisesLastSyncDateTime',
  }),
  tenantFeatures('tenant.groupWritebackV1', 'bool', 't.v1', 'whether writeback v1 is on', {
    nullable: true,
    from: 'features.unifiedGroupWritebackEnabled',
  }),
  tenantFeatures('tenant.groupWritebackV2', 'bool', 't.v2', 'whether writeback v2 is on', {
    nullable: true,
    from: 'features.groupWriteBackEnabled',
  }),
  fieldsOf('cloud.groupSettings', 't.settings_known')(
    'tenant.newGroupDefault',
    'string',
    't.new_group_default',
    'whether new Microsoft 365 groups are written back',
    {
      nullable: true,
      from: 'Group.Unified NewUnifiedGroupWritebackDefault',
    },
  ),
];

/** The tenant: always one row. */
export const tenant: Population = {
  name: 'tenant',
  about: 'The tenant, one row',
  relation: 'tenant',
  alias: 't',
  keys: [],
  carried: [],
  stands: undefined,
  rows: [],
  attachments: [attachNames],
  fields: tenantFields,
  objects: [],
  flavour: undefined,
  subject: { key: "'tenant'", label: "coalesce(t.display_name, '(the tenant)')", ids: {} },
  unknownBy: undefined,
};
