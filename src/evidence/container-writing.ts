import { createHash } from 'node:crypto';
import { type FileHandle, link, mkdtemp, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { crc32 } from 'node:zlib';
import { AuditError, reasonOf } from '../base/index.ts';
import {
  compareNames,
  directoryOf,
  isMemberName,
  localHeader,
  type Member,
  memberLimit,
  placeMembers,
} from './container.ts';

/** What goes into a pack under a name: text, or a file of any size that is read in pieces. */
export type Content =
  | { readonly name: string; readonly text: string }
  | { readonly name: string; readonly path: string };

/** A content that was read once: size and checksums. Writing it fails when it has changed since. */
export type Measured = Member & { readonly sha256: string; readonly content: Content };

const PIECE = 1 << 20;

/** Size, CRC-32 and SHA-256 of a content. Throws AuditError('input') when its file cannot be read. */
export async function measure(content: Content): Promise<Measured> {
  if (!isMemberName(content.name))
    throw new AuditError(
      'input',
      `${JSON.stringify(content.name.slice(0, 200))} is no name for a file of an evidence pack`,
    );
  const hash = createHash('sha256');
  let checksum = 0;
  let bytes = 0;
  for await (const piece of piecesOf(content)) {
    hash.update(piece);
    checksum = crc32(piece, checksum);
    bytes += piece.length;
  }
  return { name: content.name, bytes, crc32: checksum, sha256: hash.digest('hex'), content };
}

/**
 * Writes a pack: under a temporary name next to `output`, forced to disk, then given its name. Returns the SHA-256 of the file.
 * Throws AuditError('input') when `output` exists (unless `replace`) or cannot be written, AuditError('integrity') when a content has changed.
 */
export async function writeContainer(output: string, contents: readonly Measured[], replace: boolean): Promise<string> {
  const sorted = [...contents].sort((a, b) => compareNames(a.name, b.name));
  checkNames(sorted);
  const path = resolve(output);
  const folder = await mkdtemp(join(dirname(path), '.sealing-')).catch(cause => {
    throw unwritable(output, cause);
  });
  try {
    const temporary = join(folder, basename(path));
    const sha256 = await writeAll(temporary, sorted);
    await give(temporary, path, replace);
    await forceFolder(dirname(path));
    return sha256;
  } catch (thrown) {
    throw thrown instanceof AuditError ? thrown : unwritable(output, thrown);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function checkNames(sorted: readonly Measured[]): void {
  const names = new Set<string>();
  for (const { name } of sorted) {
    if (names.has(name.toLowerCase()))
      throw new AuditError(
        'input',
        `two files of this evidence pack would differ in case alone: ${name}; rename one invariant or policy`,
      );
    names.add(name.toLowerCase());
  }
  if (sorted.length > memberLimit)
    throw new AuditError('input', `an evidence pack holds at most ${memberLimit} files, not ${sorted.length}`);
}

async function writeAll(path: string, contents: readonly Measured[]): Promise<string> {
  const file = await open(path, 'wx', 0o600);
  try {
    const hash = createHash('sha256');
    const write = async (bytes: Uint8Array) => {
      hash.update(bytes);
      await writeFully(file, bytes);
    };
    for (const content of contents) await writeMember(content, write);
    const { placed, end } = placeMembers(contents);
    await write(directoryOf(placed, end));
    await file.sync();
    return hash.digest('hex');
  } finally {
    await file.close();
  }
}

async function writeMember(measured: Measured, write: (bytes: Uint8Array) => Promise<void>): Promise<void> {
  await write(localHeader(measured));
  const hash = createHash('sha256');
  for await (const piece of piecesOf(measured.content)) {
    hash.update(piece);
    await write(piece);
  }
  if (hash.digest('hex') !== measured.sha256)
    throw new AuditError(
      'integrity',
      `${measured.name} changed while it was being sealed; seal again when nothing writes to it`,
    );
}

async function writeFully(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length; )
    written += (await file.write(bytes, written, bytes.length - written, null)).bytesWritten;
}

async function* piecesOf(content: Content): AsyncGenerator<Uint8Array> {
  if ('text' in content) {
    yield Buffer.from(content.text, 'utf8');
    return;
  }
  const file = await open(content.path, 'r').catch(cause => {
    throw new AuditError('input', `cannot read ${content.path}: ${reasonOf(cause)}`, { cause });
  });
  try {
    const buffer = Buffer.allocUnsafe(PIECE);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, PIECE, null);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

// A link fails where a name is taken, and so cannot lose somebody's evidence to a race; a rename would replace it without a word.
async function give(temporary: string, path: string, replace: boolean): Promise<void> {
  if (replace) return rename(temporary, path);
  try {
    await link(temporary, path);
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST')
      throw new AuditError('input', `${path} exists; name another file, or say that it may be replaced`, { cause });
    // File systems without links (FAT, some shares): creating the name first gives the same guarantee.
    await (await open(path, 'wx', 0o600)).close();
    await rename(temporary, path);
  }
}

function codeOf(thrown: unknown): unknown {
  return thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
}

// Windows cannot open a folder: there the file alone is forced to disk.
async function forceFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined);
  try {
    await folder?.sync().catch(() => undefined);
  } finally {
    await folder?.close();
  }
}

function unwritable(output: string, cause: unknown): AuditError {
  return new AuditError('input', `cannot write ${output}: ${reasonOf(cause)}`, { cause });
}
