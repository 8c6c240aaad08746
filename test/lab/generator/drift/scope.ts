import { addCloudGroup, addMembers, newTwin, UNIVERSAL_SECURITY } from '../groups.ts';
import { addSynced, stamp } from '../specials.ts';
import { type Group, iso, label, places, sure, type World } from '../world.ts';
import { cloudOf, isTeam, type Pool, pairIds, twinOf } from './pool.ts';
import type { Features } from './switches.ts';

const GLOBAL_SECURITY = '-2147483646';

/** Breaks the invariants of policies/scope.yaml. */
export function breakScope(world: World, pool: Pool, features: Features): void {
  changeTypes(world, pool);
  writeOtherKinds(world);
  writeSynced(world);
  loop(world, pool);
  writeTwice(world, pool, features);
}

function changeTypes(world: World, pool: Pool): void {
  const invariant = { team: 'group-type-universal-distribution', security: 'group-type-universal-security' };
  const change = (group: Group, name: string, type: string): void => {
    twinOf(group).attributes.groupType = [type];
    label(world, name, pairIds(group), `groupType set to ${type}`);
  };
  change(pool.take('connect-v1'), invariant.team, UNIVERSAL_SECURITY);
  change(pool.take('connect-v1'), invariant.team, '2');
  change(pool.take('cloud-sync'), invariant.security, '8');
  change(pool.take('cloud-sync'), invariant.security, GLOBAL_SECURITY);
  const written = pool.take('connect-v2', group => !isTeam(group));
  change(written, invariant.security, '-2147483644');
}

/** Objects for groups that no engine, or not this engine, takes. */
function writeOtherKinds(world: World): void {
  const { random } = world;
  const lists = world.groups.filter(
    ({ engine, cloud, twins }) =>
      engine === 'none' &&
      cloud !== undefined &&
      cloud.mailEnabled === true &&
      twins.length === 0 &&
      !world.groups.some(({ cloud: other }) => other?.members.some(({ id }) => id === cloud.id)),
  );
  for (const group of random.sample(lists, 2)) {
    const people = cloudOf(group).members.map(({ id }) =>
      sure(
        world.people.find(({ cloud }) => cloud?.id === id),
        'a member',
      ),
    );
    const twin = stamp(world, group, 'connect-v1');
    for (const { account } of people) if (account !== undefined) twin.members.add(account.guid);
    label(world, 'out-of-scope-type-written-back', pairIds(group), 'marker set by hand on a list');
  }
  const security = addCloudGroup(world, 'none', { kind: 'security' });
  stamp(world, security, 'connect-v1');
  addMembers(security, random.sample(world.people, 4));
  label(world, 'out-of-scope-type-written-back', pairIds(security), 'a security group in the container of v1');
}

/** Groups that AD owns and that come back as second objects. */
function writeSynced(world: World): void {
  for (const engine of ['cloud-sync', 'connect-v2'] as const) {
    const group = addSynced(world, world.random.sample(world.people, 4));
    const twin = stamp(world, group, engine);
    for (const member of sure(group.native, 'the original').members) twin.members.add(member);
    label(world, 'synced-group-not-written-back', pairIds(group), 'written back although AD owns it');
    if (engine !== 'cloud-sync') continue;
    label(world, 'out-of-scope-type-written-back', pairIds(group), 'Cloud Sync takes no synced groups');
    label(world, 'one-object-per-target-domain', { cloudGroup: group.id }, 'no job writes it to any domain');
  }
}

/** A written-back object that comes up again as a cloud group of its own. */
function loop(world: World, pool: Pool): void {
  for (const engine of ['connect-v2', 'cloud-sync'] as const) {
    const group = pool.take(engine);
    addCloudGroup(world, 'none', {
      kind: 'security',
      changes: {
        displayName: cloudOf(group).displayName,
        onPremisesSyncEnabled: true,
        onPremisesSecurityIdentifier: twinOf(group).sid,
        onPremisesLastSyncDateTime: iso(world.now),
      },
    });
    label(world, 'no-roundtrip-loop', pairIds(group), 'synced up again');
  }
}

/** One cloud group in the hands of two engines. */
function writeTwice(world: World, pool: Pool, features: Features): void {
  const both = pool.take('cloud-sync');
  const second = newTwin(world, both, 'connect-v2', 'guid');
  for (const member of twinOf(both).members) second.members.add(member);
  second.parent = places(world.base).v2;
  both.twins.push(second);
  label(world, 'anchor-unique', { cloudGroup: both.id }, 'an object of each engine');
  label(world, 'two-engines-one-group', { cloudGroup: both.id }, 'an object of each engine');
  const switched = pool.take('cloud-sync');
  cloudOf(switched).writebackConfiguration = { isEnabled: true, onPremisesGroupType: 'universalSecurityGroup' };
  if (features === 'both versions')
    label(world, 'two-engines-one-group', { cloudGroup: switched.id }, 'v2 is told to write it too');
}
