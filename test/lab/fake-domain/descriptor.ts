import { guidToBytes, sidToBytes } from '../../../src/base/index.ts';
import { guids } from '../generator/acl.ts';
import type { Ace, Audit } from '../generator/estate.ts';

/** Access rights of a directory by their two letters in SDDL (MS-ADTS 5.1.3.2). */
const RIGHTS: Readonly<Record<string, number>> = {
  ...{ CC: 0x1, DC: 0x2, LC: 0x4, SW: 0x8, RP: 0x10, WP: 0x20, DT: 0x40, LO: 0x80, CR: 0x100 },
  ...{ SD: 0x10000, RC: 0x20000, WD: 0x40000, WO: 0x80000, GA: 0x10000000, GW: 0x40000000, GR: 0x80000000 },
};
const CONTAINER_INHERIT = 2;
const INHERIT_ONLY = 8;
const INHERITED = 16;
const AUDIT_SUCCESS = 0x40;

/** An entry of an access list with its flags. */
export type Entry = Pick<Ace, 'allow' | 'trustee' | 'rights' | 'objectType' | 'inheritedObjectType'> & {
  readonly flags: number;
};

/** The entries that an object has of its own. */
export function ownEntries(aces: readonly Ace[]): Entry[] {
  const flags = { self: 0, tree: CONTAINER_INHERIT, below: CONTAINER_INHERIT | INHERIT_ONLY };
  return aces.map(({ reach, ...ace }) => ({ ...ace, flags: flags[reach] }));
}

/** What an object of a class gets of the list of the object that it lies in. */
export function inheritedEntries(above: readonly Entry[], objectClass: string): Entry[] {
  const own = objectClass === 'group' ? guids.group : objectClass === 'user' ? guids.user : undefined;
  return above
    .filter(({ flags }) => (flags & CONTAINER_INHERIT) !== 0)
    .map(entry => {
      const { inheritedObjectType } = entry;
      const holds = inheritedObjectType === undefined || inheritedObjectType === own;
      return { ...entry, flags: CONTAINER_INHERIT | INHERITED | (holds ? 0 : INHERIT_ONLY) };
    });
}

/** A self-relative security descriptor (MS-DTYP 2.4.6) with an owner and the list of who may do what. */
export function descriptor(owner: string, entries: readonly Entry[]): Buffer {
  return joined(owner, listOf(entries.map(entry => entryBytes(entry, entry.allow ? 0 : 1))), undefined);
}

/** The same with the list of what is audited and nothing else. */
export function auditDescriptor(owner: string, audits: readonly Audit[]): Buffer {
  const flags = CONTAINER_INHERIT | AUDIT_SUCCESS;
  return joined(owner, undefined, listOf(audits.map(audit => entryBytes({ ...audit, flags }, 2))));
}

function joined(owner: string, dacl: Buffer | undefined, sacl: Buffer | undefined): Buffer {
  const ownerBytes = sidToBytes(owner);
  const header = Buffer.alloc(20);
  header[0] = 1;
  header.writeUInt16LE(0x8000 | (dacl === undefined ? 0 : 0x4) | (sacl === undefined ? 0 : 0x10), 2);
  header.writeUInt32LE(20, 4);
  const next = 20 + ownerBytes.length;
  if (sacl !== undefined) header.writeUInt32LE(next, 12);
  if (dacl !== undefined) header.writeUInt32LE(next + (sacl?.length ?? 0), 16);
  return Buffer.concat([header, ownerBytes, sacl ?? Buffer.alloc(0), dacl ?? Buffer.alloc(0)]);
}

function entryBytes(entry: Omit<Entry, 'allow'>, plain: 0 | 1 | 2): Buffer {
  const { trustee, rights, objectType, inheritedObjectType, flags } = entry;
  const typed = objectType !== undefined || inheritedObjectType !== undefined;
  const present = (objectType === undefined ? 0 : 1) | (inheritedObjectType === undefined ? 0 : 2);
  const types = [objectType, inheritedObjectType].flatMap(guid => (guid === undefined ? [] : [guidToBytes(guid)]));
  const more = typed ? [Buffer.from([present, 0, 0, 0]), ...types] : [];
  const body = Buffer.concat([Buffer.alloc(8), ...more, sidToBytes(trustee)]);
  body[0] = typed ? plain + 5 : plain;
  body[1] = flags;
  body.writeUInt16LE(body.length, 2);
  body.writeUInt32LE(maskOf(rights), 4);
  return body;
}

function maskOf(rights: readonly string[]): number {
  return rights.reduce((sum, code) => {
    const bit = RIGHTS[code];
    if (bit === undefined) throw new Error(`no right is called ${code}`);
    return sum + bit;
  }, 0);
}

function listOf(entries: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(8);
  header[0] = 4;
  header.writeUInt16LE(8 + entries.reduce((sum, entry) => sum + entry.length, 0), 2);
  header.writeUInt16LE(entries.length, 4);
  return Buffer.concat([header, ...entries]);
}
