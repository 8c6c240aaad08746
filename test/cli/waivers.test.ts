import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { writeEstate } from '../evidence/fixture.ts';
import { inFolder, policyText, tallystick } from './run.ts';

const waiver = (id: string, more: object) => ({
  ...{ id, invariant: 'group-has-twin', owner: 'ada@contoso.com', approver: 'grace@contoso.com', reason: 'r' },
  ...{ effective: '2026-08-10', expires: '2026-10-31', ticket: 'CHG-1' },
  ...more,
});
const file = {
  waivers: [
    waiver('used', { subject: { where: 'group.label == "Finance"' } }),
    waiver('soon', { subject: { where: 'group.label == "Finance"' }, expires: '2026-08-25' }),
    waiver('unused', { subject: { where: 'group.label == "no such"' } }),
    waiver('over', { subject: { where: 'group.label == "Finance"' }, expires: '2026-08-12' }),
  ],
};
const files = {
  'policies/twins.yaml': policyText('twins', 'group-has-twin'),
  'waivers.yaml': JSON.stringify(file),
};

type Listed = {
  readonly waivers: readonly { readonly id: string; readonly state: string; readonly daysLeft: number }[];
};
const statesIn = (stdout: string) =>
  (JSON.parse(stdout) as Listed).waivers.map(({ id, state, daysLeft }) => [id, state, daysLeft]);

test('waivers are listed as they stand on a snapshot, in a result, and by themselves', async () => {
  await inFolder(files, async cwd => {
    const snapshot = await writeEstate(join(cwd, 'snapshots'));
    const list = (...args: readonly string[]) => tallystick(['waivers', ...args], { cwd });
    const judged = await list('--waivers', 'waivers.yaml', '--snapshot', snapshot, '--json');
    const expected = [
      ['over', 'expired', -10],
      ['soon', 'expiring-soon', 3],
      ['unused', 'unmatched', 70],
      ['used', 'active', 70],
    ];
    expect([judged.code, statesIn(judged.stdout)]).toEqual([0, expected]);
    await tallystick(
      ['audit', '--snapshot', snapshot, '--waivers', 'waivers.yaml', '--format', 'json', '--out', 'out', '-q'],
      { cwd },
    );
    expect(statesIn((await list('--results', 'out/results.json', '--json')).stdout)).toEqual(expected);
    const text = (await list('--results', 'out/results.json')).stdout;
    expect(text).toMatch(/^As of 2026-08-22T09:05:00.000Z$/m);
    expect(text).toMatch(/^expiring-soon +soon, 3 days left, selects 1$/m);
    expect(text).toMatch(/^expired +over, is over, selects 1$/m);
    // Without a snapshot nobody knows what they cover.
    const alone = await list('--waivers', 'waivers.yaml', '--as-of', '2026-08-22T09:05:00Z', '--json');
    expect(statesIn(alone.stdout)).toEqual([
      ['over', 'expired', -10],
      ['soon', 'not-judged', 3],
      ['unused', 'not-judged', 70],
      ['used', 'not-judged', 70],
    ]);
    const explained = await tallystick(['explain', 'waiver-expired'], { cwd });
    expect(explained).toMatchObject({ code: 0, stdout: expect.stringMatching(/^waiver-expired \(medium\)/) });
  });
});

test('what goes with what is told', async () => {
  await inFolder(files, async cwd => {
    const list = (...args: readonly string[]) => tallystick(['waivers', ...args], { cwd });
    await writeFile(join(cwd, 'results.json'), '{}');
    for (const args of [
      [],
      ['--waivers', 'waivers.yaml', '--results', 'results.json'],
      ['--results', 'results.json', '--snapshot', '.'],
      ['--results', 'results.json'],
      ['--results', 'nowhere.json'],
    ])
      expect(await list(...args)).toMatchObject({
        code: 2,
        stdout: '',
        stderr: expect.stringMatching(/^tallystick: /m),
      });
  });
});
