import type { Label } from '../estate.ts';
import { type Facts, failure, firstOf, nameOf, type Twin } from './facts.ts';

const ID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';

/** The invariants about markers, about the digits in names, and about where Cloud Sync writes. */
export function judgeIdentity(facts: Facts): Label[] {
  return [...judgeMarkers(facts), ...facts.twins.flatMap(twin => judgeTwin(facts, twin)), ...judgeTargets(facts)];
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

function judgeTwin({ byAnchor }: Facts, { entry, anchor, external, cloud, flavour }: Twin): Label[] {
  const ids = { cloudGroup: anchor, adGroup: entry.guid };
  const tail = /_([0-9a-f]{12})$/i.exec(nameOf(entry))?.[1]?.toLowerCase();
  const alone = byAnchor.get(anchor)?.length === 1;
  return [
    ...(tail === undefined || anchor.endsWith(tail) ? [] : [failure('name-suffix-matches-anchor', ids)]),
    ...(flavour === 'cloud-sync' && cloud !== undefined && alone && external === undefined
      ? [failure('gpad-msds-anchor-present', ids)]
      : []),
  ];
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
