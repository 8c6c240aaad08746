import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { listingOf } from '../../../src/collect/ad/listing.ts';
import { parseSecurityDescriptor } from '../../../src/collect/ad/security-descriptor.ts';
import { descriptor, guid } from './forest.ts';

const ME = 'S-1-5-21-10-20-30-4999';
const MINE = 'S-1-5-21-10-20-30-513';
const OTHER = 'S-1-5-21-10-20-30-600';
const viewer = new Set([ME, MINE, 'S-1-1-0', 'S-1-5-11']);
const LC = 0x4;
const LO = 0x80;
const DENY = 1;
const CONDITIONAL = 9;
const OBJECT_DENY = 6;
const OBJECT_ALLOW = 5;
const INHERIT_ONLY = 0x0a;
const INHERITED = 0x10;
type Aces = Exclude<Parameters<typeof descriptor>[0], undefined>;

const listing = (aces: Aces, who: ReadonlySet<string> | undefined = viewer) =>
  listingOf(parseSecurityDescriptor(descriptor(aces)).dacl, who);
const granted = { mask: LC, sid: 'S-1-5-11' };

const cases: readonly (readonly [string, Aces, string])[] = [
  ['no list at all grants everything', null, 'whole'],
  ['an empty one grants nothing', [], 'hidden'],
  ['a grant to a group of ours', [{ mask: LC, sid: MINE }], 'whole'],
  ['a grant to somebody else', [{ mask: LC, sid: OTHER }], 'hidden'],
  ['a denial to us before it', [{ type: DENY, mask: LC, sid: ME }, granted], 'hidden'],
  ['a denial to us behind it', [granted, { type: DENY, mask: LC, sid: ME }], 'whole'],
  ['a denial to somebody else', [{ type: DENY, mask: LC, sid: OTHER }, granted], 'whole'],
  [
    'an explicit grant before an inherited denial',
    [granted, { type: DENY, flags: INHERITED, mask: LC, sid: ME }],
    'whole',
  ],
  ['a denial for children only', [{ type: DENY, flags: INHERIT_ONLY, mask: LC, sid: ME }, granted], 'whole'],
  ['a grant for children only', [{ ...granted, flags: INHERIT_ONLY }], 'hidden'],
  ['a denial for one class', [{ type: OBJECT_DENY, mask: LC, sid: ME, objectType: guid(1) }, granted], 'whole'],
  ['a denial without a class', [{ type: OBJECT_DENY, mask: LC, sid: ME }, granted], 'hidden'],
  ['a grant for one class', [{ ...granted, type: OBJECT_ALLOW, objectType: guid(1) }], 'hidden'],
  ['a denial of another right', [{ type: DENY, mask: 0x10, sid: ME }, granted], 'whole'],
  ['a denial of List Object', [{ type: DENY, mask: LO, sid: ME }, granted], 'whole'],
  ['a grant of List Object alone', [{ mask: LO, sid: ME }], 'hidden'],
  ['generic read granted', [{ mask: 0x80000000, sid: ME }], 'whole'],
  ['generic all granted', [{ mask: 0x10000000, sid: ME }], 'whole'],
  ['generic execute granted', [{ mask: 0x20000000, sid: ME }], 'whole'],
  ['generic write granted', [{ mask: 0x40000000, sid: ME }], 'hidden'],
  ['generic read denied', [{ type: DENY, mask: 0x80000000, sid: MINE }, granted], 'hidden'],
  ['a grant under a condition', [{ ...granted, type: CONDITIONAL }], 'hidden'],
  ['an entry that is not understood', [{ type: 10, mask: LC, sid: ME }, granted], 'doubtful'],
];

test.each(cases)('%s', (_, aces, expected) => {
  expect(listing(aces)).toBe(expected);
});

test.each<readonly [string, Aces, string]>([
  ['no list at all', null, 'whole'],
  ['a grant', [granted], 'whole'],
  ['a denial to anybody, even behind a grant', [granted, { type: DENY, mask: LC, sid: OTHER }], 'doubtful'],
  ['a denial of List Object', [granted, { type: DENY, mask: LO, sid: OTHER }], 'doubtful'],
  ['a denial of something else', [granted, { type: DENY, mask: 0x10, sid: OTHER }], 'whole'],
  ['a denial for children only', [granted, { type: DENY, flags: INHERIT_ONLY, mask: LC, sid: OTHER }], 'whole'],
])('when nobody knows who we are: %s', (_, aces, expected) => {
  expect(listingOf(parseSecurityDescriptor(descriptor(aces)).dacl, undefined)).toBe(expected);
});

test('what concerns others, or other rights, never decides', () => {
  const ace = fc.record({
    type: fc.constantFrom(0, 1),
    flags: fc.constantFrom(0, INHERITED),
    mask: fc.constantFrom(LC, LC | LO, 0xf01ff, 0x10, 0x80000000),
    sid: fc.constantFrom(ME, MINE, OTHER, 'S-1-5-11', 'S-1-5-18'),
  });
  fc.assert(
    fc.property(fc.array(ace, { maxLength: 12 }), aces => {
      const ours = aces.filter(({ mask, sid }) => mask !== 0x10 && viewer.has(sid));
      expect(listing(aces)).toBe(listing(ours));
      expect(listing(aces)).toBe(ours[0]?.type === 0 ? 'whole' : 'hidden');
    }),
  );
});
