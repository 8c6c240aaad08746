import { administrators, guids } from '../acl.ts';
import { type Ace, adminSdHolder, type DirectoryEntry, domainObject, type Label } from '../estate.ts';
import { type Facts, failure, firstOf } from './facts.ts';

const TAKES_CONTROL = ['WD', 'WO', 'GA'];
const WRITES = ['WP', 'GW'];

/** The invariants about access lists, addresses, containers, Exchange and the tenant. */
export function judgeGrants(facts: Facts): Label[] {
  return [...judgeAccess(facts), ...judgeAddresses(facts), ...judgeRest(facts)];
}

function sidsOf({ estate }: Facts, names: readonly string[]): string[] {
  return estate.directory.entries.flatMap(entry => {
    const name = firstOf(entry, 'sAMAccountName');
    return entry.sid !== null && name !== undefined && names.includes(name) ? [entry.sid] : [];
  });
}

function writesMember(ace: Ace): boolean {
  if (!ace.allow || (ace.inheritedObjectType !== undefined && ace.inheritedObjectType !== guids.group)) return false;
  const onMember = ace.objectType === undefined || ace.objectType === guids.member;
  const onSet = onMember || ace.objectType === guids.membership;
  const has = (codes: readonly string[]): boolean => codes.some(code => ace.rights.includes(code));
  return has(TAKES_CONTROL) || (has(WRITES) && onSet) || (has(['SW']) && onMember);
}

const MARKERS: readonly (string | undefined)[] = [guids.adminDescription, guids.externalId, guids.personalInformation];

function writesMarker(ace: Ace): boolean {
  if (!ace.allow || (ace.inheritedObjectType !== undefined && ace.inheritedObjectType !== guids.group)) return false;
  return WRITES.some(code => ace.rights.includes(code)) && MARKERS.includes(ace.objectType);
}

function controlsContainer(ace: Ace): boolean {
  if (!ace.allow) return false;
  const forGroups = ace.inheritedObjectType === undefined || ace.inheritedObjectType === guids.group;
  const here = ace.reach !== 'below' || forGroups;
  const makes = ace.rights.includes('CC') && (ace.objectType === undefined || ace.objectType === guids.group);
  const marks = WRITES.some(code => ace.rights.includes(code)) && MARKERS.includes(ace.objectType);
  const controls = TAKES_CONTROL.some(code => ace.rights.includes(code));
  return here && (controls || makes || writesMember(ace) || (forGroups && marks));
}

/** The entries that hold for an object: its own, and those its container passes on. */
function effective(facts: Facts, entry: DirectoryEntry): Ace[] {
  const own = (entry.acl?.aces ?? []).filter(ace => ace.reach !== 'below');
  if (entry.acl?.protected === true) return own;
  const parent = facts.estate.directory.entries.find(({ dn }) => dn === entry.parent);
  const passed = (parent?.acl?.aces ?? []).filter(ace => ace.reach !== 'self');
  return [...own, ...passed.filter(({ inheritedObjectType: type }) => type === undefined || type === guids.group)];
}

function judgeAccess(facts: Facts): Label[] {
  const { directory, config } = facts.estate;
  const engines = sidsOf(facts, config.syncIdentities);
  const trusted = new Set([
    ...administrators(directory.domainSid),
    ...engines,
    ...sidsOf(facts, config.trustedWriters),
  ]);
  const strangers = (aces: readonly Ace[]): Set<string> =>
    new Set(aces.map(({ trustee }) => trustee).filter(trustee => !trusted.has(trustee)));
  const groups = facts.twins.flatMap(({ entry, anchor }) =>
    [...strangers(effective(facts, entry).filter(writesMember))].map(trustee =>
      failure('no-extra-writer-on-group', { trustee, adGroup: entry.guid, cloudGroup: anchor }),
    ),
  );
  const marked = facts.twins.flatMap(({ entry, anchor }) => {
    const writers = strangers(effective(facts, entry).filter(writesMember));
    const own = (entry.acl?.aces ?? []).filter(ace => ace.reach !== 'below');
    // What is passed on by a container is told of the container.
    return [...strangers(own.filter(writesMarker))]
      .filter(trustee => !writers.has(trustee))
      .map(trustee => failure('anchor-writable-only-by-engine', { trustee, adGroup: entry.guid, cloudGroup: anchor }));
  });
  const containers = config.containers.flatMap(({ dn }) => {
    const entry = directory.entries.find(candidate => candidate.dn === dn);
    return [...strangers((entry?.acl?.aces ?? []).filter(controlsContainer))].map(trustee =>
      failure('container-acl-as-declared', { trustee, container: entry?.guid ?? '' }),
    );
  });
  const holders = new Set(directory.adminSdHolder.map(({ trustee }) => trustee));
  const held = engines.filter(trustee => holders.has(trustee));
  return [
    ...groups,
    ...marked,
    ...containers,
    ...held.map(trustee => failure('adminsdholder-clean', { trustee, container: adminSdHolder })),
  ];
}

function addressesOf(entry: DirectoryEntry): Set<string> {
  const proxies = (entry.attributes.proxyAddresses ?? []).flatMap(value =>
    /^smtp:/i.test(value) ? [value.slice(5)] : [],
  );
  return new Set([...proxies, ...(entry.attributes.mail ?? [])].map(address => address.toLowerCase()));
}

function judgeAddresses({ estate, twins }: Facts): Label[] {
  const holders = new Map<string, number>();
  for (const entry of estate.directory.entries)
    for (const address of addressesOf(entry)) holders.set(address, (holders.get(address) ?? 0) + 1);
  const own = new Set(twins.flatMap(({ entry }) => [...addressesOf(entry)]));
  return [...own]
    .filter(address => holders.get(address) !== 1)
    .map(address => failure('proxy-unique-forest', { address }));
}

function judgeRest({ estate }: Facts): Label[] {
  const { directory, config, tenant } = estate;
  const there = new Set(directory.entries.map(({ dn }) => dn.toLowerCase()));
  const gone = config.containers.map(({ dn }) => dn.toLowerCase()).filter(dn => !there.has(dn));
  return [
    ...gone.map(dn => failure('container-exists', {}, dn)),
    ...(directory.exchange.schema < 15_312 ? [failure('exchange-schema-present', {}, domainObject)] : []),
    ...(directory.exchange.organization < 15_965 ? [failure('exchange-org-version-min', {}, domainObject)] : []),
    ...(tenant.onPremisesSynchronization?.features.groupWriteBackEnabled === true
      ? [failure('v2-disabled', {}, 'tenant')]
      : []),
  ];
}
