import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { doubtful, malformed, together } from './malformed.ts';
import { loadFiles, reportOf } from './report-problems.ts';

const cases = Object.entries({ ...malformed, together });

test.each([...cases, ...Object.entries(doubtful)])(
  '%s is explained as the golden text says, within a second',
  (name, input) => {
    const begin = performance.now();
    const report = reportOf(input);
    expect(performance.now() - begin).toBeLessThan(1000);
    expect(report).toBe(readFileSync(new URL(`golden/${name}.txt`, import.meta.url), 'utf8'));
  },
);

test('there is no golden text without its case', () => {
  const texts = readdirSync(new URL('golden/', import.meta.url)).filter(name => name.endsWith('.txt'));
  expect(texts.sort()).toEqual([...cases, ...Object.entries(doubtful)].map(([name]) => `${name}.txt`).sort());
});

test.each(cases.filter(([name]) => name !== 'name-mismatch'))(
  'every error of %s has a place and a hint',
  (_, input) => {
    const errors = loadFiles(input).problems.filter(({ level }) => level === 'error');
    expect(errors.length).toBeGreaterThan(0);
    for (const { at, hint, message } of errors) {
      expect(message).not.toBe('');
      if (!message.startsWith('--param')) expect(at).toBeDefined();
      if (!message.includes('must be')) expect(hint).toBeDefined();
    }
  },
);

test('what is doubtful is a warning with a hint, and is compiled all the same', () => {
  for (const input of Object.values(doubtful)) {
    const { problems, compiled } = loadFiles(input);
    expect(compiled.size).toBeGreaterThan(0);
    expect(problems.map(({ level }) => level)).toEqual(problems.map(() => 'warning'));
    for (const { hint } of problems) expect(hint).toBeDefined();
  }
});

test('one run reports the mistakes of all files', () => {
  const { problems } = loadFiles(together);
  const files = new Set(problems.map(({ at }) => at?.file));
  for (const name of Object.keys(together.files)) expect(files).toContain(name);
});

const some = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => text(index)).join('');
const hostile = {
  'a million empty lists': `a: [${'[],'.repeat(340_000)}]`,
  'invariants of one key, up to the limit of values': `policy: one\ntitle: x\ninvariants:\n${'- {id: a}\n'.repeat(9_900)}`,
  'unknown keys, up to the limit of values': some(19_900, index => `k${index}: x\n`),
  'one key, again and again': 'a: 1\n'.repeat(200_000),
  'an expression of a megabyte': `invariants:\n  - {over: groups, expect: "${'('.repeat(1_000_000)}"}`,
  'a message of many values': `invariants:\n  - {over: groups, message: "${'{{group.x}}'.repeat(90_000)}"}`,
  'a line of a megabyte': `a: [1, 2${' '.repeat(1_000_000)}`,
  'nothing but line breaks': '\r'.repeat(1_000_000),
};

test.each(Object.entries(hostile))('%s is refused within two seconds', (_, text) => {
  const begin = performance.now();
  const { problems, policies } = loadFiles({ files: { 'one.yaml': text } });
  expect(performance.now() - begin).toBeLessThan(2000);
  expect(policies).toEqual([]);
  expect(problems.length).toBeGreaterThan(0);
  expect(problems.length).toBeLessThan(700);
});
