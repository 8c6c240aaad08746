import { readFileSync, statSync } from 'node:fs';
import type { Problem } from '../base/index.ts';
import { largestDocument, tooLarge } from './decode.ts';

/** The bytes of a regular file of at most 1 MiB, or the problem that keeps it from being read; `shown` is how the path is printed. */
export function readBytes(path: string, shown: string): { readonly bytes: Uint8Array } | { readonly problem: Problem } {
  try {
    // Asked before opening: opening a named pipe would wait for a writer for ever.
    const stat = statSync(path);
    if (!stat.isFile()) return { problem: unreadable(shown, 'it is not a file') };
    if (stat.size > largestDocument) return { problem: tooLarge(shown, stat.size, largestDocument) };
    return { bytes: readFileSync(path) };
  } catch (thrown) {
    return { problem: unreadable(shown, whyUnreadable(thrown)) };
  }
}

/** In words, why the file system refused; never the path, which the caller prints its own way. */
export function whyUnreadable(thrown: unknown): string {
  const code = typeof thrown === 'object' && thrown !== null && 'code' in thrown ? thrown.code : undefined;
  if (code === 'ENOENT') return 'there is no such file or folder';
  if (code === 'EACCES' || code === 'EPERM') return 'permission was denied';
  return typeof code === 'string' ? code : 'unknown reason';
}

function unreadable(file: string, reason: string): Problem {
  const at = { file, line: 1, column: 1 };
  const hint = 'check the path, and that you may read it';
  return { code: 'unreadable', level: 'error', message: `cannot be read: ${reason}`, at, hint };
}
