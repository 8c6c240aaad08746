import { guidFromBytes } from '../../base/index.ts';
import type { Stamp } from './replication-xml.ts';

const HEADER = 16;
const ENTRY = 48;
const MOST = 10_000;
/** Seconds from 1601 to 1970. */
const EPOCH = 11_644_473_600n;

/**
 * The attributes whose changes are kept, with their ATTRTYP as every domain controller of the base schema numbers them: index of the OID's prefix in the
 * default prefix table (MS-DRSR 5.16.4) and its last number.
 */
export const attributeIds: ReadonlyMap<string, number> = new Map([
  ['cn', 0x00000003],
  ['description', 0x0000000d],
  ['member', 0x0000001f],
  ['displayName', 0x0002000d],
  ['adminDescription', 0x000200e2],
  ['nTSecurityDescriptor', 0x00020119],
  ['name', 0x00090001],
  ['adminCount', 0x00090096],
  ['sAMAccountName', 0x000900dd],
  ['groupType', 0x000902ee],
  ['msDS-ExternalDirectoryObjectId', 0x00090906],
]);

const names = new Map([...attributeIds].map(([name, id]) => [id, name]));

/**
 * Parses the binary `replPropertyMetaData`, from which `msDS-ReplAttributeMetaData` is made, as far as it concerns the attributes above. Throws RangeError
 * when it is malformed.
 */
export function parsePropertyMetadata(bytes: Buffer): Stamp[] {
  if (bytes.length < HEADER || bytes.readUInt32LE(0) !== 1) throw new RangeError('malformed replPropertyMetaData');
  const count = bytes.readUInt32LE(8);
  if (count > MOST || bytes.length < HEADER + count * ENTRY)
    throw new RangeError(`replPropertyMetaData is cut off: ${bytes.length} bytes for ${count} attributes`);
  return Array.from({ length: count }, (_, index) => HEADER + index * ENTRY).flatMap(at => {
    const attribute = names.get(bytes.readUInt32LE(at));
    return attribute === undefined ? [] : [stampAt(bytes, at, attribute)];
  });
}

function stampAt(bytes: Buffer, at: number, attribute: string): Stamp {
  const seconds = bytes.readBigUInt64LE(at + 8);
  const usn = bytes.readBigUInt64LE(at + 32);
  const changed = Number(seconds - EPOCH) * 1000;
  if (usn > BigInt(Number.MAX_SAFE_INTEGER) || Math.abs(changed) > 8.64e15)
    throw new RangeError(`replPropertyMetaData of ${attribute} holds a number that AD cannot have`);
  return {
    attribute,
    changed: seconds === 0n ? null : changed,
    version: bytes.readUInt32LE(at + 4),
    invocationId: guidFromBytes(bytes.subarray(at + 16, at + 32)),
    usn: Number(usn),
    serverDn: null,
  };
}
