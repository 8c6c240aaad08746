import type { Label } from '../estate.ts';
import { type Facts, failure, firstOf, isSynced, kindOf, nameOf, type Twin } from './facts.ts';

const PROTECTED = new Set(['S-1-5-32-544', ...[548, 549, 550, 551, 552].map(rid => `S-1-5-32-${rid}`)]);
const PROTECTED_RIDS = new Set([512, 516, 518, 519, 520, 521, 526, 527].map(String));

/** The invariants that are judged per cloud group, per AD object, or per anchor. */
export function judgePairs(facts: Facts): Label[] {
  return [
    ...facts.twins.flatMap(twin => [...judgeObject(facts, twin), ...judgeWritten(facts, twin)]),
    ...judgeAnchors(facts),
    ...judgeScope(facts),
  ];
}

function judgeObject(facts: Facts, twin: Twin): Label[] {
  const { entry, anchor, cloud } = twin;
  const ids = { cloudGroup: anchor, adGroup: entry.guid };
  const gone = facts.estate.tenant.deletedGroups.find(({ id }) => id === anchor);
  const taken = cloud?.isCloudManaged === true && cloud.onPremisesSecurityIdentifier === entry.sid;
  const late = gone !== undefined && facts.asOf - Date.parse(gone.deletedDateTime) > 24 * 3_600_000;
  const echo = facts.estate.tenant.groups.some(
    group =>
      group.id !== anchor &&
      group.onPremisesSecurityIdentifier !== null &&
      group.onPremisesSecurityIdentifier === entry.sid,
  );
  return [
    ...(twin.conflict ? [failure('anchor-attributes-agree', ids)] : []),
    ...(twin.inContainer || taken ? [] : [failure('object-in-declared-container', ids)]),
    ...(cloud === undefined && late && entry.members.length > 0 ? [failure('soft-deleted-still-in-ad', ids)] : []),
    ...(cloud === undefined && gone === undefined && twin.inContainer
      ? [failure('hard-deleted-still-in-ad', ids)]
      : []),
    ...(echo ? [failure('no-roundtrip-loop', ids)] : []),
    ...(underProtected(facts, entry.guid) ? [failure('not-nested-in-protected-group', ids)] : []),
  ];
}

function judgeWritten(facts: Facts, { entry, anchor, cloud, flavour }: Twin): Label[] {
  if (cloud === undefined) return [];
  const ids = { cloudGroup: anchor, adGroup: entry.guid };
  const found: Label[] = [];
  const check = (holds: boolean, invariant: string): void => void (holds || found.push(failure(invariant, ids)));
  const kind = kindOf(cloud);
  const told = cloud.writebackConfiguration?.onPremisesGroupType ?? null;
  const type = firstOf(entry, 'groupType');

  const foreign = /_([0-9a-f]{12})$/i.exec(nameOf(entry))?.[1]?.toLowerCase();
  if (foreign === undefined || anchor.endsWith(foreign))
    check(
      nameFits(nameOf(entry), anchor, cloud.displayName ?? '', flavour === 'cloud-sync'),
      'written-name-matches-format',
    );
  const distribution =
    flavour === 'connect-v1' || (kind === 'microsoft365' && (told === 'universalDistributionGroup' || told === null));
  if (flavour !== 'cloud-sync' && distribution) check(type === '8', 'group-type-universal-distribution');
  const security =
    flavour === 'cloud-sync' || told === 'universalSecurityGroup' || (told === null && kind === 'security');
  if (flavour !== 'connect-v1' && security) check(type === '-2147483640', 'group-type-universal-security');
  const takes = {
    'connect-v1': ['microsoft365'],
    'connect-v2': ['microsoft365', 'security'],
    'cloud-sync': ['security'],
  };
  check(
    takes[flavour].includes(kind) && !(flavour === 'cloud-sync' && isSynced(cloud)),
    'out-of-scope-type-written-back',
  );
  check(!isSynced(cloud) || cloud.onPremisesSecurityIdentifier === entry.sid, 'synced-group-not-written-back');
  const old = facts.asOf - Date.parse(entry.created ?? '') > 3_600_000;
  if (
    flavour !== 'cloud-sync' &&
    firstOf(entry, 'mail') !== undefined &&
    firstOf(entry, 'msExchHideFromAddressLists') !== 'TRUE' &&
    old
  )
    check((entry.attributes.showInAddressBook ?? []).length > 0, 'gal-entry-present');
  return found;
}

function nameFits(cn: string, id: string, displayName: string, exact: boolean): boolean {
  if (cn.toLowerCase() === `group_${id}`) return true;
  if (!cn.toLowerCase().endsWith(`_${id.slice(24)}`)) return false;
  const front = cn.slice(0, -13);
  const whole = displayName.trim();
  return exact ? front === whole.slice(0, 51) : whole.startsWith(front.trimEnd());
}

function underProtected({ estate, byGuid }: Facts, guid: string): boolean {
  const { builtins, domainSid } = estate.directory;
  const isProtected = (sid: string): boolean =>
    PROTECTED.has(sid) || (sid.startsWith(`${domainSid}-`) && PROTECTED_RIDS.has(sid.slice(domainSid.length + 1)));
  const seen = new Set([guid]);
  for (const node of seen) {
    if (builtins.some(({ sid, members }) => isProtected(sid) && members.includes(node))) return true;
    for (const entry of byGuid.values()) if (entry.members.includes(node)) seen.add(entry.guid);
  }
  return false;
}

function judgeAnchors({ estate, byAnchor }: Facts): Label[] {
  const v2 = estate.tenant.onPremisesSynchronization?.features.groupWriteBackEnabled === true;
  return [...byAnchor].flatMap(([anchor, twins]) => {
    const ids = { cloudGroup: anchor };
    const sync = twins.filter(twin => twin.external !== undefined).length;
    const told = twins[0]?.cloud?.writebackConfiguration?.isEnabled === true;
    const two = sync > 0 && (sync < twins.length || (v2 && told));
    return [
      ...(twins.length === 1 ? [] : [failure('anchor-unique', ids)]),
      ...(two ? [failure('two-engines-one-group', ids)] : []),
    ];
  });
}

function judgeScope({ estate, byAnchor, asOf, grace }: Facts): Label[] {
  return estate.tenant.groups.flatMap(group => {
    const kind = kindOf(group);
    const flavour = kind === 'security' ? 'cloud-sync' : kind === 'microsoft365' ? 'connect-v1' : undefined;
    if (flavour === undefined || isSynced(group) || byAnchor.has(group.id)) return [];
    if (asOf - Date.parse(group.createdDateTime ?? '') <= grace(flavour)) return [];
    return [failure('in-scope-group-exists-in-ad', { cloudGroup: group.id })];
  });
}
