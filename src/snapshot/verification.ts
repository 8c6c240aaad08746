import type { Stats } from 'node:fs';
import { lstat, readdir, realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AuditError } from '../base/index.ts';
import { digestFile } from './files.ts';
import type { Manifest, TableRecord } from './manifest.ts';
import { MANIFEST, manifestId, readManifest } from './manifest-file.ts';
import { fileOf, tableNames } from './storage.ts';

/** A folder that was found to be a snapshot: its real path, id and manifest. */
export type Verified = { readonly path: string; readonly id: string; readonly manifest: Manifest };

/** One file of a snapshot. */
export type SnapshotFile = { readonly file: string; readonly sha256: string; readonly bytes: number };

/**
 * Checks a snapshot: manifest, names, sizes and, with `digests`, the SHA-256 of every file. Throws AuditError('input') when there is no snapshot at
 * `path`, and AuditError('integrity') naming the file that is missing, foreign, torn or altered.
 */
export async function verifySnapshot(path: string, options: { readonly digests?: boolean } = {}): Promise<Verified> {
  const folder = await realpath(resolve(path)).catch(() => undefined);
  if (folder === undefined || !(await lstat(folder)).isDirectory())
    throw new AuditError('input', `there is no snapshot at ${path}`);
  await plainFile(folder, MANIFEST, 'input');
  const manifest = await readManifest(folder);
  checkTables(manifest.tables, folder);
  await checkListing(folder);
  for (const record of manifest.tables) await checkFile(folder, record, options.digests ?? true);
  return { path: folder, id: manifestId(manifest), manifest };
}

/** The files of a snapshot with their actual digests, manifest first: what an evidence pack lists. Throws as verifySnapshot does. */
export async function snapshotFiles(path: string): Promise<readonly SnapshotFile[]> {
  const verified = await verifySnapshot(path);
  const manifest = { file: MANIFEST, ...(await digestFile(join(verified.path, MANIFEST))) };
  return [manifest, ...verified.manifest.tables.map(({ file, sha256, bytes }) => ({ file, sha256, bytes }))];
}

function checkTables(records: readonly TableRecord[], folder: string): void {
  const listed = records.map(record => `${record.table} ${record.file}`).sort();
  const wanted = tableNames.map(table => `${table} ${fileOf(table)}`).sort();
  const odd = wanted.find(line => !listed.includes(line)) ?? listed.find(line => !wanted.includes(line));
  if (odd === undefined && listed.length === wanted.length) return;
  throw new AuditError(
    'integrity',
    `${MANIFEST} in ${folder} does not list the tables of this version of tallystick (${odd?.split(' ')[0] ?? 'one is listed twice'})`,
  );
}

async function checkListing(folder: string): Promise<void> {
  const known = new Set([MANIFEST, ...tableNames.map(fileOf)]);
  const foreign = (await readdir(folder)).filter(name => !name.startsWith('.') && !known.has(name)).sort();
  if (foreign.length > 0)
    throw new AuditError(
      'integrity',
      `${folder} holds a file that is not of the snapshot: ${JSON.stringify(foreign[0])}`,
    );
}

async function checkFile(folder: string, record: TableRecord, digests: boolean): Promise<void> {
  const stats = await plainFile(folder, record.file, 'integrity');
  if (stats.size !== record.bytes)
    throw new AuditError(
      'integrity',
      `${record.file} in ${folder} is torn: ${stats.size} bytes instead of ${record.bytes}`,
    );
  if (digests && (await digestFile(join(folder, record.file))).sha256 !== record.sha256)
    throw new AuditError(
      'integrity',
      `${record.file} in ${folder} was altered: its SHA-256 is not the one in ${MANIFEST}`,
    );
}

async function plainFile(folder: string, file: string, absent: 'input' | 'integrity'): Promise<Stats> {
  const stats = await lstat(join(folder, file)).catch(() => undefined);
  if (stats === undefined)
    throw new AuditError(absent, `${folder} ${absent === 'input' ? 'is not a snapshot: it' : ''} lacks ${file}`);
  if (!stats.isFile()) throw new AuditError('integrity', `${file} in ${folder} is not a plain file`);
  return stats;
}
