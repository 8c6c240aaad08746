import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { malformed, together } from './malformed.ts';
import { loadFiles, reportOf } from './report-problems.ts';

const cases = Object.entries({ ...malformed, together });

test.each(cases)('%s is explained as the golden text says, within a second', (name, input) => {
  const begin = performance.now();
  const report = reportOf(input);
  expect(performance.now() - begin).toBeLessThan(1000);
  expect(report).toBe(readFileSync(new URL(`golden/${name}.txt`, import.meta.url), 'utf8'));
});

test('there is no golden text without its case', () => {
  const texts = readdirSync(new URL('golden/', import.meta.url)).filter(name => name.endsWith('.txt'));
  expect(texts.sort()).toEqual(cases.map(([name]) => `${name}.txt`).sort());
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

test('one run reports the mistakes of all files', () => {
  const { problems } = loadFiles(together);
  const files = new Set(problems.map(({ at }) => at?.file));
  for (const name of Object.keys(together.files)) expect(files).toContain(name);
});
