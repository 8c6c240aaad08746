import { setTimeout as sleep } from 'node:timers/promises';
import { GraphFailure } from './failure.ts';

/** Goes in when there is room, in the order in which they came; resolves to how to say that one is out again. Rejects when stopped. */
export type Turnstile = () => Promise<() => void>;

/**
 * Has room for `most`, and each place stays taken for `windowMs` milliseconds after whoever had it went out: so however long a request is under way, no more
 * than `most` arrive anywhere in any such time.
 */
export function openTurnstile(most: number, windowMs: number, signal: AbortSignal): Turnstile {
  /** From when on each free place may be taken; the earliest first, as they were given back. */
  const free = Array.from({ length: most }, () => 0);
  const line: ((from: number) => void)[] = [];
  const giveBack = (from: number) => {
    const next = line.shift();
    if (next === undefined) free.push(from);
    else next(from);
  };
  return async () => {
    const from = free.shift() ?? (await new Promise<number>(resolve => line.push(resolve)));
    const wait = Math.ceil(from - performance.now());
    if (wait > 0)
      // Timers may go off a little early.
      await sleep(wait + 1, undefined, { signal }).catch(() => {
        giveBack(from);
        throw new GraphFailure('stopped', 'the collection was stopped');
      });
    return () => giveBack(performance.now() + windowMs);
  };
}
