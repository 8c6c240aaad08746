import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { tallystick } from './run.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const snapshot = 'test/sample/snapshot';
const drill = (policies: readonly string[], ...more: readonly string[]) =>
  tallystick(['drill', '--snapshot', snapshot, '--format', 'json', ...more, '--policies', ...policies], { cwd: root });

function digests(): string[] {
  return readdirSync(`${root}${snapshot}`).map(name =>
    createHash('sha256')
      .update(readFileSync(`${root}${snapshot}/${name}`))
      .digest('hex'),
  );
}

test('what the invariants are about is noticed by them, alone and in pairs, and the snapshot stays as it is', async () => {
  const before = digests();
  const chosen = ['anchor-duplicated', 'group-moved', 'member-added-on-premises', 'member-removed-on-premises'];
  const policies = ['policies/identity.yaml', 'policies/membership.yaml'];
  const { code, stdout } = await drill(policies, '--pairs', '2', '--fault', ...chosen);
  const { faults, pairs } = JSON.parse(stdout);
  const noticed = new Map(faults.map(({ id, noticed: by }: { id: string; noticed: string[] }) => [id, by]));
  expect(noticed.get('anchor-duplicated')).toContain('anchor-unique');
  expect(noticed.get('group-moved')).toContain('object-in-declared-container');
  expect(noticed.get('member-added-on-premises')).toContain('member-extra-in-ad');
  expect(noticed.get('member-removed-on-premises')).toContain('member-missing-in-ad');
  expect([...noticed.values()].filter(by => (by as string[]).length === 0)).toEqual([]);
  expect(pairs.map(({ masked }: { masked: string[] }) => masked)).toEqual([[], []]);
  expect(code).toBe(0);
  expect(digests()).toEqual(before);
});

test('a fault that nothing looks for is told, with exit 1', async () => {
  const { code, stdout } = await drill(['policies/mail.yaml'], '--fault', 'member-added-on-premises');
  expect(JSON.parse(stdout).faults).toMatchObject([{ id: 'member-added-on-premises', noticed: [] }]);
  expect(code).toBe(1);
});

test('a fault that does not exist is wrong input', async () => {
  expect(await drill(['policies/mail.yaml'], '--fault', 'none')).toMatchObject({ code: 2 });
});
