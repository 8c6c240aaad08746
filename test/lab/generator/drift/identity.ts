import type { Engine } from '../estate.ts';
import { newTwin } from '../groups.ts';
import { label, places, type World } from '../world.ts';
import { cloudOf, isTeam, type Pool, pairIds, removeTwin, twinOf } from './pool.ts';

/** Breaks the invariants of policies/identity.yaml. */
export function breakIdentity(world: World, pool: Pool): void {
  duplicate(world, pool, 'connect-v1');
  duplicate(world, pool, 'cloud-sync');
  disagree(world, pool);
  rename(world, pool);
  for (const engine of ['cloud-sync', 'connect-v1'] as const) {
    const group = pool.take(engine);
    twinOf(group).parent = places(world.base).elsewhere;
    label(world, 'object-in-declared-container', pairIds(group), 'moved out of the container');
  }
  const { gone } = places(world.base);
  world.containers.push({ dn: gone, flavour: 'connect-v1' });
  label(world, 'container-exists', {}, 'configured, but never made', gone.toLowerCase());
  for (const engine of ['connect-v1', 'connect-v2', 'cloud-sync'] as const) {
    const group = pool.take(engine);
    removeTwin(world, group);
    label(world, 'in-scope-group-exists-in-ad', { cloudGroup: group.id }, 'its object was removed');
  }
}

/** A restored copy beside the original. */
function duplicate(world: World, pool: Pool, engine: Engine): void {
  const group = pool.take(engine);
  const taken = twinOf(group).cn.startsWith('Group_') ? 'display' : 'guid';
  const copy = newTwin(world, group, engine, taken);
  for (const name of ['mail', 'proxyAddresses', 'mailNickname', 'showInAddressBook']) delete copy.attributes[name];
  for (const member of twinOf(group).members) copy.members.add(member);
  group.twins.push(copy);
  label(world, 'anchor-unique', { cloudGroup: group.id }, 'copied');
}

/** Markers of one object that name two groups. */
function disagree(world: World, pool: Pool): void {
  const synced = pool.take('cloud-sync');
  twinOf(synced).attributes.adminDescription = [`Group_${world.random.guid()}`];
  label(world, 'anchor-attributes-agree', pairIds(synced), 'adminDescription overwritten');
  const connected = pool.take('connect-v1');
  twinOf(connected).cn = `Group_${world.random.guid()}`;
  label(world, 'anchor-attributes-agree', pairIds(connected), 'CN names another group');
  label(world, 'written-name-matches-format', pairIds(connected), 'CN names another group');
}

function rename(world: World, pool: Pool): void {
  const byHand = pool.take('connect-v1');
  twinOf(byHand).cn = `Renamed by hand ${world.nextNumber()}`;
  label(world, 'written-name-matches-format', pairIds(byHand), 'renamed by hand');
  const stale = pool.take('cloud-sync');
  cloudOf(stale).displayName = `New name of ${cloudOf(stale).displayName}`;
  label(world, 'written-name-matches-format', pairIds(stale), 'display name changed in the cloud');
  const suffix = pool.take('connect-v2', isTeam);
  twinOf(suffix).cn = `${(cloudOf(suffix).displayName ?? '').trim().slice(0, 40)}_${world.random.guid().slice(-12)}`;
  label(world, 'name-suffix-matches-anchor', pairIds(suffix), 'digits of another id');
}
