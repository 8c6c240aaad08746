import type { Random } from '../lab/generator/random.ts';
import { AS_OF, coverageRow, type World } from './world.ts';

const MINUTE = 60_000;

/** Adds owners, removals, errors of provisioning, what jobs are assigned, and what readers said about the length of lists. */
export function addEvents(world: World, random: Random): void {
  addOwners(world, random);
  addRemovals(world, random);
  addErrors(world, random);
  addAssignments(world, random);
  addAnnouncements(world, random);
}

/** The users of the island that a group lies on; ids differ in the six digits before the last six. */
function neighbours<T extends { readonly id: string }>(rows: readonly T[], id: string): readonly T[] {
  return rows.filter(row => row.id.slice(-12, -6) === id.slice(-12, -6));
}

function addOwners(world: World, { sample, below, chance }: Random): void {
  for (const { id } of world.cloud_group) {
    for (const user of sample(neighbours(world.cloud_user, id), below(4)))
      world.cloud_owner.push({ group_id: id, owner_id: user.id, kind: 'user' });
    if (chance(0.2))
      world.cloud_owner.push({
        group_id: id,
        owner_id: 'ffffffff-0000-4000-8000-000000000001',
        kind: 'servicePrincipal',
      });
  }
}

function addRemovals(world: World, { pick, chance, below, sample }: Random): void {
  if (!world.cloud_log_window.some(({ log }) => log === 'audit'))
    world.cloud_log_window.push({ log: 'audit', since: AS_OF - 40_000 * MINUTE, until: AS_OF });
  for (const { id } of world.cloud_group) {
    const near = [...neighbours(world.cloud_user, id), ...neighbours(world.cloud_group, id)].map(row => row.id);
    const members = sample([...near, `aaaaaaaa-0000-4000-8000-${id.slice(-12)}`], below(7));
    for (const member of members)
      for (let times = chance(0.2) ? 2 : 1; times > 0; times -= 1)
        world.cloud_audit_event.push({
          id: `removal-${world.cloud_audit_event.length}`,
          activity: chance(0.85) ? 'Remove member from group' : 'Add member to group',
          at: AS_OF - pick([10, 60, 61, 5000]) * MINUTE,
          result: pick(['success', 'success', 'success', null, 'failure']),
          group_id: chance(0.95) ? id : null,
          member_id: chance(0.95) ? member : null,
          ...{ actor_id: null, actor_name: pick([null, 'admin']), actor_kind: null },
        });
  }
}

function addErrors(world: World, { pick, chance }: Random): void {
  const objects = [
    ...world.cloud_group.map(({ id }) => ({ id, kind: 'group' })),
    ...world.cloud_user.map(({ id }) => ({ id, kind: 'user' })),
  ];
  for (const { id, kind } of objects)
    for (let ordinal = 0; chance(0.2); ordinal += 1)
      world.cloud_error.push({
        ...{ object_id: id, object_kind: kind, source: pick(['on-premises', 'on-premises', 'service']), ordinal },
        ...{ category: pick(['PropertyConflict', 'PropertyConflict', 'Other', null]), property: 'ProxyAddresses' },
        occurred: pick([null, AS_OF - 60 * MINUTE, AS_OF - 61 * MINUTE, AS_OF - 5000 * MINUTE]),
        resolved: pick([null, null, false, true]),
      });
}

function addAssignments(world: World, { pick, sample, below }: Random): void {
  world.cloud_job = world.cloud_job.map(job => ({ ...job, sync_all: pick([null, true, false, false]) }));
  const pure = world.cloud_group.filter(group => group.security_enabled === true && group.mail_enabled !== true);
  for (const { id } of world.cloud_job)
    for (const group of sample([...pure, ...world.cloud_group.slice(0, 3)], below(6)))
      if (!world.cloud_job_assignment.some(row => row.job_id === id && row.principal_id === group.id))
        world.cloud_job_assignment.push({
          ...{ job_id: id, principal_id: group.id, principal_kind: 'Group' },
          app_role_id: '00000000-0000-0000-0000-000000000000',
        });
}

// Readers that say how much there was: mostly as much as was read, sometimes more.
function addAnnouncements(world: World, { pick, chance }: Random): void {
  const announce = (facet: string, object: string, rows: number) => {
    if (!chance(0.3)) return;
    const retrieved = rows + pick([0, 0, 0, 1]);
    const expected = pick([null, retrieved, retrieved, retrieved + 1, Math.max(0, retrieved - 1)]);
    world.coverage.push({ ...coverageRow(facet, object, true), expected, retrieved });
  };
  for (const { id } of world.cloud_group)
    announce('cloud.members', id, world.cloud_member.filter(row => row.group_id === id).length);
  for (const { guid } of world.ad_group)
    announce('ad.members', guid, world.ad_member.filter(row => row.group_guid === guid).length);
}
