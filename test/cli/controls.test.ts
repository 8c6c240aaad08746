import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { writeEstate } from '../evidence/fixture.ts';
import { inFolder, policyText, tallystick } from './run.ts';

const twins = `${policyText('twins', 'group-has-twin').trimEnd()}\n    controls: { soc2: [CC6.1, CC6.9] }\n`;
const profile = `profile: house
title: House
select: all
framework:
  id: soc2
  title: SOC 2
  version: "2017"
  controls:
    - { id: CC6.1, title: "Logical access | \\e[31mred" }
    - { id: CC6.2, title: Registration }
    - { id: CC7.3, title: Events, noEvidence: Nobody reads them. }
`;
const plain = 'profile: plain\ntitle: Plain\nselect: all\n';
const files = { 'policies/twins.yaml': twins, 'policies/profiles/house.yaml': profile, 'plain.yaml': plain };
const house = ['--profile', 'policies/profiles/house.yaml'];

test('which invariants are evidence for which control, in three forms, with what is open', async () => {
  await inFolder(files, async cwd => {
    const text = await tallystick(['controls', ...house], { cwd });
    expect(text.code).toBe(0);
    expect(text.stdout).toMatch(/^SOC 2, 2017 \(profile house\)\n3 controls: 1 with evidence, 2 without\./);
    expect(text.stdout).toMatch(/\nCC6\.2 +Registration\n +no evidence\n/);
    expect(text.stdout).toMatch(/\n +no evidence: Nobody reads them\.\n/);
    expect(text.stdout).toContain('\n  CC6.9: group-has-twin\n');
    expect(`${text.stdout}${text.stderr}`).not.toContain('\u001b');
    expect(text.stderr).toContain('no loaded invariant is evidence for the control `CC6.2`');
    const json = await tallystick(['controls', '--format', 'json', '--quiet', ...house], { cwd });
    expect(json.stderr).toBe('');
    expect(JSON.parse(json.stdout)).toMatchObject({
      controls: [{ invariants: ['group-has-twin'] }, { invariants: [] }, { noEvidence: 'Nobody reads them.' }],
      unlisted: [{ id: 'CC6.9', invariants: ['group-has-twin'] }],
    });
    const markdown = await tallystick(['controls', '--format', 'markdown', '--quiet', ...house], { cwd });
    expect(markdown.stdout).toContain('| CC7.3 | Events | none: Nobody reads them. |\n');
    for (const line of markdown.stdout.split('\n').filter(each => each.startsWith('|')))
      expect(line.split(' | ')).toHaveLength(3);
  });
});

test('check warns of what is open, and a profile without a framework has no controls', async () => {
  await inFolder(files, async cwd => {
    const checked = await tallystick(['check', ...house], { cwd });
    expect(checked.code).toBe(0);
    expect(checked.stderr).toMatch(/policies\/profiles\/house\.yaml:10:13 warning no loaded invariant is evidence/);
    expect(checked.stderr).toMatch(/policies\/twins\.yaml:\d+:\d+ warning the profile house lists no control `CC6\.9`/);
    expect(checked.stderr).toMatch(/is well-formed, 2 warnings\.\n$/);
    const none = await tallystick(['controls', '--profile', 'plain.yaml'], { cwd });
    expect(none).toMatchObject({ code: 2, stdout: '' });
    expect(none.stderr).toContain('plain.yaml names no framework');
  });
});

test('an audit says of each control what was found; results of an audit without the profile can be asked afterwards', async () => {
  await inFolder(files, async cwd => {
    const snapshot = await writeEstate(cwd);
    const args = ['audit', '--snapshot', snapshot, '--format', 'json,summary'];
    const audited = await tallystick([...args, '--out', 'with', ...house], { cwd });
    expect(audited.code).toBe(1);
    expect(audited.stderr).toContain('SOC 2, 2017 (profile house): 1 fail, 2 no evidence');
    const results = JSON.parse(await readFile(join(cwd, 'with/results.json'), 'utf8'));
    expect(results.controls.controls[0]).toMatchObject({
      id: 'CC6.1',
      outcome: 'fail',
      evidence: [{ invariant: 'group-has-twin', outcome: 'fail' }],
    });
    expect((await tallystick([...args, '--out', 'without'], { cwd })).code).toBe(1);
    const asked = ['controls', '--format', 'json', ...house, '--results'];
    const later = JSON.parse((await tallystick([...asked, 'without/results.json'], { cwd })).stdout);
    expect(later).toEqual(results.controls);
    const text = await tallystick(['controls', ...house, '--results', 'with/results.json'], { cwd });
    expect(text.stdout).toMatch(/\nCC6\.1 +Logical access .*: fail\n +fail \(1\): group-has-twin\n/);
  });
});
