import { attach, fieldsOf } from './build.ts';
import type { Attachment, PopulationField } from './population.ts';

// What Cloud Sync did to a group, as its log has it; the window is the same for all.
const acted = `(SELECT v.source_id, max(v.at) AS acted FROM cloud_provisioning_event v WHERE v.status IS DISTINCT FROM 'skipped' GROUP BY v.source_id)`;
const logged = "(SELECT min(since) AS since FROM cloud_log_window WHERE log = 'provisioning')";

/** When the engine of a group acted last. */
export const engineAttachments: readonly Attachment[] = [
  attach('gea', acted, 'gea.source_id = g.cloud_id'),
  attach('gel', logged, 'true'),
  attach('gec', '(SELECT max(last_sync) AS synced FROM cloud_tenant)', 'true'),
];

/** When the engine of a group acted last, as far as the cloud knows. */
export const engineFields: readonly PopulationField[] = [
  fieldsOf('cloud.provisioningLog', '(g.cloud_known AND nk.cloud_provisioning_log)')(
    'group.cloud.provisionedAt',
    'timestamp',
    'gea.acted',
    'when Cloud Sync acted on it last, within the time that the provisioning log speaks for',
    { nullable: true, from: 'activityDateTime', also: ['cloud.groups'] },
  ),
  fieldsOf('cloud.provisioningLog', 'nk.cloud_provisioning_log')(
    'group.logSince',
    'timestamp',
    'gel.since',
    'since when the provisioning log speaks',
    { nullable: true, from: 'auditLogs/provisioning' },
  ),
  fieldsOf('cloud.organization', 'nk.cloud_organization')(
    'group.connectSyncedAt',
    'timestamp',
    'gec.synced',
    'when Entra Connect synchronised the tenant last',
    { nullable: true, from: 'onPremisesLastSyncDateTime' },
  ),
];
