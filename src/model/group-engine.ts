import { attach, fieldsOf } from './build.ts';
import type { Attachment, PopulationField } from './population.ts';

// What Cloud Sync did to a group up to the last change of its object, with five minutes for clocks that differ: what it did later did not cause that change.
const acted = `(SELECT p.ordinal, max(v.at) AS acted
  FROM pair p JOIN ad_group a ON a.guid = p.ad_guid JOIN cloud_provisioning_event v ON v.source_id = p.cloud_id
  WHERE v.status IS DISTINCT FROM 'skipped' AND v.at <= a.changed + INTERVAL 5 MINUTE
  GROUP BY p.ordinal)`;
const logged = "(SELECT min(since) AS since, max(until) AS until FROM cloud_log_window WHERE log = 'provisioning')";

/** When the engine of a group acted last. */
export const engineAttachments: readonly Attachment[] = [
  attach('gea', acted, 'gea.ordinal = g.ordinal'),
  attach('gel', logged, 'true'),
  attach('gec', '(SELECT max(last_sync) AS synced FROM cloud_tenant)', 'true'),
];

/** When the engine of a group acted last, as far as the cloud knows. */
export const engineFields: readonly PopulationField[] = [
  fieldsOf('cloud.provisioningLog', '(g.cloud_known AND g.ad_known AND g.ad_whole AND nk.cloud_provisioning_log)')(
    'group.cloud.provisionedAt',
    'timestamp',
    'gea.acted',
    'when Cloud Sync acted on it last before its AD object changed last, within the time that the provisioning log speaks for',
    { nullable: true, from: 'activityDateTime', also: ['cloud.groups', 'ad.groups'] },
  ),
  fieldsOf('cloud.provisioningLog', 'nk.cloud_provisioning_log')(
    'group.logSince',
    'timestamp',
    'gel.since',
    'since when the provisioning log speaks',
    { nullable: true, from: 'auditLogs/provisioning' },
  ),
  fieldsOf('cloud.provisioningLog', 'nk.cloud_provisioning_log')(
    'group.logUntil',
    'timestamp',
    'gel.until',
    'until when the provisioning log speaks; what happened later may still be on its way there',
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
