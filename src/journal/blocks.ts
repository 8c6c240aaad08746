import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { constants, crc32, zstdCompress, zstdDecompress } from 'node:zlib';
import { AuditError } from '../base/index.ts';

/** Where a block lies in its file: what `readBlock` needs to find and prove it again. */
export type Place = {
  readonly offset: number;
  readonly packed: number;
  readonly plain: number;
  readonly before: Buffer;
  readonly digest: Buffer;
};

/** How a file ends: `end` is where the next block goes, `digest` what it is chained to, `torn` how many bytes behind `end` are of no use. */
export type Tail = { readonly end: number; readonly digest: Buffer; readonly torn: number };

/** The most that one block may hold before compression. */
export const MAX_PLAIN = 192 * 2 ** 20;

const MAGIC = Buffer.from('tallystick journal 1\n');
const HEAD = 44;
// A header never crosses a sector (512 bytes), so after a power cut it is there or it is not.
const ALIGN = 64;
const FIRST = ALIGN;
/** Bytes of a file without any block. */
export const EMPTY = FIRST;
const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** Writes the first bytes of an empty file. */
export async function startFile(file: FileHandle): Promise<Tail> {
  const first = Buffer.alloc(FIRST);
  MAGIC.copy(first);
  await file.write(first, 0, FIRST, 0);
  return { end: FIRST, digest: digestOf(Buffer.alloc(0), first, Buffer.alloc(0)), torn: 0 };
}

/** Appends one block, compressed and chained to the one before; nothing is forced to disk. */
export async function writeBlock(file: FileHandle, { end, digest }: Tail, plain: Uint8Array): Promise<Tail> {
  const packed = await compress(plain, { params: { [constants.ZSTD_c_compressionLevel]: 1 } });
  const size = aligned(HEAD + packed.length);
  const block = Buffer.alloc(size);
  block.writeUInt32LE(packed.length, 0);
  block.writeUInt32LE(plain.length, 4);
  block.writeUInt32LE(crc32(block.subarray(0, 8)), 8);
  packed.copy(block, HEAD);
  const own = digestOf(digest, block.subarray(0, 12), packed);
  own.copy(block, 12);
  for (let at = 0; at < size; ) at += (await file.write(block, at, size - at, end + at)).bytesWritten;
  return { end: end + size, digest: own, torn: 0 };
}

/**
 * Reads every block in order. One block is under way at a time, so only the last can be torn, and that is no damage: it is left out. Throws
 * AuditError('integrity') on anything else that is not as it was written.
 */
export async function scanBlocks(
  file: FileHandle,
  visit: (plain: Buffer, place: Place) => void,
  stop?: () => boolean,
): Promise<Tail> {
  const { size } = await file.stat();
  const first = await readAt(file, 0, Math.min(FIRST, size));
  if (first.length < FIRST || !first.subarray(0, MAGIC.length).equals(MAGIC))
    throw damaged('it does not begin like a journal');
  let before = digestOf(Buffer.alloc(0), first, Buffer.alloc(0));
  let end = FIRST;
  while (end < size && stop?.() !== true) {
    const head = await readAt(file, end, Math.min(HEAD, size - end));
    if (head.length < HEAD || head.every(byte => byte === 0)) break;
    if (crc32(head.subarray(0, 8)) !== head.readUInt32LE(8)) throw damaged(`the block at byte ${end} was altered`);
    const place = placeOf(head, end, before);
    if (place.plain > MAX_PLAIN || place.packed > MAX_PLAIN) throw damaged(`the block at byte ${end} is too large`);
    const next = end + aligned(HEAD + place.packed);
    const plain = next > size ? undefined : await readBlock(file, place);
    if (plain === undefined) {
      if (next < size) throw damaged(`the block at byte ${end} was altered`);
      break;
    }
    visit(plain, place);
    before = place.digest;
    end = next;
  }
  return { end, digest: before, torn: size - end };
}

/** The content of a block, or undefined when it is not what was written. */
export async function readBlock(file: FileHandle, place: Place): Promise<Buffer | undefined> {
  const bytes = await readAt(file, place.offset, HEAD + place.packed);
  if (bytes.length < HEAD + place.packed) return undefined;
  const packed = bytes.subarray(HEAD);
  if (!digestOf(place.before, bytes.subarray(0, 12), packed).equals(place.digest)) return undefined;
  const plain = await decompress(packed, { maxOutputLength: place.plain }).catch(() => undefined);
  return plain?.length === place.plain ? plain : undefined;
}

/** The failure for a journal that is not as it was written. */
export function damaged(what: string): AuditError {
  return new AuditError(
    'integrity',
    `the state of the interrupted collection does not verify: ${what}; remove it with --discard and collect anew`,
  );
}

function placeOf(head: Buffer, offset: number, before: Buffer): Place {
  return {
    offset,
    packed: head.readUInt32LE(0),
    plain: head.readUInt32LE(4),
    before,
    digest: Buffer.from(head.subarray(12, HEAD)),
  };
}

function digestOf(before: Uint8Array, head: Uint8Array, packed: Uint8Array): Buffer {
  return createHash('sha256').update(before).update(head).update(packed).digest();
}

function aligned(size: number): number {
  return Math.ceil(size / ALIGN) * ALIGN;
}

async function readAt(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, offset + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}
