import { nest } from '../baseline.ts';
import { addCloudGroup, addMembers, UNIVERSAL_SECURITY } from '../groups.ts';
import { newPerson } from '../people.ts';
import { logMembership } from '../traces.ts';
import { type Group, HOUR, label, newEntry, sure, type World } from '../world.ts';
import { cloudOf, isTeam, type Pool, pairIds, twinOf } from './pool.ts';

/** Breaks what policies/membership.yaml says beside single members. To be called after everything that changes members. */
export function breakHierarchies(world: World, pool: Pool): void {
  crowd(world, pool);
  hideBelow(world, pool);
  turn(world, pool);
  const admitted = pool.take('connect-v2', group => !isTeam(group));
  const foreign = `S-1-5-21-111-222-${1000 + world.random.below(1000)}`;
  const stranger = newEntry(
    world,
    'foreignSecurityPrincipal',
    foreign,
    `CN=ForeignSecurityPrincipals,${world.base}`,
    {},
    { sid: foreign },
  );
  world.entries.push(stranger);
  twinOf(admitted).members.add(stranger.guid);
  const ids = { ...pairIds(admitted), adPrincipal: stranger.guid };
  label(world, 'no-foreign-security-principal', ids, 'somebody of another forest');
  label(world, 'member-extra-in-ad', ids, 'somebody of another forest');
  disable(world);
  revoke(world, pool);
  limit(world, pool);
}

/** A group most of whose members AD never sees. */
function crowd(world: World, pool: Pool): void {
  const isSmall = ({ cloud }: Group): boolean => (cloud?.members.length ?? 0) <= 12;
  const some = world.groups.some(each => each.free && each.engine === 'cloud-sync' && isSmall(each));
  const group = pool.take('cloud-sync', some ? isSmall : undefined);
  const people = Array.from({ length: cloudOf(group).members.length + 3 }, () => newPerson(world, 'cloud-only'));
  world.people.push(...people);
  addMembers(group, people);
  label(world, 'cloud-only-member-ineligible', pairIds(group), 'mostly people of the cloud alone');
}

/** A list that no engine writes, with people who have accounts, inside a group that is written back. */
function hideBelow(world: World, pool: Pool): void {
  const outer = pool.take('cloud-sync');
  const list = addCloudGroup(world, 'none', { kind: 'distribution' });
  const seen = new Set(cloudOf(outer).members.map(({ id }) => id));
  const people = world.people.filter(({ cloud, account }) => cloud && account && !seen.has(cloud.id));
  addMembers(list, world.random.sample(people, 3));
  cloudOf(outer).members.push({ id: list.id, '@odata.type': '#microsoft.graph.group' });
  label(world, 'nested-child-members-present', { ...pairIds(outer), cloudPrincipal: list.id }, 'written by no engine');
  label(world, 'effective-members-equal', pairIds(outer), 'people of the list are not reached');
}

/** Two groups that contain each other on both sides. */
function turn(world: World, pool: Pool): void {
  const isWritten = (group: Group): boolean =>
    !isTeam(group) && twinOf(group).attributes.groupType?.[0] === UNIVERSAL_SECURITY;
  const [one, other] = [pool.take('connect-v2', isWritten), pool.take('connect-v2', isWritten)];
  nest(world, one, other);
  nest(world, other, one);
  for (const group of [one, other]) label(world, 'no-membership-cycle', pairIds(group), 'in a circle');
}

/** An account that is disabled in AD alone. */
function disable(world: World): void {
  const inGroups = new Set(world.groups.flatMap(({ twins }) => twins.flatMap(({ members }) => [...members])));
  const suits = world.people.filter(
    ({ cloud, account }) =>
      cloud?.accountEnabled === true &&
      account?.attributes.userAccountControl?.[0] === '512' &&
      inGroups.has(account.guid),
  );
  const { cloud, account } = world.random.pick(suits);
  const disabled = sure(account, 'an account');
  disabled.attributes.userAccountControl = ['514'];
  const ids = { cloudPrincipal: sure(cloud, 'a cloud user').id, adPrincipal: disabled.guid };
  label(world, 'disabled-member-still-present', ids, 'disabled in AD alone');
}

/** Somebody whom the cloud removed hours ago and AD did not. */
function revoke(world: World, pool: Pool): void {
  const accounts = new Map(world.people.map(person => [person.cloud?.id, person.account]));
  const isKept = ({ cloud }: Group): boolean =>
    cloud?.members.some(({ id }) => accounts.get(id) !== undefined) === true;
  const group = pool.take('cloud-sync', isKept);
  const cloud = cloudOf(group);
  const { id } = sure(
    cloud.members.find(member => accounts.get(member.id) !== undefined),
    'a member',
  );
  cloud.members = cloud.members.filter(member => member.id !== id);
  logMembership(world, 'Remove member from group', group, id, world.now - 5 * HOUR);
  const ids = { ...pairIds(group), cloudPrincipal: id, adPrincipal: sure(accounts.get(id), 'an account').guid };
  label(world, 'removal-latency', ids, 'removed five hours ago');
  label(world, 'member-extra-in-ad', ids, 'removed in the cloud alone');
}

/** A group that comes near the limit that the estate declares. */
function limit(world: World, pool: Pool): void {
  const sizes = world.groups.flatMap(({ engine, cloud }) =>
    engine === 'connect-v2' && cloud !== undefined ? [cloud.members.length] : [],
  );
  const big = pool.take('connect-v2', group => !isTeam(group));
  const size = Math.max(...sizes, 20) + 1;
  const people = Array.from({ length: size - cloudOf(big).members.length }, () => newPerson(world, 'synced'));
  world.people.push(...people);
  addMembers(big, people);
  world.params['membership.memberLimitConnectV2Security'] = String(Math.floor(size * 1.25));
  label(world, 'member-count-limit', pairIds(big), 'close to the limit');
}
