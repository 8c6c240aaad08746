import type { Row, TableRows } from '../../snapshot/index.ts';
import { kindOf } from './cloud-rows.ts';
import { guidOf, within } from './naming.ts';
import { bare, type CloudThing, spelled, type World } from './world.ts';

/** Logs tell nothing yet of the last minutes: a quarter of an hour before the audit they end. */
export const LATE = 15 * 60_000;

/** Owners of groups, what the audit log tells of them, errors of provisioning, and what jobs are assigned, as a case states them. */
export function eventRows(world: World): TableRows {
  const groups = [...world.cloudThings.entries()].flatMap(([, thing]) => (thing.group ? [thing] : []));
  return {
    cloud_owner: groups.flatMap(thing => ownerRows(world, thing)),
    cloud_audit_event: (world.cloud.removed ?? []).flatMap((_, index) => removalRow(world, index)),
    cloud_log_window: ['audit', 'provisioning'].map(log => ({
      log,
      since: world.asOf - 30 * 86_400_000,
      until: world.asOf - LATE,
    })),
    cloud_error: (world.cloud.errors ?? []).flatMap((_, index) => errorRow(world, index)),
    cloud_job_assignment:
      world.cloud.jobs?.flatMap((_, index) => assignmentRows(world, index)) ??
      groups.filter(thing => isForCloudSync(world, thing)).map(({ id }) => assignmentRow('groups-job', id, 'Group')),
  };
}

function ownerRows(world: World, thing: CloudThing): Row<'cloud_owner'>[] {
  return (thing.group?.owners ?? []).flatMap((name, index) => {
    const owner = world.cloudThings.find(name, within(thing.place, 'owners', index));
    if (!owner || owner.kind === 'deleted' || owner.kind === 'purged') return [];
    return [{ group_id: thing.id, owner_id: owner.id, kind: owner.kind }];
  });
}

function removalRow(world: World, index: number): Row<'cloud_audit_event'>[] {
  const place = within(world.place, 'cloud', 'removed', index);
  const draft = world.cloud.removed?.[index];
  if (draft === undefined) return [];
  const member = world.cloudThings.find(draft.member, within(place, 'member'));
  const group = world.cloudThings.find(draft.from, within(place, 'from'));
  if (!member || !group) return [];
  return [
    {
      id: `event-${index}`,
      activity: draft.activity ?? 'Remove member from group',
      at: world.instant(draft.at ?? '1d ago'),
      result: draft.result === undefined ? 'success' : draft.result,
      group_id: group.id,
      member_id: member.id,
      actor_id: guidOf('cloud', 'administrator'),
      actor_name: 'administrator@contoso.com',
      actor_kind: 'user',
    },
  ];
}

function errorRow(world: World, index: number): Row<'cloud_error'>[] {
  const draft = world.cloud.errors?.[index];
  if (draft === undefined) return [];
  const object = world.cloudThings.find(draft.of, within(world.place, 'cloud', 'errors', index, 'of'));
  if (!object) return [];
  return [
    {
      object_id: object.id,
      object_kind: object.kind === 'user' ? 'user' : 'group',
      source: draft.source ?? 'on-premises',
      ordinal: index,
      category: draft.category === undefined ? 'PropertyConflict' : draft.category,
      property: draft.property === undefined ? 'ProxyAddresses' : draft.property,
      occurred: draft.occurred === null ? null : world.instant(draft.occurred ?? '1d ago'),
      resolved: draft.resolved ?? null,
    },
  ];
}

function assignmentRows(world: World, index: number): Row<'cloud_job_assignment'>[] {
  const named = world.cloud.jobs?.[index];
  if (named === undefined) return [];
  const { id, assigned = [] } = spelled(named, bare);
  const place = within(world.place, 'cloud', 'jobs', index);
  return assigned.flatMap((name, at) => {
    const thing = world.cloudThings.find(name, within(place, 'assigned', at));
    if (!thing) return [];
    const kind = thing.kind === 'user' ? 'User' : thing.kind === 'servicePrincipal' ? 'ServicePrincipal' : 'Group';
    return [assignmentRow(id, thing.id, kind)];
  });
}

function assignmentRow(job: string, principal: string, kind: string): Row<'cloud_job_assignment'> {
  return {
    job_id: job,
    principal_id: principal,
    principal_kind: kind,
    app_role_id: '00000000-0000-0000-0000-000000000000',
  };
}

/** The job that no case mentions is assigned the security groups of the cloud, but for those that Connect writes. */
function isForCloudSync(world: World, { name, group = {} }: CloudThing): boolean {
  if (!world.draft.flavours.includes('cloud-sync') || kindOf(world, group) !== 'security') return false;
  if (group.synced !== undefined && group.synced !== false) return false;
  return ![...world.adThings.entries()].some(
    ([, { group: object }]) => object?.of === name && object.by !== undefined && object.by !== 'cloud-sync',
  );
}
