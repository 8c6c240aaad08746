import type { DirectoryAudit, ProvisioningEvent } from '../tenant.ts';
import { containerOf } from './cloud.ts';
import { DAY, type Group, HOUR, iso, MINUTE, places, sure, type World } from './world.ts';

/** What an engine and people leave in the logs of the tenant, and nothing of it is amiss: each change in AD follows one in the cloud. */
export function leaveTraces(world: World): void {
  const { random, now } = world;
  for (const group of world.groups) {
    const twin = group.twins[0];
    if (group.engine !== 'cloud-sync' || twin === undefined || Date.parse(twin.created ?? '') > now - HOUR) continue;
    const at = now - random.between(2, 20) * DAY - random.below(1000) * MINUTE;
    logProvisioning(world, group, at, 'Update');
    twin.changed = iso(at + MINUTE);
  }
  const joined = sure(
    world.groups.find(group => group.free && group.engine === 'connect-v1' && (group.twins[0]?.members.size ?? 0) > 2),
    'a group that somebody joined',
  );
  joined.free = false;
  join(world, joined);
  approve(world);
}

/** Somebody who became a member of a group in the cloud, and soon after in AD. */
function join(world: World, group: Group): void {
  const at = world.now - 3 * DAY;
  const twin = sure(group.twins[0], 'an object');
  const member = sure([...twin.members][0], 'a member');
  const person = sure(
    world.people.find(({ account }) => account?.guid === member),
    'a person',
  );
  logMembership(world, 'Add member to group', group, sure(person.cloud, 'a cloud user').id, at);
  twin.memberChanges.push({ member, at: iso(at + 20 * MINUTE), removed: false });
}

/** A group whose source of authority was converted with leave. */
function approve(world: World): void {
  const converted = sure(
    world.groups.find(({ cloud }) => cloud?.isCloudManaged === true),
    'a converted group',
  );
  const at = world.now - 10 * DAY;
  logAuthority(world, converted, at);
  const approved = iso(at - 5 * DAY).slice(0, 10);
  world.facts.approvedChanges = [{ group: converted.id, to: 'cloud', approved }];
}

/** Adds an event of the provisioning log: what the job of a group's container did with it. */
export function logProvisioning(
  world: World,
  group: Group,
  at: number,
  provisioningAction: string,
  error?: ProvisioningEvent['provisioningStatusInfo']['errorInformation'],
): void {
  const place = group.twins[0]?.parent;
  const { job } = sure(world.jobs.find(each => containerOf(each) === place) ?? world.jobs[0], 'a job');
  const name = group.cloud?.displayName ?? '';
  world.setup.provisioningEvents.push({
    id: world.random.guid(),
    activityDateTime: iso(at),
    jobId: job.id,
    provisioningAction,
    provisioningStatusInfo: {
      status: error === undefined ? 'success' : 'failure',
      errorInformation: error ?? null,
    },
    sourceIdentity: { id: group.id, identityType: 'Group', displayName: name },
    targetIdentity: { id: group.twins[0]?.guid ?? '', identityType: 'Group', displayName: name },
  });
}

/** Adds an event of the audit log: somebody who was added to a group, or removed from it. */
export function logMembership(
  world: World,
  activity: 'Add member to group' | 'Remove member from group',
  group: Group,
  member: string,
  at: number,
): void {
  const { id, cloud } = group;
  const property = { displayName: 'Group.ObjectID', oldValue: null, newValue: `"${id}"` };
  world.setup.directoryAudits.push({
    ...audit(world, activity, at),
    targetResources: [
      { id: member, type: 'User', displayName: null, modifiedProperties: [property] },
      { id, type: 'Group', displayName: cloud?.displayName ?? null, modifiedProperties: [] },
    ],
  });
}

/** Adds an event of the audit log: the source of authority of a group was moved to the cloud. */
export function logAuthority(world: World, { id, cloud }: Group, at: number): void {
  world.setup.directoryAudits.push({
    ...audit(world, 'Change Source of Authority from AD to Cloud', at),
    targetResources: [{ id, type: 'Group', displayName: cloud?.displayName ?? null, modifiedProperties: [] }],
  });
}

function audit(
  { random, people }: World,
  activityDisplayName: string,
  at: number,
): Omit<DirectoryAudit, 'targetResources'> {
  const actor = sure(people.find(({ cloud }) => cloud?.accountEnabled === true)?.cloud, 'somebody');
  return {
    id: random.guid(),
    category: 'GroupManagement',
    result: 'success',
    activityDisplayName,
    activityDateTime: iso(at),
    loggedByService: 'Core Directory',
    initiatedBy: { user: { id: actor.id, userPrincipalName: actor.userPrincipalName }, app: null },
  };
}

/** Declares what no collector can read. */
export function declareFacts(world: World): void {
  const { base, facts } = world;
  const where = places(base);
  facts.connectScope = [{ dn: base, included: true }];
  facts.cloudSyncScope = [{ dn: where.people, included: true }];
  facts.agents = ['sync1', 'sync2'].map(name => ({
    machineName: `${name}.lab.test`,
    status: 'active' as const,
    version: '1.1.3730.0',
  }));
  facts.statements = { auditLogExported: true };
}
