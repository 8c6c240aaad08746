import { execFileSync, spawnSync } from 'node:child_process';
import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type AuditResult, readResults } from '../../src/findings/index.ts';
import { writeEstate } from '../evidence/fixture.ts';
import { MAIN } from './built.ts';
import { type Ended, inFolder, policyText, tallystick } from './run.ts';

const twins = policyText('twins', 'group-has-twin');
const files = { 'policies/twins.yaml': twins };

// One snapshot for all: nothing writes to it.
let snapshot = '';
let release = (): void => {};
let kept: Promise<void> = Promise.resolve();
beforeAll(async () => {
  await new Promise<void>((resolve, reject) => {
    kept = inFolder({}, async folder => {
      snapshot = await writeEstate(folder);
      resolve();
      await new Promise<void>(end => {
        release = end;
      });
    });
    kept.catch(reject);
  });
});
afterAll(async () => {
  release();
  await kept;
});

const audit = (cwd: string, ...args: readonly string[]): Promise<Ended> =>
  tallystick(['audit', '--snapshot', snapshot, ...args], { cwd });

async function resultsIn(folder: string): Promise<AuditResult> {
  return readResults(await readFile(join(folder, 'results.json'), 'utf8'));
}

test('findings are exit 1; the reports are written, and a summary of 80 columns goes to stderr', async () => {
  await inFolder(files, async cwd => {
    const { code, stdout, stderr } = await audit(cwd, '--out', 'out');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/✗ 3 violations at or above high/);
    expect(stderr).toMatch(/Reports in out: results\.json, results\.sarif, results\.md\n$/);
    expect(stderr).not.toContain('\u001b');
    for (const line of stderr.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect((await readdir(join(cwd, 'out'))).sort()).toEqual(['results.json', 'results.md', 'results.sarif']);
    expect((await resultsIn(join(cwd, 'out'))).run).toMatchObject({ exitCode: 1, outcome: 'findings' });
  });
});

test('--fail-on, --max-unknown and --quiet decide the exit code and the noise', async () => {
  await inFolder(
    {
      ...files,
      'two/members.yaml': policyText('members', 'member-in-ad')
        .replace('over: groups', 'over: memberships')
        .replace('group.writtenBack', 'inAd')
        .replace('expect', 'when: inCloud\n    expect'),
    },
    async cwd => {
      const none = await audit(cwd, '--out', 'a', '--fail-on', 'none', '--quiet');
      expect(none).toMatchObject({ code: 0, stdout: '', stderr: '' });
      expect(await audit(cwd, '--out', 'b', '--fail-on', 'critical', '-q')).toMatchObject({ code: 0 });
      // A gap is not a pass: one membership cannot be judged.
      expect(await audit(cwd, '--out', 'c', '--fail-on', 'none', '-q', '-p', 'two')).toMatchObject({ code: 3 });
      expect(
        await audit(cwd, '--out', 'd', '--fail-on', 'none', '-q', '-p', 'two', '--max-unknown', '1'),
      ).toMatchObject({ code: 0 });
      // A violation that was found is not hidden by the gap.
      expect(await audit(cwd, '--out', 'e', '-q', '-p', 'two')).toMatchObject({ code: 1 });
    },
  );
});

test('two audits of one snapshot give the same bytes, wherever they are written', async () => {
  await inFolder(files, async cwd => {
    await Promise.all([audit(cwd, '--out', 'one'), audit(cwd, '--out', 'deep/er/two', '--memory', '500MB')]);
    for (const file of ['results.json', 'results.sarif', 'results.md'])
      expect(await readFile(join(cwd, 'one', file), 'utf8')).toBe(
        await readFile(join(cwd, 'deep/er/two', file), 'utf8'),
      );
  });
});

test.each(['json', 'sarif', 'markdown', 'summary', 'github'])(
  '--out - writes %s to stdout and nothing else there',
  async format => {
    await inFolder(files, async cwd => {
      const piped = await audit(cwd, '--out', '-', '--format', format);
      await audit(cwd, '--out', 'out', '--format', format);
      const [file = ''] = await readdir(join(cwd, 'out'));
      expect(piped.code).toBe(1);
      expect(piped.stdout).toBe(await readFile(join(cwd, 'out', file), 'utf8'));
      expect(piped.stderr).toMatch(/3 violations/);
    });
  },
);

test('a reader that goes away (head) ends nothing with a crash', async () => {
  await inFolder(files, async cwd => {
    // An uncaught error would be exit 1, so these runs must end with 0.
    const run = `"${process.execPath}" --no-warnings "${MAIN}" audit --fail-on none --snapshot "${snapshot}" --out - --format`;
    const bash = (script: string) =>
      execFileSync('bash', ['-c', script], { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    expect(bash(`${run} sarif | head -c 1; echo " ${'$'}{PIPESTATUS[0]}"`)).toBe('{ 0\n');
    expect(bash(`${run} json | true; echo "${'$'}{PIPESTATUS[0]}"`)).toBe('0\n');
    // And one that goes away on stderr.
    expect(bash(`${run} json 2> >(true) >/dev/null; echo $?`)).toBe('0\n');
  });
});

test('colours only for a terminal without NO_COLOR', async () => {
  await inFolder(files, async cwd => {
    const command = `'${process.execPath}' --no-warnings '${MAIN}' audit --snapshot '${snapshot}' --out out`;
    const onTerminal = (env: Record<string, string>) =>
      spawnSync('script', ['-qec', command, '/dev/null'], {
        cwd,
        encoding: 'utf8',
        env: { PATH: process.env.PATH ?? '', TERM: 'xterm', ...env },
      });
    if (spawnSync('script', ['--version']).error) return;
    expect(onTerminal({}).stdout).toContain('\u001b[');
    expect(onTerminal({ NO_COLOR: '1' }).stdout).not.toContain('\u001b[');
  });
});

test('--baseline tells new, unchanged and fixed apart', async () => {
  await inFolder(
    {
      ...files,
      'later/twins.yaml': twins.replace('group.writtenBack', "group.writtenBack || group.label == 'Finance'"),
    },
    async cwd => {
      await audit(cwd, '--out', 'one', '-q');
      const same = await audit(cwd, '--out', 'two', '--baseline', 'one/results.json');
      expect(same.code).toBe(1);
      const states = async (folder: string) =>
        (await resultsIn(join(cwd, folder))).findings.map(finding => finding.state).sort();
      expect(await states('one')).toEqual(['new', 'new', 'new']);
      expect(await states('two')).toEqual(['unchanged', 'unchanged', 'unchanged']);
      await audit(cwd, '--out', 'three', '--baseline', 'one/results.json', '-p', 'later', '-q');
      expect(await states('three')).toEqual(['fixed', 'unchanged', 'unchanged']);
      // It is the same snapshot: nothing but the policy can have made the difference.
      const { run, findings } = await resultsIn(join(cwd, 'three'));
      expect(findings.flatMap(finding => finding.cause ?? [])).toEqual(['policy']);
      expect(run.baseline).toMatchObject({ changed: ['group-has-twin'], rejudged: false });
      // The longer a finding stands, the older it is, from result to result.
      const later = ['-q', '--as-of', '2026-09-01T09:05:00Z', '--baseline', 'two/results.json', '--out', 'four'];
      await audit(cwd, ...later);
      const four = (await resultsIn(join(cwd, 'four'))).findings;
      expect(four.map(({ firstSeen, lastSeen, ageDays }) => [firstSeen, lastSeen, ageDays])).toEqual(
        four.map(() => ['2026-08-22T09:05:00.000Z', '2026-09-01T09:05:00.000Z', 10]),
      );
      const explained = await tallystick(['explain', four[0]?.fingerprint ?? '', '--results', 'four/results.json'], {
        cwd,
      });
      expect(explained.stdout).toMatch(/First seen +2026-08-22T09:05:00.000Z, 10 days old/);
      const again = await audit(cwd, ...later, '--baseline-snapshot', snapshot);
      expect(again.code).toBe(1);
      expect((await resultsIn(join(cwd, 'four'))).run.baseline).toMatchObject({ changed: [], rejudged: true });
      expect(await audit(cwd, '--out', 'x', '--baseline-snapshot', snapshot)).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/give both/),
      });
      await writeFile(join(cwd, 'bad.json'), '{}');
      expect(await audit(cwd, '--out', 'x', '--baseline', 'bad.json')).toMatchObject({ code: 2 });
    },
  );
});

test('--as-of is the instant of the result; without it the end of the snapshot is', async () => {
  await inFolder(files, async cwd => {
    await Promise.all([
      audit(cwd, '--out', 'a', '-q'),
      audit(cwd, '--out', 'b', '-q', '--as-of', '2027-01-01T01:00:00+01:00'),
    ]);
    expect((await resultsIn(join(cwd, 'a'))).run.asOf).toBe('2026-08-22T09:05:00.000Z');
    expect((await resultsIn(join(cwd, 'b'))).run.asOf).toBe('2027-01-01T00:00:00.000Z');
  });
});

test('--waivers: an approved exception does not fail the run, stays in the report, and expires', async () => {
  await inFolder(files, async cwd => {
    await audit(cwd, '--out', 'before', '-q');
    const found = (await resultsIn(join(cwd, 'before'))).findings;
    const waiver = (subject: string, index: number, expires = '2026-10-31') => `  - id: w${index}
    invariant: group-has-twin
    subject: ${subject}
    owner: ada@contoso.com
    approver: grace@contoso.com
    reason: Retired in spring
    effective: 2026-08-10
    expires: ${expires}
`;
    const subjects = found.map((finding, index) =>
      index === 0 ? `{ fingerprint: ${finding.fingerprint} }` : `{ ids: ${JSON.stringify(finding.subject.ids)} }`,
    );
    await writeFile(
      join(cwd, 'waivers.yaml'),
      `waivers:\n${subjects.map((subject, index) => waiver(subject, index)).join('')}`,
    );
    const waived = await audit(cwd, '--out', 'after', '--waivers', 'waivers.yaml');
    expect(waived.code).toBe(0);
    const after = await resultsIn(join(cwd, 'after'));
    expect(after.findings.map(finding => finding.waiver?.approver)).toEqual(found.map(() => 'grace@contoso.com'));
    expect(after.invariants[0]?.counts).toMatchObject({ fail: 3, waived: 3 });
    expect(after.findings.map(finding => finding.verdict)).toEqual(['fail', 'fail', 'fail']);
    // After they expired they cover nothing.
    expect(
      (await audit(cwd, '--out', 'late', '-q', '--waivers', 'waivers.yaml', '--as-of', '2027-01-01T00:00:00Z')).code,
    ).toBe(1);
    expect((await resultsIn(join(cwd, 'late'))).waivers.map(use => use.state)).toEqual(found.map(() => 'expired'));
    await writeFile(join(cwd, 'waivers.yaml'), `waivers:\n${waiver('{}', 0)}${waiver('{ ids: {} }', 0, 'never')}`);
    const wrong = await audit(cwd, '--out', 'wrong', '--waivers', 'waivers.yaml');
    expect(wrong.code).toBe(2);
    expect(wrong.stderr.match(/^waivers\.yaml:\d+:\d+ error /gm)).toHaveLength(2);
    expect(await readdir(cwd)).not.toContain('wrong');
  });
});

test('a waiver with a condition covers the subjects for which it is true, and only where that can be told', async () => {
  const waiver = (id: string, where: string) => `  - id: ${id}
    invariant: group-has-twin
    subject: { where: '${where}' }
    owner: ada@contoso.com
    approver: ${id === 'own' ? 'ADA@contoso.com' : 'grace@contoso.com'}
    reason: Retired in spring
    effective: 2026-08-10
    expires: 2026-10-31
`;
  const limits = 'limits: { mostSubjects: 2 }\nwaivers:\n';
  const finance = 'has(group.cloud) && group.cloud.displayName == "Finance"';
  await inFolder(files, async cwd => {
    const write = (...waivers: readonly string[]) => writeFile(join(cwd, 'waivers.yaml'), limits + waivers.join(''));
    await write(waiver('finance', finance), waiver('own', finance), waiver('no-such', 'group.label == "no such"'));
    const run = ['--out', 'one', '-q', '--waivers', 'waivers.yaml'];
    expect((await audit(cwd, ...run)).code).toBe(1);
    const one = await resultsIn(join(cwd, 'one'));
    expect(
      one.findings.filter(({ waiver: by }) => by !== null).map(({ subject, waiver: by }) => [subject.label, by?.id]),
    ).toEqual([['Finance', 'finance']]);
    expect(one.waivers.map(({ id, state, matched }) => [id, state, matched])).toEqual([
      ['finance', 'active', 1],
      ['no-such', 'unmatched', 0],
      ['own', 'self-approved', 1],
    ]);
    expect(one.findings.filter(({ subject }) => subject.population === 'waivers')).toMatchObject([
      { invariant: 'waiver-self-approved', location: { file: 'waivers.yaml', line: 11 }, state: 'new' },
      { invariant: 'waiver-unused', location: { file: 'waivers.yaml', line: 19 }, state: 'new' },
    ]);
    expect(await readFile(join(cwd, 'one/results.sarif'), 'utf8')).toContain('"ruleId": "waiver-self-approved"');
    // All three violations are more than two: it covers none.
    await write(waiver('all', 'group.label != "no such"'));
    await audit(cwd, ...run);
    expect((await resultsIn(join(cwd, 'one'))).waivers).toMatchObject([{ id: 'all', state: 'too-broad', matched: 3 }]);
    // No access list was read: of the violation that has one nobody knows whether this is true.
    await write(waiver('unread', '!has(group.ad) || group.ad.inheritanceBlocked == true'));
    await audit(cwd, ...run);
    const unread = await resultsIn(join(cwd, 'one'));
    expect(unread.findings.map(({ subject: { ids }, waiver: by }) => [ids.adGroup !== undefined, by?.id])).toEqual([
      [false, 'unread'],
      [false, 'unread'],
      [true, undefined],
    ]);
    await write(waiver('typo', 'group.labell == "x"'));
    const wrong = await audit(cwd, ...run);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toMatch(/^waivers\.yaml:5:\d+ error /m);
  });
});

test('--param and --profile change what is judged, and the result says so', async () => {
  const params = 'params:\n  strict: { type: bool, default: true, description: Whether to mind }\n';
  const policy = policyText('twins', 'group-has-twin', params).replace(
    'group.writtenBack',
    'group.writtenBack || !params.strict',
  );
  const profile = 'profile: mild\ntitle: Mild\nselect: all\nseverity: { group-has-twin: low }\n';
  const off = 'profile: off\ntitle: Off\nselect: all\noff: { group-has-twin: not yet }\n';
  await inFolder({ 'policies/twins.yaml': policy, 'mild.yaml': profile, 'off.yaml': off }, async cwd => {
    expect((await audit(cwd, '--out', 'a', '-q')).code).toBe(1);
    expect((await audit(cwd, '--out', 'b', '-q', '--param', 'strict=false')).code).toBe(0);
    expect((await resultsIn(join(cwd, 'b'))).invariants[0]?.params).toEqual([
      { name: 'strict', value: false, from: 'command line' },
    ]);
    expect((await audit(cwd, '--out', 'c', '-q', '--profile', 'mild.yaml')).code).toBe(0);
    expect((await resultsIn(join(cwd, 'c'))).findings.map(finding => finding.severity)).toEqual(['low', 'low', 'low']);
    // Everything switched off: nothing was judged, and that is no success.
    const nothing = await audit(cwd, '--out', 'd', '--profile', 'off.yaml');
    expect(nothing.code).toBe(3);
    expect(nothing.stderr).toMatch(/No audit was performed/);
  });
});

test('no policies are exit 3, and every report says that no audit was performed', async () => {
  await inFolder({ 'policies/notes.txt': '' }, async cwd => {
    const { code, stderr } = await audit(cwd, '--out', 'out', '--format', 'json,sarif,markdown,summary');
    expect(code).toBe(3);
    expect(stderr).toMatch(/No audit was performed/);
    await saysNotPerformed(join(cwd, 'out'));
  });
});

test('an altered byte of the snapshot is exit 5, names the file, and leaves no old report standing', async () => {
  await inFolder(files, async cwd => {
    await audit(cwd, '--out', 'out', '-q', '--format', 'json,sarif,markdown,summary');
    const own = await writeEstate(join(cwd, 'snapshots'));
    await appendFile(join(own, 'ad_group.parquet'), 'x');
    const { code, stderr } = await tallystick(
      ['audit', '--snapshot', own, '--out', 'out', '--format', 'json,sarif,markdown,summary'],
      { cwd },
    );
    expect(code).toBe(5);
    expect(stderr).toMatch(/ad_group\.parquet/);
    expect((await resultsIn(join(cwd, 'out'))).run).toMatchObject({
      exitCode: 5,
      outcome: 'integrity-failed',
      snapshot: null,
    });
    await saysNotPerformed(join(cwd, 'out'));
    await writeFile(join(own, 'manifest.json'), '{}');
    expect(await tallystick(['query', 'SELECT 1', '--snapshot', own], { cwd })).toMatchObject({ code: 5 });
  });
});

/** Every report of a run that broke off says so. */
async function saysNotPerformed(folder: string): Promise<void> {
  const read = (file: string) => readFile(join(folder, file), 'utf8');
  expect((await resultsIn(folder)).run.reason).toMatch(/^No audit was performed/);
  const { runs } = JSON.parse(await read('results.sarif'));
  expect(runs[0].invocations[0].executionSuccessful).toBe(false);
  expect(runs[0].results).toEqual([]);
  expect(await read('results.md')).toMatch(/[Nn]o audit was performed/);
  expect(await read('summary.txt')).toMatch(/[Nn]o audit was performed/);
}

test('reports that cannot be written are exit 2 with the reason', async () => {
  await inFolder({ ...files, taken: 'a file' }, async cwd => {
    const { code, stderr } = await audit(cwd, '--out', 'taken', '-q');
    expect(code).toBe(2);
    expect(stderr).toMatch(/the reports cannot be written to taken: there is a file of that name/);
  });
});

test('what a directory holds cannot speak to the terminal or to the workflow runner', async () => {
  const message = '"::error::{{group.label}} ##[error]x \\u001b[31mred"';
  await inFolder({ 'policies/twins.yaml': twins.replace(/message: .*/, `message: ${message}`) }, async cwd => {
    const { stderr } = await audit(cwd, '--out', 'out');
    expect(stderr).not.toMatch(/^\s*::|##\[/m);
    expect(stderr).not.toContain('\u001b');
    const finding = (await resultsIn(join(cwd, 'out'))).findings[0];
    const told = await tallystick(['explain', finding?.fingerprint ?? '', '--results', 'out/results.json'], { cwd });
    expect(told.code).toBe(0);
    expect(told.stdout).not.toMatch(/^\s*::|##\[/m);
  });
});
