import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { sha256 } from '../../src/base/index.ts';
import { sealEvidence, verifyEvidence } from '../../src/evidence/index.ts';
import { controlReport } from '../../src/findings/index.ts';
import { sharedPack } from './fixture.ts';
import { forge } from './forgery.ts';
import { unzip } from './unpacking.ts';

const pack = sharedPack();
const source = 'profile: house\n';

/** The request of the pack, with a result that speaks of controls. */
function mapped() {
  const { request } = pack();
  const { invariants, gaps } = request.result;
  const controls = controlReport(
    {
      profile: { name: 'house', title: 'House', path: 'house.yaml', sha256: sha256(source) },
      framework: { id: 'soc2', title: '=SOC 2', version: '2017' },
      controls: [
        { id: 'CC6.1', title: 'Access', invariants: ['group-has-twin', 'member-in-ad'] },
        { id: 'CC7.3', title: 'Events', noEvidence: '=nothing', invariants: [] },
      ],
      unlisted: [],
      unmapped: [],
      off: [],
    },
    invariants,
    gaps,
  );
  return { ...request, result: { ...request.result, controls }, profile: source };
}

test('the profile, and a row per control and invariant, are in the pack, which verifies', async () => {
  const { path } = await sealEvidence({ ...mapped(), output: join(pack().folder, 'controls.zip') });
  const files = await unzip(path);
  expect(files.get('profile/profile.yaml')?.toString()).toBe(source);
  expect(files.get('results/controls.csv')?.toString().split('\r\n').slice(1, -1)).toEqual([
    `"'=SOC 2","2017","CC6.1","Access","fail","group-has-twin","fail",`,
    `"'=SOC 2","2017","CC6.1","Access","fail","member-in-ad","fail",`,
    `"'=SOC 2","2017","CC7.3","Events","no-evidence",,,"'=nothing"`,
  ]);
  expect(files.get('README.md')?.toString()).toContain('1 fail, 1 no evidence');
  expect((await verifyEvidence(path)).result.controls?.framework.id).toBe('soc2');
});

test('another profile than the one of the result is not sealed, and does not verify', async () => {
  const output = join(pack().folder, 'other.zip');
  await expect(sealEvidence({ ...mapped(), profile: 'profile: other\n', output })).rejects.toMatchObject({
    kind: 'input',
  });
  await expect(sealEvidence({ ...mapped(), profile: undefined, output })).rejects.toMatchObject({ kind: 'input' });
  const { path } = await sealEvidence({ ...mapped(), output });
  const folder = pack().folder;
  const altered = await forge(path, folder, { files: files => files.set('profile/profile.yaml', Buffer.from('x')) });
  const gone = await forge(path, folder, { files: files => files.delete('profile/profile.yaml') });
  for (const each of [altered, gone])
    await expect(verifyEvidence(each)).rejects.toMatchObject({
      kind: 'integrity',
      message: expect.stringContaining('profile/profile.yaml is not the profile'),
    });
});
