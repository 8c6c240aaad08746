import { attach, attachNames, fieldsOf } from './build.ts';
import type { Attachment, Population } from './population.ts';
import { attachSynchronization, tenantWideFields } from './tenant-synchronization.ts';

const tenantFeatures = fieldsOf('cloud.onPremisesSynchronization', 't.features_known');
const tenantFacts = fieldsOf('cloud.organization', 't.organization_known');

const SHOWN = 10;

const leftBehind =
  "p.flavour_known AND p.flavour IN ('connect-v1', 'connect-v2') AND p.external_anchor IS NULL AND p.matched_by = 'admin-description'";

/** What is counted over all groups for the tenant, next to the relation `tenant` under the alias `t`. */
export const tenantAttachments: readonly Attachment[] = [
  attach(
    'tc',
    `(SELECT count(*) FILTER (${leftBehind}) AS objects, list_slice(coalesce(list(o.dn ORDER BY o.dn) FILTER (${leftBehind}), []), 1, ${SHOWN}) AS dns, coalesce(bool_and(p.flavour_known), true) AS decided FROM pair p JOIN ad_group o ON o.guid = p.ad_guid WHERE p.anchored)`,
    'true',
  ),
  attach(
    'tw',
    `(SELECT count(*) AS groups, list_slice(coalesce(list(coalesce(c.display_name, c.id::VARCHAR) ORDER BY c.display_name, c.id), []), 1, ${SHOWN}) AS names FROM cloud_group c LEFT JOIN cloud_writeback w ON w.group_id = c.id WHERE c.security_enabled AND c.mail_enabled IS NOT TRUE AND NOT list_contains(c.group_types, 'Unified') AND c.on_premises_sync_enabled IS NOT TRUE AND w.enabled IS NULL)`,
    'true',
  ),
];

const connectObjects = fieldsOf('ad.groups', '(tc.objects > 0 OR (nk.ad_groups AND tc.decided))');
const switches = fieldsOf('cloud.writebackConfiguration', '(nk.cloud_groups AND nk.cloud_writeback)');

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
  fieldsOf('cloud.onPremisesSynchronization', 'true')(
    'tenant.declaresV1',
    'bool',
    't.declares_v1',
    'whether the configuration declares connect-v1',
  ),
  connectObjects(
    'tenant.hasConnectObjects',
    'bool',
    '(tc.objects > 0)',
    'whether AD has objects that adminDescription alone ties to a cloud group, outside the containers of Cloud Sync; known as soon as one was read',
    { from: 'adminDescription', also: ['ad.containers', 'cloud.groups'] },
  ),
  connectObjects('tenant.connectObjects', 'string[]', 'tc.dns', `${SHOWN} of them at most, by distinguished name`, {
    from: 'distinguishedName',
    names: 'ad',
    also: ['ad.containers', 'cloud.groups'],
  }),
  switches(
    'tenant.groupsWithoutSwitch',
    'int',
    'tw.groups',
    'cloud security groups that AD does not own and whose writeback switch is not set',
    { from: 'writebackConfiguration.isEnabled', also: ['cloud.groups'] },
  ),
  switches('tenant.namesWithoutSwitch', 'string[]', 'tw.names', `${SHOWN} of them at most, by name`, {
    from: 'displayName',
    names: 'cloud',
    also: ['cloud.groups'],
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
  attachments: [attachNames, ...tenantAttachments, attachSynchronization],
  fields: [...tenantFields, ...tenantWideFields],
  objects: [],
  flavour: undefined,
  subject: { key: "'tenant'", label: "coalesce(t.display_name, '(the tenant)')", ids: {} },
  unknownBy: undefined,
};
