import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { verifyEvidence } from '../../src/evidence/index.ts';
import { writeEstate } from '../evidence/fixture.ts';
import { forge } from '../evidence/forgery.ts';
import { perform } from '../evidence/performing.ts';
import { unzipTo } from '../evidence/unpacking.ts';
import { inFolder, policyText, tallystick } from './run.ts';

test('keygen, seal, verify; an altered byte is exit 5', async () => {
  await inFolder({ 'policies/twins.yaml': policyText('twins', 'group-has-twin') }, async cwd => {
    const snapshot = await writeEstate(join(cwd, 'snapshots'));
    const run = (...args: readonly string[]) => tallystick(['evidence', ...args], { cwd });
    const made = await run('keygen', '--out', 'auditor.pem');
    expect(made).toMatchObject({ code: 0, stdout: '' });
    expect((await stat(join(cwd, 'auditor.pem'))).mode & 0o077).toBe(0);
    const again = await run('keygen', '--out', 'auditor.pem');
    expect(again).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/auditor\.pem\.pub cannot be written: there is a file/),
    });

    const sealed = await run('seal', '--snapshot', snapshot, '--key', 'auditor.pem', '--out', 'pack.zip');
    expect(sealed).toMatchObject({ code: 0, stdout: '', stderr: expect.stringMatching(/Sealed .*pack\.zip/) });
    expect(sealed.stderr).toMatch(/3 violations at or above high/);
    expect(await run('seal', '--snapshot', snapshot, '--key', 'auditor.pem', '--out', 'pack.zip')).toMatchObject({
      code: 2,
    });
    expect(await run('seal', '--snapshot', snapshot, '--key', 'auditor.pem.pub', '--out', 'x.zip')).toMatchObject({
      code: 2,
    });
    expect(
      await run('seal', '--snapshot', snapshot, '--key', 'auditor.pem', '--out', 'pack.zip', '--force', '-q'),
    ).toMatchObject({ code: 0, stderr: '' });

    const verified = await run('verify', 'pack.zip', '--key', 'auditor.pem.pub', '--json');
    expect(verified).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(verified.stdout)).toMatchObject({ trusted: true, run: { exitCode: 1 } });
    const untrusted = await run('verify', 'pack.zip');
    expect(untrusted).toMatchObject({ code: 0, stderr: expect.stringMatching(/not checked against a key you trust/) });

    await run('keygen', '--out', 'other.pem', '-q');
    expect(await run('verify', 'pack.zip', '--key', 'other.pem.pub')).toMatchObject({ code: 5 });
    expect(await run('verify', 'nothing.zip')).toMatchObject({ code: 2 });
    const bytes = await readFile(join(cwd, 'pack.zip'));
    for (const at of [30, Math.floor(bytes.length / 2), bytes.length - 1]) {
      const altered = Buffer.from(bytes);
      altered[at] = (altered[at] ?? 0) ^ 1;
      await writeFile(join(cwd, 'altered.zip'), altered);
      const refused = await run('verify', 'altered.zip', '--json');
      expect(refused).toMatchObject({ code: 5, stdout: '' });
      expect(refused.stderr).toMatch(/^tallystick: .+\n$/);
    }
  });
});

test('seal takes waivers, and the sealed result holds them', async () => {
  const waiver = {
    id: 'w',
    invariant: 'group-has-twin',
    owner: 'ada',
    approver: 'grace',
    reason: 'r',
    effective: '2026-08-10',
    expires: '2026-10-31',
  };
  const subject = { where: 'group.label == "Finance"' };
  const files = {
    'policies/twins.yaml': policyText('twins', 'group-has-twin'),
    'waivers.yaml': JSON.stringify({ waivers: [{ ...waiver, subject }] }),
  };
  await inFolder(files, async cwd => {
    const snapshot = await writeEstate(join(cwd, 'snapshots'));
    await tallystick(['evidence', 'keygen', '--out', 'key.pem'], { cwd });
    const seal = [
      'evidence',
      'seal',
      '--snapshot',
      snapshot,
      '--key',
      'key.pem',
      '--out',
      'pack.zip',
      '--waivers',
      'waivers.yaml',
    ];
    expect(await tallystick(seal, { cwd })).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/2 violations.*1 waived/),
    });
    const { stdout } = await tallystick(['evidence', 'verify', 'pack.zip', '--json'], { cwd });
    expect(JSON.parse(stdout).run.reason).toMatch(/1 waived/);
    await unzipTo(join(cwd, 'pack.zip'), join(cwd, 'pack'));
    expect(await readFile(join(cwd, 'pack/waivers/waivers.yaml'), 'utf8')).toBe(files['waivers.yaml']);
    expect(await readFile(join(cwd, 'pack/waivers/waivers.csv'), 'utf8')).toMatch(/^"w","group-has-twin","active",1,/m);
    const rows = await perform(join(cwd, 'pack'), 'group-has-twin');
    expect(rows.filter(row => row.selected === 'w').map(row => row.label)).toEqual(['Finance']);
    expect(rows.filter(row => row.selected === '')).toHaveLength(2);
    // A pack in which the waivers are not those that were applied is refused, however well it is signed.
    for (const alter of [
      (all: Map<string, Buffer>) => all.set('waivers/waivers.yaml', Buffer.from('waivers: []')),
      (all: Map<string, Buffer>) => all.delete('waivers/waivers.yaml'),
      (all: Map<string, Buffer>) => all.set('waivers/more.yaml', Buffer.from('waivers: []')),
      (all: Map<string, Buffer>) => {
        const text = all.get('results/results.json')?.toString() ?? '';
        all.set('results/results.json', Buffer.from(text.replace('"state": "active"', '"state": "expired"')));
      },
    ]) {
      const forged = await forge(join(cwd, 'pack.zip'), cwd, { files: all => void alter(all) });
      await expect(verifyEvidence(forged)).rejects.toMatchObject({
        kind: 'integrity',
        message: expect.stringMatching(/waive/),
      });
    }
  });
});
