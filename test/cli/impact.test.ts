import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { writeEstate } from '../evidence/fixture.ts';
import { inFolder, policyText, tallystick } from './run.ts';

const before = policyText('twins', 'group-has-twin');
const after = before.replace('group.writtenBack', "group.writtenBack || group.label == 'Finance'");

test('impact compares two folders as text, JSON and Markdown', async () => {
  await inFolder({ 'old/twins.yaml': before, 'new/twins.yaml': after }, async cwd => {
    const snapshot = await writeEstate(join(cwd, 'snapshots'));
    const impact = (...args: readonly string[]) =>
      tallystick(['impact', '--base', 'old', '--head', 'new', '--snapshot', snapshot, ...args], { cwd });
    const [text, json, markdown] = await Promise.all([impact(), impact('-f', 'json'), impact('-f', 'markdown')]);
    for (const ended of [text, json, markdown]) expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(text?.stdout).toContain('Finance has no twin');
    expect(text?.stdout.replaceAll('\n', ' ')).toContain('Exit code 1 becomes 1');
    const { findings } = JSON.parse(json?.stdout ?? '');
    expect([findings.appeared.length, findings.disappeared.length]).toEqual([0, 1]);
    expect(markdown?.stdout).toMatch(/^#/);
    for (const line of text?.stdout.split('\n') ?? []) expect(line.length).toBeLessThanOrEqual(80);
    expect((await impact('--fail-on', 'high')).code).toBe(1);
    expect((await impact('--fail-on', 'critical')).code).toBe(0);
    expect((await impact('--fail-on', 'dire')).code).toBe(2);
  });
});

test('impact compares git revisions without checking anything out', async () => {
  await inFolder({ 'policies/twins.yaml': before, 'evil.sh': 'exit 1' }, async cwd => {
    const snapshot = await writeEstate(join(cwd, 'snapshots'));
    const env = { PATH: process.env.PATH ?? '', HOME: cwd, GIT_CONFIG_NOSYSTEM: '1' };
    const git = (...args: readonly string[]) =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
        cwd,
        env,
        stdio: 'pipe',
      });
    git('init', '-q', '-b', 'main');
    git('add', 'policies');
    git('commit', '-qm', 'one');
    git('checkout', '-qb', 'change');
    await writeFile(join(cwd, 'policies/twins.yaml'), after);
    git('commit', '-qam', 'two');
    git('checkout', '-q', 'main');
    const impact = (base: string, head: string) =>
      tallystick(['impact', '--base', base, '--head', head, '--snapshot', snapshot, '-f', 'json'], { cwd, env });
    const compared = await impact('main', 'change');
    expect(compared).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(compared.stdout).findings.disappeared).toHaveLength(1);
    // The same on both sides: nothing changes, and the temporary folder is not part of the comparison.
    const { findings } = JSON.parse((await impact('main', 'policies')).stdout);
    expect([findings.appeared, findings.disappeared]).toEqual([[], []]);
    expect(await impact('main', 'no-such-branch')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/neither a folder nor a git revision/),
    });
    expect(await impact('--output=pwned', 'main')).toMatchObject({ code: 2 });
    // A mistake says in which revision it is.
    git('checkout', '-qb', 'broken');
    await writeFile(join(cwd, 'policies/twins.yaml'), 'policy: 1\n');
    git('commit', '-qam', 'three');
    git('checkout', '-q', 'main');
    expect(await impact('main', 'broken')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^broken:policies\/twins\.yaml:1:\d+ error/m),
    });
  });
});
