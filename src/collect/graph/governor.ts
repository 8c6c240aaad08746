import type { TenantClass } from '../../config/index.ts';
import { GraphFailure } from './failure.ts';
import { openTurnstile } from './turnstile.ts';

/** Keeps requests below the tenant's quota of resource units, so that a collection is hardly ever throttled and nobody else's application suffers. */
export type Governor = {
  /** Resolves when that many units may be spent. Urgent requests (pages of a list, one after the other) go before bulk ones. Rejects when stopped. */
  readonly spend: (units: number, urgency: Urgency) => Promise<void>;
  /** Resolves when a request to that URL may go, whatever its units: audit logs are given a few times in ten seconds only. The answer is told by what it resolves to. Rejects when stopped. */
  readonly admit: (url: string) => Promise<() => void>;
  /** Charges units that turned out to be needed on top; negative gives back what was not. */
  readonly correct: (units: number) => void;
  /** Takes note of `x-ms-throttle-limit-percentage`: the share of the quota that is used up, by everybody. */
  readonly heed: (share: number) => void;
  /** Takes note of a 429: spends at a lower rate from now on, which recovers slowly. */
  readonly slowDown: () => void;
  /** Sets the class by the number of users, unless it was given. */
  readonly classify: (users: number) => void;
  /** Units per second at present. */
  readonly rate: () => number;
};

export type Urgency = 'urgent' | 'bulk';

type Waiter = { readonly units: number; readonly go: () => void; readonly stop: () => void };

/** Documented resource units per ten seconds, per application and tenant. */
const quotas: Readonly<Record<TenantClass, number>> = { S: 3500, M: 5000, L: 8000 };
/** What is left to others. */
const SHARE = 0.9;
const LEAST = 0.05;
const ON_THROTTLE = 0.7;
const ON_WARNING = 0.9;
/** Recovered per second, as a share of the full rate. */
const RECOVERY = 0.01;
/** Documented requests to audit logs in a time, per application and tenant. */
const LOG_REQUESTS = 5;
const LOG_WINDOW_MS = 10_000;
/** Several answers tell of one and the same shortage. */
const ONE_EVENT_MS = 1000;

/**
 * Opens a token bucket as the service's own: it refills evenly and holds what ten seconds bring, both at nine tenths of the quota. Until the number
 * of users is known, the smallest class holds.
 */
export function openGovernor(
  given: TenantClass | undefined,
  signal: AbortSignal,
  logWindowMs = LOG_WINDOW_MS,
): Governor {
  const logs = openTurnstile(LOG_REQUESTS, logWindowMs, signal);
  let quota = quotas[given ?? 'S'];
  let factor = 1;
  let level = quota * SHARE;
  let seen = performance.now();
  let lastCut = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  const lines: Readonly<Record<Urgency, Waiter[]>> = { urgent: [], bulk: [] };
  const capacity = () => quota * SHARE * factor;
  const perMs = () => capacity() / 10_000;

  const refill = () => {
    const now = performance.now();
    const elapsed = now - seen;
    seen = now;
    factor = Math.min(1, factor + (RECOVERY * elapsed) / 1000);
    level = Math.min(capacity(), level + elapsed * perMs());
  };
  const serve = () => {
    clearTimeout(timer);
    timer = undefined;
    refill();
    for (;;) {
      const line = lines.urgent.length > 0 ? lines.urgent : lines.bulk;
      const [first] = line;
      if (first === undefined) return;
      // What is larger than the bucket goes when it is full.
      const lacking = Math.min(first.units, capacity()) - level;
      if (lacking > 1e-6) {
        timer = setTimeout(serve, Math.ceil(lacking / perMs()));
        return;
      }
      level -= first.units;
      line.shift();
      first.go();
    }
  };
  const cut = (by: number) => {
    refill();
    const now = performance.now();
    if (now - lastCut < ONE_EVENT_MS) return;
    lastCut = now;
    factor = Math.max(LEAST, factor * by);
    level = Math.min(level, capacity());
  };

  signal.addEventListener('abort', () => {
    clearTimeout(timer);
    for (const line of Object.values(lines)) for (const { stop } of line.splice(0)) stop();
  });

  return {
    admit: async url => (/^\/[^/]+\/auditLogs\//i.test(new URL(url).pathname) ? logs() : () => {}),
    spend: (units, urgency) =>
      new Promise((resolve, reject) => {
        const stop = () => reject(new GraphFailure('stopped', 'the collection was stopped'));
        if (signal.aborted) return stop();
        lines[urgency].push({ units, go: resolve, stop });
        serve();
      }),
    correct: units => {
      refill();
      level = Math.min(capacity(), level - units);
      if (units < 0) serve();
    },
    heed: share => {
      if (share >= 1) cut(ON_WARNING);
    },
    slowDown: () => {
      cut(ON_THROTTLE);
      level = Math.min(level, 0);
    },
    classify: users => {
      if (given !== undefined) return;
      const before = capacity();
      quota = quotas[users < 50 ? 'S' : users <= 500 ? 'M' : 'L'];
      // The bucket was as full as the smaller one could tell.
      level += capacity() - before;
      serve();
    },
    rate: () => {
      refill();
      return perMs() * 1000;
    },
  };
}
