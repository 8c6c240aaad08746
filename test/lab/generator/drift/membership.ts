import { branchGroups } from '../baseline.ts';
import { userReference } from '../groups.ts';
import { newAccount, newPerson } from '../people.ts';
import { nativeGroup } from '../specials.ts';
import { type Entry, type Group, label, type Person, sure, type World } from '../world.ts';
import { cloudOf, type Pool, pairIds, removeTwin, twinOf } from './pool.ts';

/** Breaks the invariants of policies/membership.yaml. */
export function breakMembership(world: World, pool: Pool): void {
  const accounts = new Map(
    world.people.flatMap(({ cloud, account }) => (cloud && account ? [[cloud.id, account] as const] : [])),
  );
  for (const engine of ['connect-v1', 'connect-v2', 'cloud-sync', 'cloud-sync'] as const)
    drop(
      world,
      pool.take(engine, group => eligible(group, accounts).length >= 6),
      accounts,
    );
  const { parent, child } = sure(
    world.nestings.find(nesting => nesting.child.twins.length > 0),
    'a nesting',
  );
  twinOf(parent).members.delete(twinOf(child).guid);
  label(
    world,
    'member-missing-in-ad',
    { ...pairIds(parent), cloudPrincipal: child.id, adPrincipal: twinOf(child).guid },
    'nested group removed in AD',
  );
  for (const engine of ['connect-v1', 'connect-v2', 'cloud-sync', 'cloud-sync'] as const) add(world, pool.take(engine));
  for (const engine of ['connect-v1', 'cloud-sync'] as const) impersonate(world, pool.take(engine));
  empty(world, accounts);
  cutNesting(world, parent, pool);
}

type Accounts = ReadonlyMap<string, Entry>;

function eligible(group: Group, accounts: Accounts): readonly string[] {
  return cloudOf(group)
    .members.filter(({ id }) => accounts.has(id))
    .map(({ id }) => id);
}

function missing(world: World, group: Group, cloudPrincipal: string, account: Entry, why: string): void {
  twinOf(group).members.delete(account.guid);
  label(world, 'member-missing-in-ad', { ...pairIds(group), cloudPrincipal, adPrincipal: account.guid }, why);
}

function drop(world: World, group: Group, accounts: Accounts): void {
  for (const id of world.random.sample(eligible(group, accounts), 5))
    missing(world, group, id, sure(accounts.get(id), 'an account'), 'removed in AD');
}

/** Members that only AD has: people of the cloud, accounts and a contact and a group that the cloud does not know. */
function add(world: World, group: Group): void {
  const { random } = world;
  const twin = twinOf(group);
  const inCloud = new Set(cloudOf(group).members.map(({ id }) => id));
  const extra = (member: Entry, person?: Person): void => {
    twin.members.add(member.guid);
    const cloud = person?.cloud === undefined ? {} : { cloudPrincipal: person.cloud.id };
    label(world, 'member-extra-in-ad', { ...pairIds(group), adPrincipal: member.guid, ...cloud }, 'added in AD');
  };
  const strangers = world.people.filter(({ cloud, account }) => account && cloud && !inCloud.has(cloud.id));
  for (const person of random.sample(strangers, random.between(1, 3)))
    extra(sure(person.account, 'an account'), person);
  const unknown = world.people.filter(({ cloud, account }) => account && !cloud);
  for (const person of random.sample(unknown, 1)) extra(sure(person.account, 'an account'));
  if (group.engine === 'connect-v1')
    extra(
      sure(
        world.entries.find(({ kind }) => kind === 'contact'),
        'a contact',
      ),
    );
  if (group.engine === 'connect-v2') extra(nativeGroup(world, `Stowaway ${world.nextNumber()}`));
}

/** An account made by hand under the name of a member that has none. */
function impersonate(world: World, group: Group): void {
  const person = newPerson(world, 'cloud-only');
  const cloud = sure(person.cloud, 'a cloud user');
  world.people.push(person);
  cloudOf(group).members.push(userReference(cloud.id));
  const login = cloud.userPrincipalName.split('@')[0] ?? '';
  const account = newAccount(world, `${cloud.displayName} ${world.nextNumber()}`, cloud.displayName ?? '', login);
  world.people.push({ cloud: undefined, account });
  twinOf(group).members.add(account.guid);
  const ids = { ...pairIds(group), adPrincipal: account.guid };
  label(world, 'cloud-only-member-leaked', ids, 'an account of the same name');
  label(world, 'member-extra-in-ad', ids, 'an account of the same name');
}

/** The branch's job writes groups without members. */
function empty(world: World, accounts: Accounts): void {
  for (const group of branchGroups(world)) {
    for (const id of eligible(group, accounts))
      missing(world, group, id, sure(accounts.get(id), 'an account'), 'no members are provisioned');
  }
  const job = sure(
    world.jobs.find(({ servicePrincipal }) => servicePrincipal.displayName?.endsWith('branch')),
    'the job of the branch',
  );
  label(world, 'groups-only-empty-membership', { job: job.job.id }, 'no members are provisioned');
}

/** A nested group without an object, and one that AD owns inside a group of Cloud Sync. */
function cutNesting(world: World, used: Group, pool: Pool): void {
  const nestings = world.nestings.filter(
    ({ parent, child }) =>
      parent !== used && child.twins.length > 0 && !world.nestings.some(other => other.parent === child),
  );
  const { child } = world.random.pick(nestings);
  removeTwin(world, child);
  label(world, 'in-scope-group-exists-in-ad', { cloudGroup: child.id }, 'its object was removed');
  for (const { parent } of world.nestings.filter(nesting => nesting.child === child))
    label(
      world,
      'nested-cloud-group-expressed',
      { ...pairIds(parent), cloudPrincipal: child.id },
      'the nested group has no object',
    );
  const outer = pool.take('cloud-sync');
  const owned = sure(
    world.groups.find(({ native, twins }) => native !== undefined && twins.length === 0),
    'a synced group',
  );
  cloudOf(outer).members.push({ id: owned.id, '@odata.type': '#microsoft.graph.group' });
  const ids = { ...pairIds(outer), cloudPrincipal: owned.id, adPrincipal: sure(owned.native, 'its original').guid };
  label(world, 'nested-cloud-group-expressed', ids, 'Cloud Sync drops references to synced groups');
}
