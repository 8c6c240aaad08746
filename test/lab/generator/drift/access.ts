import { fullControl, guids } from '../acl.ts';
import { branchGroups } from '../baseline.ts';
import { type Ace, adminSdHolder, type Engine } from '../estate.ts';
import { UNIVERSAL_SECURITY } from '../groups.ts';
import { nativeGroup } from '../specials.ts';
import { dnOf, type Entry, type Group, label, places, sure, type World } from '../world.ts';
import { type Pool, pairIds, twinOf } from './pool.ts';

const ACCOUNT_OPERATORS = 'S-1-5-32-548';

/** Breaks the invariants of policies/access.yaml and policies/privilege.yaml. */
export function breakAccess(world: World, pool: Pool): void {
  openGroups(world, pool);
  openContainers(world);
  for (const identity of [world.identities.connect, world.identities.agent]) {
    const trustee = sure(identity.sid, 'a SID');
    world.adminSdHolder.push({ allow: true, trustee, rights: ['RP', 'WP'], reach: 'self' });
    label(world, 'adminsdholder-clean', { trustee, container: adminSdHolder }, 'granted by an old preparation module');
  }
  nestInProtected(world, pool);
}

function openGroups(world: World, pool: Pool): void {
  const { helpdesk, service } = world.identities;
  const sid = (entry: Entry): string => sure(entry.sid, 'a SID');
  const grants: readonly (readonly [Engine, Omit<Ace, 'allow' | 'reach'>])[] = [
    ['connect-v1', { trustee: sid(helpdesk), rights: ['WP'], objectType: guids.member }],
    ['connect-v2', { trustee: sid(service), rights: ['SW'], objectType: guids.member }],
    ['cloud-sync', { trustee: sid(helpdesk), rights: ['WP'], objectType: guids.membership }],
    ['cloud-sync', { trustee: sid(service), rights: ['WD'] }],
    ['connect-v1', { trustee: ACCOUNT_OPERATORS, rights: fullControl }],
  ];
  for (const [engine, grant] of grants) {
    const group = pool.take(engine);
    sure(twinOf(group).acl, 'an access list').aces.push({ allow: true, reach: 'self', ...grant });
    label(
      world,
      'no-extra-writer-on-group',
      { trustee: grant.trustee, ...pairIds(group) },
      `granted ${grant.rights.join(' ')}`,
    );
  }
}

function openContainers(world: World): void {
  const { helpdesk, service } = world.identities;
  const where = places(world.base);
  const open = (dn: string, ace: Ace): void => {
    const unit = sure(
      world.entries.find(entry => dnOf(entry) === dn),
      dn,
    );
    sure(unit.acl, 'an access list').aces.push(ace);
    label(
      world,
      'container-acl-as-declared',
      { trustee: ace.trustee, container: unit.guid },
      `granted ${ace.rights.join(' ')}`,
    );
  };
  const clerk = sure(helpdesk.sid, 'a SID');
  const robot = sure(service.sid, 'a SID');
  open(where.v1, { allow: true, trustee: clerk, rights: ['CC'], objectType: guids.group, reach: 'self' });
  open(where.sync, {
    allow: true,
    trustee: robot,
    rights: ['WP'],
    objectType: guids.adminDescription,
    inheritedObjectType: guids.group,
    reach: 'below',
  });
  open(where.second, { allow: true, trustee: clerk, rights: ['WP'], objectType: guids.member, reach: 'tree' });
  for (const group of branchGroups(world))
    label(world, 'no-extra-writer-on-group', { trustee: clerk, ...pairIds(group) }, 'inherited from the container');
}

/** One directly, one through two groups that contain each other. */
function nestInProtected(world: World, pool: Pool): void {
  const builtin = (dn: string, sid: string): Set<string> => {
    const known = world.builtins.get(dn) ?? { sid, members: new Set<string>() };
    world.builtins.set(dn, known);
    return known.members;
  };
  const found = (group: Group, why: string): void => label(world, 'not-nested-in-protected-group', pairIds(group), why);
  const direct = pool.take('cloud-sync');
  builtin(`CN=Backup Operators,CN=Builtin,${world.base}`, 'S-1-5-32-551').add(twinOf(direct).guid);
  found(direct, 'member of Backup Operators');
  const through = pool.take('connect-v2');
  const inner = nativeGroup(world, `Tier 0 ${world.nextNumber()}`, UNIVERSAL_SECURITY, places(world.base).admin);
  const outer = nativeGroup(world, `Tier 0 ${world.nextNumber()}`, UNIVERSAL_SECURITY, places(world.base).admin);
  inner.members.add(twinOf(through).guid);
  outer.members.add(inner.guid);
  inner.members.add(outer.guid);
  builtin(`CN=Schema Admins,CN=Users,${world.base}`, `${world.domainSid}-518`).add(outer.guid);
  found(through, 'member of Schema Admins through two groups');
}
