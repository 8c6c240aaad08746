import { sidToBytes } from '../../../src/base/index.ts';
import type { FakeEntry } from '../../lab/ldap-fake/index.ts';
import { DOMAIN, DOMAIN_SID, descriptor, group, guid, listable, OU, object, user } from './forest.ts';

// What a directory has besides groups and accounts: Exchange, the policy of the source of authority, strangers in a container, a sync identity with groups.

const EXCHANGE = `CN=Microsoft Exchange,CN=Services,CN=Configuration,${DOMAIN}`;
/** The Exchange organisation. */
export const ORGANISATION = `CN=Contoso,${EXCHANGE}`;
/** Where its servers are. */
export const SERVERS = `CN=Servers,CN=Exchange Administrative Group,CN=Administrative Groups,${ORGANISATION}`;
/** Where its accepted domains are. */
export const ACCEPTED = `CN=Accepted Domains,CN=Transport Settings,${ORGANISATION}`;
/** Where its address lists are. */
export const LISTS = `CN=Address Lists Container,${ORGANISATION}`;
/** The policy object. */
export const POLICY = `CN=Cloud,CN=SOA-Policies,CN=System,${DOMAIN}`;
/** The sync identity. */
export const MSOL = `CN=MSOL_0123,CN=Users,${DOMAIN}`;

const secured = { nTSecurityDescriptor: [listable()] };

/** Exchange with two servers, three accepted domains and two address lists, one in the other. */
export function exchange(): FakeEntry[] {
  const place = (n: number, dn: string, more: FakeEntry['attributes'] = {}) =>
    object(n, dn, ['container'], { ...secured, ...more });
  const settings = `CN=Transport Settings,${ORGANISATION}`;
  const accepted = (n: number, name: string, flags: string) =>
    object(n, `CN=${name},${ACCEPTED}`, ['msExchAcceptedDomain'], {
      ...secured,
      msExchAcceptedDomainName: [name],
      msExchAcceptedDomainFlags: [flags],
    });
  const list = (n: number, dn: string, name: string) =>
    object(n, dn, ['addressBookContainer'], { ...secured, displayName: [name] });
  const server = (n: number, name: string, version: string) =>
    object(n, `CN=${name},${SERVERS}`, ['server', 'msExchExchangeServer'], {
      ...secured,
      serialNumber: [version],
      msExchCurrentServerRoles: ['16439'],
    });
  return [
    object(700, EXCHANGE, ['container', 'msExchConfigurationContainer'], secured),
    object(701, ORGANISATION, ['container', 'msExchOrganizationContainer'], { objectVersion: ['16763'], ...secured }),
    place(702, `CN=Administrative Groups,${ORGANISATION}`),
    place(703, SERVERS.slice(SERVERS.indexOf(',') + 1)),
    place(704, SERVERS),
    server(705, 'MAIL1', 'Version 15.2 (Build 32562.17)'),
    server(706, 'MAIL2', 'Version 15.1 (Build 32507.6)'),
    object(707, `CN=Databases,${SERVERS}`, ['container'], secured),
    place(708, settings),
    place(709, ACCEPTED),
    accepted(710, 'corp.test', '4'),
    accepted(711, 'Groups.corp.test', '2'),
    accepted(712, 'partner.test', '1'),
    place(713, LISTS),
    list(714, `CN=All Address Lists,${LISTS}`, 'All Address Lists'),
    list(715, `CN=All Groups,CN=All Address Lists,${LISTS}`, 'All Groups'),
  ];
}

/** The policy that only the sync identity may change what the cloud is authoritative for. */
export function soaPolicy(more: FakeEntry['attributes'] = {}): FakeEntry[] {
  return [
    object(720, POLICY.slice(POLICY.indexOf(',') + 1), ['container'], secured),
    object(721, POLICY, ['applicationSettings', 'msDS-App-Configuration'], {
      ...secured,
      keywords: ['Enforced'],
      'msDS-Settings': [`${DOMAIN_SID}-5730`],
      ...more,
    }),
  ];
}

/** A sync identity in a group that is in another one. */
export function syncIdentity(more: FakeEntry['attributes'] = {}): FakeEntry[] {
  const inner = `CN=Inner,CN=Users,${DOMAIN}`;
  const outer = `CN=Outer,CN=Users,${DOMAIN}`;
  return [
    user(730, MSOL, { memberOf: [inner], adminCount: ['1'], ...more }),
    group(731, inner, { member: [MSOL], memberOf: [outer], nTSecurityDescriptor: [listable()] }),
    group(732, outer, { member: [inner], nTSecurityDescriptor: [listable()] }),
  ];
}

/** What a container of groups should not hold: a user, and a unit with a computer in it. */
export function strangers(): FakeEntry[] {
  const unit = `OU=Machines,${OU}`;
  return [
    user(740, `CN=Stray,${OU}`),
    object(741, unit, ['organizationalUnit'], { ...secured, cn: [], ou: ['Machines'] }),
    object(742, `CN=PC1,${unit}`, ['person', 'organizationalPerson', 'user', 'computer']),
  ];
}

/** The group of audit entries that makes changes of `member` by anybody known. */
export function audited(): Buffer {
  return descriptor([], `${DOMAIN_SID}-512`, [
    { type: 7, flags: 0x42, mask: 0x20, sid: 'S-1-1-0', objectType: guid(0x102) },
    { type: 2, flags: 0x98, mask: 0xd0000, sid: `${DOMAIN_SID}-513` },
  ]);
}

/** The SIDs of some groups as tokenGroups has them. */
export function token(...rids: readonly number[]): Buffer[] {
  return rids.map(rid => sidToBytes(`${DOMAIN_SID}-${rid}`));
}
