import { guidToBytes, sidToBytes } from '../../../src/base/index.ts';
import type { FakeEntry } from '../../lab/ldap-fake/index.ts';
import {
  backbone,
  controller,
  DOMAIN,
  descriptor,
  group,
  guid,
  listable,
  OU,
  object,
  user,
  wellKnown,
} from './forest.ts';

/** A forest of two domains, with everything that can lead from one into the other. */
export const EAST = `DC=east,${DOMAIN}`;
export const EAST_OU = `OU=Writeback,${EAST}`;
export const EAST_SID = 'S-1-5-21-40-50-60';

/** The DN of the configuration partition. */
export const CONFIGURATION = `CN=Configuration,${DOMAIN}`;
const DOMAIN_LOCAL = '-2147483644';

/** What the objects are called by number. */
export const numbers = { team: 30, alice: 40, eve: 81, contact: 82, eastGroup: 83, eastTeam: 84, local: 85, above: 86 };

function eastern(n: number, entry: FakeEntry, rid = 5000 + n): FakeEntry {
  const sid = `${EAST_SID}-${rid}`;
  return { ...entry, attributes: { ...entry.attributes, objectSid: [sidToBytes(sid)], fakeSid: [sid] } };
}

/** Every object of both domains, without the root entry. */
export function forestObjects(): FakeEntry[] {
  const secured = { nTSecurityDescriptor: [listable()] };
  const { team, alice, eve, contact, eastGroup, eastTeam, local, above } = numbers;
  const inUsers = (cn: string, domain: string) => `CN=${cn},CN=Users,${domain}`;
  return [
    ...backbone().filter(entry => entry.dn !== '' && !entry.dn.startsWith('CN=CORP,')),
    object(9, `CN=CORP,CN=Partitions,${CONFIGURATION}`, ['crossRef'], {
      systemFlags: ['3'],
      nCName: [DOMAIN],
      dnsRoot: ['corp.test'],
      nETBIOSName: ['CORP'],
    }),
    object(70, `CN=EAST,CN=Partitions,${CONFIGURATION}`, ['crossRef'], {
      systemFlags: ['3'],
      nCName: [EAST],
      dnsRoot: ['east.corp.test'],
      nETBIOSName: ['EAST'],
    }),
    object(69, `CN=Enterprise Configuration,CN=Partitions,${CONFIGURATION}`, ['crossRef'], {
      systemFlags: ['1'],
      nCName: [CONFIGURATION],
      dnsRoot: ['corp.test'],
    }),
    object(71, EAST, ['domain', 'domainDNS'], {
      wellKnownObjects: wellKnown(EAST),
      ...secured,
      objectSid: [sidToBytes(EAST_SID)],
      fakeSid: [EAST_SID],
    }),
    object(72, EAST_OU, ['organizationalUnit'], { ...secured, fakeSacl: [descriptor([], EAST_SID, [])] }),
    object(73, `CN=Users,${EAST}`, ['container'], secured),
    object(74, `CN=AdminSDHolder,CN=System,${EAST}`, ['container'], secured),
    object(75, `CN=Deleted Objects,${EAST}`, ['container']),
    eastern(20, group(76, inUsers('Domain Admins', EAST)), 512),
    eastern(513, group(77, inUsers('Domain Users', EAST), { nTSecurityDescriptor: [listable()] }), 513),
    object(78, `OU=Domain Controllers,${EAST}`, ['organizationalUnit'], secured),
    object(80, `CN=Policies,CN=System,${EAST}`, ['container'], secured),
    object(90, `CN=System,${EAST}`, ['container'], secured),
    group(team, `CN=Team,${OU}`, {
      member: [inUsers('Eve', EAST), inUsers('Contact', EAST), inUsers('East', EAST)],
      nTSecurityDescriptor: [descriptor([{ mask: 0x20, sid: `${EAST_SID}-${5000 + eve}` }])],
    }),
    user(alice, inUsers('Alice', DOMAIN), { mail: ['alice@corp.test'] }),
    user(41, inUsers('sync', DOMAIN)),
    eastern(eve, user(eve, inUsers('Eve', EAST), { mail: ['eve@corp.test'] })),
    object(contact, inUsers('Contact', EAST), ['person', 'organizationalPerson', 'contact'], { mail: ['c@else.test'] }),
    eastern(eastGroup, group(eastGroup, inUsers('East', EAST))),
    eastern(
      eastTeam,
      group(eastTeam, `CN=EastTeam,${EAST_OU}`, { member: [inUsers('Alice', DOMAIN)], mail: ['east@corp.test'] }),
    ),
    eastern(
      local,
      group(local, inUsers('Local', EAST), {
        groupType: [DOMAIN_LOCAL],
        member: [`CN=Team,${OU}`],
        memberOf: [inUsers('Above', EAST)],
      }),
    ),
    eastern(
      above,
      group(above, inUsers('Above', EAST), { groupType: [DOMAIN_LOCAL], member: [inUsers('Local', EAST)] }),
    ),
    eastern(87, user(87, inUsers('sync', EAST))),
  ];
}

/** The same as the server number `n` of a domain shows it, which says so: its name and its invocationId are its own. */
export function shownBy(n: number, domain: string, objects: readonly FakeEntry[] = forestObjects()): FakeEntry[] {
  const [root] = backbone();
  const settings = `CN=NTDS Settings,CN=DC${n},CN=Servers,CN=Site,CN=Sites,${CONFIGURATION}`;
  const contexts = [domain, CONFIGURATION, `CN=Schema,${CONFIGURATION}`];
  const host = `dc${n}.${domain === EAST ? 'east.' : ''}corp.test`;
  const computer = `CN=DC${n},OU=Domain Controllers,${domain}`;
  const known = objects.some(({ dn }) => dn === computer);
  const own = {
    dnsHostName: [host],
    defaultNamingContext: [domain],
    dsServiceName: [settings],
    namingContexts: contexts,
    isGlobalCatalogReady: ['TRUE'],
  };
  return [
    { dn: '', attributes: { ...root?.attributes, ...own } },
    object(900 + n, settings, ['nTDSDSA'], { invocationId: [guidToBytes(guid(900 + n))], hasMasterNCs: contexts }),
    ...(known
      ? []
      : [
          object(920 + n, settings.slice(settings.indexOf(',') + 1), ['server'], { serverReference: [computer] }),
          controller(940 + n, computer, host),
        ]),
    ...objects,
  ];
}
