import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { evaluate } from '../../src/evaluate/index.ts';
import { type MemorySnapshots, memorySnapshots } from '../../src/snapshot/index.ts';
import { loadInvariants, openWorld } from './judging.ts';
import { coverageRow, type World, worldOf } from './world.ts';

const shipped = loadInvariants(['policies/membership.yaml']);
const naming = loadInvariants(['test/evaluate/replication.yaml']);
const JUNE = Date.parse('2026-06-10T08:00:00Z');
const JULY = Date.parse('2026-07-10T08:00:00Z');

let snapshots: MemorySnapshots;
beforeAll(async () => {
  snapshots = await memorySnapshots();
});
afterAll(() => snapshots.close());

/** Every second member has metadata, and every second group; those of July were changed on DC2, the others on a server that is gone. */
function stamped(read: boolean, unread: readonly string[] = []): World {
  const world = worldOf(4, 8);
  const on = (at: number) => ({
    changed: at % 4 === 0 ? JULY : JUNE,
    invocation_id: '00000000-0000-4000-8000-00000000000d',
    server: at % 4 === 0 ? 'DC2' : null,
    usn: at,
  });
  world.ad_member.forEach(({ group_guid, member_guid }, at) => {
    if (at % 2 === 0)
      world.ad_member_change.push({
        ...{ group_guid, member_guid, member_dn: `CN=${member_guid}`, created: JUNE, deleted: null, version: 1 },
        ...on(at),
      });
  });
  world.ad_group.forEach(({ guid }, at) => {
    if (at % 2 === 0)
      world.ad_attribute_change.push({ object_guid: guid, attribute: 'adminDescription', version: 1, ...on(at) });
  });
  world.coverage = world.coverage.filter(row => row.facet !== 'ad.replication');
  world.coverage.push(coverageRow('ad.replication', '', read));
  for (const guid of unread) world.coverage.push(coverageRow('ad.replication', guid, false));
  return world;
}

async function judged(world: World, invariants: typeof shipped) {
  return (await evaluate(await openWorld(snapshots, world), invariants)).outcomes;
}

test('findings tell when and where a member was added as far as it is known, and their verdicts do not depend on it', async () => {
  const without = await judged(worldOf(4, 8), shipped);
  const world = stamped(false);
  const outcomes = await judged(world, shipped);
  expect(outcomes.map(({ counts }) => counts)).toEqual(without.map(({ counts }) => counts));
  const extra = outcomes.find(({ invariant }) => invariant.id === 'member-extra-in-ad');
  expect(extra?.facets).not.toContain('ad.replication');
  const changes = new Map(world.ad_member_change.map(row => [`${row.group_guid} ${row.member_guid}`, row]));
  const seen = new Set<string>();
  for (const { verdict, subject, facts } of extra?.judgements ?? []) {
    if (verdict !== 'fail') continue;
    const change = changes.get(`${subject.ids.adGroup} ${subject.ids.adPrincipal}`);
    if (change === undefined) expect(Object.keys(facts)).not.toContain('ad.addedAt');
    else
      expect(facts).toMatchObject({
        'ad.addedAt': new Date(change.changed ?? 0).toISOString(),
        'ad.addedOn': change.server ?? change.invocation_id,
      });
    seen.add(change === undefined ? 'untold' : String(change.server));
  }
  expect([...seen]).toEqual(expect.arrayContaining(['untold', 'DC2']));
});

test('a policy that names it is judged on what is known, and unknown where nothing was read', async () => {
  const [whole, partial] = [await judged(stamped(true), naming), await judged(stamped(false), naming)];
  for (const at of [0, 1]) {
    const [read, unread] = [whole[at], partial[at]];
    expect(read?.counts.unknown).toBe(0);
    // What has metadata of its own is judged alike; what has none is a violation here and unknown there.
    expect(unread?.counts.pass).toBe(read?.counts.pass);
    expect(unread?.counts.unknown).toBeGreaterThan(0);
    expect((unread?.counts.fail ?? 0) + (unread?.counts.unknown ?? 0)).toBe(read?.counts.fail);
    expect(unread?.judgements.some(({ missing }) => missing.includes('ad.replication'))).toBe(true);
  }
  const groups = whole.find(({ invariant }) => invariant.id === 'marker-not-changed')?.judgements ?? [];
  expect(groups.some(({ facts }) => facts['group.ad.membersChangedAt'] === new Date(JULY).toISOString())).toBe(true);
});

test('groups whose metadata was not read in full are exceptions', async () => {
  const count = async (unread: readonly string[]) =>
    (await judged(stamped(true, unread), naming)).reduce((sum, { counts }) => sum + counts.unknown, 0);
  expect(await count([])).toBe(0);
  expect(await count(worldOf(4, 8).ad_group.map(({ guid }) => guid))).toBeGreaterThan(0);
});
