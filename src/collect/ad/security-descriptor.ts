import { createHash } from 'node:crypto';
import { guidFromBytes, sidFromBytes } from '../../base/index.ts';

const SELF_RELATIVE = 0x8000;
const DACL_PRESENT = 0x0004;
const SACL_PRESENT = 0x0010;
const DACL_PROTECTED = 0x1000;
const NO_PROPAGATE = 0x04;
const INHERIT_ONLY = 0x08;
const INHERITED = 0x10;
const HAS_OBJECT_TYPE = 1;
const HAS_INHERITED_OBJECT_TYPE = 2;

/** One entry of a DACL (MS-DTYP 2.4.4); `mask` is unsigned, and a conditional entry holds only under a condition that is not kept. */
export type Ace = {
  readonly ordinal: number;
  readonly allow: boolean;
  readonly conditional: boolean;
  readonly trustee: string;
  readonly mask: number;
  readonly objectType: string | null;
  readonly inheritedObjectType: string | null;
  readonly inherited: boolean;
  readonly inheritOnly: boolean;
  readonly noPropagate: boolean;
  readonly flags: number;
};

/** A DACL with its content address; `unsupported` lists the types of entries that are not in `aces`. */
export type Dacl = { readonly id: string; readonly aces: readonly Ace[]; readonly unsupported: readonly number[] };

/** A security descriptor; `dacl` null means that there is none and everyone may do anything, which an empty one does not. */
export type SecurityDescriptor = {
  readonly owner: string | null;
  readonly group: string | null;
  /** Control flags (MS-DTYP 2.4.6), of which `protected` is one. */
  readonly control: number;
  readonly protected: boolean;
  readonly dacl: Dacl | null;
};

type Shape = { readonly allow: boolean; readonly object: boolean; readonly conditional?: true };

// Nobody knows here whether the condition of a callback entry holds: who judges takes an allow as given, which can only show too many writers, and a
// deny as not given.
const shapes = new Map<number, Shape>([
  [0x00, { allow: true, object: false }],
  [0x01, { allow: false, object: false }],
  [0x05, { allow: true, object: true }],
  [0x06, { allow: false, object: true }],
  [0x09, { allow: true, object: false, conditional: true }],
  [0x0a, { allow: false, object: false, conditional: true }],
  [0x0b, { allow: true, object: true, conditional: true }],
  [0x0c, { allow: false, object: true, conditional: true }],
]);

/** Parses a self-relative security descriptor (MS-DTYP 2.4.6). Throws RangeError on anything out of bounds or malformed. */
export function parseSecurityDescriptor(bytes: Buffer): SecurityDescriptor {
  const control = controlOf(bytes);
  const sidAt = (offset: number) => (offset === 0 ? null : sidFromBytes(bytes.subarray(inside(offset, bytes, 20))));
  const dacl = bytes.readUInt32LE(16);
  return {
    owner: sidAt(bytes.readUInt32LE(4)),
    group: sidAt(bytes.readUInt32LE(8)),
    control,
    protected: (control & DACL_PROTECTED) !== 0,
    dacl: (control & DACL_PRESENT) === 0 || dacl === 0 ? null : parseDacl(bytes.subarray(inside(dacl, bytes, 20))),
  };
}

/** The system access control list of a self-relative security descriptor; undefined when it has none. Throws RangeError like parseSecurityDescriptor. */
export function systemListOf(bytes: Buffer): Buffer | undefined {
  const control = controlOf(bytes);
  const sacl = bytes.readUInt32LE(12);
  return (control & SACL_PRESENT) === 0 || sacl === 0 ? undefined : bytes.subarray(inside(sacl, bytes, 20));
}

function controlOf(bytes: Buffer): number {
  if (bytes.length < 20) throw new RangeError('security descriptor is too short');
  const control = bytes.readUInt16LE(2);
  if (bytes[0] !== 1 || (control & SELF_RELATIVE) === 0)
    throw new RangeError('security descriptor is not self-relative, revision 1');
  return control;
}

function parseDacl(rest: Buffer): Dacl {
  const acl = aclIn(rest);
  const aces: Ace[] = [];
  const unsupported: number[] = [];
  for (const { type, ordinal, bytes } of entriesOf(acl)) {
    const shape = shapes.get(type);
    if (shape === undefined) unsupported.push(type);
    else
      aces.push({
        ...parseAce(bytes, ordinal, shape.object),
        allow: shape.allow,
        conditional: shape.conditional ?? false,
      });
  }
  return { id: contentId(acl), aces, unsupported };
}

function aclIn(rest: Buffer, name = 'DACL'): Buffer {
  if (rest.length < 8) throw new RangeError(`${name} is too short`);
  const size = rest.readUInt16LE(2);
  if ((rest[0] !== 2 && rest[0] !== 4) || size < 8 || size > rest.length)
    throw new RangeError(`malformed ${name} header`);
  return rest.subarray(0, size);
}

type AceBytes = { readonly type: number; readonly ordinal: number; readonly bytes: Buffer };

/** The entries of an access control list, at the beginning of some bytes, not yet decoded. Throws RangeError when they do not fit. */
export function entriesOf(rest: Buffer, name = 'DACL'): readonly AceBytes[] {
  const acl = aclIn(rest, name);
  const count = acl.readUInt16LE(4);
  const entries: AceBytes[] = [];
  let at = 8;
  for (let ordinal = 0; ordinal < count; ordinal++) {
    if (at + 8 > acl.length) throw new RangeError(`${name} ends before entry ${ordinal} of ${count}`);
    const length = acl.readUInt16LE(at + 2);
    if (length < 8 || length % 4 !== 0 || at + length > acl.length)
      throw new RangeError(`entry ${ordinal} of the ${name} has a wrong size`);
    entries.push({ type: acl[at] ?? 0, ordinal, bytes: acl.subarray(at, at + length) });
    at += length;
  }
  return entries;
}

/** Decodes an entry; `object` says whether it is of a kind that names object types. Throws RangeError when it is cut off. */
export function parseAce(
  ace: Buffer,
  ordinal: number,
  object: boolean,
  name = 'DACL',
): Omit<Ace, 'allow' | 'conditional'> {
  const flags = ace[1] ?? 0;
  let at = 8;
  const guidIf = (present: boolean): string | null => {
    if (!present) return null;
    if (at + 16 > ace.length) throw new RangeError(`entry ${ordinal} of the ${name} is cut off`);
    at += 16;
    return guidFromBytes(ace.subarray(at - 16, at));
  };
  let objectFlags = 0;
  if (object) {
    if (ace.length < 12) throw new RangeError(`entry ${ordinal} of the ${name} is cut off`);
    objectFlags = ace.readUInt32LE(8);
    at = 12;
  }
  const objectType = guidIf((objectFlags & HAS_OBJECT_TYPE) !== 0);
  const inheritedObjectType = guidIf((objectFlags & HAS_INHERITED_OBJECT_TYPE) !== 0);
  return {
    ordinal,
    trustee: sidFromBytes(ace.subarray(at)),
    mask: ace.readUInt32LE(4),
    objectType,
    inheritedObjectType,
    inherited: (flags & INHERITED) !== 0,
    inheritOnly: (flags & INHERIT_ONLY) !== 0,
    noPropagate: (flags & NO_PROPAGATE) !== 0,
    flags,
  };
}

function inside(offset: number, bytes: Buffer, header: number): number {
  if (offset < header || offset >= bytes.length) throw new RangeError('security descriptor points outside itself');
  return offset;
}

function contentId(acl: Buffer): string {
  const hex = createHash('sha256').update(acl).digest('hex').slice(0, 32);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
