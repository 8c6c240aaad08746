import { readFile } from 'node:fs/promises';
import { AuditError, reasonOf } from '../base/index.ts';
import { whyUnreadable } from '../yaml/index.ts';

/** The text of a file that an option names; throws an input error that says why it cannot be read. */
export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    const reason = codeOf(thrown) === 'EISDIR' ? 'it is a folder' : whyUnreadable(thrown);
    throw new AuditError('input', `${path} cannot be read: ${reason}`, { cause: thrown });
  }
}

/** In words, why something could not be written. */
export function whyUnwritable(thrown: unknown): string {
  const code = codeOf(thrown);
  if (code === 'EEXIST' || code === 'ENOTDIR') return 'there is a file of that name';
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return 'permission was denied';
  if (code === 'ENOENT') return 'the folder does not exist';
  return code === 'ENOSPC' ? 'the disk is full' : reasonOf(thrown);
}

function codeOf(thrown: unknown): unknown {
  return thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
}
