import type { CloudGroup, CloudUser } from '../../tenant.ts';
import type { DirectoryEntry, Label } from '../estate.ts';
import { type Facts, failure, firstOf, isSynced, kindOf, type Twin } from './facts.ts';

/** An object with the cloud group that it surely stands for. */
export type Comparable = Twin & { readonly cloud: CloudGroup };

/** The pairs from which membership verdicts are drawn. */
export function comparable({ twins, byAnchor }: Facts): Comparable[] {
  return twins.flatMap(twin => {
    const { cloud, conflict, anchor } = twin;
    return cloud === undefined || conflict || byAnchor.get(anchor)?.length !== 1 ? [] : [{ ...twin, cloud }];
  });
}

/** The invariants about members, and the one about jobs that write none. */
export function judgeEdges(facts: Facts): Label[] {
  const pairs = comparable(facts);
  return [
    ...pairs.flatMap(pair => [...judgeCloudSide(facts, pair), ...judgeAdSide(facts, pair)]),
    ...judgeJobs(facts, pairs),
  ];
}

function judgeCloudSide(facts: Facts, { entry, cloud, flavour }: Comparable): Label[] {
  const present = new Set(entry.members);
  const ripe = facts.asOf - Date.parse(cloud.createdDateTime ?? '') > facts.grace(flavour);
  return cloud.members.flatMap(({ id }) => {
    const group = facts.cloudGroups.get(id);
    const guid = facts.principals.get(id);
    const ids = {
      cloudGroup: cloud.id,
      adGroup: entry.guid,
      cloudPrincipal: id,
      ...(guid === undefined ? {} : { adPrincipal: guid }),
    };
    const dropped = group !== undefined && isSynced(group) && flavour === 'cloud-sync';
    const missing = guid !== undefined && !dropped && ripe && !present.has(guid);
    const nested = group !== undefined && (isSynced(group) || inScope(facts, group));
    return [
      ...(missing ? [failure('member-missing-in-ad', ids)] : []),
      ...(nested && (guid === undefined || dropped) ? [failure('nested-cloud-group-expressed', ids)] : []),
    ];
  });
}

/** Whether an engine takes a cloud group. */
export function inScope({ byAnchor }: Facts, group: CloudGroup): boolean {
  if (isSynced(group)) return false;
  const kind = kindOf(group);
  const flavours = byAnchor.get(group.id)?.map(twin => twin.flavour) ?? [
    kind === 'security' ? 'cloud-sync' : 'connect-v1',
  ];
  const switched = group.writebackConfiguration?.isEnabled ?? kind === 'microsoft365';
  return flavours.some(flavour =>
    flavour === 'connect-v2'
      ? switched && (kind === 'security' || kind === 'microsoft365')
      : kind === (flavour === 'connect-v1' ? 'microsoft365' : 'security'),
  );
}

function judgeAdSide(facts: Facts, { entry, cloud }: Comparable): Label[] {
  const expected = new Set(cloud.members.map(({ id }) => facts.principals.get(id)));
  const nobodies = cloud.members.flatMap(({ id }) => {
    const user = facts.principals.has(id)
      ? undefined
      : facts.estate.tenant.users.find(candidate => candidate.id === id);
    return user === undefined ? [] : [user];
  });
  return entry.members.flatMap(guid => {
    if (expected.has(guid)) return [];
    const person = facts.cloudOf.get(guid);
    const ids = {
      cloudGroup: cloud.id,
      adGroup: entry.guid,
      adPrincipal: guid,
      ...(person === undefined ? {} : { cloudPrincipal: person }),
    };
    const account = facts.byGuid.get(guid);
    const leaked = person === undefined && account !== undefined && nobodies.some(user => looksLike(account, user));
    return [failure('member-extra-in-ad', ids), ...(leaked ? [failure('cloud-only-member-leaked', ids)] : [])];
  });
}

function looksLike(account: DirectoryEntry, user: CloudUser): boolean {
  if (account.kind === 'group') return false;
  const same = (name: string, other: string | null | undefined): boolean => {
    const value = firstOf(account, name);
    return value !== undefined && other !== null && value.toLowerCase() === other?.toLowerCase();
  };
  return (
    same('userPrincipalName', user.userPrincipalName) ||
    same('mail', user.mail) ||
    same('sAMAccountName', user.userPrincipalName.split('@')[0])
  );
}

function judgeJobs(facts: Facts, pairs: readonly Comparable[]): Label[] {
  const jobs = facts.estate.tenant.jobs.filter(({ job }) => job.templateId.startsWith('AAD2ADGroupProvisioning'));
  return jobs.flatMap(({ job, schema }) => {
    const mappings = schema.synchronizationRules.flatMap(rule =>
      rule.objectMappings.flatMap(objects => objects.attributeMappings),
    );
    const target =
      mappings.find(mapping => mapping.targetAttributeName === 'parentDistinguishedName')?.source.name ?? '';
    const own = pairs.filter(
      ({ flavour, entry }) => flavour === 'cloud-sync' && entry.dn.toLowerCase().endsWith(`,${target.toLowerCase()}`),
    );
    const filled = own.filter(({ cloud }) =>
      cloud.members.some(({ id }) => {
        const group = facts.cloudGroups.get(id);
        return facts.principals.has(id) && !(group !== undefined && isSynced(group));
      }),
    );
    const empty = filled.filter(({ entry }) => entry.members.length === 0).length;
    const { quarantine, code } = job.status;
    return [
      ...(filled.length > 0 && empty > filled.length * 0.8
        ? [failure('groups-only-empty-membership', { job: job.id })]
        : []),
      ...(quarantine !== null || code === 'Quarantine'
        ? [failure('cloudsync-job-not-quarantined', { job: job.id })]
        : []),
    ];
  });
}
