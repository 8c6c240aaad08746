import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AuditError, sha256 } from '../base/index.ts';
import { writeDurably } from './files.ts';
import type { Verified } from './verification.ts';

/** Names of the notes that a snapshot may have beside its tables; hidden, because they are no facts. */
export const bookmarkFiles = ['.ad-dirsync.json', '.graph-delta.json'] as const;

export type BookmarkFile = (typeof bookmarkFiles)[number];

const LIMIT = 256 * 2 ** 20;

/** Writes notes into the folder of a snapshot, readable by its owner alone; returns what the manifest says of them. */
export async function writeBookmarks(
  folder: string,
  bookmarks: ReadonlyMap<string, string>,
): Promise<readonly { readonly file: string; readonly sha256: string }[]> {
  const files = [...bookmarks].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [file, text] of files) await writeDurably(join(folder, file), text);
  return files.map(([file, text]) => ({ file, sha256: sha256(text) }));
}

/** The text of a note; undefined when the snapshot has none, or it was deleted. Throws AuditError('integrity') when it is not the one of the manifest. */
export async function readBookmark({ path, manifest }: Verified, file: BookmarkFile): Promise<string | undefined> {
  const record = manifest.bookmarks?.find(one => one.file === file);
  const stats = await lstat(join(path, file)).catch(() => undefined);
  if (record === undefined || stats === undefined) return undefined;
  const text = stats.isFile() && stats.size <= LIMIT ? await readFile(join(path, file), 'utf8') : '';
  if (sha256(text) !== record.sha256)
    throw new AuditError('integrity', `${file} in ${path} was altered: its SHA-256 is not the one in the manifest`);
  return text;
}
