import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { inFolder, policyText, tallystick } from './run.ts';

const policy = policyText('twins', 'group-has-twin')
  .replace('title: Twins', 'title: "<script>x</script> | [a](http://evil) `b`"')
  .replace('description: Some have none.', 'description: "<img src=x onerror=y> | ![p](http://evil/p.png)"');
const files = { 'policies/twins.yaml': policy, 'policies/more.yaml': policyText('more', 'another') };

test('a reference of the own policies: populations, functions, invariants, exit codes; it stays fresh until they change', async () => {
  await inFolder(files, async cwd => {
    const written = await tallystick(['docs', '--out', 'ref'], { cwd });
    expect(written).toMatchObject({ code: 0, stdout: '' });
    expect((await readdir(join(cwd, 'ref'), { recursive: true })).sort()).toEqual([
      ...['controls.md', 'exit-codes.md', 'facets.md', 'functions.md', 'invariants'],
      ...['invariants.md', 'invariants/another.md', 'invariants/group-has-twin.md', 'populations.md'],
    ]);
    expect(await tallystick(['docs', '--out', 'ref', '--check'], { cwd })).toMatchObject({ code: 0, stderr: '' });
    await writeFile(join(cwd, 'policies/more.yaml'), policyText('more', 'renamed'));
    await writeFile(join(cwd, 'ref/invariants/notes.md'), 'Mine.\n');
    const stale = await tallystick(['docs', '--out', 'ref', '--check'], { cwd });
    expect(stale.code).toBe(2);
    expect(stale.stderr.match(/\S+(?= is stale)/g)).toEqual(
      ['facets.md', 'invariants.md', 'invariants/another.md', 'invariants/renamed.md'].map(name => join('ref', name)),
    );
    await tallystick(['docs', '--out', 'ref', '-q'], { cwd });
    expect((await readdir(join(cwd, 'ref/invariants'))).sort()).toEqual([
      ...['group-has-twin.md', 'notes.md', 'renamed.md'],
    ]);
  });
});

test('what policies say never becomes HTML, a link or a table cell too many', async () => {
  await inFolder(files, async cwd => {
    await tallystick(['docs', '--out', 'ref'], { cwd });
    for (const name of ['invariants.md', 'invariants/group-has-twin.md']) {
      const text = await readFile(join(cwd, 'ref', name), 'utf8');
      expect(text).not.toMatch(/<(script|img)|\]\(http:\/\/evil/);
      const rows = text.split('\n').filter(line => line.startsWith('| '));
      for (const row of rows) expect(row).toMatch(/ \|$/);
    }
  });
});

test('nothing is written through links, and a mistake in a policy leaves what is there', async () => {
  await inFolder({ ...files, 'victim.txt': 'mine' }, async cwd => {
    await mkdir(join(cwd, 'ref'));
    await mkdir(join(cwd, 'elsewhere'));
    await symlink(join(cwd, 'victim.txt'), join(cwd, 'ref/populations.md'));
    await symlink(join(cwd, 'elsewhere'), join(cwd, 'ref/invariants'));
    const { code, stderr } = await tallystick(['docs', '--out', 'ref'], { cwd });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/is a link/) });
    expect(await readFile(join(cwd, 'victim.txt'), 'utf8')).toBe('mine');
    expect(await readdir(join(cwd, 'elsewhere'))).toEqual([]);
    await writeFile(join(cwd, 'policies/more.yaml'), 'policy: more\n');
    expect((await tallystick(['docs', '--out', 'new'], { cwd })).code).toBe(2);
    expect(await readdir(cwd)).not.toContain('new');
  });
});

test('no policy is exit 3', async () => {
  await inFolder({ 'policies/notes.txt': '' }, async cwd => {
    expect((await tallystick(['docs'], { cwd })).code).toBe(3);
  });
});
