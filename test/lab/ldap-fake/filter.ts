import { Ber, type BerReader } from 'ldapts';
import type { FakeEntry } from './script.ts';
import { valuesOf } from './tree.ts';

/** Says whether an entry passes a filter. `guids` are the only ones (in hexadecimal) that can, where the filter names objects by their ids. */
export type Test = ((entry: FakeEntry) => boolean) & { readonly guids?: ReadonlySet<string> };

/** Reads a filter: and, or, not, presence, equality, prefix and the bitwise-and rule. */
export function readFilter(reader: BerReader): Test {
  const tag = reader.peek() ?? 0;
  if (tag === 0x87) {
    const name = reader.readString(0x87) ?? '';
    // True of every object, whether or not its class may be read ([MS-ADTS] 3.1.1.3.1.3.1).
    if (name.toLowerCase() === 'objectclass') return () => true;
    return entry => valuesOf(entry, name).length > 0;
  }
  reader.readSequence();
  const end = reader.offset + reader.length;
  if (tag === 0xa0 || tag === 0xa1 || tag === 0xa2) {
    const tests: Test[] = [];
    while (reader.offset < end) tests.push(readFilter(reader));
    if (tag === 0xa2) return entry => !tests[0]?.(entry);
    if (tag === 0xa0) return entry => tests.every(test => test(entry));
    const any: Test = entry => tests.some(test => test(entry));
    const guids = tests.flatMap(test => [...(test.guids ?? [])]);
    return tests.every(test => test.guids !== undefined) ? Object.assign(any, { guids: new Set(guids) }) : any;
  }
  if (tag === 0xa9) {
    const parts = new Map<number, string>();
    while (reader.offset < end) {
      const part = reader.peek() ?? 0;
      parts.set(part, reader.readString(part) ?? '');
    }
    const bit = Number(parts.get(0x83));
    return entry => valuesOf(entry, parts.get(0x82) ?? '').some(value => (Number(value) & bit) === bit);
  }
  const name = reader.readString() ?? '';
  if (tag === 0xa4) {
    reader.readSequence();
    const initial = (reader.readString(0x80) ?? '').toLowerCase();
    return entry => valuesOf(entry, name).some(value => value.toString().toLowerCase().startsWith(initial));
  }
  const wanted = reader.readString(Ber.OctetString, true) ?? Buffer.alloc(0);
  // Bytes that are no text would all be read as the same sign.
  const text = Buffer.from(wanted.toString()).equals(wanted) ? wanted.toString().toLowerCase() : undefined;
  const equal: Test = entry =>
    valuesOf(entry, name).some(
      value =>
        value.equals(wanted) ||
        value.toString().toLowerCase() === text ||
        (name === 'objectCategory' && value.toString().toLowerCase().startsWith(`cn=${text}`)),
    );
  return name === 'objectGUID' ? Object.assign(equal, { guids: new Set([wanted.toString('hex')]) }) : equal;
}
