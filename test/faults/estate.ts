import { guidToBytes } from '../../src/base/index.ts';
import type { AdSource } from '../../src/config/index.ts';
import { backbone, DOMAIN, DOMAIN_SID, descriptor, group, guid, OU, object, user } from '../collect/ad/forest.ts';
import { audited, exchange, soaPolicy, strangers, syncIdentity } from '../collect/ad/surroundings.ts';
import { EAST, EAST_OU, forestObjects, shownBy } from '../collect/ad/two-domains.ts';
import { objectGuid, smallTenant } from '../collect/graph/estate.ts';
import type { FakeEntry } from '../lab/ldap-fake/index.ts';
import type { CloudTenant } from '../lab/tenant.ts';

// One organisation in the cloud and in AD, as small as can be while every search brings something and most lists have several pages.

const USERS = 18;
const TOP = `CN=Domain Admins,CN=Users,${DOMAIN}`;
const NESTED = `CN=Nested,CN=Users,${DOMAIN}`;
const PARENT = `CN=Parent,CN=Users,${DOMAIN}`;
const CONTACT = `CN=Contact,CN=Users,${DOMAIN}`;

const accountDn = (number: number) => `CN=user${number},CN=Users,${DOMAIN}`;
const isSynced = (number: number) => number % 3 !== 0;

/** The tenant: its synced users are the accounts of the directory, and some of its groups are written back. */
export function tenantOfFaults(): CloudTenant {
  const tenant = smallTenant(12, USERS);
  return {
    ...tenant,
    users: tenant.users.map((one, at) =>
      isSynced(at + 1)
        ? {
            ...one,
            onPremisesSecurityIdentifier: `${DOMAIN_SID}-${5100 + at + 1}`,
            onPremisesDomainName: 'corp.test',
            onPremisesDistinguishedName: accountDn(at + 1),
          }
        : one,
    ),
  };
}

function people(): FakeEntry[] {
  return Array.from({ length: USERS }, (_, at) => at + 1)
    .filter(isSynced)
    .map(number => user(100 + number, accountDn(number), { mail: [`user${number}@contoso.com`] }));
}

// Values that break who takes bytes for text: a GUID that begins with a byte order mark and is valid UTF-8, and one that is not.
function awkward(): FakeEntry[] {
  const marked = '41bfbbef-4241-4443-4445-464748494a4b';
  const binary = 'fffefdfc-fbfa-49f8-b7f6-f5f4f3f2f1f0';
  const named = (n: number, id: string, cn: string): FakeEntry => {
    const one = user(n, `CN=${cn},CN=Users,${DOMAIN}`, { 'mS-DS-ConsistencyGuid': [guidToBytes(id)] });
    return { dn: one.dn, attributes: { ...one.attributes, objectGUID: [guidToBytes(id)], fakeGuid: [id] } };
  };
  return [named(60, marked, 'marked'), named(61, binary, 'b\\, inary')];
}

/** Groups written back: in order, with members too many and too few, twice the same, without a twin; one nested in an administrators' group. */
function written(): FakeEntry[] {
  const anchored = (number: number, from: number, to: number, more: FakeEntry['attributes'] = {}): FakeEntry => {
    const id = objectGuid(2, number);
    const member = Array.from({ length: to - from + 1 }, (_, at) => from + at).filter(isSynced);
    return group(30 + number, `CN=Group_${id},${OU}`, {
      adminDescription: [`Group_${id}`],
      member: member.map(accountDn),
      // Without it two readings have to be equal, which is the other way to prove that ranges belong together.
      ...(number === 2 ? {} : { uSNChanged: [`${4000 + number}`] }),
      ...more,
    });
  };
  return [
    anchored(1, 1, 7),
    anchored(2, 1, 11, { memberOf: [PARENT] }),
    anchored(4, 1, 2, { proxyAddresses: ['SMTP:a@corp.test', 'smtp:b@corp.test', 'smtp:c@corp.test', 'x500:/o=x'] }),
    anchored(5, 1, 18, { mail: ['group5@corp.test'] }),
    anchored(6, 1, 1, { member: [accountDn(1), NESTED, CONTACT] }),
    anchored(8, 1, 0),
    anchored(15, 1, 2),
    group(46, `CN=Plain,${OU}`, {
      member: [accountDn(1)],
      nTSecurityDescriptor: [descriptor([{ mask: 0x20, sid: `${DOMAIN_SID}-5101` }])],
    }),
    group(47, NESTED, { member: [accountDn(2)] }),
    group(48, PARENT, { member: [`CN=Group_${objectGuid(2, 2)},${OU}`], memberOf: [TOP] }),
    object(49, CONTACT, ['person', 'organizationalPerson', 'contact'], { mail: ['c@else.test'] }),
    ...exchange(),
    ...soaPolicy(),
    object(770, `CN=RegisteredDevices,${DOMAIN}`, ['msDS-DeviceContainer']),
    ...strangers(),
    ...syncIdentity(),
    object(63, `CN=Gone\\0ADEL:x,CN=Deleted Objects,${DOMAIN}`, ['group'], {
      adminDescription: ['Group_x'],
      lastKnownParent: [OU],
      isDeleted: ['TRUE'],
    }),
  ];
}

const isSettings = (dn: string) => dn.startsWith('CN=NTDS Settings,');

function objectsOfCorp(): FakeEntry[] {
  const administrators = group(20, TOP, { member: [PARENT] }, 512);
  // The root entry and the settings of the server are what each server shows of itself.
  return [
    ...backbone()
      .filter(({ dn }) => dn !== '' && dn !== TOP && !isSettings(dn))
      .map(entry => (entry.dn === OU ? { dn: OU, attributes: { ...entry.attributes, fakeSacl: [audited()] } } : entry)),
    ...[administrators, ...written(), ...people(), ...awkward()],
  ];
}

/** The only domain of a forest, as its controller `n` shows it; number 2 lags behind in a few objects. */
export function oneDomain(n: 1 | 2): readonly FakeEntry[] {
  const objects = objectsOfCorp();
  const lagging = objects
    .filter(({ dn }) => dn !== accountDn(17))
    .map(entry =>
      entry.dn === `CN=Plain,${OU}`
        ? { dn: entry.dn, attributes: { ...entry.attributes, member: [accountDn(2)] } }
        : entry,
    );
  return Object.freeze(shownBy(n, DOMAIN, n === 1 ? objects : lagging));
}

/** Controller 1 after its database was restored from that of controller 2: the same name, another invocationId. */
export function restored(): readonly FakeEntry[] {
  return Object.freeze(
    shownBy(1, DOMAIN, [...oneDomain(2)].slice(2)).map(entry =>
      entry.attributes.invocationId === undefined
        ? entry
        : { dn: entry.dn, attributes: { ...entry.attributes, invocationId: [guidToBytes(guid(990))] } },
    ),
  );
}

/** A forest of two domains, as a controller of one of them shows it. */
export function twoDomains(domain: typeof DOMAIN | typeof EAST): readonly FakeEntry[] {
  const own = new Set(backbone().map(({ dn }) => dn));
  const objects = [
    ...forestObjects().filter(({ dn }) => !isSettings(dn)),
    ...objectsOfCorp().filter(({ dn }) => !own.has(dn)),
  ];
  return Object.freeze(shownBy(domain === EAST ? 2 : 1, domain, objects));
}

/** What a source of this estate asks for; `urls` and the rest of the connection are the caller's. */
export function askedOf(domains: 'one' | 'two'): Pick<AdSource, 'containers' | 'trustedWriters' | 'syncIdentities'> {
  return {
    containers: [
      { dn: OU, flavour: 'connect-v1' },
      ...(domains === 'two' ? [{ dn: EAST_OU, flavour: 'cloud-sync' } as const] : []),
    ],
    syncIdentities: [],
    trustedWriters: ['CORP\\user1', 'nobody@corp.test', 'S-1-5-32-548'],
  };
}
