import type { Label } from '../estate.ts';
import { type Facts, failure, firstOf, isSynced, kindOf, type Twin } from './facts.ts';

/** The invariants about types, guards, switches, special groups and guests. */
export function judgeScope(facts: Facts): Label[] {
  return [...facts.twins.flatMap(twin => judgeTwin(facts, twin)), ...judgeGuests(facts), ...judgeTenant(facts)];
}

function featuresOf({ estate }: Facts): { readonly v1: boolean; readonly v2: boolean } {
  const features = estate.tenant.onPremisesSynchronization?.features;
  return { v1: features?.unifiedGroupWritebackEnabled === true, v2: features?.groupWriteBackEnabled === true };
}

function judgeTwin(facts: Facts, { entry, anchor, cloud, flavour }: Twin): Label[] {
  const { v1, v2 } = featuresOf(facts);
  const found: string[] = [];
  if (!(firstOf(entry, 'adminDescription') ?? '').toLowerCase().startsWith('group_')) found.push('loop-guard-present');
  if (cloud !== undefined) {
    const kind = kindOf(cloud);
    const { isEnabled, onPremisesGroupType: told } = cloud.writebackConfiguration ?? {};
    const mailed = told === 'universalMailEnabledSecurityGroup';
    const security = firstOf(entry, 'groupType') === '-2147483640' && firstOf(entry, 'mail') !== undefined;
    const odd = kind === 'security' && told === 'universalDistributionGroup';
    if (flavour === 'connect-v2' && (odd || (mailed && !(kind === 'microsoft365' && security))))
      found.push('cloud-type-to-ad-type-map');
    if (cloud.isAssignableToRole === true) found.push('role-assignable-not-written-back');
    if (flavour !== 'connect-v1' && cloud.groupTypes.includes('DynamicMembership'))
      found.push('dynamic-group-declared');
    if (flavour === 'connect-v1' && kind === 'microsoft365' && v1 && !v2 && isEnabled === false)
      found.push('writeback-flag-not-relied-on-in-v1');
  }
  return found.map(invariant => failure(invariant, { cloudGroup: anchor, adGroup: entry.guid }));
}

function judgeGuests({ estate, byAnchor }: Facts): Label[] {
  const guests = new Set(estate.tenant.users.filter(({ userType }) => userType === 'Guest').map(({ id }) => id));
  return estate.tenant.groups.flatMap(group => {
    const kind = kindOf(group);
    if (isSynced(group) || !group.members.some(({ id }) => guests.has(id))) return [];
    const taken = {
      'connect-v1': kind === 'microsoft365',
      'connect-v2':
        kind === 'microsoft365' || kind === 'security'
          ? (group.writebackConfiguration?.isEnabled ?? kind === 'microsoft365')
          : false,
      'cloud-sync': kind === 'security',
    };
    const twins = byAnchor.get(group.id) ?? [];
    if (twins.length === 0)
      return kind === 'security' || kind === 'microsoft365'
        ? [failure('guest-members-flagged', { cloudGroup: group.id })]
        : [];
    return twins
      .filter(({ flavour }) => taken[flavour])
      .map(({ entry }) => failure('guest-members-flagged', { cloudGroup: group.id, adGroup: entry.guid }));
  });
}

function judgeTenant(facts: Facts): Label[] {
  const { v1, v2 } = featuresOf(facts);
  const { tenant, config } = facts.estate;
  const left = facts.twins.some(
    ({ flavour, external, entry }) =>
      flavour !== 'cloud-sync' &&
      external === undefined &&
      /^group_[0-9a-f-]{36}$/i.test(firstOf(entry, 'adminDescription') ?? ''),
  );
  const settings = tenant.groupSettings.flatMap(({ values }) => values);
  const value = settings.find(({ name }) => name === 'NewUnifiedGroupWritebackDefault')?.value ?? 'true';
  const switchless = tenant.groups.some(
    group =>
      kindOf(group) === 'security' && !isSynced(group) && (group.writebackConfiguration?.isEnabled ?? null) === null,
  );
  const broken = {
    'v1-flag-matches-policy': v1 !== config.flavours.includes('connect-v1'),
    'feature-off-but-objects-remain': !v1 && !v2 && left,
    'new-group-default-declared': value.toLowerCase() !== 'false',
    'writeback-config-explicit': v2 && switchless,
  };
  return Object.entries(broken).flatMap(([invariant, is]) => (is ? [failure(invariant, {}, 'tenant')] : []));
}
