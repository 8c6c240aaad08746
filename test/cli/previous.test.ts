import { appendFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type AuditResult, readResults } from '../../src/findings/index.ts';
import { createPseudonyms, createSnapshot, type DraftOptions, ownFacets } from '../../src/snapshot/index.ts';
import { adGroup, guid } from '../evidence/fixture.ts';
import { perform } from '../evidence/performing.ts';
import { type Ended, inFolder, tallystick } from './run.ts';

const policy = `policy: thresholds
title: Thresholds
description: A policy of this test.
invariants:
  - id: nobody-went
    title: Nobody goes
    description: Some do.
    flavours: [cloud-sync]
    over: memberTurnovers
    expect: turnover.removed == 0
    severity: high
    message: "{{turnover.removed}} of {{turnover.before}} went since {{turnover.since}} ({{turnover.percent}} %)"
    remediation: Ask.
`;

/** What one snapshot of the estate holds: members by the number of their group. */
type Held = {
  readonly day: string;
  readonly groups: Readonly<Record<number, readonly number[]>>;
  readonly tenant?: number;
  readonly domain?: number;
  readonly unread?: number;
  readonly pseudonyms?: DraftOptions['pseudonyms'];
};

async function write(directory: string, held: Held): Promise<{ readonly path: string; readonly id: string }> {
  const { day, groups, tenant = 0x70, domain = 0xd0, unread, pseudonyms } = held;
  const draft = await createSnapshot({
    ...{ directory, start: `${day}T02:00:00.000Z`, version: '0.1.0' },
    scope: { flavours: ['cloud-sync'], containers: [] },
    ...(pseudonyms === undefined ? {} : { pseudonyms }),
  });
  const numbers = Object.keys(groups).map(Number);
  await draft.add('scope_flavour', [{ flavour: 'cloud-sync' }]);
  await draft.add('cloud_tenant', [
    { id: guid(tenant), display_name: null, on_premises_sync_enabled: null, last_sync: null, verified_domains: [] },
  ]);
  await draft.add('ad_domain', [
    {
      ...{ dn: 'DC=contoso,DC=com', dns_name: `d${domain}.contoso.com`, sid: 'S-1-5-21-1-2-3', guid: guid(domain) },
      ...{ forest_dns_name: 'contoso.com', domain_level: 7, schema_version: 88, external_id_in_schema: true },
      ...{ object_soa_in_schema: true, registered_devices: false, recycle_bin: true },
      ...{ exchange_schema_version: null, exchange_org_version: null, exchange_domain_version: null },
    },
  ]);
  await draft.add(
    'ad_group',
    numbers.map(number => adGroup(guid(number), guid(number + 0x1000))),
  );
  await draft.add(
    'ad_member',
    numbers.flatMap(number =>
      (groups[number] ?? []).map(member => ({ group_guid: guid(number), member_guid: guid(member) })),
    ),
  );
  for (const facet of ownFacets()) draft.complete(facet);
  if (unread !== undefined) draft.gap('ad.members', 'the server was busy', guid(unread));
  return draft.finish(`${day}T02:05:00.000Z`);
}

const now: Held = { day: '2026-08-22', groups: { 1: [31, 32], 2: [31], 3: [] } };
const before: Held = { day: '2026-08-21', groups: { 1: [31, 33], 2: [31], 4: [32] } };

let taken: { readonly path: string; readonly id: string };
let earlier: typeof taken;
let both: string;
beforeAll(async () => {
  both = await mkdtemp(join(tmpdir(), 'tallystick-test-'));
  [taken, earlier] = [await write(both, now), await write(both, before)];
});
afterAll(() => rm(both, { recursive: true, force: true }));

const files = { 'policies/thresholds.yaml': policy };
const audit = (cwd: string, ...args: readonly string[]): Promise<Ended> =>
  tallystick(['audit', '--snapshot', taken.path, '--out', 'out', '-q', ...args], { cwd });
const resultOf = async (cwd: string): Promise<AuditResult> =>
  readResults(await readFile(join(cwd, 'out/results.json'), 'utf8'));
const toldOf = ({ findings }: AuditResult) =>
  Object.fromEntries(findings.map(({ subject, verdict, message }) => [subject.key, { verdict, message }]));

test('two snapshots on disk: what went is found, and the result names the snapshot compared with', async () => {
  await inFolder(files, async cwd => {
    expect(await audit(cwd, '--previous', earlier.path)).toMatchObject({ code: 1, stderr: '' });
    const result = await resultOf(cwd);
    expect(result.run).toMatchObject({
      snapshot: { id: taken.id },
      previous: { id: earlier.id, start: '2026-08-21T02:00:00.000Z', end: '2026-08-21T02:05:00.000Z' },
    });
    expect(result.invariants[0]?.counts).toMatchObject({ subjects: 4, fail: 2, pass: 2, unknown: 0 });
    expect(toldOf(result)).toEqual({
      [guid(1)]: { verdict: 'fail', message: '1 of 2 went since 2026-08-21T02:05:00Z (100 %)' },
      [guid(4)]: { verdict: 'fail', message: '1 of 1 went since 2026-08-21T02:05:00Z (100 %)' },
    });
    // Another snapshot to compare with is another run.
    await inFolder({}, async folder => {
      const other = await write(folder, { ...before, day: '2026-08-20' });
      await audit(cwd, '--previous', other.path);
      expect((await resultOf(cwd)).run.id).not.toBe(result.run.id);
    });
  });
});

test('without --previous nothing passes, and the reason names it', async () => {
  await inFolder(files, async cwd => {
    expect(await audit(cwd)).toMatchObject({ code: 3 });
    const result = await resultOf(cwd);
    expect(result.run).not.toHaveProperty('previous');
    expect(result.invariants[0]?.counts).toMatchObject({ subjects: 1, pass: 0, fail: 0, unknown: 1 });
    expect(result.findings[0]?.message).toMatch(/--previous/);
    expect(result.gaps.find(({ facet }) => facet === 'ad.earlierMembers')).toMatchObject({
      object: '',
      reason: expect.stringContaining('--previous'),
      invariants: ['nobody-went'],
    });
  });
});

test('a gap of the earlier snapshot is unknown for its group alone; pseudonyms are no change', async () => {
  const pseudonyms = createPseudonyms('7'.repeat(64));
  await inFolder(files, async cwd => {
    const partly = await write(join(cwd, 'snapshots'), { ...before, unread: 1, pseudonyms });
    await audit(cwd, '--previous', partly.path);
    const result = await resultOf(cwd);
    expect(result.invariants[0]?.counts).toMatchObject({ subjects: 4, fail: 1, pass: 2, unknown: 1 });
    expect(toldOf(result)[guid(1)]).toMatchObject({ verdict: 'unknown' });
    expect(result.gaps.find(({ object }) => object === guid(1))).toMatchObject({
      facet: 'ad.earlierMembers',
      reason: expect.stringMatching(/^of the earlier snapshot: the server was/),
    });
  });
});

test.each<[string, Partial<Held>, RegExp]>([
  ['a later one', { day: '2026-08-23' }, /it was finished at 2026-08-23T02:05:00\.000Z, and .* began at 2026-08-22/],
  ['one of another tenant', { tenant: 0x71 }, /it is of tenant .*71, and the one that is judged of .*70/],
  ['one of another domain', { domain: 0xd1 }, /it holds the domains d209\.contoso\.com, .* d208\.contoso\.com/],
])('%s is refused', async (_, other, reason) => {
  await inFolder(files, async cwd => {
    const odd = await write(join(cwd, 'snapshots'), { ...before, ...other });
    const { code, stderr } = await audit(cwd, '--previous', odd.path);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(reason) });
  });
});

test('the snapshot itself, none, and an altered one are refused', async () => {
  await inFolder(files, async cwd => {
    expect(await audit(cwd, '--previous', taken.path)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('it is the snapshot that is judged'),
    });
    expect(await audit(cwd, '--previous', 'nowhere')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('nowhere'),
    });
    await cp(earlier.path, join(cwd, 'altered'), { recursive: true });
    await appendFile(join(cwd, 'altered/ad_member.parquet'), 'x');
    const altered = await audit(cwd, '--previous', 'altered');
    expect(altered).toMatchObject({ code: 5, stderr: expect.stringContaining('ad_member.parquet') });
  });
});

test('the run of yesterday as the baseline is judged again by itself', async () => {
  await inFolder(files, async cwd => {
    await tallystick(['audit', '--snapshot', earlier.path, '--out', 'yesterday', '-q'], { cwd });
    const baseline = ['--baseline', 'yesterday/results.json', '--baseline-snapshot', earlier.path];
    expect(await audit(cwd, '--previous', earlier.path, ...baseline)).toMatchObject({ code: 1, stderr: '' });
  });
});

/** What stock DuckDB says to a script, without tallystick. */
async function judgedByStock(cwd: string, script: string): Promise<string[]> {
  await mkdir(join(cwd, 'sql'), { recursive: true });
  await writeFile(join(cwd, 'sql/judge.sql'), script);
  const rows = await perform(cwd, 'judge');
  return rows.map(({ verdict, subject }) => `${verdict} ${subject}`).sort();
}

test('query and explain open it too', async () => {
  await inFolder(files, async cwd => {
    const both = ['--snapshot', taken.path, '--previous', earlier.path];
    const sql = 'SELECT count(*) AS n FROM earlier.ad_member JOIN earlier.cloud_tenant ON true';
    expect((await tallystick(['query', sql, ...both, '--format', 'csv'], { cwd })).stdout).toMatch(/^"?n"?\r?\n"?4/);
    expect(await tallystick(['query', sql, '--snapshot', taken.path], { cwd })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--previous'),
    });
    const script = await tallystick(['explain', 'nobody-went', '--sql', ...both], { cwd });
    expect(script).toMatchObject({ code: 0, stdout: expect.stringContaining(earlier.id) });
    expect(await judgedByStock(cwd, script.stdout)).toEqual([`fail ${guid(1)}`, `fail ${guid(4)}`]);
    const alone = await tallystick(['explain', 'nobody-went', '--sql', '--snapshot', taken.path], { cwd });
    expect(await judgedByStock(cwd, alone.stdout)).toEqual(['unknown ']);
    expect(await tallystick(['explain', 'nobody-went', '--previous', earlier.path], { cwd })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('give both'),
    });
  });
});
