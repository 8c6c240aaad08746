import type { Label } from '../estate.ts';
import { comparable } from './edges.ts';
import { type Facts, failure, firstOf, type Twin } from './facts.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Logs are read from almost thirty days ago until a quarter of an hour ago. */
const SINCE = 29 * 24 * HOUR;
const UNTIL = 15 * MINUTE;

/** The invariants that hold times in AD against what the logs of the cloud tell, and AD's values against the cloud's. */
export function judgeChanges(facts: Facts): Label[] {
  return [
    ...judgeMemberChanges(facts),
    ...judgeRemovals(facts),
    ...facts.twins.flatMap(twin => [...judgeObjectChange(facts, twin), ...judgeValues(facts, twin)]),
  ];
}

type Membership = { readonly at: number; readonly group: string; readonly member: string; readonly removed: boolean };

function memberships({ estate }: Facts): Membership[] {
  return (estate.tenant.directoryAudits ?? []).flatMap(({ activityDisplayName, activityDateTime, targetResources }) => {
    const [member, group] = targetResources;
    if (!activityDisplayName.includes('member') || member === undefined || group === undefined) return [];
    const removed = activityDisplayName.startsWith('Remove');
    return [{ at: Date.parse(activityDateTime), group: group.id, member: member.id, removed }];
  });
}

function judgeMemberChanges(facts: Facts): Label[] {
  const logged = memberships(facts);
  return comparable(facts).flatMap(({ entry, cloud }) =>
    entry.memberChanges.flatMap(({ member, at, removed }) => {
      const moment = Date.parse(at);
      const told = moment >= facts.asOf - SINCE && moment <= facts.asOf - UNTIL;
      const person = facts.cloudOf.get(member);
      const causes = logged.filter(
        event => event.group === cloud.id && event.member === person && event.removed === removed,
      );
      const caused = causes.some(event => event.at <= moment + 5 * MINUTE && moment - event.at <= 3 * HOUR);
      if (!told || caused || cloud.groupTypes.includes('DynamicMembership')) return [];
      const ids = { cloudGroup: cloud.id, adGroup: entry.guid, adPrincipal: member };
      return [failure('member-changed-by-engine-only', ids)];
    }),
  );
}

function judgeRemovals(facts: Facts): Label[] {
  const removals = memberships(facts).filter(({ removed, at }) => removed && facts.asOf - at > HOUR);
  return comparable(facts).flatMap(({ entry, cloud }) =>
    removals
      .filter(({ group }) => group === cloud.id)
      .flatMap(({ member }) => {
        const account = facts.principals.get(member);
        const back = cloud.members.some(({ id }) => id === member);
        if (account === undefined || back || !entry.members.includes(account)) return [];
        const ids = { cloudGroup: cloud.id, adGroup: entry.guid, cloudPrincipal: member, adPrincipal: account };
        return [failure('removal-latency', ids)];
      }),
  );
}

function judgeObjectChange(facts: Facts, { entry, anchor, cloud, flavour }: Twin): Label[] {
  const text = entry.changed ?? entry.created;
  if (cloud === undefined || text === null) return [];
  const { tenant } = facts.estate;
  const changed = Date.parse(text);
  const synced = Date.parse(tenant.organization.onPremisesLastSyncDateTime ?? '');
  const acted = (tenant.provisioningEvents ?? [])
    .filter(({ sourceIdentity }) => sourceIdentity.id === cloud.id)
    .map(({ activityDateTime }) => Date.parse(activityDateTime))
    .filter(at => at <= changed + 5 * MINUTE);
  const told = changed >= facts.asOf - SINCE && changed <= facts.asOf - UNTIL;
  const odd =
    flavour === 'cloud-sync'
      ? told && !(acted.length > 0 && changed - Math.max(...acted) <= HOUR)
      : changed - synced > HOUR;
  return odd ? [failure('object-changed-outside-cycle', { cloudGroup: anchor, adGroup: entry.guid })] : [];
}

function judgeValues(facts: Facts, { entry, anchor, cloud, flavour }: Twin): Label[] {
  if (cloud === undefined || facts.asOf - Date.parse(cloud.createdDateTime ?? '') <= facts.grace(flavour)) return [];
  const described = firstOf(entry, 'description');
  const wanted = cloud.description?.trim().slice(0, 448);
  const good =
    firstOf(entry, 'displayName') === (cloud.displayName ?? undefined) &&
    (flavour !== 'cloud-sync' || described === wanted);
  return good ? [] : [failure('managed-attributes-equal-cloud', { cloudGroup: anchor, adGroup: entry.guid })];
}
