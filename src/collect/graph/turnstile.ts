import { setTimeout as sleep } from 'node:timers/promises';
import { GraphFailure } from './failure.ts';

/** Lets `most` pass in any `windowMs` milliseconds, one after the other in the order in which they came. Rejects when stopped. */
export function openTurnstile(most: number, windowMs: number, signal: AbortSignal): () => Promise<void> {
  const passed: number[] = [];
  let last: Promise<void> = Promise.resolve();
  const pass = async () => {
    const oldest = passed.length < most ? undefined : passed.shift();
    if (oldest !== undefined) {
      // Timers may go off a little early.
      const wait = Math.ceil(oldest + windowMs - performance.now()) + 1;
      if (wait > 0)
        await sleep(wait, undefined, { signal }).catch(() => {
          throw new GraphFailure('stopped', 'the collection was stopped');
        });
    }
    passed.push(performance.now());
  };
  return () => {
    last = last.then(pass, pass);
    return last;
  };
}
