import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { verifyEvidence } from '../../src/evidence/index.ts';
import { writeEstate } from '../evidence/fixture.ts';
import { unzip } from '../evidence/unpacking.ts';
import { inFolder, tallystick } from './run.ts';

const page = readFileSync(fileURLToPath(new URL('../../docs/own-populations.md', import.meta.url)), 'utf8');
const documented = Object.fromEntries(
  [...page.matchAll(/<!-- file: (\S+) -->\n\n```\w+\n([\s\S]*?)```/g)].map(([, name = '', text = '']) => [name, text]),
);
const files = {
  ...documented,
  'tallystick.yaml': 'populations: [populations/guest-members.sql]\npolicies: [policies]\n',
};

test('the documented population is checked and tested, and a mistake in it is told once', async () => {
  expect(Object.keys(documented)).toHaveLength(3);
  await inFolder(files, async cwd => {
    expect(await tallystick(['check'], { cwd })).toMatchObject({
      code: 0,
      stderr: '1 invariant in 1 policy is well-formed.\n',
    });
    const tested = await tallystick(['test', '--require-coverage', 'policies'], { cwd });
    expect(tested.stdout).toMatch(/2 cases, 0 failed/);
    expect(tested.code).toBe(0);
  });
  const broken = documented['populations/guest-members.sql']?.replace('u.enabled', 'u.enabeld') ?? '';
  await inFolder({ ...files, 'populations/guest-members.sql': broken }, async cwd => {
    const { code, stderr } = await tallystick(['check'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^populations\/guest-members\.sql:15:80 error Table "u" does not have a column named "enabeld"/,
    );
    expect(stderr).toMatch(/\n1 error, 0 warnings\n$/);
    expect((await tallystick(['test', 'policies'], { cwd })).code).toBe(2);
  });
});

const members = `-- population: pairs
-- about: Each member of a cloud group
-- facets: [cloud.groups, cloud.members]
-- key: [groupId, userId]
-- ids: { cloudGroup: groupId, cloudPrincipal: userId }
-- columns:
--   groupId: { type: string, names: none, about: group }
--   userId: { type: string, names: none, about: user }
SELECT group_id AS groupId, member_id AS userId FROM cloud_member
`;
const policy = `policy: pairs
title: Pairs
invariants:
  - id: no-pair
    title: There are no members
    flavours: [cloud-sync]
    over: pairs
    expect: row.groupId == row.userId
    severity: high
    message: "{{row.userId}} is a member"
    remediation: Remove it.
`;

// One snapshot for all: nothing writes to it.
let estate = '';
let snapshot = '';
beforeAll(async () => {
  estate = await mkdtemp(join(tmpdir(), 'tallystick-own-'));
  snapshot = await writeEstate(estate);
});
afterAll(() => rm(estate, { recursive: true, force: true }));

test('audit, explain, query and evidence know it, and the pack holds what was run', async () => {
  const own = { 'pairs.sql': members, 'policies/pairs.yaml': policy, 'tallystick.yaml': 'populations: [pairs.sql]\n' };
  await inFolder(own, async cwd => {
    expect((await tallystick(['audit', '--snapshot', snapshot, '--out', 'out'], { cwd })).code).toBe(1);
    const results = JSON.parse(await readFile(join(cwd, 'out/results.json'), 'utf8'));
    expect(results.invariants[0].counts).toMatchObject({ subjects: 3, fail: 3 });
    expect(results.run.populations).toMatchObject([{ name: 'pairs', path: 'pairs.sql' }]);
    expect(results.findings[0].subject.ids).toHaveProperty('cloudPrincipal');
    const asked = await tallystick(
      ['query', '--snapshot', snapshot, '--format', 'csv', 'SELECT count(*) AS n FROM pairs'],
      { cwd },
    );
    expect(asked.stdout).toBe('n\r\n3\r\n');
    const explained = await tallystick(['explain', 'no-pair', '--sql'], { cwd });
    expect(explained.stdout).toContain('CREATE TEMP TABLE "own_pairs" AS');
    await tallystick(['evidence', 'keygen', '--out', 'key.pem', '--quiet'], { cwd });
    const seal = ['evidence', 'seal', '--snapshot', snapshot, '--key', 'key.pem', '--out', 'pack.zip'];
    expect((await tallystick(seal, { cwd })).code).toBe(0);
    const pack = await unzip(join(cwd, 'pack.zip'));
    expect(pack.get('populations/pairs.sql')?.toString()).toBe(members);
    expect(pack.get('sql/no-pair.sql')?.toString()).toContain('own_pairs');
    expect((await verifyEvidence(join(cwd, 'pack.zip'))).result.run.populations).toHaveLength(1);
  });
});

test('rows that break what the header declares end an audit with exit code 2', async () => {
  const twice = members.replace('[groupId, userId]', '[userId]');
  await inFolder({ 'pairs.sql': twice, 'policies/pairs.yaml': policy }, async cwd => {
    const { code, stderr } = await tallystick(['audit', '--snapshot', snapshot, '--populations', 'pairs.sql'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(/pairs\.sql:4:4 error pairs: two rows have the same key \(userId\)/);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});
