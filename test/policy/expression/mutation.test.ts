import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkExpression, mutationsOf } from '../../../src/policy/expression/index.ts';
import { condition } from './generator.ts';
import { catalogue } from './rows.ts';

const applied = (text: string, { start, end, to }: { start: number; end: number; to: string }) =>
  `${text.slice(0, start)}${to}${text.slice(end)}`;

test('a mutation changes the text, and what becomes of it is read or refused but never breaks the checker', () => {
  fc.assert(
    fc.property(condition, ({ ours }) => {
      const mutations = mutationsOf(ours, catalogue);
      const texts = mutations.map(mutation => applied(ours, mutation));
      expect(texts).not.toContain(ours);
      expect(new Set(mutations.map(each => JSON.stringify(each))).size).toBe(mutations.length);
      // Whole expressions stay readable: no mutation cuts a token in two or leaves a parenthesis open.
      for (const text of texts) {
        const result = checkExpression(text, catalogue, 'bool');
        if (!result.ok) expect(result.mistakes.map(({ code }) => code)).not.toContain('syntax');
      }
    }),
    { numRuns: 300, seed: 20_261_130 },
  );
});

test('every kind of change is made', () => {
  const changesOf = (text: string) => mutationsOf(text, catalogue).map(mutation => applied(text, mutation));
  expect(changesOf('2 < 3').sort()).toEqual(
    ['true', 'false', '3 < 3', '1 < 3', '2 <= 3', '2 >= 3', '2 < 4', '2 < 2'].sort(),
  );
  expect(changesOf('!(a || b)')).toEqual(
    expect.arrayContaining(['(a || b)', '!(true)', '!(false)', '!(a && b)', '!(true || b)', '!(a || false)']),
  );
  expect(changesOf('a in ["x", "y"]')).toEqual(expect.arrayContaining(['a in ["y"]', 'a in ["x"]']));
  expect(changesOf('l.exists(i, i.startsWith("x"))')).toEqual(
    expect.arrayContaining(['l.all(i, i.startsWith("x"))', 'l.exists(i, true)', 'l.exists(i, i.contains("x"))']),
  );
  expect(changesOf('a ==')).toEqual([]);
});
