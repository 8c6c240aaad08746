/**
 * The container of an evidence pack: a ZIP file (APPNOTE 6.3.9) with exactly one spelling. Entries are stored, never compressed, in ascending order
 * of their names, dated 1980-01-01, sizes and CRC in front of the data, ZIP64 only where a number needs it, no comments, no gaps. So everything but
 * names, sizes, checksums and contents follows from them: what is not content can be derived again and compared. This spelling is a part of the
 * evidence format and must be the same in ten years, which is why no library's habits decide it; any unzip reads it.
 */

/** One entry: its name in the pack, size and CRC-32 of its content. */
export type Member = { readonly name: string; readonly bytes: number; readonly crc32: number };

/** An entry and where its local header begins, in bytes from the start of the file. */
export type PlacedMember = Member & { readonly offset: number };

/** Most entries of a pack: 2,000 invariants, as many policies, and the rest with room to spare. */
export const memberLimit = 5_000;

/** Length of the fixed part of a local header. */
export const localHeaderLength = 30;

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,119}(\/[A-Za-z0-9][A-Za-z0-9._-]{0,119}){0,2}$/;
const MAX_32 = 0xffffffff;
const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
// 1980-01-01, the first day that ZIP knows; midnight is 0.
const FIRST_DAY = 0x21;
// Made by Unix, so that unzip gives the files the mode rw-r--r-- and not none at all.
const UNIX = 3 << 8;
const MODE = (0o100644 << 16) >>> 0;

/** True for the names that a pack may hold: up to three plain parts, none of which leaves the folder or hides. */
export function isMemberName(name: string): boolean {
  return NAME.test(name);
}

/** The order of entries: by UTF-16 unit, as names are ASCII by byte. */
export function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The entries, in the order given, each with its place in the file; `end` is where the central directory begins. */
export function placeMembers(members: readonly Member[]): {
  readonly placed: readonly PlacedMember[];
  readonly end: number;
} {
  let offset = 0;
  const placed = members.map(member => {
    const at = { ...member, offset };
    offset += localHeader(member).length + member.bytes;
    return at;
  });
  return { placed, end: offset };
}

/** The bytes in front of an entry's content. */
export function localHeader({ name, bytes, crc32 }: Member): Buffer {
  const large = bytes >= MAX_32;
  const extra = large ? extra64([bytes, bytes]) : Buffer.alloc(0);
  const header = Buffer.alloc(localHeaderLength);
  header.writeUInt32LE(LOCAL, 0);
  header.writeUInt16LE(large ? 45 : 20, 4);
  header.writeUInt16LE(FIRST_DAY, 12);
  header.writeUInt32LE(crc32, 14);
  header.writeUInt32LE(large ? MAX_32 : bytes, 18);
  header.writeUInt32LE(large ? MAX_32 : bytes, 22);
  header.writeUInt16LE(name.length, 26);
  header.writeUInt16LE(extra.length, 28);
  return Buffer.concat([header, Buffer.from(name, 'latin1'), extra]);
}

/** The bytes behind the last content: central directory and end records. `start` is where they begin. */
export function directoryOf(placed: readonly PlacedMember[], start: number): Buffer {
  const records = Buffer.concat(placed.map(centralRecord));
  const large = start >= MAX_32 || records.length >= MAX_32;
  const end = Buffer.alloc(22);
  end.writeUInt32LE(END, 0);
  end.writeUInt16LE(placed.length, 8);
  end.writeUInt16LE(placed.length, 10);
  end.writeUInt32LE(records.length, 12);
  end.writeUInt32LE(large ? MAX_32 : start, 16);
  return Buffer.concat([records, ...(large ? [end64(placed.length, records.length, start)] : []), end]);
}

function centralRecord({ name, bytes, crc32, offset }: PlacedMember): Buffer {
  const large = bytes >= MAX_32;
  const far = offset >= MAX_32;
  const extra = large || far ? extra64([...(large ? [bytes, bytes] : []), ...(far ? [offset] : [])]) : Buffer.alloc(0);
  const record = Buffer.alloc(46);
  record.writeUInt32LE(CENTRAL, 0);
  record.writeUInt16LE(UNIX | 45, 4);
  record.writeUInt16LE(large || far ? 45 : 20, 6);
  record.writeUInt16LE(FIRST_DAY, 14);
  record.writeUInt32LE(crc32, 16);
  record.writeUInt32LE(large ? MAX_32 : bytes, 20);
  record.writeUInt32LE(large ? MAX_32 : bytes, 24);
  record.writeUInt16LE(name.length, 28);
  record.writeUInt16LE(extra.length, 30);
  record.writeUInt32LE(MODE, 38);
  record.writeUInt32LE(far ? MAX_32 : offset, 42);
  return Buffer.concat([record, Buffer.from(name, 'latin1'), extra]);
}

function extra64(numbers: readonly number[]): Buffer {
  const extra = Buffer.alloc(4 + numbers.length * 8);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(numbers.length * 8, 2);
  numbers.forEach((number, index) => {
    extra.writeBigUInt64LE(BigInt(number), 4 + index * 8);
  });
  return extra;
}

function end64(count: number, length: number, start: number): Buffer {
  const records = Buffer.alloc(56 + 20);
  records.writeUInt32LE(END_64, 0);
  records.writeBigUInt64LE(44n, 4);
  records.writeUInt16LE(UNIX | 45, 12);
  records.writeUInt16LE(45, 14);
  records.writeBigUInt64LE(BigInt(count), 24);
  records.writeBigUInt64LE(BigInt(count), 32);
  records.writeBigUInt64LE(BigInt(length), 40);
  records.writeBigUInt64LE(BigInt(start), 48);
  records.writeUInt32LE(LOCATOR_64, 56);
  records.writeBigUInt64LE(BigInt(start + length), 64);
  records.writeUInt32LE(1, 72);
  return records;
}

/** What a local header says, undefined when these bytes are not one; `headerLength` counts name and extra field. */
export function readLocalHeader(bytes: Buffer): { readonly headerLength: number; readonly member: Member } | undefined {
  if (bytes.length < localHeaderLength || bytes.readUInt32LE(0) !== LOCAL) return undefined;
  const nameLength = bytes.readUInt16LE(26);
  const extraLength = bytes.readUInt16LE(28);
  const headerLength = localHeaderLength + nameLength + extraLength;
  if (bytes.length < headerLength || (extraLength !== 0 && extraLength !== 20)) return undefined;
  const name = bytes.toString('latin1', localHeaderLength, localHeaderLength + nameLength);
  const size = extraLength === 0 ? bytes.readUInt32LE(22) : Number(bytes.readBigUInt64LE(headerLength - 16));
  return { headerLength, member: { name, bytes: size, crc32: bytes.readUInt32LE(14) } };
}
