import { smallLimits } from './judging.ts';
import type { View } from './reference-membership.ts';
import { AS_OF, type World } from './world.ts';

type Verdict = 'pass' | 'fail' | 'unknown';
type Book = Map<string, Verdict>;

const HOUR = 3_600_000;
const verdict = (good: boolean): Verdict => (good ? 'pass' : 'fail');

/** The verdicts on owners, removals, the length of lists and the extent of jobs. */
export function judgeEvents(world: World, view: View): [string, Book][] {
  return [
    ['ineligible-direct-owner-note', judgeOwners(world, view)],
    ['removal-latency', judgeRemovals(world, view)],
    ['membership-snapshot-complete', judgeLists(world, view)],
    ['job-membership-limit', judgeExtents(world)],
  ];
}

function judgeOwners(world: World, { pairs }: View): Book {
  const book: Book = new Map();
  for (const { key, group, inScope } of pairs) {
    if (group === undefined || !inScope) continue;
    const active = world.cloud_owner.filter(
      ({ group_id: of, owner_id: id, kind }) =>
        of === group.id && kind === 'user' && world.cloud_user.some(user => user.id === id && user.enabled === true),
    );
    book.set(key, verdict(active.length >= (group.group_types.includes('DynamicMembership') ? 1 : 2)));
  }
  return book;
}

function judgeRemovals(world: World, { pairs, accounts }: View): Book {
  const book: Book = new Map();
  const exists = new Set([...world.cloud_user, ...world.cloud_group].map(row => row.id));
  for (const { group, object, comparable } of pairs) {
    if (group === undefined || object === undefined || !comparable) continue;
    const removed = Map.groupBy(
      world.cloud_audit_event.filter(
        ({ activity, result, group_id: of, member_id: id }) =>
          activity === 'Remove member from group' && result !== 'failure' && of === group.id && id !== null,
      ),
      event => event.member_id ?? '',
    );
    for (const [id, events] of removed) {
      if (!exists.has(id) || AS_OF - Math.max(...events.map(event => event.at)) <= HOUR) continue;
      const back = world.cloud_member.some(row => row.group_id === group.id && row.member_id === id);
      const still = world.ad_member.some(row => row.group_guid === object.guid && row.member_guid === accounts.get(id));
      book.set(`${group.id}/${id}`, verdict(back || !still));
    }
  }
  return book;
}

function judgeLists(world: World, { pairs }: View): Book {
  const book: Book = new Map();
  const isWhole = (facet: string, object: string, rows: number) => {
    const said = world.coverage.find(row => row.facet === facet && row.object === object);
    const retrieved = said?.retrieved ?? 0;
    return rows >= retrieved && retrieved >= (said?.expected ?? 0);
  };
  for (const { key, group, object, anchored } of pairs) {
    if (group === undefined || object === undefined || !anchored || group.on_premises_sync_enabled === true) continue;
    const inCloud = world.cloud_member.filter(row => row.group_id === group.id).length;
    const inAd = world.ad_member.filter(row => row.group_guid === object.guid).length;
    book.set(key, verdict(isWhole('cloud.members', group.id, inCloud) && isWhole('ad.members', object.guid, inAd)));
  }
  return book;
}

function judgeExtents(world: World): Book {
  const book: Book = new Map();
  if (!world.scope_flavour.some(row => row.flavour === 'cloud-sync')) return book;
  const eligible = world.cloud_group.filter(
    group =>
      group.security_enabled === true &&
      group.mail_enabled !== true &&
      !group.group_types.includes('Unified') &&
      group.on_premises_sync_enabled !== true,
  );
  for (const job of world.cloud_job) {
    if (!job.template_id.startsWith('AAD2ADGroupProvisioning')) continue;
    const all = job.sync_all === true;
    const assigned = world.cloud_job_assignment.filter(row => row.job_id === job.id).map(row => row.principal_id);
    const taken = eligible.filter(group => all || assigned.includes(group.id));
    const memberships = world.cloud_member.filter(row => taken.some(group => group.id === row.group_id)).length;
    const [groups, most] = all
      ? [smallLimits.jobGroupsAll, smallLimits.jobMembershipsAll]
      : [smallLimits.jobGroupsSelected, smallLimits.jobMembershipsSelected];
    book.set(job.id, verdict(taken.length < groups && memberships < most));
  }
  return book;
}
