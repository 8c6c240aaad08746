import { AuditError, reasonOf } from './problem.ts';

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** True when something could not be written because there is no room: the disk, a quota or the largest size of a file. */
export function isDiskFull(thrown: unknown): boolean {
  const code = typeof thrown === 'object' && thrown !== null && 'code' in thrown ? thrown.code : undefined;
  // Native code tells it in words only.
  return (
    (typeof code === 'string' && FULL.has(code)) ||
    /No space left on device|Disk quota exceeded|File too large|max_temp_directory_size/i.test(reasonOf(thrown))
  );
}

/** The input error for a file or folder that could not be written; an AuditError is passed on as it is. */
export function diskFailure(thrown: unknown, path: string): AuditError {
  if (thrown instanceof AuditError) return thrown;
  const reason = isDiskFull(thrown) ? `the disk is full (${oneLine(thrown)})` : oneLine(thrown);
  const remedy = isDiskFull(thrown) ? '; free some space' : '';
  return new AuditError('input', `cannot write to ${path}: ${reason}${remedy}`, { cause: thrown });
}

function oneLine(thrown: unknown): string {
  return reasonOf(thrown).replace(/\s+/g, ' ').slice(0, 300);
}
