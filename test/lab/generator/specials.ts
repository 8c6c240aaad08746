import { cleanAces } from './acl.ts';
import { declareActivation, eligible } from './activation.ts';
import { declare } from './authority.ts';
import { nest } from './baseline.ts';
import { addCloudGroup, addMembers, addPair, balanced, newTwin, UNIVERSAL_SECURITY } from './groups.ts';
import { dnsOf, insiders } from './people.ts';
import {
  DAY,
  type Entry,
  type Group,
  HOUR,
  iso,
  MINUTE,
  newEntry,
  type Person,
  places,
  sure,
  type World,
} from './world.ts';

/** Adds what is unusual and yet in order: everything that a hasty audit would report. */
export function addSpecialGroups(world: World, large: boolean): void {
  const { random } = world;
  const reach = insiders(world);
  const some = (): Person[] => balanced(random.sample(reach, random.between(4, 9)));
  addListsAndSynced(world, some);
  addTakenOver(world, some());
  addDeleted(world, some);
  addYoung(world, reach);
  const hidden = addPair(world, 'connect-v1', { kind: 'microsoft365', changes: { visibility: 'HiddenMembership' } });
  hidden.free = false;
  world.params['mail.acceptedHiddenGroups'] = hidden.id;
  addMembers(hidden, some());
  addMailExceptions(world, some);
  addOddMembers(world, some());
  addNativeObjects(world);
  if (large) addMembers(addSpecial(world), random.sample(reach, Math.max(1600, Math.floor(reach.length * 0.9))));
}

function addSpecial(world: World): Group {
  const group = addPair(world, 'cloud-sync', { kind: 'security' });
  group.free = false;
  return group;
}

/** Groups that no engine writes back, and groups that AD owns, one of them inside a group of Connect. */
function addListsAndSynced(world: World, some: () => Person[]): void {
  for (const kind of ['distribution', 'mail-enabled-security', 'distribution', 'mail-enabled-security'] as const)
    addMembers(addCloudGroup(world, 'none', { kind }), some());
  const synced = [1, 2, 3, 4, 5, 6].map(() => addSynced(world, some()));
  const parent = addPair(world, 'connect-v2', { kind: 'security' });
  addMembers(parent, some());
  nest(world, parent, sure(synced[0], 'a synced group'));
}

/** A group that AD owns and feeds to the cloud. */
export function addSynced(world: World, people: readonly Person[]): Group {
  const name = `Native ${world.nextNumber()}`;
  const native = nativeGroup(world, name);
  const group = addCloudGroup(world, 'none', {
    kind: 'security',
    changes: {
      displayName: name,
      onPremisesSyncEnabled: true,
      onPremisesSecurityIdentifier: native.sid,
      onPremisesSamAccountName: name,
      onPremisesDomainName: dnsOf(world.base),
      onPremisesLastSyncDateTime: iso(world.now - DAY),
    },
  });
  group.native = native;
  addMembers(
    group,
    people.filter(person => person.account !== undefined),
  );
  for (const { cloud, account } of people) if (cloud && account) native.members.add(account.guid);
  return group;
}

/** A group made in AD by hand. */
export function nativeGroup(
  world: World,
  name: string,
  groupType = UNIVERSAL_SECURITY,
  parent = places(world.base).native,
): Entry {
  const entry = newEntry(world, 'group', name, parent, {
    sAMAccountName: [name],
    displayName: [name],
    groupType: [groupType],
  });
  entry.acl = { protected: false, aces: cleanAces(world.domainSid, 'self') };
  world.entries.push(entry);
  return entry;
}

/** A group whose source of authority was converted: Cloud Sync writes to the old object in its old place. Memberships of it are activated, as declared. */
function addTakenOver(world: World, people: readonly Person[]): void {
  const group = addSpecial(world);
  const twin = sure(group.twins[0], 'a twin');
  twin.parent = places(world.base).legacy;
  Object.assign(sure(group.cloud, 'a cloud group'), {
    isCloudManaged: true,
    onPremisesSecurityIdentifier: twin.sid,
    onPremisesSamAccountName: twin.attributes.sAMAccountName?.[0] ?? null,
    onPremisesDomainName: dnsOf(world.base),
  });
  declare(world, group);
  addMembers(group, people);
  eligible(world, group, 'PT8H');
  declareActivation(world, group);
}

/** Soft-deleted groups: one long ago and empty in AD, one just now with its members; and objects that went with their group. */
function addDeleted(world: World, some: () => Person[]): void {
  const old = addPair(world, 'connect-v1', { kind: 'microsoft365' });
  softDelete(world, old, world.now - 5 * DAY);
  const recent = addPair(world, 'cloud-sync', { kind: 'security' });
  addMembers(recent, some());
  softDelete(world, recent, world.now - 2 * HOUR);
  for (const engine of ['connect-v1', 'cloud-sync'] as const) {
    const gone = addPair(world, engine, { kind: engine === 'connect-v1' ? 'microsoft365' : 'security' });
    const twin = sure(gone.twins[0], 'a twin');
    // Without the Recycle Bin only this name tells what it was.
    if (engine === 'connect-v1') twin.cn = `Group_${gone.id}`;
    world.deletedEntries.push(twin);
    world.groups.splice(world.groups.indexOf(gone), 1);
  }
}

/** Moves a cloud group to the deleted items. */
export function softDelete(world: World, group: Group, at: number): void {
  const cloud = sure(group.cloud, 'a cloud group');
  const { id, displayName, groupTypes, securityEnabled, mailEnabled } = cloud;
  world.deletedGroups.push({ id, displayName, deletedDateTime: iso(at), groupTypes, securityEnabled, mailEnabled });
  group.cloud = undefined;
  group.free = false;
}

/** Groups younger than the time that an engine may take: one without an object, one without its members, one not yet in the address book. */
function addYoung(world: World, reach: readonly Person[]): void {
  const created = world.now - 10 * MINUTE;
  const people = balanced(world.random.sample(reach, 6));
  for (const engine of ['cloud-sync', 'connect-v1'] as const) {
    const kind = engine === 'cloud-sync' ? 'security' : 'microsoft365';
    const bare = addCloudGroup(world, engine, { kind, created });
    bare.free = false;
    addMembers(bare, people);
    const unfilled = addPair(world, engine, { kind, created });
    unfilled.free = false;
    addMembers(unfilled, people);
    for (const twin of unfilled.twins) {
      twin.members.clear();
      delete twin.attributes.showInAddressBook;
    }
  }
}

function addMailExceptions(world: World, some: () => Person[]): void {
  const unlisted = addPair(world, 'connect-v1', { kind: 'microsoft365' });
  unlisted.free = false;
  sure(unlisted.cloud, 'a cloud group').hideFromAddressLists = true;
  addMembers(unlisted, some());
  const twin = sure(unlisted.twins[0], 'a twin');
  twin.attributes.msExchHideFromAddressLists = ['TRUE'];
  delete twin.attributes.showInAddressBook;
}

/** Members that have no account in AD by their nature: a device, a contact, an application. */
function addOddMembers(world: World, people: readonly Person[]): void {
  const group = addSpecial(world);
  addMembers(group, people);
  const { members } = sure(group.cloud, 'a cloud group');
  for (const type of ['device', 'orgContact', 'servicePrincipal'] as const)
    members.push({ id: world.random.guid(), '@odata.type': `#microsoft.graph.${type}` });
}

/** Objects made by hand in AD: an unmarked group in a container that is meant to lie there, a marker that only keeps a group out of the sync, resource groups around written-back ones. */
function addNativeObjects(world: World): void {
  const unmarked = nativeGroup(world, `Unmarked ${world.nextNumber()}`, UNIVERSAL_SECURITY, places(world.base).sync);
  world.params['identity.allowedChildren'] = unmarked.guid;
  const kept = nativeGroup(world, `Kept ${world.nextNumber()}`);
  const owned = sure(
    world.groups.find(({ engine }) => engine === 'none'),
    'a cloud group',
  );
  kept.attributes.adminDescription = [`TakenOver_Group_${owned.id}`];
  const inner = nativeGroup(world, `Resource ${world.nextNumber()}`);
  const outer = nativeGroup(world, `Server ${world.nextNumber()}`, '-2147483644');
  outer.members.add(inner.guid);
  for (const { twins } of world.random.sample(
    world.groups.filter(group => group.free),
    3,
  ))
    for (const twin of twins) inner.members.add(twin.guid);
  const contact = newEntry(world, 'contact', `Card ${world.nextNumber()}`, places(world.base).people);
  contact.attributes.mail = [`card${world.nextNumber()}@elsewhere.test`];
  world.entries.push(contact);
}

/** An object for a cloud group that should have none, as `engine` would make it. */
export function stamp(world: World, group: Group, engine: Parameters<typeof newTwin>[2]): Entry {
  const twin = newTwin(world, group, engine);
  group.twins.push(twin);
  return twin;
}
