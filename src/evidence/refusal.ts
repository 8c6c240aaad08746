import { AuditError } from '../base/index.ts';

/** The error of every pack that does not verify. */
export function refusal(what: string, cause?: unknown): AuditError {
  return new AuditError(
    'integrity',
    `this evidence pack does not verify: ${what}`,
    cause === undefined ? {} : { cause },
  );
}
