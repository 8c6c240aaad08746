import { cleanAces, guids } from '../generator/acl.ts';
import type { Ace, LabDirectory } from '../generator/estate.ts';
import { dnsOf } from '../generator/people.ts';

/** An object that a forest has before an estate is loaded into it; ids follow from its place in the list. */
export type GroundObject = {
  readonly dn: string;
  readonly classes: readonly string[];
  readonly attributes?: Readonly<Record<string, readonly string[]>>;
  readonly sid?: string;
  readonly aces?: readonly Ace[];
  readonly members?: readonly string[];
};

const GLOBAL = '-2147483646';
const UNIVERSAL = '-2147483640';
const LOCAL = '-2147483643';

/** Where the Exchange organisation of an estate keeps what it has. */
const EXCHANGE_PLACES = [
  'CN=Administrative Groups',
  'CN=Exchange Administrative Group,CN=Administrative Groups',
  'CN=Servers,CN=Exchange Administrative Group,CN=Administrative Groups',
  'CN=Transport Settings',
  'CN=Accepted Domains,CN=Transport Settings',
  'CN=Address Lists Container',
] as const;

/** The groups that every domain has, as far as anything looks at them: name, SID, type and who is in them. */
function builtinGroups(base: string, domain: string): GroundObject[] {
  const users = `CN=Users,${base}`;
  const builtin = `CN=Builtin,${base}`;
  const administrator = `CN=Administrator,${users}`;
  const group = (dn: string, sid: string, groupType: string, members: readonly string[] = []): GroundObject => ({
    dn,
    classes: ['group'],
    sid,
    members,
    attributes: { sAMAccountName: [dn.slice(3, dn.indexOf(','))], groupType: [groupType] },
  });
  const admins = `CN=Domain Admins,${users}`;
  const forest = `CN=Enterprise Admins,${users}`;
  return [
    group(admins, `${domain}-512`, GLOBAL, [administrator]),
    group(`CN=Domain Users,${users}`, `${domain}-513`, GLOBAL),
    group(`CN=Domain Controllers,${users}`, `${domain}-516`, GLOBAL),
    group(`CN=Schema Admins,${users}`, `${domain}-518`, UNIVERSAL, [administrator]),
    group(forest, `${domain}-519`, UNIVERSAL, [administrator]),
    group(`CN=Group Policy Creator Owners,${users}`, `${domain}-520`, GLOBAL, [administrator]),
    group(`CN=Administrators,${builtin}`, 'S-1-5-32-544', LOCAL, [administrator, admins, forest]),
    group(`CN=Users,${builtin}`, 'S-1-5-32-545', LOCAL, [`CN=Domain Users,${users}`]),
    group(`CN=Account Operators,${builtin}`, 'S-1-5-32-548', LOCAL),
    group(`CN=Server Operators,${builtin}`, 'S-1-5-32-549', LOCAL),
    group(`CN=Backup Operators,${builtin}`, 'S-1-5-32-551', LOCAL),
  ];
}

/** Everything that a forest of one domain has by itself, parents before children: partitions, schema, servers, Exchange, groups. */
export function groundObjects(directory: LabDirectory): GroundObject[] {
  const { base, domainSid, exchange, recycleBin } = directory;
  const configuration = `CN=Configuration,${base}`;
  const schema = `CN=Schema,${configuration}`;
  const open = cleanAces(domainSid, 'self');
  const holder = { aces: [...directory.adminSdHolder, ...open] };
  const place = (dn: string, classes: readonly string[] = ['container'], more: Partial<GroundObject> = {}) => ({
    ...{ dn, classes, aces: open },
    ...more,
  });
  const organization = `CN=Lab Organization,CN=Microsoft Exchange,CN=Services,${configuration}`;
  const host = `dc1.${dnsOf(base)}`;
  const server = `CN=DC1,CN=Servers,CN=Default-First-Site-Name,CN=Sites,${configuration}`;
  const version = (value: number) => ({ attributes: { objectVersion: [String(value)] } });
  const feature = `CN=Recycle Bin Feature,CN=Optional Features,CN=Directory Service,CN=Windows NT,CN=Services,${configuration}`;
  return [
    {
      ...place(base, ['domain', 'domainDNS'], { aces: [...directory.domainAces, ...open] }),
      sid: domainSid,
      attributes: { wellKnownObjects: wellKnown(base) },
    },
    ...[`CN=Users,${base}`, `CN=Computers,${base}`, `CN=System,${base}`].map(dn => place(dn)),
    place(`CN=Builtin,${base}`, ['builtinDomain']),
    place(`CN=ForeignSecurityPrincipals,${base}`),
    place(`CN=Policies,CN=System,${base}`),
    place(`CN={31B2F340-016D-11D2-945F-00C04FB984F9},CN=Policies,CN=System,${base}`, [
      'container',
      'groupPolicyContainer',
    ]),
    place(`CN=AdminSDHolder,CN=System,${base}`, ['container'], holder),
    place(`CN=Deleted Objects,${base}`),
    place(`OU=Domain Controllers,${base}`, ['organizationalUnit']),
    place(configuration, ['configuration']),
    place(schema, ['dMD'], version(88)),
    place(`CN=Partitions,${configuration}`, ['crossRefContainer'], {
      attributes: recycleBin ? { 'msDS-EnabledFeature': [feature] } : {},
    }),
    place(`CN=LAB,CN=Partitions,${configuration}`, ['crossRef'], {
      attributes: { systemFlags: ['3'], nCName: [base] },
    }),
    place(`CN=Sites,${configuration}`, ['sitesContainer']),
    place(server, ['server'], {
      attributes: { serverReference: [`CN=DC1,OU=Domain Controllers,${base}`], dNSHostName: [host] },
    }),
    place(`CN=Services,${configuration}`),
    place(`CN=Extended-Rights,${configuration}`),
    ...exchangeObjects(organization, base, schema, exchange, place),
    ...builtinGroups(base, domainSid),
    ...computersAndUsers(base, domainSid, host),
  ];
}

function exchangeObjects(
  organization: string,
  base: string,
  schema: string,
  exchange: LabDirectory['exchange'],
  place: (dn: string, classes?: readonly string[], more?: Partial<GroundObject>) => GroundObject,
): GroundObject[] {
  return [
    place(organization.slice(organization.indexOf(',') + 1), ['container', 'msExchConfigurationContainer']),
    place(organization, ['container', 'msExchOrganizationContainer'], {
      attributes: { objectVersion: [String(exchange.organization)] },
    }),
    ...EXCHANGE_PLACES.map(name => place(`${name},${organization}`)),
    place(`CN=Microsoft Exchange System Objects,${base}`, ['container'], { attributes: { objectVersion: ['13243'] } }),
    place(`CN=ms-Exch-Schema-Version-Pt,${schema}`, ['attributeSchema'], {
      attributes: { rangeUpper: [String(exchange.schema)], lDAPDisplayName: ['msExchSchemaVersionPt'] },
    }),
  ];
}

function computersAndUsers(base: string, domainSid: string, host: string): GroundObject[] {
  const person = ['person', 'organizationalPerson', 'user'];
  return [
    {
      dn: `CN=DC1,OU=Domain Controllers,${base}`,
      classes: [...person, 'computer'],
      sid: `${domainSid}-1000`,
      attributes: {
        objectCategory: [`CN=Computer,CN=Schema,CN=Configuration,${base}`],
        sAMAccountName: ['DC1$'],
        userAccountControl: ['532480'],
        primaryGroupID: ['516'],
        dNSHostName: [host],
        operatingSystem: ['Samba'],
        operatingSystemVersion: ['4.22.0'],
      },
    },
    {
      dn: `CN=Administrator,CN=Users,${base}`,
      classes: person,
      sid: `${domainSid}-500`,
      attributes: {
        objectCategory: [`CN=Person,CN=Schema,CN=Configuration,${base}`],
        sAMAccountName: ['Administrator'],
        userAccountControl: ['512'],
        primaryGroupID: ['513'],
        adminCount: ['1'],
      },
    },
  ];
}

function wellKnown(base: string): string[] {
  return [
    `B:32:A9D1CA15768811D1ADED00C04FD8D5CD:CN=Users,${base}`,
    `B:32:AA312825768811D1ADED00C04FD8D5CD:CN=Computers,${base}`,
    `B:32:AB1D30F3768811D1ADED00C04FD8D5CD:CN=System,${base}`,
    `B:32:A361B2FFFFD211D1AA4B00C04FD7D83A:OU=Domain Controllers,${base}`,
    `B:32:22B70C67D56E4EFB91E9300FCA3DC1AA:CN=ForeignSecurityPrincipals,${base}`,
    `B:32:18E2EA80684F11D2B9AA00C04F79F805:CN=Deleted Objects,${base}`,
  ];
}

/** What the schema calls the attributes and classes that access lists name: name, GUID, whether a class. */
export const schemaNames: readonly (readonly [string, string, boolean])[] = [
  ['group', guids.group, true],
  ['user', guids.user, true],
  ['member', guids.member, false],
  ['adminDescription', guids.adminDescription, false],
  ['description', guids.description, false],
  ['msDS-ExternalDirectoryObjectId', guids.externalId, false],
  ['memberOf', 'bf967991-0de6-11d0-a285-00aa003049e2', false],
  ['adminCount', 'bf967918-0de6-11d0-a285-00aa003049e2', false],
  ['lockoutTime', guids.lockoutTime, false],
  ['pwdLastSet', guids.pwdLastSet, false],
  ['msDS-ObjectSoa', '34f6bdf5-2e79-4c3b-8e14-3d93b75aab89', false],
];

/** Extended rights and property sets: name, GUID, what they stand for. */
export const rightNames: readonly (readonly [string, string, number])[] = [
  ['Membership', guids.membership, 48],
  ['Personal-Information', guids.personalInformation, 48],
  ['Self-Membership', guids.member, 8],
  ['User-Force-Change-Password', guids.resetPassword, 256],
];
