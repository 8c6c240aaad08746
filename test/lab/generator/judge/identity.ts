import type { Label } from '../estate.ts';
import { type Facts, failure, firstOf, isSynced, kindOf, nameOf, type Twin } from './facts.ts';

const ID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';

/** The invariants about markers, about the digits in names, and about where Cloud Sync writes. */
export function judgeIdentity(facts: Facts): Label[] {
  return [...judgeMarkers(facts), ...facts.twins.flatMap(twin => judgeTwin(twin)), ...judgeTargets(facts)];
}

function judgeMarkers({ estate }: Facts): Label[] {
  const { config, directory, tenant } = estate;
  const alive = new Set([...tenant.groups, ...tenant.deletedGroups].map(({ id }) => id));
  return directory.entries.flatMap(entry => {
    const texts = ['msDS-ExternalDirectoryObjectId', 'adminDescription'].map(name => firstOf(entry, name) ?? '');
    const idIn = (form: string) => texts.map(text => new RegExp(`^${form}(${ID})$`, 'i').exec(text)?.[1]);
    const begun = texts.filter(text => /^(takenover_)?group_/i.test(text));
    if (begun.length === 0) return [];
    const [external, described] = idIn('group_');
    const [, taken] = idIn('takenover_group_');
    const id = (external ?? described ?? taken)?.toLowerCase();
    const inside = config.containers.some(({ dn }) => entry.dn.toLowerCase().endsWith(`,${dn.toLowerCase()}`));
    const mine = { adGroup: entry.guid, ...(id === undefined ? {} : { cloudGroup: id }) };
    const wellFormed = begun.length === [external, described, taken].filter(found => found !== undefined).length;
    const elsewhere = !inside || (external ?? described) === undefined;
    return [
      ...(wellFormed ? [] : [failure('anchor-format-valid', mine)]),
      ...(id !== undefined && elsewhere && !alive.has(id) ? [failure('anchor-resolvable', mine)] : []),
    ];
  });
}

function judgeTwin({ entry, anchor }: Twin): Label[] {
  const ids = { cloudGroup: anchor, adGroup: entry.guid };
  const tail = /_([0-9a-f]{12})$/i.exec(nameOf(entry))?.[1]?.toLowerCase();
  return [...(tail === undefined || anchor.endsWith(tail) ? [] : [failure('name-suffix-matches-anchor', ids)])];
}

/** Objects that Cloud Sync writes, or will write because a job takes their group, without its marker. */
export function judgeTakeover({ estate, twins, byAnchor }: Facts): Label[] {
  const jobs = estate.tenant.jobs.filter(({ job }) => job.templateId.startsWith('AAD2ADGroupProvisioning'));
  const all = jobs.some(({ secrets = [] }) => secrets.some(({ key, value }) => key === 'SyncAll' && value === 'true'));
  const assigned = new Set(
    jobs.flatMap(({ appRoleAssignedTo = [] }) => appRoleAssignedTo.map(({ principalId }) => principalId)),
  );
  return twins.flatMap(({ entry, anchor, external, cloud, flavour }) => {
    if (cloud === undefined || external !== undefined || byAnchor.get(anchor)?.length !== 1) return [];
    const candidate = kindOf(cloud) === 'security' && !isSynced(cloud);
    const taken = candidate && (all || assigned.has(cloud.id));
    const ids = { cloudGroup: anchor, adGroup: entry.guid };
    return flavour === 'cloud-sync' || taken ? [failure('gpad-msds-anchor-present', ids)] : [];
  });
}

function judgeTargets({ estate }: Facts): Label[] {
  const base = estate.directory.base.toLowerCase();
  const common = new Set([
    base,
    ...['cn=users', 'cn=computers', 'cn=system', 'ou=domain controllers'].map(name => `${name},${base}`),
  ]);
  const mapped = estate.tenant.jobs
    .filter(({ job }) => job.templateId.startsWith('AAD2ADGroupProvisioning'))
    .flatMap(({ schema }) => schema.synchronizationRules.flatMap(rule => rule.objectMappings))
    .flatMap(({ attributeMappings }) => attributeMappings)
    .filter(({ targetAttributeName }) => targetAttributeName === 'parentDistinguishedName')
    .map(({ source }) => (source.name ?? '').toLowerCase());
  return [...new Set(mapped)].filter(dn => common.has(dn)).map(dn => failure('container-not-well-known', {}, dn));
}
