import type { CloudGroup, CloudJob } from '../../tenant.ts';
import type { Label } from '../estate.ts';
import { type Facts, failure, firstOf, isSynced, kindOf, nameOf } from './facts.ts';
import { scopeOf } from './scope-rows.ts';

const HOUR = 3_600_000;

/** The invariants about what lies in containers, the domains of objects, names that meet, and memberships that are activated. */
export function judgeStrays(facts: Facts): Label[] {
  return [...judgeChildren(facts), ...judgeDomains(facts), ...judgeNames(facts), ...judgeActivations(facts)];
}

function listIn({ estate }: Facts, name: string): readonly string[] {
  return (estate.config.params[name] ?? '').toLowerCase().split(',');
}

function judgeChildren(facts: Facts): Label[] {
  const { directory, config, tenant } = facts.estate;
  const allowed = listIn(facts, 'identity.allowedChildren');
  const owned = new Set(
    tenant.groups.filter(group => !isSynced(group)).map(group => group.onPremisesSecurityIdentifier),
  );
  return directory.entries.flatMap(entry => {
    const inside = config.containers.some(({ dn }) => entry.dn.toLowerCase().endsWith(`,${dn.toLowerCase()}`));
    if (!inside || ['organizationalUnit', 'container'].includes(entry.kind) || allowed.includes(entry.guid)) return [];
    const group = entry.kind === 'group';
    const texts = ['adminDescription', 'msDS-ExternalDirectoryObjectId'].map(name => firstOf(entry, name) ?? '');
    const marked = texts.some(text => (group ? /^(takenover_)?group_/i : /^user_[0-9a-f-]{36}$/i).test(text));
    const named = group && (/^group_[0-9a-f-]{36}$/i.test(nameOf(entry)) || owned.has(entry.sid));
    if (marked || named) return [];
    return [failure('container-only-writeback-objects', { [group ? 'adGroup' : 'adPrincipal']: entry.guid })];
  });
}

function groupJobs({ estate }: Facts): readonly CloudJob[] {
  return estate.tenant.jobs.filter(({ job }) => job.templateId.startsWith('AAD2ADGroupProvisioning'));
}

/** The groups that a job writes. */
function takenBy({ estate }: Facts, { secrets = [], appRoleAssignedTo = [] }: CloudJob): readonly CloudGroup[] {
  const all = secrets.some(({ key, value }) => key === 'SyncAll' && value === 'true');
  const chosen = new Set(appRoleAssignedTo.map(({ principalId }) => principalId));
  return estate.tenant.groups.filter(
    group => kindOf(group) === 'security' && !isSynced(group) && (all || chosen.has(group.id)),
  );
}

/** There is one domain: an object is where a job writes it, or there is no such job. */
function judgeDomains(facts: Facts): Label[] {
  const taken = new Set(groupJobs(facts).flatMap(job => takenBy(facts, job).map(({ id }) => id)));
  return [...facts.byAnchor].flatMap(([id, [twin, ...others]]) => {
    const cloud = facts.cloudGroups.get(id);
    if (twin?.external === undefined || others.length > 0 || cloud === undefined || taken.has(id)) return [];
    if (facts.asOf - Date.parse(cloud.createdDateTime ?? '') <= HOUR) return [];
    return [failure('one-object-per-target-domain', { cloudGroup: id })];
  });
}

/** Names that are made of the display name alone. */
function judgeNames(facts: Facts): Label[] {
  return groupJobs(facts).flatMap(job => {
    const bare = job.schema.synchronizationRules
      .flatMap(({ objectMappings }) => objectMappings)
      .flatMap(({ attributeMappings }) => attributeMappings)
      .filter(({ source }) => source.expression === 'Left(Trim([displayName]),51)');
    const names = takenBy(facts, job).map(({ displayName }) => (displayName ?? '').trim().slice(0, 51).toLowerCase());
    const shared = new Set(names.filter((name, at) => name !== '' && names.indexOf(name) !== at));
    return bare.flatMap(() => [...shared].map(() => failure('no-duplicate-cloud-name-collision', { job: job.job.id })));
  });
}

function hours(duration: string): number {
  const [, days = '0', own = '0'] = /^P(?:(\d+)D)?(?:T(\d+)H)?$/.exec(duration) ?? [];
  return Number(days) * 24 + Number(own);
}

function judgeActivations(facts: Facts): Label[] {
  const { groupEligibilities = [], groupPolicies = [] } = facts.estate.tenant;
  const allowed = listIn(facts, 'scope.allowedPimGroups');
  return scopeOf(facts).flatMap(({ cloud, flavour, ids }) => {
    const own = groupEligibilities.filter(({ groupId }) => groupId === cloud.id);
    if (own.length === 0 || flavour === undefined || flavour === 'connect-v1') return [];
    const short = own.every(({ accessId }) => {
      const rule = groupPolicies.find(each => each.groupId === cloud.id && each.accessId === accessId);
      return rule !== undefined && hours(rule.maximumDuration) <= 8;
    });
    return short && allowed.includes(cloud.id) ? [] : [failure('pim-managed-group-declared', ids)];
  });
}
