import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { evaluate } from '../../src/evaluate/index.ts';
import { type MemorySnapshots, memorySnapshots } from '../../src/snapshot/index.ts';
import { loadInvariants, openWorld } from './judging.ts';
import { coverageRow, type World, worldOf } from './world.ts';

const all = loadInvariants(['test/evaluate/nesting.yaml']);
const invariants = all.filter(({ invariant }) => ['in-no-circle', 'nothing-nested'].includes(invariant.id));
const failuresOf = async (world: World, id: string) =>
  (
    await evaluate(
      await openWorld(snapshots, world),
      all.filter(({ invariant }) => invariant.id === id),
    )
  ).outcomes.flatMap(({ judgements }) => judgements.filter(({ verdict }) => verdict === 'fail'));

let snapshots: MemorySnapshots;
beforeAll(async () => {
  snapshots = await memorySnapshots();
});
afterAll(() => snapshots.close());

const rows = (edges: ReadonlySet<string>) => [...edges].map(edge => edge.split(' '));

/** What is reached from a node along edges, itself only when a way leads back to it. */
function reachedFrom(start: string, edges: ReadonlySet<string>): Set<string> {
  const found = new Set<string>();
  const step = (from: string) => {
    for (const [source, target] of rows(edges))
      if (source === from && target !== undefined && !found.has(target)) {
        found.add(target);
        step(target);
      }
  };
  step(start);
  return found;
}

function expectations(world: World) {
  const names = new Map(world.ad_group.map(row => [row.guid, row.sam_account_name ?? row.cn ?? row.dn]));
  const up = new Set(world.ad_parent.map(row => `${row.child_guid} ${row.parent_guid}`));
  const down = new Set(world.ad_member.map(row => `${row.group_guid} ${row.member_guid}`));
  const named = (guids: Iterable<string>) => [...guids].map(guid => names.get(guid) ?? guid).sort();
  return {
    circle: (guid: string) => {
      const above = reachedFrom(guid, up);
      return above.has(guid) ? named([...above].filter(node => reachedFrom(node, up).has(guid))) : [];
    },
    nested: (guid: string) => named([...reachedFrom(guid, down)].filter(node => names.has(node) && node !== guid)),
  };
}

test('circles are named and groups below are listed as a walk by hand finds them', async () => {
  let circles = 0;
  let nested = 0;
  for (let seed = 1; seed <= 12; seed++) {
    const world = worldOf(seed, 4);
    const guids = world.ad_group.map(row => row.guid);
    // More edges than the world has, so that there are circles of every length.
    guids.forEach((guid, at) => {
      const other = guids[(at * 7 + seed) % guids.length] ?? guid;
      const edge = { child_guid: guid, parent_guid: other };
      if (at % 2 === 0 && !world.ad_parent.some(row => row.child_guid === guid && row.parent_guid === other))
        world.ad_parent.push(edge);
      if (!world.ad_member.some(row => row.group_guid === other && row.member_guid === guid))
        world.ad_member.push({ group_guid: other, member_guid: guid });
    });
    const truth = expectations(world);
    const { outcomes } = await evaluate(await openWorld(snapshots, world), invariants);
    for (const { judgements, counts } of outcomes) {
      expect(counts.unknown).toBe(0);
      for (const { subject, facts } of judgements) {
        const guid = subject.ids.adGroup ?? '';
        if ('group.ad.circle' in facts) {
          expect(facts['group.ad.circle']).toEqual(truth.circle(guid));
          circles += 1;
        }
        if ('group.ad.nestedGroups' in facts) {
          expect([...(facts['group.ad.nestedGroups'] as string[])].sort()).toEqual(truth.nested(guid));
          nested += 1;
        }
      }
    }
  }
  expect(circles).toBeGreaterThan(20);
  expect(nested).toBeGreaterThan(50);
});

test('what was not read in full is not listed as if it were', async () => {
  const world = worldOf(3, 4);
  world.coverage = world.coverage.filter(({ facet, object }) => object === '' || !/^ad\.member/.test(facet));
  for (const { guid } of world.ad_group)
    for (const facet of ['ad.members', 'ad.memberOf']) world.coverage.push(coverageRow(facet, guid, false));
  world.ad_parent = [];
  world.ad_member = [];
  const { outcomes } = await evaluate(await openWorld(snapshots, world), invariants);
  for (const { counts } of outcomes) {
    expect(counts.unknown).toBeGreaterThan(0);
    expect(counts.fail).toBe(0);
  }
});

test('a member from outside is told by its SID, or by its name where its own domain was read', async () => {
  const world = worldOf(4, 8);
  expect(await failuresOf(world, 'nobody-foreign')).toEqual([]);
  const members = new Set(world.ad_member.map(row => row.member_guid));
  let outsiders = 0;
  world.ad_user = world.ad_user.map(row => {
    if (!members.has(row.guid)) return row;
    const sid = `S-1-5-21-9-9-9-${outsiders++}`;
    return { ...row, sid, cn: sid, sam_account_name: null, admin_count: 1, object_class: 'foreignSecurityPrincipal' };
  });
  const found = await failuresOf(world, 'nobody-foreign');
  expect(found.length).toBeGreaterThan(1);
  for (const { facts } of found) {
    expect(facts['principal.ad.accountName']).toBe(facts['principal.ad.sid']);
    expect(facts['principal.ad.adminCount']).toBe(1);
  }
  const [template, sid] = [world.ad_user[0], found[0]?.facts['principal.ad.sid']];
  if (template === undefined || typeof sid !== 'string') throw new Error('nobody comes from outside');
  const account = { ...template, sid, sam_account_name: 'far.away', object_class: 'user' };
  world.ad_user.push({ ...account, guid: '99999999-0000-4000-8000-000000000001' });
  const named = await failuresOf(world, 'nobody-foreign');
  expect(named.map(({ facts }) => facts['principal.ad.accountName'])).toEqual(
    found.map(({ facts }) => (facts['principal.ad.sid'] === sid ? 'far.away' : facts['principal.ad.sid'])),
  );
});

test('a group with the list of AdminSDHolder is recognised', async () => {
  let found = 0;
  for (let seed = 1; seed <= 6; seed++) {
    const world = worldOf(seed, 4);
    const holders = world.ad_container.filter(row => row.kind === 'adminsdholder').map(row => row.guid);
    const lists = world.ad_security.filter(row => holders.includes(row.object_guid)).flatMap(row => row.acl ?? []);
    const protectedOnes = world.ad_security.filter(row => row.acl !== null && lists.includes(row.acl));
    const failing = (await failuresOf(world, 'no-protected-list')).map(({ subject }) => subject.ids.adGroup);
    expect(protectedOnes.map(row => row.object_guid)).toEqual(expect.arrayContaining(failing));
    found += failing.length;
  }
  expect(found).toBeGreaterThan(2);
});
