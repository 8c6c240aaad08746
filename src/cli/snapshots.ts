import type { Snapshot } from '../snapshot/index.ts';
import { interruptible } from './interruption.ts';

// An interruption ends the statement that is running; the next one may begin before the work notices.
const AGAIN_MS = 50;

/** Opens a snapshot for `work` and closes it afterwards, also after Ctrl-C: what the database spilled to disk is removed. `signal` aborts then. */
export async function withSnapshot<T>(
  path: string,
  { memory }: { readonly memory?: string },
  work: (snapshot: Snapshot, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { openSnapshot } = await import('../snapshot/index.ts');
  return interruptible(async ({ signal }) => {
    const snapshot = await openSnapshot(path, memory === undefined ? {} : { memory });
    let again: NodeJS.Timeout | undefined;
    const interrupt = (): void => {
      snapshot.interrupt();
      again = setInterval(() => snapshot.interrupt(), AGAIN_MS);
    };
    signal.addEventListener('abort', interrupt);
    try {
      signal.throwIfAborted();
      const done = await work(snapshot, signal);
      signal.throwIfAborted();
      return done;
    } finally {
      clearInterval(again);
      signal.removeEventListener('abort', interrupt);
      await snapshot.close();
    }
  });
}
