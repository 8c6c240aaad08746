import { addMembers, UNIVERSAL_SECURITY } from '../groups.ts';
import { newAccount, newPerson } from '../people.ts';
import { label, type Person, sure, type World } from '../world.ts';
import { cloudOf, isTeam, type Pool, pairIds, twinOf } from './pool.ts';

/** Which versions of Connect's writeback a tenant has on. */
export type Features = 'both versions' | 'version 1' | 'neither';

/** Breaks what policies/scope.yaml says of the switches of the tenant and of groups, and of special groups. */
export function breakSwitches(world: World, pool: Pool, features: Features): void {
  world.features.groupWriteBackEnabled = features === 'both versions';
  world.features.unifiedGroupWritebackEnabled = features !== 'neither';
  if (features === 'both versions') {
    label(world, 'v2-disabled', {}, 'switched on', 'tenant');
    cloudOf(pool.take('cloud-sync')).writebackConfiguration = { isEnabled: null, onPremisesGroupType: null };
    label(world, 'writeback-config-explicit', {}, 'a security group without a switch', 'tenant');
  }
  if (features === 'neither') {
    label(world, 'v1-flag-matches-policy', {}, 'switched off', 'tenant');
    label(world, 'feature-off-but-objects-remain', {}, 'everything that Connect made', 'tenant');
  }
  world.setup.newGroupDefault = 'true';
  label(world, 'new-group-default-declared', {}, 'new teams are written back', 'tenant');
  const marked = pool.take('connect-v1');
  cloudOf(marked).writebackConfiguration = { isEnabled: false, onPremisesGroupType: null };
  if (features === 'version 1')
    label(world, 'writeback-flag-not-relied-on-in-v1', pairIds(marked), 'marked as not written back');
  mistakeTypes(world, pool);
  const open = pool.take('cloud-sync');
  delete twinOf(open).attributes.adminDescription;
  label(world, 'loop-guard-present', pairIds(open), 'adminDescription cleared');
  specialise(world, pool);
  invite(world, pool);
}

function mistakeTypes(world: World, pool: Pool): void {
  const silent = pool.take('connect-v2', isTeam);
  const { attributes } = twinOf(silent);
  for (const name of ['mail', 'proxyAddresses', 'mailNickname', 'showInAddressBook']) delete attributes[name];
  attributes.groupType = [UNIVERSAL_SECURITY];
  cloudOf(silent).writebackConfiguration = {
    isEnabled: true,
    onPremisesGroupType: 'universalMailEnabledSecurityGroup',
  };
  label(world, 'cloud-type-to-ad-type-map', pairIds(silent), 'mail-enabled without mail');
  const list = pool.take('connect-v2', group => !isTeam(group));
  cloudOf(list).writebackConfiguration = { isEnabled: true, onPremisesGroupType: 'universalDistributionGroup' };
  label(world, 'cloud-type-to-ad-type-map', pairIds(list), 'a security group told to be a list');
}

/** Groups whose members a rule decides, and groups that can hold roles. */
function specialise(world: World, pool: Pool): void {
  for (const engine of ['cloud-sync', 'connect-v2'] as const) {
    const group = pool.take(engine);
    const cloud = cloudOf(group);
    Object.assign(cloud, {
      groupTypes: [...cloud.groupTypes, 'DynamicMembership'],
      membershipRule: 'user.city -eq "Bern"',
      membershipRuleProcessingState: 'On',
    });
    label(world, 'dynamic-group-declared', pairIds(group), 'a rule that nobody declared');
  }
  for (const engine of ['connect-v1', 'connect-v2', 'cloud-sync'] as const) {
    const group = pool.take(engine);
    cloudOf(group).isAssignableToRole = true;
    label(world, 'role-assignable-not-written-back', pairIds(group), 'can hold roles');
  }
}

/** A guest whom AD does not have, and one with an account of their own there. */
function invite(world: World, pool: Pool): void {
  const absent = newPerson(world, 'guest');
  const { cloud } = newPerson(world, 'guest');
  const guest = sure(cloud, 'a cloud user');
  const account = newAccount(world, `Guest ${world.nextNumber()}`, guest.displayName ?? '', `g${world.nextNumber()}`);
  account.attributes['msDS-ExternalDirectoryObjectId'] = [`User_${guest.id}`];
  const present: Person = { cloud: guest, account };
  world.people.push(absent, present);
  for (const [engine, person] of [
    ['connect-v1', absent],
    ['cloud-sync', present],
  ] as const) {
    const group = pool.take(engine);
    addMembers(group, [person]);
    label(world, 'guest-members-flagged', pairIds(group), 'has a guest');
  }
}
