import { createHash } from 'node:crypto';
import { guidToBytes, sidToBytes } from '../../../src/base/index.ts';
import { cleanAces } from '../generator/acl.ts';
import type { DirectoryEntry, EntryKind, LabDirectory } from '../generator/estate.ts';
import { dnsOf } from '../generator/people.ts';
import { attributeStamp, type FakeEntry, valueStamp } from '../ldap-fake/index.ts';
import { auditDescriptor, descriptor, type Entry, inheritedEntries, ownEntries } from './descriptor.ts';
import { type GroundObject, groundObjects, rightNames, schemaNames } from './ground.ts';

type Values = Readonly<Record<string, readonly (string | Buffer)[]>>;

const CLASSES: Readonly<Record<EntryKind, readonly string[]>> = {
  organizationalUnit: ['organizationalUnit'],
  container: ['container'],
  addressBookContainer: ['addressBookContainer'],
  groupPolicyContainer: ['container', 'groupPolicyContainer'],
  user: ['person', 'organizationalPerson', 'user'],
  'msDS-GroupManagedServiceAccount': [
    ...['person', 'organizationalPerson', 'user', 'computer'],
    'msDS-GroupManagedServiceAccount',
  ],
  contact: ['person', 'organizationalPerson', 'contact'],
  computer: ['person', 'organizationalPerson', 'user', 'computer'],
  foreignSecurityPrincipal: ['foreignSecurityPrincipal'],
  'msDS-App-Configuration': ['applicationSettings', 'msDS-App-Configuration'],
  msExchExchangeServer: ['server', 'msExchExchangeServer'],
  msExchAcceptedDomain: ['msExchAcceptedDomain'],
  group: ['group'],
};
const CATEGORIES: Readonly<Partial<Record<EntryKind, string>>> = {
  user: 'Person',
  contact: 'Person',
  computer: 'Computer',
  'msDS-GroupManagedServiceAccount': 'ms-DS-Group-Managed-Service-Account',
};
const FOUNDED = '2024-01-01T00:00:00Z';

/** A GUID that follows from a name. */
export function groundGuid(text: string): string {
  const hex = createHash('sha256').update(`tallystick fake domain ${text}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** The directory of an estate as the only domain controller of a forest shows it: what every forest has, and what was generated. */
export function fakeEntries(directory: LabDirectory, now: number): readonly FakeEntry[] {
  const ground = groundObjects(directory);
  const names = namesOf(directory, ground);
  const links = linksOf(directory, ground, names);
  const lists = listsOf(directory);
  return Object.freeze([
    rootOf(directory, now),
    ...ground.map(object => groundEntry(directory, object, links)),
    ...schemaOf(directory),
    settingsOf(directory),
    ...directory.entries.map(entry => objectOf(directory, entry, names, links, lists)),
    ...directory.deleted.map(entry => deletedOf(directory, entry, now)),
  ]);
}

function time(text: string): string {
  return `${text.replaceAll(/[-:T]/g, '').replace('Z', '')}.0Z`;
}

function namesOf(directory: LabDirectory, ground: readonly GroundObject[]): ReadonlyMap<string, string> {
  return new Map([
    ...ground.map(({ dn }) => [groundGuid(dn), dn] as const),
    ...directory.entries.map(({ guid, dn }) => [guid, dn] as const),
  ]);
}

type Links = {
  readonly members: ReadonlyMap<string, readonly string[]>;
  readonly above: ReadonlyMap<string, string[]>;
};

// Members by the DN of the group, and groups by the DN of the member.
function linksOf(directory: LabDirectory, ground: readonly GroundObject[], names: ReadonlyMap<string, string>): Links {
  const members = new Map<string, string[]>();
  const dnsFor = (guids: readonly string[]) => guids.flatMap(guid => names.get(guid) ?? []);
  for (const { dn, members: own = [] } of ground) members.set(dn, [...own]);
  for (const { dn, members: own } of directory.builtins) members.set(dn, [...(members.get(dn) ?? []), ...dnsFor(own)]);
  for (const { dn, members: own } of directory.entries) members.set(dn, dnsFor(own));
  const above = new Map<string, string[]>();
  for (const [group, own] of members)
    for (const member of own) above.set(member, [...(above.get(member) ?? []), group]);
  return { members, above };
}

/** The lists that objects pass on, by DN. */
function listsOf(directory: LabDirectory): (entry: DirectoryEntry) => readonly Entry[] {
  const byDn = new Map(directory.entries.map(entry => [entry.dn, entry]));
  const known = new Map<string, readonly Entry[]>();
  const domain = ownEntries([...directory.domainAces, ...cleanAces(directory.domainSid, 'self')]);
  const listOf = (entry: DirectoryEntry): readonly Entry[] => {
    const found = known.get(entry.dn);
    if (found !== undefined) return found;
    const parent = byDn.get(entry.parent);
    const above = parent === undefined ? domain : listOf(parent);
    const own = ownEntries(entry.acl?.aces ?? cleanAces(directory.domainSid, 'self'));
    const list = entry.acl?.protected === true ? own : [...own, ...inheritedEntries(above, entry.kind)];
    known.set(entry.dn, list);
    return list;
  };
  return listOf;
}

function identified(guid: string, sid: string | null): Values {
  return {
    objectGUID: [guidToBytes(guid)],
    fakeGuid: [guid],
    ...(sid === null ? {} : { objectSid: [sidToBytes(sid)], fakeSid: [sid] }),
  };
}

function leaf(dn: string): string {
  const name = /^[^=]*=((?:\\.|[^,])*)/.exec(dn)?.[1] ?? '';
  return name.replaceAll(/\\(.)/g, '$1');
}

function groundEntry(directory: LabDirectory, object: GroundObject, { members, above }: Links): FakeEntry {
  const { dn, classes, sid = null, attributes = {}, aces = cleanAces(directory.domainSid, 'self') } = object;
  const member = members.get(dn) ?? [];
  return {
    dn,
    attributes: {
      ...identified(groundGuid(dn), sid),
      objectClass: ['top', ...classes],
      cn: [leaf(dn)],
      nTSecurityDescriptor: [descriptor(`${directory.domainSid}-512`, ownEntries(aces))],
      whenCreated: [time(FOUNDED)],
      whenChanged: [time(FOUNDED)],
      uSNChanged: ['100'],
      ...(member.length > 0 ? { member } : {}),
      ...(above.has(dn) ? { memberOf: above.get(dn) ?? [] } : {}),
      ...attributes,
    },
  };
}

function objectOf(
  directory: LabDirectory,
  entry: DirectoryEntry,
  names: ReadonlyMap<string, string>,
  { members, above }: Links,
  listOf: (entry: DirectoryEntry) => readonly Entry[],
): FakeEntry {
  const { dn, kind, guid, sid, attributes, consistencyGuid, acl, created, changed } = entry;
  const owner = acl?.owner ?? `${directory.domainSid}-512`;
  const { sIDHistory, ...plain } = attributes;
  const category = CATEGORIES[kind];
  const member = members.get(dn) ?? [];
  const isUnit = kind === 'organizationalUnit';
  return {
    dn,
    attributes: {
      ...identified(guid, sid),
      objectClass: ['top', ...CLASSES[kind]],
      [isUnit ? 'ou' : 'cn']: [leaf(dn)],
      ...(category === undefined
        ? {}
        : { objectCategory: [`CN=${category},CN=Schema,CN=Configuration,${directory.base}`] }),
      ...(['user', 'computer', 'msDS-GroupManagedServiceAccount'].includes(kind) ? { primaryGroupID: ['513'] } : {}),
      nTSecurityDescriptor: [descriptor(owner, listOf(entry))],
      ...(isUnit ? { fakeSacl: [auditDescriptor(owner, acl?.audits ?? [])] } : {}),
      whenCreated: [time(created ?? FOUNDED)],
      whenChanged: [time(changed ?? created ?? FOUNDED)],
      uSNChanged: ['4000'],
      ...plain,
      ...(sIDHistory === undefined ? {} : { sIDHistory: sIDHistory.map(sidToBytes) }),
      ...(consistencyGuid === null ? {} : { 'mS-DS-ConsistencyGuid': [guidToBytes(consistencyGuid)] }),
      ...(member.length > 0 ? { member } : {}),
      ...(above.has(dn) ? { memberOf: above.get(dn) ?? [] } : {}),
      ...(kind === 'group' ? metadataOf(entry, names) : {}),
    },
  };
}

function metadataOf(entry: DirectoryEntry, names: ReadonlyMap<string, string>): Values {
  const { members, memberChanges, created } = entry;
  const made = created ?? FOUNDED;
  const recent = new Map(memberChanges.map(change => [change.member, change]));
  const values = members.map(member => {
    const at = recent.get(member)?.at ?? made;
    return valueStamp('member', names.get(member) ?? '', { created: at, changed: at });
  });
  const gone = memberChanges
    .filter(({ removed }) => removed)
    .map(({ member, at }) =>
      valueStamp('member', names.get(member) ?? '', { created: made, changed: at, deleted: at }),
    );
  return {
    'msDS-ReplAttributeMetaData': ['name', 'member', 'adminDescription'].map(name =>
      attributeStamp(name, { changed: made }),
    ),
    ...(values.length + gone.length > 0 ? { 'msDS-ReplValueMetaData': [...values, ...gone] } : {}),
  };
}

// With the Recycle Bin an object keeps what it had; without it little more than its marker of Cloud Sync.
function deletedOf(directory: LabDirectory, entry: DirectoryEntry, now: number): FakeEntry {
  const { dn, parent, guid, sid, attributes, created, kind } = entry;
  const { 'msDS-ExternalDirectoryObjectId': external } = attributes;
  const kept = directory.recycleBin
    ? attributes
    : external === undefined
      ? {}
      : { 'msDS-ExternalDirectoryObjectId': external };
  const name = dn.slice(0, dn.length - parent.length - 1);
  return {
    dn: `${name}\\0ADEL:${guid},CN=Deleted Objects,${directory.base}`,
    attributes: {
      ...identified(guid, sid),
      objectClass: ['top', ...CLASSES[kind]],
      cn: [`${leaf(dn)}\nDEL:${guid}`],
      isDeleted: ['TRUE'],
      lastKnownParent: [parent],
      whenCreated: [time(created ?? FOUNDED)],
      whenChanged: [time(`${new Date(now - 86_400_000).toISOString().slice(0, 19)}Z`)],
      ...kept,
    },
  };
}

function schemaOf({ base, externalIdInSchema }: LabDirectory): FakeEntry[] {
  const configuration = `CN=Configuration,${base}`;
  const attributes = schemaNames
    .filter(([name]) => externalIdInSchema || name !== 'msDS-ExternalDirectoryObjectId')
    .map(
      ([name, guid, isClass]): FakeEntry => ({
        dn: `CN=${name},CN=Schema,${configuration}`,
        attributes: {
          ...identified(groundGuid(`schema ${name}`), null),
          cn: [name],
          lDAPDisplayName: [name],
          schemaIDGUID: [guidToBytes(guid)],
          objectClass: ['top', isClass ? 'classSchema' : 'attributeSchema'],
        },
      }),
    );
  const rights = rightNames.map(
    ([name, guid, accesses]): FakeEntry => ({
      dn: `CN=${name},CN=Extended-Rights,${configuration}`,
      attributes: {
        ...identified(groundGuid(`right ${name}`), null),
        cn: [name],
        rightsGuid: [guid],
        validAccesses: [String(accesses)],
        objectClass: ['top', 'controlAccessRight'],
      },
    }),
  );
  return [...attributes, ...rights];
}

function settingsOf({ base }: LabDirectory): FakeEntry {
  const configuration = `CN=Configuration,${base}`;
  return {
    dn: `CN=NTDS Settings,CN=DC1,CN=Servers,CN=Default-First-Site-Name,CN=Sites,${configuration}`,
    attributes: {
      ...identified(groundGuid('settings'), null),
      objectClass: ['top', 'applicationSettings', 'nTDSDSA'],
      cn: ['NTDS Settings'],
      invocationId: [guidToBytes(groundGuid('invocation'))],
      hasMasterNCs: [base, configuration, `CN=Schema,${configuration}`],
    },
  };
}

function rootOf({ base, domainSid, restored }: LabDirectory, now: number): FakeEntry {
  const configuration = `CN=Configuration,${base}`;
  return {
    dn: '',
    attributes: {
      objectClass: ['top'],
      dnsHostName: [`dc1.${dnsOf(base)}`],
      defaultNamingContext: [base],
      configurationNamingContext: [configuration],
      schemaNamingContext: [`CN=Schema,${configuration}`],
      rootDomainNamingContext: [base],
      highestCommittedUSN: [restored ? '5000' : '4711'],
      domainFunctionality: ['7'],
      currentTime: [time(`${new Date(now).toISOString().slice(0, 19)}Z`)],
      tokenGroups: [`${domainSid}-9001`, `${domainSid}-513`, 'S-1-1-0', 'S-1-5-11'].map(sidToBytes),
      dsServiceName: [`CN=NTDS Settings,CN=DC1,CN=Servers,CN=Default-First-Site-Name,CN=Sites,${configuration}`],
    },
  };
}
