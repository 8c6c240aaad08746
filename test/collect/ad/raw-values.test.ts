import { createRequire } from 'node:module';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Ber, BerReader, BerWriter, SearchEntry } from 'ldapts';
import { entryOf } from '../../../src/collect/ad/entry.ts';
import { everyAttributeRaw } from '../../../src/collect/ad/raw-values.ts';

// A second copy of the library, which nobody has changed.
const untouched: { readonly SearchEntry: typeof SearchEntry; readonly BerReader: typeof BerReader } = createRequire(
  import.meta.url,
)('ldapts');

type Attributes = readonly (readonly [string, readonly Uint8Array[]])[];

const names = fc.constantFrom(
  'member',
  'objectGUID',
  'cert;binary',
  'member;range=0-1499',
  'dn',
  '__proto__',
  'CN',
  'cn',
);
const value = fc.oneof(
  fc.string({ unit: 'grapheme' }).map(text => Buffer.from(text)),
  fc.uint8Array({ maxLength: 20 }),
);
const attributes = fc.array(fc.tuple(names, fc.array(value, { maxLength: 4 })), { maxLength: 6 });

function packetOf(dn: string, held: Attributes): Buffer {
  const writer = new BerWriter();
  writer.writeString(dn);
  writer.startSequence();
  for (const [name, values] of held) {
    writer.startSequence();
    writer.writeString(name);
    writer.startSequence(0x31);
    for (const one of values) writer.writeBuffer(Buffer.from(one), Ber.OctetString);
    writer.endSequence();
    writer.endSequence();
  }
  writer.endSequence();
  return writer.buffer;
}

test('who did not ask for raw values gets from the library what it gives by itself', () => {
  const asked = fc.subarray(['member', 'cn', 'objectGUID', 'mail']);
  fc.assert(
    fc.property(attributes, asked, fc.subarray(['objectGUID', 'cn']), (held, wanted, raw) => {
      const packet = packetOf('CN=x', held);
      const ours = new SearchEntry({ messageId: 1 });
      ours.parseMessage(new BerReader(packet));
      const theirs = new untouched.SearchEntry({ messageId: 1 });
      theirs.parseMessage(new untouched.BerReader(packet));
      expect(ours.toObject(wanted, raw)).toEqual(theirs.toObject(wanted, raw));
    }),
  );
});

test('who asked for raw values gets all bytes of each attribute, whatever it is called', () => {
  fc.assert(
    fc.property(attributes, held => {
      const entry = new SearchEntry({ messageId: 1 });
      entry.parseMessage(new BerReader(packetOf('CN=x', held)));
      const read = entryOf(entry.toObject(['mail'], everyAttributeRaw));
      // The last of two that are called the same counts; a DN is no attribute.
      const last = new Map(held.filter(([name]) => name !== 'dn'));
      const expected = new Map<string, readonly Uint8Array[]>();
      // An attribute without values is none, but a range without values is a fault to be seen.
      for (const [name, values] of last)
        if (values.length > 0 || name.includes(';range='))
          expected.set(
            name.toLowerCase(),
            values.map(one => Buffer.from(one)),
          );
      expect(read.dn).toBe('CN=x');
      expect(read.values).toEqual(expected);
    }),
  );
});
