import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { guidFromBytes, guidSet, guidToBytes } from '../../src/base/index.ts';

// Some from a small range, so that they repeat, and so alike that only one digit tells them apart.
const guids = fc.oneof(
  fc.uuid(),
  fc
    .tuple(fc.nat(31), fc.nat(3))
    .map(([at, digit]) => '0'.repeat(at) + digit.toString() + 'f'.repeat(31 - at))
    .map(hex => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')),
);

test('it holds what a Set of texts holds, in the same order', () => {
  fc.assert(
    fc.property(fc.array(guids, { maxLength: 300 }), fc.array(guids, { maxLength: 50 }), (added, asked) => {
      const set = guidSet();
      const expected = new Set<string>();
      for (const guid of added) {
        expect(set.add(guid)).toBe(!expected.has(guid));
        expected.add(guid);
      }
      expect(set.size).toBe(expected.size);
      expect([...set]).toEqual([...expected]);
      for (const guid of [...added, ...asked]) expect(set.has(guid)).toBe(expected.has(guid));
    }),
    { seed: 1, numRuns: 300 },
  );
});

test('a hundred thousand are found again, those that nobody added are not', () => {
  const guid = (kind: number, number: number) =>
    `be0${kind}0000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
  const set = guidSet(Array.from({ length: 100_000 }, (_, number) => guid(1, number)));
  expect(set.size).toBe(100_000);
  for (let number = 0; number < 100_000; number += 7)
    expect([set.has(guid(1, number)), set.has(guid(2, number))]).toEqual([true, false]);
});

test('what is no GUID is never in it and cannot be added', () => {
  const set = guidSet(['00000000-0000-0000-0000-000000000000']);
  for (const text of [
    '',
    '00000000000000000000000000000000',
    '00000000-0000-0000-0000-00000000000g',
    '00000000-0000-0000-0000-00000000000\u0130',
    '00000000+0000-0000-0000-000000000000',
  ]) {
    expect(set.has(text)).toBe(false);
    expect(() => set.add(text)).toThrow(RangeError);
  }
  expect([...set]).toEqual(['00000000-0000-0000-0000-000000000000']);
});

test('those that are added while it is gone through come too', () => {
  const set = guidSet(['00000000-0000-0000-0000-000000000000']);
  const seen: string[] = [];
  for (const guid of set) {
    seen.push(guid);
    if (set.size < 40) set.add(guid.replace(/^0+/, zeros => `${zeros.slice(1)}1`));
    if (set.size < 40) set.add(guidFromBytes(Buffer.alloc(16, set.size)));
  }
  expect(seen).toEqual([...set]);
});

test('GUID text and bytes lead to each other', () => {
  fc.assert(
    fc.property(fc.uuid(), guid => {
      expect(guidFromBytes(guidToBytes(guid))).toBe(guid);
    }),
  );
  expect(guidFromBytes(Buffer.from('00112233445566778899aabbccddeeff', 'hex'))).toBe(
    '33221100-5544-7766-8899-aabbccddeeff',
  );
});
