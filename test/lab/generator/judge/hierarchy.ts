import type { CloudGroup } from '../../tenant.ts';
import type { Label } from '../estate.ts';
import { type Comparable, comparable, inScope } from './edges.ts';
import { type Facts, failure, firstOf, isSynced, kindOf } from './facts.ts';
import { scopeOf } from './scope-rows.ts';

/** The invariants of policies/membership.yaml beside those on single members. */
export function judgeHierarchies(facts: Facts): Label[] {
  return [
    ...comparable(facts).flatMap(pair => [
      ...judgeOutsiders(facts, pair),
      ...(pair.flavour === 'connect-v1' ? [] : [...judgeReach(facts, pair), ...judgeChildren(facts, pair)]),
    ]),
    ...judgeCircles(facts),
    ...judgeSizes(facts),
    ...judgeUsers(facts),
  ];
}

function judgeOutsiders(facts: Facts, { entry, cloud, flavour }: Comparable): Label[] {
  const anchored = new Set(facts.twins.map(twin => twin.entry.guid));
  const wanted = new Set(cloud.members.map(({ id }) => facts.principals.get(id)));
  return entry.members.flatMap(guid => {
    const member = facts.byGuid.get(guid);
    const ids = { cloudGroup: cloud.id, adGroup: entry.guid, adPrincipal: guid };
    if (member === undefined) return [];
    const odd =
      ['computer', 'contact', 'msDS-GroupManagedServiceAccount'].includes(member.kind) ||
      (member.kind === 'group' && !anchored.has(guid));
    const foreign = member.kind === 'foreignSecurityPrincipal' && flavour !== 'connect-v1';
    return [
      ...(odd && !wanted.has(guid) ? [failure('no-ad-native-group-nested-in', ids)] : []),
      ...(foreign ? [failure('no-foreign-security-principal', ids)] : []),
    ];
  });
}

/** A group with all groups inside it, to any depth; those that AD owns are not looked into. */
function below(facts: Facts, top: CloudGroup): Set<CloudGroup> {
  const found = new Set([top]);
  for (const group of found)
    for (const { id } of group.members) {
      const inner = facts.cloudGroups.get(id);
      if (inner !== undefined && !isSynced(inner)) found.add(inner);
    }
  return found;
}

function judgeReach(facts: Facts, { entry, cloud, flavour }: Comparable): Label[] {
  if (facts.asOf - Date.parse(cloud.createdDateTime ?? '') <= facts.grace(flavour)) return [];
  const inAd = entry.members.some(guid => facts.byGuid.get(guid)?.kind === 'group');
  const inCloud = cloud.members.some(({ id }) => facts.cloudGroups.has(id));
  if (!inAd && !inCloud) return [];
  const groups = below(facts, cloud);
  const isUser = (guid: string | undefined): guid is string =>
    guid !== undefined && facts.byGuid.get(guid)?.kind === 'user';
  const expected = new Set(
    [...groups].flatMap(({ members }) => members.map(({ id }) => facts.principals.get(id)).filter(isUser)),
  );
  const owned = new Set(
    [...groups]
      .flatMap(({ members }) => members)
      .flatMap(({ id }) => {
        const inner = facts.cloudGroups.get(id);
        return inner !== undefined && isSynced(inner) ? (facts.principals.get(id) ?? []) : [];
      }),
  );
  const nodes = new Set([entry.guid]);
  for (const node of nodes)
    for (const guid of facts.byGuid.get(node)?.members ?? [])
      if (facts.byGuid.get(guid)?.kind === 'group' && !owned.has(guid)) nodes.add(guid);
  const reached = new Set([...nodes].flatMap(node => (facts.byGuid.get(node)?.members ?? []).filter(isUser)));
  const same = expected.size === reached.size && [...expected].every(guid => reached.has(guid));
  return same ? [] : [failure('effective-members-equal', { cloudGroup: cloud.id, adGroup: entry.guid })];
}

function judgeChildren(facts: Facts, { entry, cloud }: Comparable): Label[] {
  if (!scopeOf(facts).some(row => row.twin?.entry === entry && row.inScope)) return [];
  return cloud.members.flatMap(({ id }) => {
    const child = facts.cloudGroups.get(id);
    if (child === undefined || isSynced(child) || inScope(facts, child)) return [];
    const held = [...below(facts, child)].some(({ members }) =>
      members.some(member => facts.byGuid.get(facts.principals.get(member.id) ?? '')?.kind === 'user'),
    );
    const ids = { cloudGroup: cloud.id, adGroup: entry.guid, cloudPrincipal: id };
    return held ? [failure('nested-child-members-present', ids)] : [];
  });
}

function judgeCircles(facts: Facts): Label[] {
  return facts.twins.flatMap(({ entry, anchor, cloud, flavour }) => {
    if (cloud === undefined || flavour === 'connect-v1') return [];
    const inside = new Set(entry.members);
    for (const guid of inside) for (const member of facts.byGuid.get(guid)?.members ?? []) inside.add(member);
    const ids = { cloudGroup: anchor, adGroup: entry.guid };
    return inside.has(entry.guid) ? [failure('no-membership-cycle', ids)] : [];
  });
}

function judgeSizes(facts: Facts): Label[] {
  const { tenant, config } = facts.estate;
  const users = new Map(tenant.users.map(user => [user.id, user]));
  const limit = Number(config.params['membership.memberLimitConnectV2Security'] ?? 250_000);
  return scopeOf(facts)
    .filter(row => row.inScope)
    .flatMap(({ cloud, flavour, ids }) => {
      const people = cloud.members.flatMap(({ id }) => users.get(id) ?? []);
      const apart = people.filter(
        user =>
          user.onPremisesSecurityIdentifier === null &&
          user.onPremisesImmutableId === null &&
          !facts.principals.has(user.id),
      );
      const active = (cloud.owners ?? []).filter(({ id }) => users.get(id)?.accountEnabled === true).length;
      const least = cloud.groupTypes.includes('DynamicMembership') ? 1 : 2;
      const many = flavour === 'connect-v2' && kindOf(cloud) === 'security' && cloud.members.length * 100 >= 80 * limit;
      return [
        ...(apart.length * 2 > people.length ? [failure('cloud-only-member-ineligible', ids)] : []),
        ...(active < least ? [failure('ineligible-direct-owner-note', ids)] : []),
        ...(many ? [failure('member-count-limit', ids)] : []),
      ];
    });
}

function judgeUsers(facts: Facts): Label[] {
  const inGroups = new Set(facts.twins.flatMap(({ entry }) => entry.members));
  return facts.estate.tenant.users.flatMap(user => {
    const account = facts.byGuid.get(facts.principals.get(user.id) ?? '');
    if (account === undefined || user.accountEnabled === null || !inGroups.has(account.guid)) return [];
    const enabled = (Number(firstOf(account, 'userAccountControl')) & 2) === 0;
    const ids = { cloudPrincipal: user.id, adPrincipal: account.guid };
    return enabled === user.accountEnabled ? [] : [failure('disabled-member-still-present', ids)];
  });
}
