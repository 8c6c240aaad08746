/** A place in a text file; lines and columns count from 1, columns in UTF-16 units, `endColumn` is exclusive. */
export type Position = {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine?: number;
  readonly endColumn?: number;
};

/** One mistake in what we were given: what is wrong, where, and what to do. Problems are values; all of a run are reported at once. */
export type Problem = {
  readonly code: string;
  readonly level: 'error' | 'warning';
  readonly message: string;
  readonly at?: Position;
  /** The offending source line, for underlining. */
  readonly excerpt?: string;
  readonly hint?: string;
};

/** What kind of failure ended a run; each kind has one exit code. */
export type FailureKind = 'input' | 'unjudged' | 'source' | 'integrity' | 'bug';

/** Exit codes, the same for every command and format (docs/exit-codes.md is generated from this table). */
export const exitCodes = { clean: 0, findings: 1, input: 2, unjudged: 3, source: 4, integrity: 5, bug: 70 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** When several outcomes apply, the first of this list wins: a found violation is never hidden by a gap. */
export const exitPrecedence: readonly ExitCode[] = [70, 5, 2, 4, 1, 3, 0];

/** The one error class that crosses rooms: the world or the input failed. `problems` hold the mistakes; `message` alone is fit to print. */
export class AuditError extends Error {
  readonly kind: FailureKind;
  readonly problems: readonly Problem[];
  /** What the person can do next, one sentence. */
  readonly advice: string | undefined;

  constructor(
    kind: FailureKind,
    message: string,
    options: { readonly problems?: readonly Problem[]; readonly cause?: unknown; readonly advice?: string } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AuditError';
    this.kind = kind;
    this.problems = options.problems ?? [];
    this.advice = options.advice;
  }
}

/** An input error that carries every mistake found, in file order. */
export function inputError(problems: readonly Problem[]): AuditError {
  const count = problems.filter(problem => problem.level === 'error').length;
  return new AuditError('input', `${count} ${count === 1 ? 'mistake' : 'mistakes'} in the input`, { problems });
}

/** The text of anything thrown, without a stack. */
export function reasonOf(thrown: unknown): string {
  // By shape, not by class: errors of another realm (a worker, a sandbox) are no instances of our Error.
  if (typeof thrown === 'object' && thrown !== null && 'message' in thrown) return String(thrown.message);
  return String(thrown);
}
