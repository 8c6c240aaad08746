import type { CloudGroup } from '../../tenant.ts';
import { type DirectoryEntry, domainController, domainObject, type Label } from '../estate.ts';
import { type Facts, failure, firstOf, isSynced, kindOf, nameOf, type Twin } from './facts.ts';

const DAY = 86_400_000;
const GUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';

/** The invariants on the source of authority, what guards it in AD, deleted objects and ages. */
export function judgeAuthority(facts: Facts): Label[] {
  return [
    ...facts.estate.tenant.groups.flatMap(group => judgeOrigin(facts, group)),
    ...facts.estate.directory.deleted.flatMap(entry => judgeDeleted(facts, entry)),
    ...judgeTwins(facts),
    ...judgeExpiry(facts),
    ...judgeEnforcement(facts),
    ...(facts.estate.directory.recycleBin ? [] : [failure('recycle-bin-enabled', {}, domainObject)]),
  ];
}

function markerIn(text: string | undefined): string | undefined {
  return new RegExp(`^group_(${GUID})$`, 'i').exec(text ?? '')?.[1]?.toLowerCase();
}

function attributesIn(entry: DirectoryEntry | undefined): readonly string[] {
  return Object.keys(entry?.attributes ?? {}).filter(name => /^extensionAttribute\d+$/.test(name));
}

function judgeOrigin(facts: Facts, group: CloudGroup): Label[] {
  const { id, onPremisesSecurityIdentifier: sid, isCloudManaged: managed } = group;
  const declared = (facts.estate.config.params['source-of-authority.convertedGroups'] ?? '').split(',').includes(id);
  if (sid === null && !managed && !isSynced(group)) return [];
  const original = facts.bySid.get(sid ?? '');
  const dead = facts.estate.directory.deleted.find(entry => sid !== null && entry.sid === sid);
  const adGroup = (original ?? dead)?.guid;
  const ids = { cloudGroup: id, ...(adGroup === undefined ? {} : { adGroup }) };
  const found: Label[] = [];
  const check = (holds: boolean, invariant: string): void => void (holds || found.push(failure(invariant, ids)));
  check(managed !== isSynced(group), 'soa-state-consistent');
  check(managed === declared, 'soa-declared');
  if (original !== undefined && !managed)
    check(markerIn(firstOf(original, 'adminDescription')) === undefined, 'soa-rollback-still-in-ad');
  if (!managed) return found;
  const cloudSide = Object.values(group.onPremisesExtensionAttributes ?? {}).filter(value => value !== null);
  const plain = kindOf(group) === 'security';
  const mail = plain && original !== undefined && firstOf(original, 'mail') !== undefined;
  check(cloudSide.length === 0 && attributesIn(original).length === 0 && !mail, 'soa-unsupported-attributes');
  check(original !== undefined || dead === undefined, 'soa-original-deleted');
  if (original === undefined) return found;
  const tied = markerIn(firstOf(original, 'msDS-ExternalDirectoryObjectId')) === id;
  check(plain && tied, 'soa-converted-group-is-provisioned');
  const others = (facts.byAnchor.get(id) ?? []).filter(({ entry }) => entry.guid !== original.guid);
  check(others.length === 0, 'soa-duplicate-object');
  check((Number(firstOf(original, 'groupType')) & 8) !== 0, 'soa-scope-universal');
  return found;
}

function judgeDeleted(facts: Facts, entry: DirectoryEntry): Label[] {
  const { containers } = facts.estate.config;
  const lay = containers.find(({ dn }) => entry.dn.toLowerCase().endsWith(`,${dn.toLowerCase()}`));
  const external = markerIn(firstOf(entry, 'msDS-ExternalDirectoryObjectId'));
  // Without the Recycle Bin the marker of Connect goes with the object.
  const described = facts.estate.directory.recycleBin ? markerIn(firstOf(entry, 'adminDescription')) : undefined;
  const anchor = external ?? described ?? (lay === undefined ? undefined : markerIn(nameOf(entry)));
  const cloud = facts.cloudGroups.get(anchor ?? '');
  if (anchor === undefined || cloud === undefined) return [];
  const ids = { cloudGroup: anchor, adGroup: entry.guid };
  const living = facts.byAnchor.get(anchor) ?? [];
  const newer = living.some(twin => Date.parse(twin.entry.created ?? '') > Date.parse(entry.created ?? ''));
  const byConnect = (lay?.flavour ?? (external === undefined ? 'connect-v1' : 'cloud-sync')) !== 'cloud-sync';
  const taken = ['microsoft365', 'security'].includes(kindOf(cloud)) && !isSynced(cloud);
  return [
    ...(byConnect && newer ? [failure('restored-group-rejoined', ids)] : []),
    ...(taken && living.length === 0 ? [failure('tombstone-anchor-visible', ids)] : []),
  ];
}

function judgeTwins(facts: Facts): Label[] {
  const { entries } = facts.estate.directory;
  const locked = policiesIn(facts).length > 0;
  return facts.twins.flatMap((twin: Twin) => {
    const { entry, anchor, cloud, flavour } = twin;
    if (cloud === undefined) return [];
    const ids = { cloudGroup: anchor, adGroup: entry.guid };
    const parents = entries.filter(parent => parent.members.includes(entry.guid)).map(parent => parent.sid);
    const seen = facts.estate.tenant.groups.some(
      group => isSynced(group) && parents.includes(group.onPremisesSecurityIdentifier),
    );
    const fresh = (time: string | null | undefined) => Date.parse(time ?? '') >= facts.asOf - 90 * DAY;
    const empty = entry.members.length === 0 && cloud.members.length === 0;
    const marked = firstOf(entry, 'msDS-ObjectSoa') === 'Cloud';
    return [
      ...(flavour === 'cloud-sync' && seen ? [failure('soa-parent-references-cloud-child', ids)] : []),
      ...(flavour === 'cloud-sync' && locked && !marked ? [failure('enforcement-marker-present', ids)] : []),
      ...(empty && !fresh(entry.created) && !fresh(cloud.renewedDateTime) ? [failure('stale-empty-group', ids)] : []),
    ];
  });
}

/** Microsoft 365 groups that an engine of Connect takes and that never expire. */
function judgeExpiry(facts: Facts): Label[] {
  return facts.estate.tenant.groups.flatMap(group => {
    const lasting = (group.expirationDateTime ?? null) === null;
    if (kindOf(group) !== 'microsoft365' || isSynced(group) || !lasting) return [];
    const twins = facts.byAnchor.get(group.id) ?? [];
    const ids = (twins.length === 0 ? [undefined] : twins).flatMap(twin => {
      const off = twin?.flavour === 'connect-v2' && group.writebackConfiguration?.isEnabled === false;
      if (off || twin?.flavour === 'cloud-sync') return [];
      return [{ cloudGroup: group.id, ...(twin === undefined ? {} : { adGroup: twin.entry.guid }) }];
    });
    return ids.map(each => failure('expired-group-policy', each));
  });
}

function policiesIn({ estate }: Facts): readonly DirectoryEntry[] {
  const place = `CN=SOA-Policies,CN=System,${estate.directory.base}`;
  return estate.directory.entries.filter(entry => entry.parent === place);
}

function judgeEnforcement(facts: Facts): Label[] {
  const { estate, bySid } = facts;
  const policies = policiesIn(facts);
  const statements = estate.config.facts.statements ?? {};
  const claims = statements.enforcementPrevents ?? [];
  const agents = estate.directory.entries.filter(({ attributes }) =>
    (attributes.sAMAccountName?.[0] ?? '').startsWith('provAgentgMSA'),
  );
  return [
    ...policies.flatMap(policy => {
      const listed = policy.attributes['msDS-Settings'] ?? [];
      const good =
        nameOf(policy) === 'Cloud' &&
        firstOf(policy, 'keywords') === 'Enforced' &&
        listed.length <= 64 &&
        listed.every(sid => bySid.has(sid)) &&
        agents.every(({ sid }) => listed.includes(sid ?? ''));
      const key = `${domainObject}/${policy.guid}`;
      const beyond = claims.some(claim => !['modify', 'rename', 'move', 'restore'].includes(claim));
      return [
        ...(good ? [] : [failure('enforcement-policy-valid', {}, key)]),
        ...(beyond ? [failure('enforcement-not-overclaimed', {}, key)] : []),
      ];
    }),
    // The domain controller of the lab is no Windows Server.
    ...(policies.length > 0 ? [failure('enforcement-all-dcs-capable', {}, domainController)] : []),
  ];
}
