import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readChanges, readPaths } from '../../src/evaluate/index.ts';
import type { Finding } from '../../src/findings/index.ts';
import { openSnapshot } from '../../src/snapshot/index.ts';
import { type Draft, guid, writeEstate } from '../evidence/fixture.ts';
import { inFolder, tallystick } from './run.ts';

// GOLDEN=1 jest test/cli/explain.test.ts writes the golden texts.

const policy = `policy: members
title: Members
params:
  patience: { type: duration, default: 24h, description: How long an engine may take }
  unread-here: { type: int, default: 1, description: Another invariant reads it }
invariants:
  - id: member-in-ad
    title: Members are members on both sides
    description: Who is missing in AD has no access.
    flavours: [cloud-sync]
    over: memberships
    when: inCloud && !(has(group.cloud.created) && asOf - group.cloud.created < params.patience)
    expect: inAd
    facts: [ad.addedAt]
    severity: high
    message: "{{principal.label}} is missing in {{group.label}}"
    remediation: |
      Add-ADGroupMember -Identity "{{group.ad.dn}}" -Members "{{principal.ad.dn}}"
    references: [https://example.com/members]
    controls: { nist-800-53r5: [AC-2] }
`;
const cases = `tests: members
cases:
  - name: both sides agree
    flavours: [cloud-sync]
    cloud: { users: [{ id: ann, ad: ann }], groups: [{ id: sales, members: [ann] }] }
    ad: { users: [ann], groups: [{ id: twin, of: sales, members: [ann] }] }
    expect:
      member-in-ad: { pass: 1 }
  - name: one is missing in AD
    flavours: [cloud-sync]
    cloud: { users: [{ id: ann, ad: ann }], groups: [{ id: sales, members: [ann] }] }
    ad: { users: [ann], groups: [{ id: twin, of: sales }] }
    expect:
      member-in-ad: { fail: [sales/ann] }
`;
const waiver = (id: string, effective: string, expires: string) =>
  JSON.stringify({
    waivers: [
      {
        ...{ id, effective, expires, invariant: 'member-in-ad', subject: { ids: { cloudGroup: guid(1) } } },
        ...{ owner: 'ada', approver: 'grace', reason: 'Until the move.' },
      },
    ],
  });

const dc = { invocation_id: guid(0xd1), server: 'DC1', usn: 1 };
const at = (text: string): number => Date.parse(text);

/** Groups inside groups, in a circle too, and what replication metadata says. */
async function nested(draft: Draft): Promise<void> {
  await draft.add('cloud_member', [
    { group_id: guid(4), member_id: guid(3), kind: 'group' },
    { group_id: guid(3), member_id: guid(2), kind: 'group' },
    { group_id: guid(2), member_id: guid(4), kind: 'group' },
  ]);
  const common = { group_guid: guid(0xa1), version: 2, ...dc };
  await draft.add('ad_member_change', [
    {
      ...common,
      member_dn: 'CN=gone',
      member_guid: guid(0xb1),
      created: at('2026-03-01T00:00:00Z'),
      deleted: at('2026-08-20T10:00:00Z'),
      changed: at('2026-08-20T10:00:00Z'),
    },
  ]);
  await draft.add('ad_attribute_change', [
    { object_guid: guid(0xa1), attribute: 'displayName', version: 1, changed: at('2026-04-01T00:00:00Z'), ...dc },
  ]);
}

let home = '';
let snapshot = '';
let findings: readonly Finding[] = [];
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'tallystick-explain-'));
  snapshot = await writeEstate(home, nested);
  await writeFile(join(home, 'members.yaml'), policy);
  await writeFile(join(home, 'members.test.yaml'), cases);
  await auditWith(waiver('past', '2026-01-01', '2026-02-01'), 'out');
  findings = JSON.parse(await readFile(join(home, 'out', 'results.json'), 'utf8')).findings;
});
async function auditWith(waivers: string, out: string): Promise<void> {
  await writeFile(join(home, 'waivers.yaml'), waivers);
  const options = ['-s', snapshot, '-p', 'members.yaml', '--waivers', 'waivers.yaml', '-q'];
  await tallystick(['audit', ...options, '-o', out, '-f', 'json'], { cwd: home });
}

afterAll(() => rm(home, { recursive: true, force: true }));

const explain = (...args: readonly string[]) =>
  tallystick(['explain', '-p', 'members.yaml', '--as-of', '2026-08-22T09:05:00Z', ...args], { cwd: home });
const findingOf = (cloudGroup: string) =>
  findings.find(({ verdict, subject }) => verdict === 'fail' && subject.ids.cloudGroup === cloudGroup)?.fingerprint ??
  'none';
const results = ['--results', 'out/results.json'];

async function isGolden(name: string, text: string): Promise<void> {
  const file = new URL(`golden/${name}.txt`, import.meta.url);
  if (process.env.GOLDEN === '1') await writeFile(file, text);
  expect(text).toBe(await readFile(file, 'utf8'));
}

test('an invariant: fields, facets, rights, its own parameters, examples of its tests, SQL', async () => {
  const { code, stdout } = await explain('member-in-ad');
  expect(code).toBe(0);
  expect(stdout).not.toContain('unread-here');
  await isGolden('explain-invariant', stdout);
});

test('a finding with its snapshot: facts of both sides, way of the membership, changes, waivers, remedy', async () => {
  const { code, stdout } = await explain(findingOf(guid(1)), ...results, '--snapshot', snapshot);
  expect(code).toBe(0);
  // Which fields there are is the model's to say: the golden text does not follow it.
  const [further = ''] = /(?<=\nFurther facts\n)[\s\S]*?(?= {2}Not read)/.exec(stdout) ?? [];
  for (const part of [
    '  In Entra ID\n',
    '    group.cloud.displayName = "',
    '  In Active Directory\n',
    '    group.ad.dn =',
  ])
    expect(further).toContain(part);
  await isGolden('explain-finding', stdout.replace(further, '  …\n'));
});

test('a finding without its snapshot says what the snapshot would add; a waived one says by whom', async () => {
  await auditWith(waiver('held', '2026-08-01', '2026-09-30'), 'waived');
  const { stdout } = await explain(findingOf(guid(1)), '--results', 'waived/results.json');
  expect(stdout).toMatch(/^Waiver +held, by grace until 2026-09-30 \(active, 39 days left\): Until the\s+move\.$/m);
  expect(stdout).toMatch(/add\s+--snapshot FOLDER\n$/);
  expect(stdout).not.toMatch(/^(Way of|Further)/m);
});

test('names never stand in the commands of a remedy', async () => {
  const { stdout } = await explain(findingOf(guid(1)), ...results, '--snapshot', snapshot);
  expect(stdout).toContain('Add-ADGroupMember -Identity "<group.ad.dn>" -Members "<principal.ad.dn>"');
  expect(stdout).toMatch(/\nHere\n {2}<group\.ad\.dn> =\s+"CN=Group_/);
});

test('results of another snapshot are refused', async () => {
  await inFolder({}, async other => {
    const { code, stderr } = await explain(findingOf(guid(1)), ...results, '-s', await writeEstate(other));
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/the results are of the snapshot/) });
  });
});

test('the way goes through nested groups, and circles end', async () => {
  const opened = await openSnapshot(snapshot);
  try {
    const ways = (cloudGroup: string, cloudPrincipal: string) => readPaths(opened, { cloudGroup, cloudPrincipal });
    expect((await ways(guid(4), guid(31)))[0]?.path).toEqual([
      'Finance',
      "Robert'); DROP TABLE ad_group; --",
      '| **bold** <img src=x> `x` |',
      `${guid(31)}@contoso.com`,
    ]);
    expect(await ways(guid(4), guid(30))).toEqual([{ side: 'cloud', path: [], complete: true }]);
    const [inAd] = await readPaths(opened, { adGroup: guid(0xa2), adPrincipal: guid(0xb1) });
    // The members of that group were not read: no way is not surely no way.
    expect(inAd).toEqual({ side: 'ad', path: [], complete: false });
    expect(await readChanges(opened, { adGroup: guid(0xa1), adPrincipal: guid(0xb1) })).toEqual([
      { what: 'removed as a member', at: at('2026-08-20T10:00:00Z'), on: 'DC1' },
      { what: 'displayName of the group changed', at: at('2026-04-01T00:00:00Z'), on: 'DC1' },
    ]);
  } finally {
    await opened.close();
  }
});
