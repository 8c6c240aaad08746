import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatProblem, readDuration } from '../../src/yaml/index.ts';

const base = { code: 'c', level: 'error', message: 'm' } as const;

test('carets stand under the offending text, whatever is before it', () => {
  const lines = ['a\tb X', '宽宽 X', 'e\u0301 X', '\u001b[31m X', `${'y'.repeat(300)} X${'z'.repeat(300)}`];
  for (const excerpt of lines) {
    const column = excerpt.indexOf('X') + 1;
    const [, line = '', mark = ''] = formatProblem({
      ...base,
      at: { file: 'f', line: 1, column, endColumn: column + 1 },
      excerpt,
    }).split('\n');
    const before = line.slice(0, line.indexOf('X'));
    const width = [...before].reduce((sum, each) => sum + (/\p{M}/u.test(each) ? 0 : each === '宽' ? 2 : 1), 0);
    expect(mark.indexOf('^')).toBe(width);
    expect(line.length).toBeLessThan(130);
  }
});

test('nothing that a terminal obeys is printed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(40), fc.nat(40), (text, column, length) => {
      const at = { file: text, line: 1, column: column + 1, endColumn: column + 1 + length };
      const shown = formatProblem({ ...base, message: text, code: text, at, excerpt: text, hint: text });
      expect(shown).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}]/u);
      expect(shown.split('\n')).toHaveLength(4);
    }),
    { numRuns: 1000, seed: 20261123 },
  );
});

test('colour adds nothing but colour', () => {
  const problem = { ...base, at: { file: 'f', line: 3, column: 2, endColumn: 4 }, excerpt: 'abcd', hint: 'h' };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
  expect(formatProblem(problem, { colour: true }).replace(/\u001b\[[\d;]*m/g, '')).toBe(formatProblem(problem));
  expect(formatProblem(problem, { colour: true })).not.toBe(formatProblem(problem));
});

test('durations are read as ISO 8601 and as CEL writes them', () => {
  const hour = 3_600_000;
  expect(['PT1H', '1h', '60m', 'P1D', '1h30m', '1.5s', '500ms'].map(readDuration)).toEqual([
    hour,
    hour,
    hour,
    24 * hour,
    1.5 * hour,
    1500,
    500,
  ]);
  expect(['', '1', 'h', '1d', '-1h', '1h ', 'P', 'PT', '1hm', `${'9'.repeat(400)}h`].map(readDuration)).toEqual(
    Array(10).fill(undefined),
  );
});
