import type { Snapshot, TableName } from '../snapshot/index.ts';
import { interruptible } from './interruption.ts';

// An interruption ends the statement that is running; the next one may begin before the work notices.
const AGAIN_MS = 50;

/** How a snapshot is opened: with how much memory, and which earlier one beside it, with tables of that besides those of the model. */
export type OpeningOptions = {
  readonly memory?: string;
  readonly previous?: string;
  readonly tables?: readonly TableName[];
};

/** Opens a snapshot for `work` and closes it afterwards, also after Ctrl-C: what the database spilled to disk is removed. `signal` aborts then. */
export async function withSnapshot<T>(
  path: string,
  { memory, previous, tables = [] }: OpeningOptions,
  work: (snapshot: Snapshot, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { openSnapshot } = await import('../snapshot/index.ts');
  return interruptible(async ({ signal }) => {
    const snapshot = await openSnapshot(path, {
      ...(memory === undefined ? {} : { memory }),
      ...(previous === undefined ? {} : { earlier: { path: previous, tables } }),
    });
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
