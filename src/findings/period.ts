import { AuditError, instantMs } from '../base/index.ts';

const DAY_MS = 86_400_000;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** Milliseconds when something that lasts until `text` (RFC 3339, or a date, which counts to its end in UTC) is over; undefined when it is neither. */
export function endMs(text: string): number | undefined {
  const start = startMs(text);
  return start !== undefined && DATE.test(text) ? start + DAY_MS : start;
}

/** Milliseconds when something that holds from `text` (RFC 3339, or a date in UTC) begins; undefined when it is neither. */
export function startMs(text: string): number | undefined {
  if (!DATE.test(text)) return instantMs(text);
  const ms = instantMs(`${text}T00:00:00Z`);
  // Date.parse reads 31 February as 3 March: such a date is a mistake, not three days of grace.
  return ms !== undefined && new Date(ms).toISOString().startsWith(text) ? ms : undefined;
}

/** Milliseconds of `asOf`; throws an input error when it is not RFC 3339. */
export function asOfMs(asOf: string): number {
  const ms = instantMs(asOf);
  if (ms === undefined) throw new AuditError('input', `asOf must be an RFC 3339 time with a zone, not "${asOf}"`);
  return ms;
}
