import { AuditError, type ExitCode, escapeTerminal, exitCodes, type FailureKind } from '../base/index.ts';
import { formatProblem } from '../yaml/index.ts';

/** Whether to paint what goes to stderr: a terminal, and NO_COLOR (no-color.org) not set. */
export function paintsStderr(): boolean {
  return process.stderr.isTTY === true && (process.env.NO_COLOR ?? '') === '';
}

/** Writes to stderr, where everything for people goes. */
export function tell(text: string): void {
  process.stderr.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** Writes to stdout and waits until all of it is taken, so that a pipe gets the report whole. */
export function deliver(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, error => {
      // A reader that has seen enough (head, less) is no failure.
      if (!error || ('code' in error && error.code === 'EPIPE')) resolve();
      else reject(error);
    });
  });
}

const codeOf: Readonly<Record<FailureKind, ExitCode>> = {
  input: exitCodes.input,
  unjudged: exitCodes.unjudged,
  source: exitCodes.source,
  integrity: exitCodes.integrity,
  bug: exitCodes.bug,
};

/** Tells a failure to the person and gives its exit code. Never prints a stack trace unless TALLYSTICK_DEBUG asks for it. */
export function reportFailure(thrown: unknown): ExitCode {
  const debug = (process.env.TALLYSTICK_DEBUG ?? '') !== '';
  if (thrown instanceof AuditError) {
    for (const problem of thrown.problems) tell(formatProblem(problem, { colour: paintsStderr() }));
    tell(`tallystick: ${escapeTerminal(thrown.message)}`);
    if (debug) tell(String(thrown.stack));
    return codeOf[thrown.kind];
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  tell(`tallystick: this is a bug in tallystick, please report it: ${escapeTerminal(message)}`);
  tell('Run again with TALLYSTICK_DEBUG=1 to see where it happened.');
  if (debug && thrown instanceof Error) tell(String(thrown.stack));
  return exitCodes.bug;
}
