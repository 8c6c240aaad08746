import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import { formatTests, runTests, testExitCode } from '../../src/evaluate/index.ts';

const here = fileURLToPath(new URL('cases/', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'cases-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

// After a change on purpose: GOLDEN=1 writes these texts anew; read the difference before it is committed.
function expectGolden(name: string, text: string): void {
  const path = join(here, `${name}.txt`);
  if (process.env.GOLDEN === '1') writeFileSync(path, text);
  expect(text).toBe(readFileSync(path, 'utf8'));
}

describe('files with mistakes', () => {
  test.each(['shapes', 'names'])('every mistake of %s is told at its place, and nothing is run', async name => {
    const run = await runTests({ paths: [`${name}.test.yaml`], cwd: here });
    expectGolden(name, formatTests(run));
    expect(run.cases).toEqual([]);
    expect(testExitCode(run, false)).toBe(2);
  });

  test('a policy with mistakes cannot be tested', async () => {
    writeFileSync(join(scratch, 'wrong.yaml'), 'policy: wrong\n');
    writeFileSync(join(scratch, 'wrong.test.yaml'), readFileSync(join(here, 'verdicts.test.yaml'), 'utf8'));
    const run = await runTests({ paths: ['wrong.yaml'], cwd: scratch });
    expect(run.problems.map(({ code }) => code)).toEqual(expect.arrayContaining(['missing-key', 'name-mismatch']));
    expect(testExitCode(run, false)).toBe(2);
  });

  test('tests without a policy beside them, and a file that is not there', async () => {
    writeFileSync(
      join(scratch, 'alone.test.yaml'),
      'tests: alone\ncases: [{ name: x, flavours: [connect-v1], expect: { a: pass } }]\n',
    );
    const run = await runTests({ paths: ['alone.test.yaml', 'nowhere.test.yaml'], cwd: scratch });
    expect(run.problems.map(({ code, at }) => `${code} ${at?.file}`)).toEqual([
      'unreadable alone.yaml',
      'unreadable nowhere.test.yaml',
    ]);
  });
});

describe('verdicts', () => {
  test('expectations that do not hold are told with what came instead', async () => {
    const run = await runTests({ paths: ['verdicts.yaml'], cwd: here });
    expectGolden('verdicts', formatTests(run));
    expect(testExitCode(run, false)).toBe(1);
  });

  test('a branch counts only where a case that holds names it', async () => {
    const run = await runTests({ paths: ['verdicts.yaml'], cwd: here });
    expect(run.coverage).toEqual([
      {
        policy: 'verdicts',
        invariant: 'member-count',
        reached: ['pass'],
        missing: ['fail', 'unknown', 'out-of-scope'],
        lopsided: [],
      },
      {
        policy: 'verdicts',
        invariant: 'member-extra',
        reached: ['fail'],
        missing: ['pass', 'unknown', 'out-of-scope'],
        lopsided: [],
      },
    ]);
  });

  test('without tests nothing was proved', async () => {
    const run = await runTests({ paths: [mkdtempSync(join(scratch, 'empty-'))], cwd: scratch });
    expect(testExitCode(run, false)).toBe(3);
    expect(formatTests(run)).toContain('no tests were found');
  });

  test('coverage is required only on request', async () => {
    const whole = readFileSync(join(here, 'verdicts.test.yaml'), 'utf8');
    const last = whole.slice(whole.indexOf('  - name: what holds'));
    writeFileSync(join(scratch, 'verdicts.yaml'), readFileSync(join(here, 'verdicts.yaml'), 'utf8'));
    writeFileSync(join(scratch, 'verdicts.test.yaml'), `tests: verdicts\ncases:\n${last}`);
    const run = await runTests({ paths: ['verdicts.yaml'], cwd: scratch });
    expect([testExitCode(run, false), testExitCode(run, true)]).toEqual([0, 1]);
  });
});
