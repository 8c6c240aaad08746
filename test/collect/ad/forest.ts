import { guidToBytes, sidToBytes } from '../../../src/base/index.ts';
import { attributeStamp, type FakeEntry, valueStamp } from '../../lab/ldap-fake/index.ts';

/** A small forest as a domain controller would show it, for the fake LDAP server. */
export const DOMAIN = 'DC=corp,DC=test';
export const OU = `OU=Writeback,${DOMAIN}`;
export const DOMAIN_SID = 'S-1-5-21-10-20-30';

/** The n-th GUID of the forest. */
export function guid(n: number): string {
  return `0000000a-00bb-4ccc-8ddd-${n.toString(16).padStart(12, '0')}`;
}

type More = Readonly<Record<string, readonly (string | Buffer)[]>>;

/** An object with its ids; `fake…` feed the fake's extended DNs. */
export function object(n: number, dn: string, classes: readonly string[], more: More = {}, sid?: string): FakeEntry {
  const ids = sid === undefined ? {} : { objectSid: [sidToBytes(sid)], fakeSid: [sid] };
  return {
    dn,
    attributes: {
      objectGUID: [guidToBytes(guid(n))],
      fakeGuid: [guid(n)],
      objectClass: ['top', ...classes],
      cn: [leaf(dn)],
      ...ids,
      ...more,
    },
  };
}

/** A security group; `members` and `memberOf` are DNs. */
export function group(n: number, dn: string, more: More = {}, rid = 5000 + n): FakeEntry {
  return object(
    n,
    dn,
    ['group'],
    {
      groupType: ['-2147483640'],
      sAMAccountName: [leaf(dn)],
      nTSecurityDescriptor: [descriptor()],
      'msDS-ReplAttributeMetaData': [attributeStamp('name', { changed: '2026-08-01T00:00:00Z' })],
      'msDS-ReplValueMetaData': (more.member ?? []).map(member =>
        valueStamp('member', String(member), { created: '2026-08-01T00:00:00Z', changed: '2026-08-01T00:00:00Z' }),
      ),
      ...more,
    },
    `${DOMAIN_SID}-${rid}`,
  );
}

/** An enabled user account. */
export function user(n: number, dn: string, more: More = {}): FakeEntry {
  return object(
    n,
    dn,
    ['person', 'organizationalPerson', 'user'],
    {
      objectCategory: ['CN=Person,CN=Schema'],
      userAccountControl: ['512'],
      primaryGroupID: ['513'],
      sAMAccountName: [leaf(dn)],
      nTSecurityDescriptor: [listable()],
      ...more,
    },
    `${DOMAIN_SID}-${5000 + n}`,
  );
}

/** The computer of a domain controller of Windows Server 2022. */
export function controller(n: number, dn: string, host: string, more: More = {}): FakeEntry {
  return object(n, dn, ['person', 'organizationalPerson', 'user', 'computer'], {
    objectCategory: ['CN=Computer,CN=Schema'],
    sAMAccountName: [`${leaf(dn)}$`],
    userAccountControl: ['532480'],
    dNSHostName: [host],
    operatingSystem: ['Windows Server 2022 Standard'],
    operatingSystemVersion: ['10.0 (20348)'],
    ...more,
  });
}

/** The places that a domain lists by fixed ids. */
export function wellKnown(domain: string): string[] {
  return [
    `B:32:A9D1CA15768811D1ADED00C04FD8D5CD:CN=Users,${domain}`,
    `B:32:A361B2FFFFD211D1AA4B00C04FD7D83A:OU=Domain Controllers,${domain}`,
  ];
}

/** What every forest has: root DSE, domain, partitions, schema, AdminSDHolder, Deleted Objects, one container. */
export function backbone(): FakeEntry[] {
  const configuration = `CN=Configuration,${DOMAIN}`;
  const schema = `CN=Schema,${configuration}`;
  const secured = { nTSecurityDescriptor: [listable()] };
  const classes = new Set(['group', 'user']);
  const attribute = (n: number, name: string): FakeEntry => ({
    dn: `CN=${name},${schema}`,
    attributes: {
      lDAPDisplayName: [name],
      schemaIDGUID: [guidToBytes(guid(n))],
      objectClass: ['top', classes.has(name) ? 'classSchema' : 'attributeSchema'],
    },
  });
  const right = (n: number, name: string): FakeEntry => ({
    dn: `CN=${name},CN=Extended-Rights,${configuration}`,
    attributes: {
      cn: [name],
      rightsGuid: [guid(n)],
      validAccesses: [name === 'Self-Membership' ? '8' : '48'],
      objectClass: ['top'],
    },
  });
  return [
    {
      dn: '',
      attributes: {
        objectClass: ['top'],
        dnsHostName: ['dc1.corp.test'],
        defaultNamingContext: [DOMAIN],
        configurationNamingContext: [configuration],
        schemaNamingContext: [schema],
        rootDomainNamingContext: [DOMAIN],
        highestCommittedUSN: ['4711'],
        domainFunctionality: ['7'],
        currentTime: ['20260822090000.0Z'],
        tokenGroups: [`${DOMAIN_SID}-4999`, `${DOMAIN_SID}-513`, 'S-1-1-0', 'S-1-5-11'].map(sidToBytes),
        dsServiceName: [`CN=NTDS Settings,CN=DC1,CN=Servers,CN=Site,CN=Sites,${configuration}`],
      },
    },
    object(1, DOMAIN, ['domain', 'domainDNS'], { wellKnownObjects: wellKnown(DOMAIN), ...secured }, DOMAIN_SID),
    object(2, OU, ['organizationalUnit'], { ...secured, fakeSacl: [descriptor([], DOMAIN_SID, [])] }),
    object(11, `CN=Users,${DOMAIN}`, ['container'], secured),
    object(3, `CN=AdminSDHolder,CN=System,${DOMAIN}`, ['container'], secured),
    object(4, `CN=Deleted Objects,${DOMAIN}`, ['container']),
    object(5, configuration, ['configuration'], secured),
    object(12, `CN=Sites,${configuration}`, ['sitesContainer']),
    object(13, `CN=DC1,CN=Servers,CN=Site,CN=Sites,${configuration}`, ['server'], {
      serverReference: [`CN=DC1,OU=Domain Controllers,${DOMAIN}`],
      dNSHostName: ['dc1.corp.test'],
    }),
    object(14, `CN=Services,${configuration}`, ['container'], secured),
    object(15, `OU=Domain Controllers,${DOMAIN}`, ['organizationalUnit'], secured),
    object(16, `CN=System,${DOMAIN}`, ['container'], secured),
    object(17, `CN=Policies,CN=System,${DOMAIN}`, ['container'], secured),
    object(
      18,
      `CN={31B2F340-016D-11D2-945F-00C04FB984F9},CN=Policies,CN=System,${DOMAIN}`,
      ['container', 'groupPolicyContainer'],
      secured,
    ),
    controller(19, `CN=DC1,OU=Domain Controllers,${DOMAIN}`, 'dc1.corp.test'),
    object(6, `CN=NTDS Settings,CN=DC1,CN=Servers,CN=Site,CN=Sites,${configuration}`, ['nTDSDSA'], {
      invocationId: [guidToBytes(guid(6))],
      hasMasterNCs: [DOMAIN, configuration, schema],
    }),
    object(7, schema, ['dMD'], { objectVersion: ['88'], ...secured }),
    object(8, `CN=Partitions,${configuration}`, ['crossRefContainer'], {
      'msDS-EnabledFeature': [`CN=Recycle Bin Feature,CN=Optional Features,${configuration}`],
    }),
    object(9, `CN=CORP,CN=Partitions,${configuration}`, ['crossRef'], { systemFlags: ['3'], nCName: [DOMAIN] }),
    object(10, `CN=Extended-Rights,${configuration}`, ['container']),
    ...['group', 'user', 'member', 'adminDescription', 'msDS-ExternalDirectoryObjectId', 'memberOf', 'adminCount'].map(
      (name, at) => attribute(0x100 + at, name),
    ),
    ...['Membership', 'Personal-Information', 'Self-Membership'].map((name, at) => right(0x200 + at, name)),
    group(20, `CN=Domain Admins,CN=Users,${DOMAIN}`, {}, 512),
    group(29, `CN=Domain Users,CN=Users,${DOMAIN}`, { nTSecurityDescriptor: [listable()] }, 513),
  ];
}

/** As the default of a container: authenticated users may list and read, and `aces` come first. */
export function listable(aces: readonly FakeAce[] = []): Buffer {
  return descriptor([...aces, { mask: 0x20094, sid: 'S-1-5-11' }, { mask: 0xf01ff, sid: 'S-1-5-18' }]);
}

/** An access control entry: an allow, unless `type` says otherwise. */
export type FakeAce = {
  readonly type?: number;
  readonly flags?: number;
  readonly mask: number;
  readonly sid: string;
  readonly objectType?: string;
};

/** A self-relative security descriptor with an owner, a DACL (`aces` null makes a NULL DACL) and, where `audits` are given, a SACL. */
export function descriptor(
  aces: readonly FakeAce[] | null = [{ mask: 0xf01ff, sid: 'S-1-5-18' }],
  owner = `${DOMAIN_SID}-512`,
  audits?: readonly FakeAce[],
): Buffer {
  const ownerBytes = sidToBytes(owner);
  const dacl = aces === null ? Buffer.alloc(0) : aclOf(aces.map(aceOf));
  const sacl = audits === undefined ? Buffer.alloc(0) : aclOf(audits.map(aceOf));
  const header = Buffer.alloc(20);
  header[0] = 1;
  header.writeUInt16LE(audits === undefined ? 0x8004 : 0x8014, 2);
  if (audits !== undefined) header.writeUInt32LE(20 + ownerBytes.length + dacl.length, 12);
  header.writeUInt32LE(20, 4);
  header.writeUInt32LE(aces === null ? 0 : 20 + ownerBytes.length, 16);
  return Buffer.concat([header, ownerBytes, dacl, sacl]);
}

function aceOf({ type = 0, flags = 0, mask, sid, objectType }: FakeAce): Buffer {
  const objectFlags = [5, 6, 7, 11, 12, 15].includes(type)
    ? Buffer.from([objectType === undefined ? 0 : 1, 0, 0, 0])
    : Buffer.alloc(0);
  const objectPart = objectType === undefined ? objectFlags : Buffer.concat([objectFlags, guidToBytes(objectType)]);
  const body = Buffer.concat([Buffer.alloc(8), objectPart, sidToBytes(sid)]);
  body[0] = type;
  body[1] = flags;
  body.writeUInt16LE(body.length, 2);
  body.writeUInt32LE(mask, 4);
  return body;
}

function aclOf(aces: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(8);
  header[0] = 4;
  header.writeUInt16LE(8 + aces.reduce((sum, ace) => sum + ace.length, 0), 2);
  header.writeUInt16LE(aces.length, 4);
  return Buffer.concat([header, ...aces]);
}

function leaf(dn: string): string {
  return /^[^=]*=((?:\\.|[^,])*)/.exec(dn)?.[1] ?? '';
}
