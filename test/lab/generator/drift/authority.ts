import { convert, declare } from '../authority.ts';
import { domainController, domainObject } from '../estate.ts';
import { addCloudGroup, newTwin, UNIVERSAL_DISTRIBUTION } from '../groups.ts';
import { addSynced, nativeGroup } from '../specials.ts';
import { DAY, type Entry, type Group, iso, label, newEntry, sure, type World } from '../world.ts';
import { cloudOf, isTeam, type Pool, pairIds, removeTwin, twinOf } from './pool.ts';
import type { Features } from './switches.ts';

const GLOBAL_SECURITY = '-2147483646';

/** Breaks the invariants of policies/source-of-authority.yaml, and of policies/lifecycle.yaml those on time and deleted objects. */
export function breakAuthority(world: World, pool: Pool, features: Features): void {
  breakConversions(world, pool);
  breakOriginals(world, pool);
  breakRollbacks(world, pool);
  breakDeletions(world, pool);
  breakAges(world, pool);
  if (features === 'neither') {
    world.recycleBin = false;
    label(world, 'recycle-bin-enabled', {}, 'never switched on', domainObject);
  }
  enforce(world, pool);
}

const aboutGroup = (group: Group, original: Entry) => ({ cloudGroup: group.id, adGroup: original.guid });

function breakConversions(world: World, pool: Pool): void {
  const secret = pool.take('cloud-sync');
  convert(world, secret, twinOf(secret), false);
  label(world, 'soa-declared', aboutGroup(secret, twinOf(secret)), 'converted without a word');
  const undone = addSynced(world, []);
  declare(world, undone);
  label(
    world,
    'soa-declared',
    aboutGroup(undone, sure(undone.native, 'its original')),
    'declared, but never converted',
  );
  const noted = pool.take('cloud-sync');
  convert(world, noted, twinOf(noted));
  cloudOf(noted).onPremisesExtensionAttributes = { extensionAttribute1: 'finance', extensionAttribute2: null };
  label(world, 'soa-unsupported-attributes', aboutGroup(noted, twinOf(noted)), 'an extension attribute in the cloud');
  const posted = pool.take('cloud-sync');
  convert(world, posted, twinOf(posted));
  twinOf(posted).attributes.extensionAttribute7 = ['kept'];
  label(world, 'soa-unsupported-attributes', aboutGroup(posted, twinOf(posted)), 'an extension attribute in AD');
  const outer = addSynced(world, []);
  const inner = pool.take('cloud-sync');
  sure(outer.native, 'its original').members.add(twinOf(inner).guid);
  label(world, 'soa-parent-references-cloud-child', pairIds(inner), 'inside a group that AD owns');
}

/** Converted groups that are written elsewhere, nowhere, or to the wrong kind of group. */
function breakOriginals(world: World, pool: Pool): void {
  const list = addCloudGroup(world, 'none', { kind: 'distribution' });
  const old = nativeGroup(world, `List ${world.nextNumber()}`, UNIVERSAL_DISTRIBUTION);
  convert(world, list, old);
  label(world, 'soa-converted-group-is-provisioned', aboutGroup(list, old), 'a list, which Cloud Sync does not write');
  const doubled = pool.take('cloud-sync');
  const first = nativeGroup(world, `Original ${world.nextNumber()}`);
  convert(world, doubled, first);
  label(world, 'soa-converted-group-is-provisioned', aboutGroup(doubled, first), 'written to another object');
  label(world, 'soa-duplicate-object', aboutGroup(doubled, first), 'two objects');
  const narrow = pool.take('cloud-sync');
  convert(world, narrow, twinOf(narrow));
  twinOf(narrow).attributes.groupType = [GLOBAL_SECURITY];
  label(world, 'soa-scope-universal', aboutGroup(narrow, twinOf(narrow)), 'a global group');
  label(world, 'group-type-universal-security', pairIds(narrow), 'a global group');
  const remade = pool.take('cloud-sync');
  const gone = newEntry(world, 'group', `Original ${world.nextNumber()}`, twinOf(remade).parent, {
    sAMAccountName: [`original${world.nextNumber()}`],
    groupType: ['-2147483640'],
    'msDS-ExternalDirectoryObjectId': [`Group_${world.random.guid()}`],
  });
  world.deletedEntries.push(gone);
  convert(world, remade, gone);
  label(world, 'soa-original-deleted', aboutGroup(remade, gone), 'its original was deleted');
}

/** Groups that were rolled back and that AD has not taken, and synced groups whose AD group carries a marker. */
function breakRollbacks(world: World, pool: Pool): void {
  const back = pool.take('connect-v2', group => !isTeam(group));
  cloudOf(back).onPremisesSecurityIdentifier = twinOf(back).sid;
  label(world, 'soa-state-consistent', aboutGroup(back, twinOf(back)), 'neither AD nor the cloud owns it');
  for (const { cloud } of world.groups) {
    const original = world.groups
      .flatMap(group => group.twins)
      .find(({ sid }) => sid === cloud?.onPremisesSecurityIdentifier);
    const marked = original?.attributes.adminDescription?.[0]?.startsWith('Group_') === true;
    if (cloud !== undefined && original !== undefined && marked && !cloud.isCloudManaged)
      label(
        world,
        'soa-rollback-still-in-ad',
        { cloudGroup: cloud.id, adGroup: original.guid },
        'its AD group is marked',
      );
  }
}

/** Objects that were deleted in AD: one whose group got a new one, and one whose group has none. */
function breakDeletions(world: World, pool: Pool): void {
  const restored = pool.take('connect-v1');
  const before = newTwin(world, restored, 'connect-v1', 'guid');
  for (const name of ['mail', 'proxyAddresses', 'mailNickname', 'showInAddressBook']) delete before.attributes[name];
  if (twinOf(restored).cn === before.cn) twinOf(restored).cn = newTwin(world, restored, 'connect-v1', 'display').cn;
  before.created = iso(Date.parse(twinOf(restored).created ?? '') - 10 * DAY);
  world.deletedEntries.push(before);
  label(world, 'restored-group-rejoined', aboutGroup(restored, before), 'a new object in place of the old one');
  const lost = pool.take('cloud-sync');
  const dead = twinOf(lost);
  removeTwin(world, lost);
  world.deletedEntries.push(dead);
  label(world, 'in-scope-group-exists-in-ad', { cloudGroup: lost.id }, 'its object was deleted');
  label(world, 'tombstone-anchor-visible', aboutGroup(lost, dead), 'its object was deleted');
}

function breakAges(world: World, pool: Pool): void {
  const stale = pool.take('cloud-sync');
  cloudOf(stale).members = [];
  cloudOf(stale).createdDateTime = iso(world.now - 400 * DAY);
  cloudOf(stale).renewedDateTime = null;
  twinOf(stale).members.clear();
  twinOf(stale).created = iso(world.now - 400 * DAY);
  label(world, 'stale-empty-group', pairIds(stale), 'empty for more than a year');
  const lasting = pool.take('connect-v1');
  cloudOf(lasting).expirationDateTime = null;
  label(world, 'expired-group-policy', pairIds(lasting), 'never expires');
}

/** A policy that no domain controller loads, on domain controllers that do not know it, and groups that are not marked. */
function enforce(world: World, pool: Pool): void {
  const place = newEntry(world, 'container', 'SOA-Policies', `CN=System,${world.base}`);
  const policy = newEntry(world, 'msDS-App-Configuration', 'Cloud', `CN=SOA-Policies,CN=System,${world.base}`, {
    keywords: ['Enforced'],
    'msDS-Settings': [sure(world.identities.agent.sid, 'a SID'), `${world.domainSid}-999999`],
  });
  world.entries.push(place, policy);
  const key = `${domainObject}/${policy.guid}`;
  label(world, 'enforcement-policy-valid', {}, 'one SID is that of nobody', key);
  label(world, 'enforcement-all-dcs-capable', {}, 'no Windows Server at all', domainController);
  world.facts.statements = { ...world.facts.statements, enforcementPrevents: ['modify', 'delete'] };
  label(world, 'enforcement-not-overclaimed', {}, 'said to prevent deletions', key);
  const open = [pool.take('cloud-sync'), pool.take('cloud-sync')];
  for (const group of world.groups)
    for (const twin of group.twins) if (!open.includes(group)) twin.attributes['msDS-ObjectSoa'] = ['Cloud'];
  for (const group of open) label(world, 'enforcement-marker-present', pairIds(group), 'not marked');
}
