import { createHash, type Hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { sha256 } from '../base/index.ts';
import {
  compareNames,
  directoryOf,
  isMemberName,
  localHeader,
  localHeaderLength,
  memberLimit,
  type PlacedMember,
  placeMembers,
  readLocalHeader,
} from './container.ts';
import { refusal } from './refusal.ts';

/** An entry that was read to its end: `start` is where its content begins. */
export type ReadMember = PlacedMember & { readonly sha256: string; readonly start: number };

/** A pack whose container is intact: its entries by name, and the SHA-256 of the whole file. */
export type ReadContainer = { readonly members: ReadonlyMap<string, ReadMember>; readonly sha256: string };

type Scan = { readonly file: FileHandle; readonly size: number; readonly whole: Hash; readonly buffer: Buffer };

const PIECE = 1 << 20;
const LONGEST_HEADER = localHeaderLength + 400 + 20;

/**
 * Reads a pack once from front to end and accepts nothing but the one spelling that seal() writes: every byte is either content, whose digest is
 * returned, or derived again and compared. Memory is bounded whatever the file claims. Throws AuditError('integrity').
 */
export async function readContainer(file: FileHandle): Promise<ReadContainer> {
  const { size } = await file.stat();
  const scan = { file, size, whole: createHash('sha256'), buffer: Buffer.allocUnsafe(PIECE) };
  const members: ReadMember[] = [];
  let position = 0;
  for (;;) {
    const member = await scanMember(scan, position, members.at(-1)?.name);
    if (member === undefined) break;
    members.push(member);
    if (members.length > memberLimit) throw refusal(`it holds more than ${memberLimit} files`);
    position = member.start + member.bytes;
  }
  if (members.length === 0) throw refusal('it is not the ZIP file that tallystick writes');
  await scanDirectory(scan, members, position);
  checkFoldedNames(members);
  return { members: new Map(members.map(member => [member.name, member])), sha256: scan.whole.digest('hex') };
}

/** The content of one entry, checked again. Throws AuditError('integrity') when it is larger than `limit` or was changed since it was read first. */
export async function readMember(file: FileHandle, member: ReadMember, limit: number): Promise<Buffer> {
  if (member.bytes > limit) throw refusal(`${member.name} is larger than the ${limit} bytes it may have`);
  const bytes = await readAt(file, member.start, member.bytes);
  if (sha256(bytes) !== member.sha256) throw refusal(`${member.name} changes while it is being read`);
  return bytes;
}

async function scanMember(scan: Scan, offset: number, previous: string | undefined): Promise<ReadMember | undefined> {
  const found = readLocalHeader(await readAt(scan.file, offset, Math.min(LONGEST_HEADER, scan.size - offset)));
  if (found === undefined) return undefined;
  const { member, headerLength } = found;
  if (!isMemberName(member.name)) throw refusal(`${JSON.stringify(member.name)} is not a name that a pack may hold`);
  if (previous !== undefined && compareNames(previous, member.name) >= 0)
    throw refusal(`${member.name} stands twice or out of order`);
  const start = offset + headerLength;
  if (!Number.isSafeInteger(member.bytes) || start + member.bytes > scan.size) throw refusal(`${member.name} is torn`);
  const header = await readAt(scan.file, offset, headerLength);
  if (!header.equals(localHeader(member))) throw refusal(`the header of ${member.name} was altered`);
  scan.whole.update(header);
  return { ...member, offset, start, sha256: await scanContent(scan, start, member) };
}

async function scanContent(
  scan: Scan,
  start: number,
  member: { name: string; bytes: number; crc32: number },
): Promise<string> {
  const hash = createHash('sha256');
  let checksum = 0;
  for (let done = 0; done < member.bytes; ) {
    const wanted = Math.min(PIECE, member.bytes - done);
    const { bytesRead } = await scan.file.read(scan.buffer, 0, wanted, start + done);
    if (bytesRead === 0) throw refusal(`${member.name} is torn`);
    const piece = scan.buffer.subarray(0, bytesRead);
    hash.update(piece);
    scan.whole.update(piece);
    checksum = crc32(piece, checksum);
    done += bytesRead;
  }
  if (checksum !== member.crc32)
    throw refusal(`${member.name} was altered: its checksum is not the one in front of it`);
  return hash.digest('hex');
}

async function scanDirectory(scan: Scan, members: readonly ReadMember[], start: number): Promise<void> {
  const expected = directoryOf(placeMembers(members).placed, start);
  if (start + expected.length !== scan.size) throw refusal('there are bytes missing or added behind its last file');
  if (!(await readAt(scan.file, start, expected.length)).equals(expected)) throw refusal('its directory was altered');
  scan.whole.update(expected);
}

// Names that differ in case alone are one file on Windows and macOS: the second would replace the first when unpacked.
function checkFoldedNames(members: readonly ReadMember[]): void {
  if (new Set(members.map(({ name }) => name.toLowerCase())).size !== members.length)
    throw refusal('two of its names differ in case alone');
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}
