import { constants } from 'node:os';

type Signal = 'SIGINT' | 'SIGTERM';

/** Somebody ended the run; its exit code is that of a process which the signal killed (130, 143). `outcome` says what was kept. */
export class Interrupted extends Error {
  readonly signal: Signal;
  readonly exitCode: number;

  constructor(signal: Signal, outcome = 'nothing was kept') {
    super(`interrupted; ${outcome}`);
    this.name = 'Interrupted';
    this.signal = signal;
    this.exitCode = 128 + constants.signals[signal];
  }
}

/** Runs `work` with a signal that aborts on Ctrl-C or SIGTERM, so that it can clean up; a second Ctrl-C ends the process at once. */
export async function interruptible<T>(work: (stop: AbortController) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const onInt = (): void => stop.abort(new Interrupted('SIGINT'));
  const onTerm = (): void => stop.abort(new Interrupted('SIGTERM'));
  process.once('SIGINT', onInt).once('SIGTERM', onTerm);
  try {
    return await work(stop);
  } catch (thrown) {
    // What failed because of the interruption is no failure of its own.
    throw stop.signal.reason instanceof Interrupted && !(thrown instanceof Interrupted) ? stop.signal.reason : thrown;
  } finally {
    process.removeListener('SIGINT', onInt).removeListener('SIGTERM', onTerm);
  }
}
