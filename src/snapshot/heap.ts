import { Session } from 'node:inspector/promises';

/**
 * Gives the memory of what JavaScript no longer uses back to the system at once: after long reading that is a hundred megabytes, which the runtime would keep
 * for more of the same, and the database needs. Best effort.
 */
export async function releaseHeap(): Promise<void> {
  const session = new Session();
  try {
    session.connect();
    await session.post('HeapProfiler.collectGarbage');
  } catch {
    // Nothing depends on it: a process may be forbidden to inspect itself.
  } finally {
    session.disconnect();
  }
}
