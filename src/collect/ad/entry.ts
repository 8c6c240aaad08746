import type { Entry as LibraryEntry } from 'ldapts';
import { generalizedTimeMs, guidFromBytes, sidFromBytes } from '../../base/index.ts';
import { plainDn } from './extended-dn.ts';
import { oneLine, sourceError } from './failure.ts';

const LONGEST_TEXT = 65_536;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** One object as the server sent it: lower-case attribute names, raw values. Read it at once: the values pin the network buffers. */
export type Entry = { readonly dn: string; readonly values: ReadonlyMap<string, readonly Buffer[]> };

// Names repeat with every entry.
const lowerCase = new Map<string, string>();
const MOST_NAMES = 1000;

/** An entry of the library in our form. Throws AuditError when a value is not raw. */
export function entryOf(entry: LibraryEntry): Entry {
  const values = new Map<string, readonly Buffer[]>();
  for (const name in entry) {
    const value = entry[name];
    if (name === 'dn' && typeof value === 'string') continue;
    if (!Array.isArray(value) || !value.every(isRaw))
      throw sourceError(`the LDAP library has changed: ${oneLine(name)} was not read as bytes`);
    // A range may not be empty, and must not pass for an attribute that is not set.
    if (value.length > 0 || /;range=/i.test(name)) values.set(keyOf(name), value);
  }
  return { dn: plainDn(entry.dn), values };
}

function isRaw(value: Buffer | string): value is Buffer {
  return Buffer.isBuffer(value);
}

function keyOf(name: string): string {
  let key = lowerCase.get(name);
  if (key === undefined) {
    key = name.toLowerCase();
    // A server may send any names; they are not kept without end.
    if (lowerCase.size < MOST_NAMES) lowerCase.set(name, key);
  }
  return key;
}

/** All raw values of an attribute; empty when it is not set or not readable. */
export function bytesOf(entry: Entry, name: string): readonly Buffer[] {
  return entry.values.get(keyOf(name)) ?? [];
}

/** All values as text, in the order sent. Throws AuditError on invalid UTF-8 or a value of more than 64 Ki characters. */
export function textsOf(entry: Entry, name: string): string[] {
  return bytesOf(entry, name).map(value => decode(entry, name, value));
}

/** The only or first value as text, or null. Throws like textsOf. */
export function textOf(entry: Entry, name: string): string | null {
  const [value] = bytesOf(entry, name);
  return value === undefined ? null : decode(entry, name, value);
}

/** A DN value without the extended-DN prefix, or null. */
export function dnOf(entry: Entry, name: string): string | null {
  const value = textOf(entry, name);
  return value === null ? null : plainDn(value);
}

/** A 16-byte value as lower-case GUID text, or null; null also for another length when `lenient`. Otherwise throws AuditError. */
export function guidOf(entry: Entry, name: string, lenient = false): string | null {
  const [value] = bytesOf(entry, name);
  return value === undefined || (lenient && value.length !== 16) ? null : decoded(entry, name, value, guidFromBytes);
}

/** A binary SID as text, or null. Throws AuditError on a malformed one. */
export function sidOf(entry: Entry, name = 'objectSid'): string | null {
  const [value] = bytesOf(entry, name);
  return value === undefined ? null : decoded(entry, name, value, sidFromBytes);
}

/** All values as SIDs. Throws AuditError on a malformed one. */
export function sidsOf(entry: Entry, name: string): string[] {
  return bytesOf(entry, name).map(value => decoded(entry, name, value, sidFromBytes));
}

/** An integer, or null. Throws AuditError when the text is not a safe integer. */
export function integerOf(entry: Entry, name: string): number | null {
  const text = textOf(entry, name);
  if (text === null) return null;
  const value = Number(text);
  if (!/^-?\d{1,19}$/.test(text) || !Number.isSafeInteger(value)) throw malformed(entry, name);
  return value;
}

/** TRUE or FALSE, or null. Throws AuditError on anything else. */
export function booleanOf(entry: Entry, name: string): boolean | null {
  const text = textOf(entry, name)?.toUpperCase();
  if (text === undefined) return null;
  if (text !== 'TRUE' && text !== 'FALSE') throw malformed(entry, name);
  return text === 'TRUE';
}

/** A GeneralizedTime in milliseconds since 1970, or null. Throws AuditError on anything else. */
export function instantOf(entry: Entry, name: string): number | null {
  const text = textOf(entry, name);
  if (text === null) return null;
  const value = generalizedTimeMs(text);
  if (value === undefined) throw malformed(entry, name);
  return value;
}

/** The most specific object class (AD lists it last), or `unknown` when it is not readable. */
export function classOf(entry: Entry): string {
  return textsOf(entry, 'objectClass').at(-1) ?? 'unknown';
}

function decode(entry: Entry, name: string, value: Buffer): string {
  if (value.length > LONGEST_TEXT)
    throw sourceError(`${name} of ${oneLine(entry.dn)} is longer than ${LONGEST_TEXT} bytes`);
  try {
    return utf8.decode(value);
  } catch (thrown) {
    throw sourceError(`${name} of ${oneLine(entry.dn)} is not valid UTF-8`, thrown);
  }
}

function decoded(entry: Entry, name: string, value: Buffer, decode: (bytes: Buffer) => string): string {
  try {
    return decode(value);
  } catch (thrown) {
    if (thrown instanceof RangeError) throw malformed(entry, name);
    throw thrown;
  }
}

function malformed(entry: Entry, name: string) {
  return sourceError(`${name} of ${oneLine(entry.dn)} has a value that AD cannot hold`);
}

/** Entries as bytes: lengths and values, in the order given. Measured first and then written once, as a page holds many small values. */
export function encodeEntries(entries: readonly Entry[]): Buffer {
  let size = 0;
  for (const { dn, values } of entries) {
    size += 8 + Buffer.byteLength(dn);
    for (const [name, list] of values) {
      size += 8 + Buffer.byteLength(name) + 4 * list.length;
      for (const value of list) size += value.length;
    }
  }
  const bytes = Buffer.allocUnsafe(size);
  let at = 0;
  const length = (value: number) => {
    at = bytes.writeUInt32LE(value, at);
  };
  const text = (value: string) => {
    const written = bytes.write(value, at + 4);
    length(written);
    at += written;
  };
  for (const { dn, values } of entries) {
    text(dn);
    length(values.size);
    for (const [name, list] of values) {
      text(name);
      length(list.length);
      for (const value of list) {
        length(value.length);
        bytes.set(value, at);
        at += value.length;
      }
    }
  }
  return bytes;
}

/** The entries that encodeEntries wrote. Throws RangeError on anything else. */
export function decodeEntries(bytes: Buffer): Entry[] {
  let at = 0;
  const length = (): number => {
    const value = bytes.readUInt32LE(at);
    at += 4;
    return value;
  };
  const take = (): Buffer => {
    const size = length();
    if (size > bytes.length - at) throw new RangeError('a value is longer than what holds it');
    at += size;
    return bytes.subarray(at - size, at);
  };
  const entries: Entry[] = [];
  while (at < bytes.length) {
    const dn = take().toString('utf8');
    const values = new Map<string, readonly Buffer[]>();
    for (let names = length(); names > 0; names--) {
      const name = take().toString('utf8');
      const list: Buffer[] = [];
      for (let count = length(); count > 0; count--) list.push(take());
      values.set(name, list);
    }
    entries.push({ dn, values });
  }
  return entries;
}
