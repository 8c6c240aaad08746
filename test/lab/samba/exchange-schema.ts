import { createHash } from 'node:crypto';

// The schema extension that Exchange 2016 CU23 leaves behind, as far as group writeback touches it. The object
// identifiers are Exchange's own, but for those below EXAMPLE. The GUIDs are not: they follow from the names, so that they are the same every time.
const EXCHANGE = '1.2.840.113556.1.4.7000.102';
const MAPI = '1.2.840.113556.1.2';
// Set aside for examples (RFC 5612): the real identifiers of these are not known here, and nothing looks at them.
const EXAMPLE = '1.3.6.1.4.1.32473.1';

const SYNTAXES = {
  text: { attributeSyntax: '2.5.5.12', oMSyntax: '64' },
  integer: { attributeSyntax: '2.5.5.9', oMSyntax: '2' },
  large: { attributeSyntax: '2.5.5.16', oMSyntax: '65' },
  flag: { attributeSyntax: '2.5.5.8', oMSyntax: '1' },
  octets: { attributeSyntax: '2.5.5.10', oMSyntax: '4' },
  name: { attributeSyntax: '2.5.5.1', oMSyntax: '127', oMObjectClass: ':: KwwCh3McAIVK' },
} as const;

type Attribute = {
  readonly name: string;
  readonly cn: string;
  readonly oid: string;
  readonly syntax: keyof typeof SYNTAXES;
  readonly more?: Readonly<Record<string, string>>;
};

const GC = { isMemberOfPartialAttributeSet: 'TRUE' };
const MANY = { isSingleValued: 'FALSE' };

function attribute(
  name: string,
  cn: string,
  oid: string,
  syntax: keyof typeof SYNTAXES,
  more?: Attribute['more'],
): Attribute {
  return { name, cn, oid, syntax, ...(more === undefined ? {} : { more }) };
}

const EXTENSIONS = Array.from({ length: 15 }, (_, index) => {
  const n = index + 1;
  const oid = `${MAPI}.${n <= 10 ? 422 + n : 588 + n}`;
  return attribute(`extensionAttribute${n}`, `ms-Exch-Extension-Attribute-${n}`, oid, 'text', {
    rangeLower: '1',
    rangeUpper: '1024',
    ...GC,
  });
});

const ATTRIBUTES: readonly Attribute[] = [
  attribute('mailNickname', 'ms-Exch-Mail-Nickname', `${MAPI}.447`, 'text', {
    rangeLower: '1',
    rangeUpper: '64',
    searchFlags: '5',
    ...GC,
  }),
  attribute('targetAddress', 'ms-Exch-Target-Address', `${MAPI}.352`, 'text', { searchFlags: '1', ...GC }),
  attribute('reportToOriginator', 'ms-Exch-Report-To-Originator', `${MAPI}.206`, 'flag', GC),
  attribute('reportToOwner', 'ms-Exch-Report-To-Owner', `${MAPI}.207`, 'flag', GC),
  attribute('hideDLMembership', 'ms-Exch-Hide-DL-Membership', `${MAPI}.297`, 'flag', GC),
  attribute('oOFReplyToOriginator', 'ms-Exch-OOF-Reply-To-Originator', `${MAPI}.438`, 'flag', GC),
  attribute('authOrig', 'ms-Exch-Auth-Orig', `${MAPI}.129`, 'name', { linkID: '110', ...MANY }),
  attribute('unauthOrig', 'ms-Exch-Unauth-Orig', `${MAPI}.221`, 'name', { linkID: '114', ...MANY }),
  attribute('dLMemSubmitPerms', 'ms-Exch-DL-Mem-Submit-Perms', `${MAPI}.144`, 'name', { linkID: '112', ...MANY }),
  attribute('dLMemRejectPerms', 'ms-Exch-DL-Mem-Reject-Perms', `${MAPI}.47`, 'name', { linkID: '116', ...MANY }),
  attribute('msExchRecipientDisplayType', 'ms-Exch-Recipient-Display-Type', `${EXCHANGE}.50730`, 'integer', GC),
  attribute('msExchRecipientTypeDetails', 'ms-Exch-Recipient-Type-Details', `${EXCHANGE}.50855`, 'large', GC),
  attribute('msExchRemoteRecipientType', 'ms-Exch-Remote-Recipient-Type', `${EXCHANGE}.51611`, 'large', GC),
  attribute('msExchHideFromAddressLists', 'ms-Exch-Hide-From-Address-Lists', `${EXCHANGE}.73`, 'flag', GC),
  attribute('msExchRequireAuthToSendTo', 'ms-Exch-Require-Auth-To-Send-To', '1.2.840.113556.1.4.5062', 'flag', GC),
  attribute('msExchGroupMemberCount', 'ms-Exch-Group-Member-Count', `${EXCHANGE}.51993`, 'integer'),
  attribute('msExchGroupExternalMemberCount', 'ms-Exch-Group-External-Member-Count', `${EXCHANGE}.51994`, 'integer'),
  attribute('msExchMailboxGuid', 'ms-Exch-Mailbox-Guid', `${EXCHANGE}.11058`, 'octets', GC),
  attribute('msExchPoliciesExcluded', 'ms-Exch-Policies-Excluded', `${EXCHANGE}.50051`, 'text', { ...MANY, ...GC }),
  attribute('msExchBypassModerationLink', 'ms-Exch-Bypass-Moderation-Link', `${EXCHANGE}.51140`, 'name', MANY),
  attribute('msExchAcceptedDomainName', 'ms-Exch-Accepted-Domain-Name', `${EXAMPLE}.1`, 'text'),
  attribute('msExchAcceptedDomainFlags', 'ms-Exch-Accepted-Domain-Flags', `${EXAMPLE}.2`, 'integer'),
  attribute('msExchCurrentServerRoles', 'ms-Exch-Current-Server-Roles', `${EXAMPLE}.3`, 'integer'),
  attribute('msExchSchemaVersionPt', 'ms-Exch-Schema-Version-Pt', `${EXCHANGE}.97`, 'integer', { rangeUpper: '15334' }),
  ...EXTENSIONS,
];

function guidOf(name: string): string {
  return createHash('sha256').update(`tallystick lab schema ${name}`).digest().subarray(0, 16).toString('base64');
}

function entry(dn: string, fields: Readonly<Record<string, string>>): string {
  const lines = Object.entries(fields).map(([key, value]) =>
    value.startsWith(':: ') ? key + value : `${key}: ${value}`,
  );
  return `dn: ${dn}\n${lines.join('\n')}\n`;
}

/** Where an organisation keeps its servers, accepted domains and address lists; each below an earlier one. */
const PLACES = [
  'CN=Administrative Groups',
  'CN=Exchange Administrative Group,CN=Administrative Groups',
  'CN=Servers,CN=Exchange Administrative Group,CN=Administrative Groups',
  'CN=Transport Settings',
  'CN=Accepted Domains,CN=Transport Settings',
  'CN=Address Lists Container',
] as const;

type Class = {
  readonly name: string;
  readonly cn: string;
  readonly oid: string;
  readonly above: string;
  readonly places: readonly string[];
  readonly holds?: readonly string[];
};

const CLASSES: readonly Class[] = [
  {
    name: 'msExchOrganizationContainer',
    cn: 'ms-Exch-Organization-Container',
    oid: '1.2.840.113556.1.5.7000.62.50020',
    above: 'container',
    places: ['msExchConfigurationContainer'],
  },
  {
    name: 'msExchExchangeServer',
    cn: 'ms-Exch-Exchange-Server',
    oid: `${EXAMPLE}.4`,
    above: 'server',
    places: ['container'],
    holds: ['msExchCurrentServerRoles'],
  },
  {
    name: 'msExchAcceptedDomain',
    cn: 'ms-Exch-Accepted-Domain',
    oid: `${EXAMPLE}.5`,
    above: 'top',
    places: ['container'],
    holds: ['msExchAcceptedDomainName', 'msExchAcceptedDomainFlags'],
  },
];

function describeClass({ name, cn, oid, above, places, holds = [] }: Class, base: string): string {
  const lists = [...places.map(one => `possSuperiors: ${one}\n`), ...holds.map(one => `mayContain: ${one}\n`)];
  return `${entry(`CN=${cn},CN=Schema,CN=Configuration,${base}`, {
    objectClass: 'classSchema',
    lDAPDisplayName: name,
    governsID: oid,
    subClassOf: above,
    objectClassCategory: '1',
    schemaIDGUID: `:: ${guidOf(name)}`,
    defaultSecurityDescriptor: 'D:(A;;RPWPCRCCDCLCLOLORCWOWDSDDTSW;;;DA)(A;;RPLCLORC;;;AU)',
  })}${lists.join('')}`;
}

function describeAttribute(item: Attribute, base: string): string {
  return entry(`CN=${item.cn},CN=Schema,CN=Configuration,${base}`, {
    objectClass: 'attributeSchema',
    lDAPDisplayName: item.name,
    attributeID: item.oid,
    schemaIDGUID: `:: ${guidOf(item.name)}`,
    isSingleValued: 'TRUE',
    ...SYNTAXES[item.syntax],
    ...item.more,
  });
}

/** LDIF of the Exchange extension below `base`, to be loaded in this order before the first start; `changes` is for ldbmodify. */
export type SchemaExtension = {
  readonly attributes: string;
  readonly classes: string;
  readonly changes: string;
  readonly containers: string;
};

/** Describes the extension for the domain `base` (`DC=lab,DC=test`). */
export function exchangeSchema(base: string): SchemaExtension {
  const schema = `CN=Schema,CN=Configuration,${base}`;
  const own = new Set(['msExchSchemaVersionPt', ...CLASSES.flatMap(({ holds = [] }) => holds)]);
  const carried = ATTRIBUTES.filter(item => !own.has(item.name));
  const organization = `CN=Lab Organization,CN=Microsoft Exchange,CN=Services,CN=Configuration,${base}`;
  const exchange = `CN=Microsoft Exchange,CN=Services,CN=Configuration,${base}`;
  return {
    attributes: ATTRIBUTES.map(item => describeAttribute(item, base)).join('\n'),
    classes: CLASSES.map(item => describeClass(item, base)).join('\n'),
    // Mail-Recipient is an auxiliary class of users, groups and contacts.
    changes: [
      `dn: CN=Mail-Recipient,${schema}\nchangetype: modify\nadd: mayContain\n${carried
        .map(item => `mayContain: ${item.name}`)
        .join('\n')}\n`,
      `dn: CN=Address-Book-Container,${schema}\nchangetype: modify\nadd: possSuperiors\npossSuperiors: container\n`,
    ].join('\n'),
    containers: [
      entry(exchange, { objectClass: 'msExchConfigurationContainer' }),
      entry(organization, { objectClass: 'msExchOrganizationContainer', objectVersion: '16223' }),
      ...PLACES.map(place => entry(`${place},${organization}`, { objectClass: 'container' })),
      entry(`CN=Microsoft Exchange System Objects,${base}`, { objectClass: 'container', objectVersion: '13243' }),
    ].join('\n'),
  };
}
