/** Tenant classes of the identity-and-access limits: resource units per 10 seconds, per application and tenant. */
export const quotas = { S: 3500, M: 5000, L: 8000 } as const;

/** What a charge came to: granted, or refused until a number of seconds has passed. */
export type Charge = { readonly retryAfter: number | undefined; readonly percentage: number };

const PERIOD_MS = 10_000;
/** From this share of the limit on, answers say how close it is. */
const WARN_FROM = 0.8;

/** A token bucket that refills evenly over ten seconds of the given clock. Requests that it refuses cost nothing. */
export function openBucket(limit: number, now: () => number): (units: number) => Charge {
  let level = limit;
  let seen = now();
  return units => {
    const moment = now();
    level = Math.min(limit, level + (Math.max(0, moment - seen) * limit) / PERIOD_MS);
    seen = moment;
    if (units > level)
      return { retryAfter: Math.max(1, Math.ceil(((units - level) * PERIOD_MS) / limit / 1000)), percentage: 1 };
    level -= units;
    const percentage = (limit - level) / limit;
    return { retryAfter: undefined, percentage: percentage >= WARN_FROM ? percentage : 0 };
  };
}

/** Requests that are answered in any time of the given clock; gives the seconds to wait when there were too many. */
export function openWindow(most: number, windowMs: number, now: () => number): () => number | undefined {
  let answered: number[] = [];
  return () => {
    const moment = now();
    answered = answered.filter(at => moment - at < windowMs);
    const [oldest] = answered;
    if (oldest !== undefined && answered.length >= most)
      return Math.max(1, Math.ceil((oldest + windowMs - moment) / 1000));
    answered.push(moment);
    return undefined;
  };
}

/** Documented cost of a request: `$select` and `$top` below 20 take one off, `$expand` adds one, never below one. */
export function costOf(base: number, query: ReadonlyMap<string, string>): number {
  const top = query.get('$top');
  const less = (query.has('$select') ? 1 : 0) + (top !== undefined && Number(top) < 20 ? 1 : 0);
  return Math.max(1, base + (query.has('$expand') ? 1 : 0) - less);
}
