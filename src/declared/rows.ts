import { guidText } from '../base/index.ts';
import type { FacetName, Recorder, Row, TableName } from '../snapshot/index.ts';
import { timeMs } from './checks.ts';
import type { FactsFile } from './facts-file.ts';
import { agentRow, configurationRows, featureRows } from './synchronization.ts';

/** The rows that a file declares for one facet. */
export type Declaration = {
  readonly facet: FacetName;
  readonly table: TableName;
  /** Key of the file. */
  readonly key: string;
  readonly rows: number;
  readonly add: (recorder: Pick<Recorder, 'add'>) => Promise<void>;
};

/** What a file declares, facet by facet; of what it does not mention there is nothing here. */
export function declarationsOf(facts: FactsFile): readonly Declaration[] {
  const { connectScope, cloudSyncScope, approvedChanges, recipients, domainControllerBuilds, statements } = facts;
  const { onPremisesSynchronization, agents } = facts;
  return [
    ...one('import.connectScope', 'connectScope', 'declared_connect_scope', connectScope?.map(scopeRow)),
    ...one('import.cloudSyncScope', 'cloudSyncScope', 'declared_cloud_sync_scope', cloudSyncScope?.map(scopeRow)),
    ...one('import.approvedChanges', 'approvedChanges', 'declared_change', approvedChanges?.map(changeRow)),
    ...one('import.recipients', 'recipients', 'declared_recipient', recipients?.map(recipientRow)),
    ...one(
      'import.domainControllerBuilds',
      'domainControllerBuilds',
      'declared_dc_build',
      domainControllerBuilds?.map(({ server, build }) => ({ dns_name: server.toLowerCase(), build })),
    ),
    ...one(
      'import.statements',
      'statements',
      'declared_statement',
      statements && Object.entries(statements).map(([name, value]) => ({ name, value: String(value) })),
    ),
    ...one(
      'cloud.onPremisesSynchronization',
      'onPremisesSynchronization/features',
      'cloud_sync_feature',
      onPremisesSynchronization && featureRows(onPremisesSynchronization),
    ),
    ...one(
      'cloud.syncConfiguration',
      'onPremisesSynchronization/configuration',
      'cloud_sync_configuration',
      onPremisesSynchronization && configurationRows(onPremisesSynchronization),
    ),
    ...one('cloud.agents', 'agents', 'cloud_agent', agents?.map(agentRow)),
  ];
}

function one<N extends TableName>(
  facet: FacetName,
  key: string,
  table: N,
  rows: readonly Row<N>[] | undefined,
): Declaration[] {
  if (rows === undefined) return [];
  return [{ facet, table, key, rows: rows.length, add: recorder => recorder.add(table, rows) }];
}

type Entry<K extends keyof FactsFile> = NonNullable<FactsFile[K]> extends readonly (infer E)[] ? E : never;

function scopeRow(entry: Entry<'connectScope'>): Row<'declared_connect_scope'> {
  return typeof entry === 'string' ? { dn: entry, included: true } : { dn: entry.dn, included: entry.included ?? true };
}

function changeRow({ group, to, approved, ticket }: Entry<'approvedChanges'>): Row<'declared_change'> {
  return { group_id: idOf(group), kind: `to-${to}`, approved: timeMs(approved) ?? 0, ticket: ticket ?? null };
}

function recipientRow(entry: Entry<'recipients'>): Row<'declared_recipient'> {
  return {
    group_id: idOf(entry.group),
    require_sender_authentication: entry.requireSenderAuthentication ?? null,
    hidden_from_address_lists: entry.hiddenFromAddressLists ?? null,
  };
}

/** The schema has seen to it that it is a GUID. */
function idOf(guid: string): string {
  return guidText(guid) ?? guid;
}
