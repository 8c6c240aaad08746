import { AuditError, escapeTerminal, exitCodes, type FailureKind, type Problem } from '../base/index.ts';
import { formatProblem } from '../yaml/index.ts';
import { Interrupted } from './interruption.ts';

/** Whether to paint what goes to stderr: a terminal, and NO_COLOR (no-color.org) not set. */
export function paintsStderr(): boolean {
  return process.stderr.isTTY === true && (process.env.NO_COLOR ?? '') === '';
}

/** Writes to stderr, where everything for people goes. */
export function tell(text: string): void {
  process.stderr.write(disarm(text.endsWith('\n') ? text : `${text}\n`));
}

/** A line for people, unless they want quiet. */
export function say(quiet: boolean | undefined, text: string): void {
  if (quiet !== true) tell(text);
}

/** Text for people in which no name from a directory begins a line with `::` or holds `##[`: GitHub Actions and Azure Pipelines would obey it. */
export function disarm(text: string): string {
  return text
    .replace(/^([ \t]*):(?=:)/gm, '$1\\u{3a}')
    .replaceAll('##[', '#\\u{23}[')
    .replaceAll('##vso[', '#\\u{23}vso[');
}

/** Tells problems as people read them, each with an empty line after it. */
export function tellProblems(problems: readonly Problem[]): void {
  for (const problem of problems) tell(`${formatProblem(problem, { colour: paintsStderr() })}\n\n`);
}

/** Keeps a reader that goes away (head, less) from crashing the process. */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: Error & { readonly code?: string }) => {
      if (error.code !== 'EPIPE') throw error;
    });
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

const codeOf: Readonly<Record<FailureKind, number>> = {
  input: exitCodes.input,
  unjudged: exitCodes.unjudged,
  source: exitCodes.source,
  integrity: exitCodes.integrity,
  bug: exitCodes.bug,
};

/** Tells a failure to the person and gives its exit code. Never prints a stack trace unless TALLYSTICK_DEBUG asks for it. */
export function reportFailure(thrown: unknown): number {
  const debug = (process.env.TALLYSTICK_DEBUG ?? '') !== '';
  if (thrown instanceof AuditError) {
    tellProblems(thrown.problems);
    tell(`tallystick: ${escapeTerminal(thrown.message)}`);
    if (thrown.advice !== undefined) tell(`tallystick: ${escapeTerminal(thrown.advice)}`);
    if (debug) tell(String(thrown.stack));
    return codeOf[thrown.kind];
  }
  if (thrown instanceof Interrupted) {
    tell(`tallystick: ${escapeTerminal(thrown.message)}`);
    return thrown.exitCode;
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  tell(`tallystick: this is a bug in tallystick, please report it: ${escapeTerminal(message)}`);
  tell('Run again with TALLYSTICK_DEBUG=1 to see where it happened.');
  if (debug && thrown instanceof Error) tell(String(thrown.stack));
  return exitCodes.bug;
}
