import type { Engine } from './estate.ts';
import { addCloudGroup, addMembers, addPair, balanced, type GroupPlan } from './groups.ts';
import { insiders } from './people.ts';
import { type Group, type Person, places, sure, type World } from './world.ts';

/** How many groups the branch's job has: few, so that they can all be emptied. */
const BRANCH_GROUPS = 5;

/** Adds ordinary pairs of all three engines, and members for them; nothing here is wrong. */
export function addOrdinaryGroups(world: World, groups: number, memberships: number): void {
  const { random } = world;
  const reach = insiders(world);
  let left = memberships;
  const spread = memberships / Math.max(1, groups);
  for (let made = 0; made < groups; made += 1) {
    const group = addPair(world, ...planFor(world, made));
    // Mostly small groups, now and then a big one, and a few without anybody.
    const wanted = made % 17 === 16 ? 0 : Math.ceil(spread * (random.chance(0.1) ? 4 : 0.3 + random.next()));
    const members = balanced(random.sample(reach, Math.min(wanted, left)));
    left -= members.length;
    addMembers(group, members);
  }
  addBranch(world, reach);
}

function planFor({ random }: World, number: number): [Engine, GroupPlan] {
  // Writeback v1 takes every team, whoever decides on its members; elsewhere a rule has to be declared.
  const dynamic = random.chance(0.1);
  const kinds: readonly [Engine, GroupPlan][] = [
    ['connect-v1', { kind: 'microsoft365', dynamic }],
    ['cloud-sync', { kind: 'security' }],
    ['connect-v2', { kind: number % 2 === 0 ? 'security' : 'microsoft365' }],
    ['cloud-sync', { kind: 'security' }],
    ['connect-v1', { kind: 'microsoft365', dynamic }],
  ];
  return kinds[number % kinds.length] ?? ['connect-v1', { kind: 'microsoft365' }];
}

function addBranch(world: World, reach: readonly Person[]): void {
  const { random } = world;
  const accounts = reach.filter(person => person.account !== undefined);
  const anybody = reach.filter(person => person.account === undefined);
  for (let made = 0; made < BRANCH_GROUPS; made += 1) {
    const group = addPair(world, 'cloud-sync', { kind: 'security' });
    group.free = false;
    for (const twin of group.twins) twin.parent = places(world.base).second;
    addMembers(
      group,
      balanced([...random.sample(accounts, random.between(2, 6)), ...random.sample(anybody, random.below(3))]),
    );
  }
}

/** The groups of the branch's job. */
export function branchGroups(world: World): readonly Group[] {
  const { second } = places(world.base);
  return world.groups.filter(group => group.twins.some(twin => twin.parent === second));
}

/** Makes `child` a member of `parent`, in AD too if it is written back. */
export function nest(world: World, parent: Group, child: Group): void {
  sure(parent.cloud, 'a parent').members.push({ id: child.id, '@odata.type': '#microsoft.graph.group' });
  const target = child.twins[0] ?? child.native;
  if (target !== undefined) for (const twin of parent.twins) twin.members.add(target.guid);
  parent.free = false;
  child.free = false;
  world.nestings.push({ parent, child });
}

/** Adds groups inside groups, expressed in AD wherever that is possible. */
export function addNesting(world: World): void {
  const { random } = world;
  const reach = insiders(world);
  const pair = (engine: Engine): Group => {
    const group = addPair(world, engine, { kind: 'security' });
    addMembers(group, balanced(random.sample(reach, random.between(2, 8))));
    return group;
  };
  for (let made = 0; made < 3; made += 1) {
    const parent = pair('cloud-sync');
    nest(world, parent, pair('cloud-sync'));
    nest(world, parent, pair('connect-v2'));
  }
  const grandparent = pair('connect-v2');
  const parent = pair('connect-v2');
  nest(world, grandparent, parent);
  nest(world, parent, pair('connect-v2'));
  // A distribution list is written back by no engine, so that its absence is in order.
  const list = addCloudGroup(world, 'none', { kind: 'distribution' });
  sure(parent.cloud, 'a parent').members.push({ id: list.id, '@odata.type': '#microsoft.graph.group' });
}
