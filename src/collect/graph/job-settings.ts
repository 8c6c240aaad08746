import type { Row } from '../../snapshot/index.ts';
import { badAnswer } from './failure.ts';
import type { JobsRead } from './found-job.ts';
import { fieldsOf, type Item, isItem, itemsOf, noDoubts } from './item.ts';
import { doubtReason } from './ledger.ts';
import { readPerJob } from './per-job.ts';
import type { Desk } from './reading.ts';

/** What the settings say of their job. */
type JobSettings = Pick<
  Row<'cloud_job'>,
  'target_domain' | 'sync_all' | 'accidental_delete_enabled' | 'accidental_delete_threshold'
>;

/**
 * Reads `cloud.jobSettings` from the settings of the service principal, which Microsoft Graph keeps with its secrets: three of them are taken, nothing else is
 * kept anywhere. That they can be read is not documented, only that they can be written.
 */
export function readJobSettings(desk: Desk, found: JobsRead): Promise<ReadonlyMap<string, JobSettings>> {
  return readPerJob(desk, found, {
    facet: 'cloud.jobSettings',
    request: 'GET /v1.0/servicePrincipals/{id}/synchronization/secrets',
    read: async ({ principalUrl }, tally) => {
      const url = `${principalUrl}/synchronization/secrets`;
      // Not into the journal of the run, which keeps answers as they are.
      const json = await desk.port.get(url, { tally, live: true, check: answer => void settingsOf(answer) });
      tally.pages++;
      return settingsOf(json);
    },
  });
}

function settingsOf(json: unknown): JobSettings {
  const pairs = isItem(json) ? itemsOf(json.value, 'value') : undefined;
  if (pairs === undefined) throw badAnswer('no list of settings');
  const value = (key: string) => pairs.find(pair => pair.key === key)?.value;
  const doubts = noDoubts();
  const notification = fieldsOf(jsonOf(value('SyncNotificationSettings')), doubts, 'SyncNotificationSettings');
  const settings = {
    target_domain: domainOf(value('Domain')),
    sync_all: truthOf(value('SyncAll')),
    accidental_delete_enabled: notification.bool('DeleteThresholdEnabled'),
    accidental_delete_threshold: notification.number('DeleteThresholdValue'),
  };
  const reason = doubtReason(doubts);
  if (reason !== undefined) throw badAnswer(reason);
  return settings;
}

/** Some settings are JSON in a text. */
function jsonOf(value: unknown): Item {
  if (value === undefined || value === null || value === '') return {};
  try {
    const json: unknown = typeof value === 'string' && value.length <= 65_536 ? JSON.parse(value) : undefined;
    if (isItem(json)) return json;
  } catch {
    // As bad as any other text.
  }
  throw badAnswer('a setting that is not the JSON that it should be');
}

/** `{"domain":"contoso.com"}`, or the bare name. */
function domainOf(value: unknown): string | null {
  if (typeof value !== 'string' || value === '') return null;
  const name = value.startsWith('{') ? jsonOf(value).domain : value;
  if (typeof name !== 'string' || name.length > 255) throw badAnswer('a domain that is no name');
  return name.toLowerCase();
}

function truthOf(value: unknown): boolean | null {
  if (value === undefined || value === null || value === '') return null;
  const text = String(value).toLowerCase();
  if (text !== 'true' && text !== 'false') throw badAnswer('SyncAll is neither true nor false');
  return text === 'true';
}
