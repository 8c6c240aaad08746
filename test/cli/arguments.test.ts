import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { exitCodes, exitPrecedence } from '../../src/base/index.ts';
import { inFolder, tallystick } from './run.ts';

test('--version and --help go to stdout and are no failure', async () => {
  const [version, help, audit] = await Promise.all(
    [['--version'], ['--help'], ['audit', '--help']].map(args => tallystick(args)),
  );
  expect(version).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), stderr: '' });
  expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining('Exit codes: 0 clean'), stderr: '' });
  expect(audit?.stdout).toMatch(/--waivers <file>/);
  for (const { stdout } of [help, audit].flatMap(one => one ?? []))
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
});

// What a user may get wrong: arguments, and what the answer must say.
const wrong: readonly [readonly string[], RegExp][] = [
  [[], /Usage: tallystick/],
  [['chekc'], /unknown command 'chekc'[\s\S]*Did you mean check\?/],
  [['audit', '--formt', 'json'], /unknown option '--formt'[\s\S]*Did you mean --format\?/],
  [['check', '--format', 'xml'], /Allowed choices are text, json, sarif, github/],
  [['audit', 'surplus'], /too many arguments/],
  [['audit', '--snapshot'], /argument missing/],
  [['impact', '--base', 'a'], /required option '--head/],
  [['explain'], /missing required argument/],
  [['evidence', 'sael'], /unknown command 'sael'[\s\S]*Did you mean seal\?/],
  [['audit', '--format', 'pdf'], /no format "pdf"; there are json, sarif, markdown, summary, github/],
  [['audit', '--format', ','], /--format takes json/],
  [['audit', '--out', '-'], /--out - takes exactly one --format/],
  [['audit', '--fail-on', 'severe'], /--fail-on takes critical, high, medium, low, info, none, not "severe"/],
  [['audit', '--max-unknown', '-1'], /--max-unknown takes a whole number/],
  [['audit', '--param', 'x'], /--param takes NAME=VALUE/],
  [['audit', '--as-of', 'yesterday', '--snapshot', '.'], /--as-of takes a time such as/],
  [['audit', '--baseline', 'no.json'], /no\.json cannot be read: there is no such file/],
  [['audit', '--baseline', '.'], /\. cannot be read: it is a folder/],
  [['audit', '--waivers', 'no.yaml', '--snapshot', '.'], /no\.yaml:1:1 .*no such file/],
  [['audit', '--policies', 'no'], /no:1:1 .*no such file or folder/],
  [['audit', '--config', 'no.yaml'], /no\.yaml:1:1 .*no such file/],
  [['audit'], /there is no source to read/],
  [['collect'], /there is no source to read/],
  [['query', 'SELECT 1', '--snapshot', '.', '--limit', '0'], /--limit takes a whole number above zero/],
  [['query', 'SELECT 1', '--snapshot', 'nowhere'], /there is no snapshot at nowhere/],
];

test.each(wrong)('%j is exit 2 with a word of help', async (args, message) => {
  await inFolder({}, async cwd => {
    const { code, stdout, stderr } = await tallystick(args, { cwd });
    expect({ code, stdout }).toEqual({ code: exitCodes.input, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n\s+at .*:\d+:\d+/);
  });
});

test('the documented exit codes are those of the code, in their order of precedence', () => {
  const text = readFileSync(new URL('../../docs/exit-codes.md', import.meta.url), 'utf8');
  const documented = [...text.matchAll(/^\| (\d+) \| `([a-z]+)`/gm)].map(([, code, name]) => [
    String(name),
    Number(code),
  ]);
  expect(Object.fromEntries(documented)).toEqual(exitCodes);
  expect(text).toContain(exitPrecedence.filter(code => code !== 0).join(', '));
});
