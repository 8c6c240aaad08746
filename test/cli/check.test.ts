import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { Log } from 'sarif';
import { MAIN } from './built.ts';
import { inFolder, policyText, tallystick } from './run.ts';

const good = policyText('good', 'group-has-twin');

test('well-formed policies are exit 0, and the summary says how many', async () => {
  await inFolder({ 'policies/good.yaml': good }, async cwd => {
    expect(await tallystick(['check'], { cwd })).toMatchObject({
      code: 0,
      stdout: '',
      stderr: '1 invariant in 1 policy is well-formed.\n',
    });
    expect(await tallystick(['check', '--quiet', 'policies/good.yaml'], { cwd })).toMatchObject({
      code: 0,
      stderr: '',
    });
  });
});

test('no policy is exit 3, never a success', async () => {
  await inFolder({ 'policies/notes.txt': 'hello' }, async cwd => {
    const { code, stderr } = await tallystick(['check'], { cwd });
    expect(code).toBe(3);
    expect(stderr).toMatch(/no policy was found[\s\S]*nothing was checked/);
  });
});

// Hostile and clumsy files: each is refused, all in one run.
const bombs = Array.from(
  { length: 20 },
  (_, n) => `a${n}: &a${n} [${'*a'.concat(String(Math.max(0, n - 1)), ', ').repeat(9)}1]`,
);
const malformed: Readonly<Record<string, string | Uint8Array>> = {
  'huge.yaml': `policy: huge\n${'# x\n'.repeat(2_600_000)}`,
  'bomb.yaml': `${bombs.join('\n')}\n`,
  'deep.yaml': `a: ${'['.repeat(100_000)}\n`,
  'binary.yaml': new Uint8Array([0x70, 0x3a, 0x20, 0xc3, 0x28, 0x0a]),
  'empty.yaml': '',
  'comment.yaml': '# nothing\n',
  'list.yaml': '- 1\n',
  'twice.yaml': `${policyText('twice', 'one')}policy: twice\n`,
  'ids-a.yaml': policyText('ids-a', 'same-id'),
  'ids-b.yaml': policyText('ids-b', 'same-id'),
  'cel.yaml': policyText('cel', 'wrong-cel').replace('group.writtenBack', 'group.writenBack && group.label > 3'),
  'syntax.yaml': policyText('syntax', 'wrong-syntax').replace('group.writtenBack', '"(group.writtenBack"'),
  'template.yaml': policyText('template', 'wrong-template').replace('{{group.label}}', '{{group.lable}}'),
  'keys.yaml': policyText('keys', 'wrong-keys').replace('severity: high', 'severty: high'),
  'tag.yaml': 'policy: !!js/function "function () {}"\n',
  'tabs.yaml': 'policy: x\n\ttitle: y\n',
  'escape.yaml': 'policy: "\\e[31m::error::x"\n',
};

test('every mistake of every malformed file at once, within a second of work', async () => {
  const files = Object.fromEntries(Object.entries(malformed).map(([name, text]) => [`policies/${name}`, text]));
  await inFolder(files, async cwd => {
    const { code, stderr, stdout, ms } = await tallystick(['check'], { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    for (const name of Object.keys(malformed).filter(each => each !== 'ids-a.yaml'))
      expect(stderr).toMatch(new RegExp(`^policies/${name.replace('.', '\\.')}:\\d+:\\d+ error `, 'm'));
    expect(stderr).toMatch(/did you mean `?group\.writtenBack/);
    expect(stderr).toMatch(/did you mean `severity`/);
    expect(stderr).not.toMatch(/^\s*::|node_modules|\n\s+at /m);
    expect(stderr).not.toContain('\u001b');
    expect(stderr).toMatch(/\d+ errors, \d+ warnings?\n$/);
    // Generous for a busy machine: it takes half a second on an idle one.
    expect(ms).toBeLessThan(5_000);
  });
});

test('as JSON: one object with the place of each mistake', async () => {
  await inFolder({ 'policies/cel.yaml': malformed['cel.yaml'] ?? '' }, async cwd => {
    const { code, stdout, stderr } = await tallystick(['check', '--format', 'json'], { cwd });
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
    const { format, problems } = JSON.parse(stdout);
    expect(format).toBe('tallystick/problems/v1');
    expect(problems[0]).toMatchObject({ level: 'error', file: 'policies/cel.yaml', line: 10, column: 19 });
  });
});

test('as annotations of GitHub Actions: one command per line, nothing else', async () => {
  await inFolder(
    { 'policies/keys.yaml': malformed['keys.yaml'] ?? '', 'policies/tag.yaml': malformed['tag.yaml'] ?? '' },
    async cwd => {
      const { code, stdout } = await tallystick(['check', '--format', 'github'], { cwd });
      expect(code).toBe(2);
      const lines = stdout.trimEnd().split('\n');
      expect(lines.length).toBeGreaterThanOrEqual(3);
      for (const line of lines)
        expect(line).toMatch(/^::(error|warning) file=policies\/(keys|tag)\.yaml,line=\d+,col=\d+,title=[a-z-]+::\S/);
    },
  );
});

test("as SARIF: what Microsoft's validator and GitHub accept, for mistakes and for none", async () => {
  const multitool: string = createRequire(import.meta.url)('@microsoft/sarif-multitool');
  const files = Object.fromEntries(
    Object.entries(malformed)
      .filter(([name]) => name !== 'huge.yaml')
      .map(([name, text]) => [`policies/${name}`, text]),
  );
  await inFolder({ ...files, 'fine/good.yaml': good }, async cwd => {
    for (const [folder, code] of [
      ['policies', 2],
      ['fine', 0],
    ] as const) {
      const sarif = join(cwd, `${folder}.sarif`);
      const out = join(cwd, `${folder}.out`);
      const ended = await tallystick(['check', '--format', 'sarif', folder], { cwd });
      expect(ended.code).toBe(code);
      execFileSync(process.execPath, [
        '-e',
        'require("fs").writeFileSync(process.argv[1], process.argv[2])',
        sarif,
        ended.stdout,
      ]);
      execFileSync(multitool, ['validate', sarif, '--rule-kind', 'Sarif;Ghas', '--level', 'Error', '-o', out], {
        stdio: 'ignore',
      });
      const log: Log = JSON.parse(readFileSync(out, 'utf8').replace(/^\ufeff/, ''));
      const errors = log.runs.flatMap(run => run.results ?? []).filter(result => result.level === 'error');
      expect(errors.map(({ ruleId, message }) => `${ruleId} ${message.text}`)).toEqual([]);
      const own: Log = JSON.parse(ended.stdout);
      const results = own.runs[0]?.results ?? [];
      expect(results.length > 0).toBe(code === 2);
      const hashes = results.map(result => result.partialFingerprints?.primaryLocationLineHash);
      expect(new Set(hashes).size).toBe(results.length);
      for (const result of results) {
        expect(result.message.text).toBeTruthy();
        expect(result.locations?.[0]?.physicalLocation?.artifactLocation?.uri).toMatch(/^policies\/[\w-]+\.yaml$/);
      }
    }
  });
});

test('--resolved prints what will be judged, with parameters and profile', async () => {
  const params = 'params:\n  limit: { type: int, default: 3, description: A limit }\n';
  const policy = policyText('good', 'group-has-twin', params).replace(
    'group.writtenBack',
    'group.writtenBack || params.limit > 5',
  );
  const profile = 'profile: strict\ntitle: Strict\nselect: all\nseverity: { group-has-twin: critical }\n';
  await inFolder({ 'policies/good.yaml': policy, 'strict.yaml': profile }, async cwd => {
    const args = ['check', '--resolved', '--param', 'limit=9', '--profile', 'strict.yaml'];
    const { code, stdout } = await tallystick(args, { cwd });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([
      { id: 'group-has-twin', severity: 'critical', params: { limit: { value: 9, from: 'command line' } } },
    ]);
    const bad = await tallystick(['check', '--param', 'limit=many', '--param', 'limits=1'], { cwd });
    expect(bad.code).toBe(2);
    expect(bad.stderr).toMatch(/--param limit: .*not a valid int[\s\S]*`limits`[\s\S]*did you mean `limit`/);
  });
});

test('a reader that goes away is no failure', async () => {
  await inFolder({}, async cwd => {
    const shipped = new URL('../../policies', import.meta.url).pathname;
    const script = `"${process.execPath}" --no-warnings "${MAIN}" check --resolved "${shipped}" | head -c 10; echo " ${'$'}{PIPESTATUS[0]}"`;
    const said = execFileSync('bash', ['-c', script], { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    expect(said).toMatch(/ 0\n$/);
  });
});
