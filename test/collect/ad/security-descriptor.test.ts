import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseSecurityDescriptor } from '../../../src/collect/ad/security-descriptor.ts';
import { descriptor, guid } from './forest.ts';

const sid = fc
  .array(fc.nat({ max: 0xffffffff }), { minLength: 1, maxLength: 5 })
  .map(parts => `S-1-5-${parts.join('-')}`);
const plain = fc.record({
  type: fc.constantFrom(0, 1, 9, 10),
  flags: fc.nat({ max: 0x1f }),
  mask: fc.nat({ max: 0xffffffff }),
  sid,
});
const typed = fc.record({
  type: fc.constantFrom(5, 6, 11, 12),
  flags: fc.nat({ max: 0x1f }),
  mask: fc.nat({ max: 0xffffffff }),
  sid,
  objectType: fc.nat({ max: 0xffff }).map(guid),
});

test('what was written is read back, entry by entry', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(plain, typed), { maxLength: 20 }), sid, (aces, owner) => {
      const read = parseSecurityDescriptor(descriptor(aces, owner));
      expect(read.owner).toBe(owner);
      expect(read.dacl?.aces).toEqual(
        aces.map((ace, ordinal) => ({
          ordinal,
          allow: ![1, 6, 10, 12].includes(ace.type),
          conditional: [9, 10, 11, 12].includes(ace.type),
          trustee: ace.sid,
          mask: ace.mask,
          objectType: 'objectType' in ace ? ace.objectType : null,
          inheritedObjectType: null,
          inherited: (ace.flags & 0x10) !== 0,
          inheritOnly: (ace.flags & 0x08) !== 0,
          noPropagate: (ace.flags & 0x04) !== 0,
          flags: ace.flags,
        })),
      );
    }),
  );
});

test('damaged bytes are read within bounds or refused as RangeError', () => {
  const whole = descriptor([
    { mask: 3, sid: 'S-1-5-18' },
    { type: 5, mask: 0x20, sid: 'S-1-5-21-1-2-3-4', objectType: guid(1) },
  ]);
  fc.assert(
    fc.property(
      fc.nat({ max: whole.length - 1 }),
      fc.nat({ max: 255 }),
      fc.nat({ max: whole.length }),
      (at, byte, length) => {
        const damaged = Buffer.from(whole);
        damaged[at] = byte;
        try {
          parseSecurityDescriptor(damaged.subarray(0, length));
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(RangeError);
        }
      },
    ),
    { numRuns: 2000 },
  );
  for (let length = 0; length < whole.length; length++)
    expect(() => parseSecurityDescriptor(whole.subarray(0, length))).toThrow(RangeError);
});

test('no DACL is not an empty DACL', () => {
  expect(parseSecurityDescriptor(descriptor(null)).dacl).toBeNull();
  expect(parseSecurityDescriptor(descriptor([])).dacl?.aces).toEqual([]);
});

test('entries that could hide a writer are named, not dropped', () => {
  const read = parseSecurityDescriptor(
    descriptor([
      { type: 4, mask: 1, sid: 'S-1-1-0' },
      { mask: 1, sid: 'S-1-5-18' },
    ]),
  );
  expect(read.dacl?.unsupported).toEqual([4]);
  expect(read.dacl?.aces.map(ace => ace.ordinal)).toEqual([1]);
});

test('equal lists have one id, whoever owns the object', () => {
  const aces = [{ mask: 1, sid: 'S-1-5-18' }];
  const idOf = (bytes: Buffer) => parseSecurityDescriptor(bytes).dacl?.id;
  expect(idOf(descriptor(aces, 'S-1-5-18'))).toBe(idOf(descriptor(aces, 'S-1-5-32-544')));
  expect(idOf(descriptor(aces))).not.toBe(idOf(descriptor([{ mask: 2, sid: 'S-1-5-18' }])));
  // SHA-256 of 0400 1c00 0100 0000 0000 1400 0100 0000 0101 0000 0000 0005 1200 0000, worked out apart from this code.
  expect(idOf(descriptor(aces))).toBe('28fae933-fc7b-4a65-b268-22ab9762ebe5');
});
