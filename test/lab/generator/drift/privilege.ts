import { cleanAces, guids } from '../acl.ts';
import { domainObject } from '../estate.ts';
import { addMembers } from '../groups.ts';
import { newPerson } from '../people.ts';
import { roles } from '../setup.ts';
import { nativeGroup } from '../specials.ts';
import { HOUR, iso, label, newEntry, type Person, places, sure, type World } from '../world.ts';
import { cloudOf, isTeam, type Pool, pairIds, twinOf } from './pool.ts';

const SOMEBODY: Readonly<Record<'unknownApp' | 'knownApp', string>> = {
  unknownApp: 'a9900000-0000-4000-8000-000000000001',
  knownApp: 'a9900000-0000-4000-8000-000000000002',
};

/** Breaks what policies/privilege.yaml says of privileged objects, people, owners and applications, and of policies/access.yaml what is left. */
export function breakPrivilege(world: World, pool: Pool): void {
  markObjects(world, pool);
  mixPeople(world, pool);
  grantApps(world);
  openOwnership(world, pool);
  overreach(world);
  editInPlace(world, pool);
}

function markObjects(world: World, pool: Pool): void {
  const marked = pool.take('cloud-sync');
  twinOf(marked).attributes.adminCount = ['1'];
  label(world, 'admincount-not-set', pairIds(marked), 'left from a nesting');
  const past = pool.take('cloud-sync');
  twinOf(past).attributes.sIDHistory = [`${world.domainSid}-519`];
  label(world, 'no-sidhistory-privileged', pairIds(past), 'was Enterprise Admins once');
  const critical = nativeGroup(world, `Critical ${world.nextNumber()}`);
  const id = world.random.guid();
  Object.assign(critical.attributes, { isCriticalSystemObject: ['TRUE'], adminDescription: [`Group_${id}`] });
  const ids = { cloudGroup: id, adGroup: critical.guid };
  label(world, 'isCriticalSystemObject-never-anchored', ids, 'a marker on a critical object');
  label(world, 'anchor-resolvable', ids, 'its group exists no more');
  label(world, 'object-in-declared-container', ids, 'a marker outside the containers');
  const mighty = pool.take('connect-v2');
  const aces = [
    { allow: true, trustee: sure(twinOf(mighty).sid, 'a SID'), rights: ['WP'], reach: 'self' as const },
    ...cleanAces(world.domainSid, 'self'),
  ];
  const name = `{${world.random.guid().toUpperCase()}}`;
  const acl = { protected: true, aces };
  world.entries.push(newEntry(world, 'groupPolicyContainer', name, places(world.base).policies, {}, { acl }));
  label(world, 'grants-tier0-rights', pairIds(mighty), 'may write a group policy');
}

/** People who govern, among those who do not; and owners who should decide nothing. */
function mixPeople(world: World, pool: Pool): void {
  const join = (person: Person): Person => {
    world.people.push(person);
    return person;
  };
  const cloudAdmin = join(newPerson(world, 'synced'));
  const governed = pool.take('connect-v2', group => !isTeam(group));
  addMembers(governed, [cloudAdmin]);
  world.setup.roleAssignments.push({
    id: 'assignment-of-a-synced-administrator',
    principalId: sure(cloudAdmin.cloud, 'a cloud user').id,
    roleDefinitionId: roles.globalAdministrator,
    directoryScopeId: '/',
  });
  label(world, 'privileged-synced-member', pairIds(governed), 'a global administrator whom AD owns');
  const adAdmin = join(newPerson(world, 'synced'));
  sure(adAdmin.account, 'an account').attributes.adminCount = ['1'];
  const mixed = pool.take('cloud-sync', group => twinOf(group).members.size > 1);
  addMembers(mixed, [adAdmin]);
  label(world, 'privileged-ad-user-governed-by-cloud-group', pairIds(mixed), 'an administrator of AD among others');
  const guest = join(newPerson(world, 'guest'));
  const able = world.people.filter(({ cloud }) => cloud?.accountEnabled === true && cloud.userType === 'Member');
  const owners = world.random.sample(able, 2).map(({ cloud }) => sure(cloud, 'a cloud user').id);
  const owned = pool.take('cloud-sync');
  cloudOf(owned).owners = [sure(guest.cloud, 'a guest').id, ...owners].map(id => ({
    id,
    '@odata.type': '#microsoft.graph.user',
  }));
  label(world, 'group-owner-is-weak-or-guest', pairIds(owned), 'owned by a guest');
  const lonely = pool.take('cloud-sync');
  cloudOf(lonely).owners = owners.slice(0, 1).map(id => ({ id, '@odata.type': '#microsoft.graph.user' }));
  label(world, 'ineligible-direct-owner-note', pairIds(lonely), 'only one owner');
}

function grantApps(world: World): void {
  for (const [principalId, name] of [
    [SOMEBODY.unknownApp, 'Shadow provisioning'],
    [SOMEBODY.knownApp, 'Identity governance'],
  ] as const)
    world.setup.appGrants.push({
      id: `grant-${principalId}`,
      principalId,
      principalType: 'ServicePrincipal',
      principalDisplayName: name,
      resourceId: '',
      appRoleId: '62a82d76-70ea-41e2-9197-370581804d09',
      createdDateTime: iso(world.now - HOUR),
    });
  world.params['privilege.knownApps'] = SOMEBODY.knownApp;
  const ids = { cloudPrincipal: SOMEBODY.unknownApp };
  label(world, 'apps-with-group-write-known', ids, 'may write all groups');
}

function openOwnership(world: World, pool: Pool): void {
  const owner = sure(world.identities.helpdesk.sid, 'a SID');
  const group = pool.take('connect-v1');
  sure(twinOf(group).acl, 'an access list').owner = owner;
  label(world, 'owner-of-group-trusted', pairIds(group), 'owned by the help desk');
  label(world, 'no-extra-writer-on-group', { trustee: owner, ...pairIds(group) }, 'an owner may rewrite the list');
}

/** Identities with more than they need. */
function overreach(world: World): void {
  const { connect } = world.identities;
  const trustee = sure(connect.sid, 'a SID');
  world.domainAces.push(
    { allow: true, trustee, rights: ['WP'], objectType: guids.member, reach: 'tree' },
    {
      ...{ allow: true, trustee, rights: ['CR'], objectType: guids.resetPassword },
      ...{ inheritedObjectType: guids.user, reach: 'below' as const },
    },
  );
  label(world, 'connector-rights-scoped-to-ou', { trustee, container: domainObject }, 'rights on the whole domain');
  world.params['prerequisites.passwordWriteback'] = 'off';
  label(world, 'password-writeback-acl-only', {}, 'may reset passwords that it need not', domainObject);
  connect.attributes.adminCount = ['1'];
  label(world, 'connector-account-not-privileged', { trustee }, 'marked as protected');
  const operators = `CN=Server Operators,CN=Builtin,${world.base}`;
  const known = world.builtins.get(operators) ?? { sid: 'S-1-5-32-549', members: new Set<string>() };
  world.builtins.set(operators, known);
  known.members.add(world.managedAgent.guid);
  const managed = sure(world.managedAgent.sid, 'a SID');
  label(world, 'gmsa-least-privilege', { trustee: managed }, 'a member of Server Operators');
  const unit = sure(
    world.entries.find(({ cn }) => cn === 'CloudSync Branch'),
    'the container of the branch',
  );
  sure(unit.acl, 'an access list').audits = [];
  label(world, 'audit-5136-enabled', { container: unit.guid }, 'nothing is audited');
}

/** What somebody changed in AD. */
function editInPlace(world: World, pool: Pool): void {
  const described = pool.take('cloud-sync');
  twinOf(described).attributes.description = ['Ask Bob before you change this'];
  label(world, 'managed-attributes-equal-cloud', pairIds(described), 'another description in AD');
  const touched = pool.take('cloud-sync');
  twinOf(touched).changed = iso(world.now - 5 * HOUR);
  label(world, 'object-changed-outside-cycle', pairIds(touched), 'changed when no job ran');
  const kept = pool.take('connect-v1');
  twinOf(kept).changed = iso(world.now - HOUR);
  label(world, 'object-changed-outside-cycle', pairIds(kept), 'changed long after the last synchronisation');
  const added = pool.take('cloud-sync', group => twinOf(group).members.size > 0);
  const [member = ''] = [...twinOf(added).members];
  twinOf(added).memberChanges.push({ member, at: iso(world.now - 30 * HOUR), removed: false });
  const ids = { ...pairIds(added), adPrincipal: member };
  label(world, 'member-changed-by-engine-only', ids, 'added again by hand');
}
