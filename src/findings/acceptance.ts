import { endMs } from './period.ts';
import type { Acceptance } from './result.ts';

/** A gap that is known and accepted until a date, as the configuration gives it. */
export type AcceptedUnknown = { readonly facet: string; readonly reason: string; readonly until: string };

/**
 * The acceptance that covers all of these facets at `now`, or null: one facet that is not accepted leaves the whole verdict unaccepted,
 * and so does a verdict that names no facet. Of several, the one that ends first is named, because it is the one to renew.
 */
export function acceptanceOf(
  missing: readonly string[],
  accepted: readonly AcceptedUnknown[],
  now: number,
): Acceptance | null {
  const inForce = accepted.filter(entry => (endMs(entry.until) ?? Number.NEGATIVE_INFINITY) > now);
  const covering = missing.map(facet => lastToEnd(inForce.filter(entry => entry.facet === facet)));
  const found = covering.filter(entry => entry !== undefined);
  const first = found.sort(byEnd)[0];
  return first === undefined || found.length < missing.length ? null : { reason: first.reason, until: first.until };
}

function lastToEnd(entries: readonly AcceptedUnknown[]): AcceptedUnknown | undefined {
  return [...entries].sort(byEnd).at(-1);
}

function byEnd(a: AcceptedUnknown, b: AcceptedUnknown): number {
  return (endMs(a.until) ?? 0) - (endMs(b.until) ?? 0);
}
