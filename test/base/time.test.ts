import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { spanText } from '../../src/base/index.ts';

test('a span is told in its two largest units', () => {
  const spans = [0, 1, 42_000, 59_001, 60_000, 200_000, 3_599_001, 7_500_000, 7_500_001, 86_400_000, 90_000_000];
  expect(spans.map(spanText)).toEqual([
    '0 s',
    '1 s',
    '42 s',
    '1 min',
    '1 min',
    '3 min 20 s',
    '1 h',
    '2 h 5 min',
    '2 h 6 min',
    '1 d',
    '1 d 1 h',
  ]);
});

test('what is told is a bound: never less than the span, and never more than one smaller unit above it', () => {
  const size: Readonly<Record<string, number>> = { d: 86_400, h: 3600, min: 60, s: 1 };
  fc.assert(
    fc.property(fc.nat(10 ** 10), ms => {
      const parts = [...spanText(ms).matchAll(/(\d+) (\w+)/g)].map(
        ([, count, unit = '']) => Number(count) * (size[unit] ?? Number.NaN),
      );
      const told = parts.reduce((sum, part) => sum + part, 0);
      expect(told * 1000).toBeGreaterThanOrEqual(ms);
      expect(told - ms / 1000).toBeLessThanOrEqual(ms > 86_400_000 ? 3600 : ms > 3_600_000 ? 60 : 1);
    }),
  );
});
