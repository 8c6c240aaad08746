import { durationMs, guidText } from '../../base/index.ts';
import { badAnswer } from './failure.ts';
import { fieldsOf, type Item, isItem, noDoubts, objectId } from './item.ts';
import { doubtReason } from './ledger.ts';
import { type Desk, requestOf } from './reading.ts';

/** Reads `cloud.syncConfiguration` (beta): documented as a collection, seen as a single object. Applications are refused. */
export function readSyncConfiguration(desk: Desk): Promise<boolean> {
  const url = `${desk.beta}/directory/onPremisesSynchronization`;
  return desk.ledger.settle('cloud.syncConfiguration', requestOf(url), async tally => {
    const holder = holderOf(await desk.port.get(url, { tally, check: json => void holderOf(json) }));
    tally.pages++;
    const id = objectId(holder) ?? guidText(desk.claims.tenant ?? '');
    if (id === undefined) throw badAnswer('a configuration without a valid id');
    const doubts = noDoubts();
    const fields = fieldsOf(holder, doubts, id).inside('configuration');
    const prevention = fields.inside('accidentalDeletionPrevention');
    const writeback = fields.inside('writebackConfiguration');
    const exported = fields.inside('currentExportData');
    await desk.recorder.add('cloud_sync_configuration', [
      {
        id,
        client_version: fields.text('synchronizationClientVersion'),
        interval_seconds: fields.seconds('synchronizationInterval', durationMs),
        requested_interval_seconds: fields.seconds('customerRequestedSynchronizationInterval', durationMs),
        writeback_container: writeback.text('unifiedGroupContainer'),
        user_container: writeback.text('userContainer'),
        prevention_type: prevention.text('synchronizationPreventionType'),
        alert_threshold: prevention.number('alertThreshold'),
        pending_adds: exported.number('pendingObjectsAddition'),
        pending_updates: exported.number('pendingObjectsUpdate'),
        pending_deletes: exported.number('pendingObjectsDeletion'),
        pending_link_adds: exported.number('pendingLinksAddition'),
        pending_link_deletes: exported.number('pendingLinksDeletion'),
      },
    ]);
    return { retrieved: 1, reason: doubtReason(doubts) };
  });
}

function holderOf(json: unknown): Item {
  const holder = isItem(json) && Array.isArray(json.value) ? json.value[0] : json;
  if (!isItem(holder) || !isItem(holder.configuration)) throw badAnswer('no configuration');
  return holder;
}
