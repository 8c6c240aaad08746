import { setTimeout as sleep } from 'node:timers/promises';
import { GraphFailure } from './failure.ts';

/** When requests may go out: one pause shared by all workers, a bound on parallel requests, one deadline for all retries. */
export type Pace = {
  /** Runs an attempt when a place is free and no pause is on. */
  readonly turn: <T>(attempt: () => Promise<T>) => Promise<T>;
  /** Makes every worker wait, because the server asked for it; `because` goes into the failure when there is no time left. */
  readonly pause: (ms: number, because: string) => Promise<void>;
  /** Makes this caller wait; rejects with a `late` failure when the wait would end after the deadline. */
  readonly rest: (ms: number, because: string) => Promise<void>;
  /** How long to wait before try number `tries + 1` when the server did not say: exponential, with jitter, at most thirty times the first pause. */
  readonly backoff: (tries: number) => number;
};

/** How a pace is set; times in milliseconds. */
export type PaceSettings = {
  readonly parallel: number;
  readonly deadlineMs: number;
  readonly backoffMs: number;
  readonly signal: AbortSignal;
  /** Told when the server makes everybody wait from now on. */
  readonly onPause?: (ms: number) => void;
};

/** Starts the clock of the deadline: measured on the monotonic clock, so a stepped wall clock neither ends nor prolongs a run. */
export function setPace({ parallel, deadlineMs, backoffMs, signal, onPause }: PaceSettings): Pace {
  const deadline = performance.now() + deadlineMs;
  let pausedUntil = 0;
  let running = 0;
  const waiting: (() => void)[] = [];

  const rest = async (ms: number, because: string) => {
    if (performance.now() + ms > deadline) {
      const wait = `${Math.ceil(ms / 1000)} s`;
      throw new GraphFailure('late', `${because}; the next try was due in ${wait}, after the time allowed`);
    }
    await sleep(ms, undefined, { signal }).catch(() => {
      throw new GraphFailure('stopped', 'the collection was stopped');
    });
  };

  return {
    rest,
    backoff: tries => backoffMs * Math.min(30, 2 ** Math.max(0, tries - 1)) * (0.75 + Math.random() / 2),
    pause: async (ms, because) => {
      // A wait beyond the deadline ends this request, not the others: they ask for themselves.
      if (performance.now() + ms <= deadline) pausedUntil = Math.max(pausedUntil, performance.now() + ms);
      onPause?.(ms);
      await rest(ms, because);
    },
    turn: async attempt => {
      if (running >= parallel) await new Promise<void>(resolve => waiting.push(resolve));
      else running++;
      try {
        for (let left = pausedUntil - performance.now(); left > 0; left = pausedUntil - performance.now())
          await rest(left, 'Microsoft Graph asked for a pause');
        return await attempt();
      } finally {
        // The place goes straight to the next in line, so nobody can overtake.
        const next = waiting.shift();
        if (next === undefined) running--;
        else next();
      }
    },
  };
}
