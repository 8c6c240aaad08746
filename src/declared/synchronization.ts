import { guidText } from '../base/index.ts';
import type { Row } from '../snapshot/index.ts';
import { readDuration } from '../yaml/index.ts';
import type { FactsFile } from './facts-file.ts';

type Declared = NonNullable<FactsFile['onPremisesSynchronization']>;
type Agent = NonNullable<FactsFile['agents']>[number];

/** The switches of the synchronization, without what Microsoft Graph tells about their type. */
export function featureRows({ features }: Declared): readonly Row<'cloud_sync_feature'>[] {
  return Object.entries(features).flatMap(([name, value]) =>
    name.includes('@') ? [] : [{ name, enabled: typeof value === 'boolean' ? value : null }],
  );
}

/** The configuration of the synchronization; undefined when the file has none. */
export function configurationRows({
  id,
  configuration,
}: Declared): readonly Row<'cloud_sync_configuration'>[] | undefined {
  if (configuration === undefined || configuration === null) return undefined;
  const { accidentalDeletionPrevention: prevention, currentExportData: exported } = configuration;
  const { writebackConfiguration: writeback, synchronizationClientVersion: version } = configuration;
  return [
    {
      id: guidText(id) ?? id,
      client_version: version ?? null,
      interval_seconds: secondsOf(configuration.synchronizationInterval),
      requested_interval_seconds: secondsOf(configuration.customerRequestedSynchronizationInterval),
      writeback_container: writeback?.unifiedGroupContainer ?? null,
      user_container: writeback?.userContainer ?? null,
      prevention_type: prevention?.synchronizationPreventionType ?? null,
      alert_threshold: prevention?.alertThreshold ?? null,
      pending_adds: exported?.pendingObjectsAddition ?? null,
      pending_updates: exported?.pendingObjectsUpdate ?? null,
      pending_deletes: exported?.pendingObjectsDeletion ?? null,
      pending_link_adds: exported?.pendingLinksAddition ?? null,
      pending_link_deletes: exported?.pendingLinksDeletion ?? null,
    },
  ];
}

/** A provisioning agent. */
export function agentRow({ id, machineName, status, version }: Agent): Row<'cloud_agent'> {
  return { id: id ?? machineName, machine_name: machineName, status, version: version ?? null };
}

function secondsOf(text: string | null | undefined): number | null {
  const ms = typeof text === 'string' ? readDuration(text) : undefined;
  return ms === undefined ? null : Math.round(ms / 1000);
}
