import { instantText } from '../../base/index.ts';
import type { Desk } from './reading.ts';

/** The time that a log is read for, in milliseconds since 1970. */
export type LogWindow = { readonly since: number; readonly until: number };

const DAY = 86_400_000;
/** A day less than logs are kept with a premium licence and without one (30 and 7 days), so that nothing runs out while they are read. */
const KEPT = { premium: 29 * DAY, free: 6 * DAY } as const;
/** Events show up minutes late; what is younger than this may still be on its way. */
const LATE = 15 * 60_000;
const MINUTE = 60_000;
/** At the rate at which logs are given more than this would take hours. */
export const MOST_LOG_PAGES = 1000;

/** The time that a log can be read for by a collection that began at `start`. Where the licences are not known it is taken to be kept for as long as without any. */
export function logWindow(start: number, plans: ReadonlySet<string> | undefined): LogWindow {
  const premium = plans?.has('AAD_PREMIUM') === true || plans?.has('AAD_PREMIUM_P2') === true;
  const until = Math.floor((start - LATE) / MINUTE) * MINUTE;
  return { since: until - (premium ? KEPT.premium : KEPT.free), until };
}

/** Writes down the time that the rows of a log speak for. */
export async function keepWindow(desk: Desk, log: 'provisioning' | 'audit', window: LogWindow): Promise<void> {
  await desk.recorder.add('cloud_log_window', [{ log, ...window }]);
}

/** An instant as filters of logs take it: without fractions of a second. */
export function filterTime(ms: number): string {
  return instantText(ms).replace(/\.\d+Z$/, 'Z');
}
