import { AuditError } from '../../base/index.ts';
import { badAnswer } from './failure.ts';
import { fieldsOf, type Item, isItem, itemsOf, noDoubts, objectId } from './item.ts';
import { doubtReason } from './ledger.ts';
import { type Desk, requestOf } from './reading.ts';

/**
 * Reads `cloud.organization`, one item. Failures are left to the caller's judgement of a first contact; `expectedTenant` guards against auditing
 * another tenant than the one configured (checked when it is a GUID).
 */
export function readOrganization(desk: Desk, expectedTenant: string): Promise<boolean> {
  const properties = 'id,displayName,onPremisesSyncEnabled,onPremisesLastSyncDateTime,verifiedDomains';
  const url = `${desk.v1}/organization?$select=${properties}`;
  return desk.ledger.settle('cloud.organization', requestOf(url), async tally => {
    // The first contact is made with the server, not with what an interrupted run was told.
    const item = onlyItem(await desk.port.get(url, { tally, live: true, check: json => void onlyItem(json) }));
    tally.pages++;
    const id = objectId(item) ?? '';
    if (/^[0-9a-f-]{36}$/i.test(expectedTenant) && id !== expectedTenant.toLowerCase())
      throw new AuditError(
        'source',
        `Microsoft Graph answers for tenant ${id}, the configuration names ${expectedTenant}`,
      );
    const doubts = noDoubts();
    const fields = fieldsOf(item, doubts, id);
    const names = fields.each('verifiedDomains').map(domain => domain.text('name'));
    await desk.recorder.add('cloud_tenant', [
      {
        id,
        display_name: fields.text('displayName'),
        on_premises_sync_enabled: fields.bool('onPremisesSyncEnabled'),
        last_sync: fields.instant('onPremisesLastSyncDateTime'),
        verified_domains: names.filter(name => name !== null),
      },
    ]);
    return { retrieved: 1, expected: 1, reason: doubtReason(doubts) };
  });
}

function onlyItem(json: unknown): Item {
  const items = isItem(json) ? itemsOf(json.value, 'value') : [];
  const [item] = items;
  if (item === undefined || items.length !== 1 || objectId(item) === undefined)
    throw badAnswer('anything but one organization');
  return item;
}

/** Reads `cloud.onPremisesSynchronization`: documented as a collection, seen as a single object. Applications are refused. */
export function readSyncFeatures(desk: Desk): Promise<boolean> {
  const url = `${desk.v1}/directory/onPremisesSynchronization`;
  return desk.ledger.settle('cloud.onPremisesSynchronization', requestOf(url), async tally => {
    const features = featuresOf(await desk.port.get(url, { tally, check: json => void featuresOf(json) }));
    tally.pages++;
    const doubts = noDoubts();
    const fields = fieldsOf(features, doubts, 'features');
    const rows = Object.keys(features)
      .filter(name => !name.includes('@') && name.length <= 200)
      .slice(0, 500)
      .map(name => ({ name, enabled: fields.bool(name) }));
    await desk.recorder.add('cloud_sync_feature', rows);
    return { retrieved: rows.length, reason: doubtReason(doubts) };
  });
}

function featuresOf(json: unknown): Item {
  const holder = isItem(json) && Array.isArray(json.value) ? json.value[0] : json;
  if (!isItem(holder) || !isItem(holder.features)) throw badAnswer('no features');
  return holder.features;
}
