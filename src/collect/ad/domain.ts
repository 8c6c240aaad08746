import { splitDn } from '../../base/index.ts';
import type { AdSource } from '../../config/index.ts';
import type { Directory } from './directory.ts';
import { booleanOf, bytesOf, dnOf, type Entry, guidOf, instantOf, integerOf, sidOf, textOf, textsOf } from './entry.ts';
import { oneLine, sourceError } from './failure.ts';
import type { Domain, RootDse, Run } from './run.ts';

const ROOT_DSE = [
  'dnsHostName',
  'defaultNamingContext',
  'configurationNamingContext',
  'schemaNamingContext',
  'rootDomainNamingContext',
  'highestCommittedUSN',
  'domainFunctionality',
  'currentTime',
  'dsServiceName',
];
const RECYCLE_BIN = /^CN=Recycle Bin Feature,CN=Optional Features,/i;
const schemaNames = ['group', 'user', 'member', 'adminDescription', 'msDS-ExternalDirectoryObjectId'];
const rightNames = ['Membership', 'Personal-Information', 'Self-Membership'];

/** What the server says about itself. Rejects when it answers nothing. */
export async function readRootDse(directory: Directory): Promise<RootDse> {
  const entry = await directory.readOne({ facet: 'ad.domain', base: '', attributes: ROOT_DSE });
  if (entry === undefined) throw sourceError('the server has no root DSE');
  return {
    dnsHostName: textOf(entry, 'dnsHostName'),
    defaultNamingContext: dnOf(entry, 'defaultNamingContext'),
    configurationNamingContext: dnOf(entry, 'configurationNamingContext'),
    schemaNamingContext: dnOf(entry, 'schemaNamingContext'),
    rootDomainNamingContext: dnOf(entry, 'rootDomainNamingContext'),
    highestCommittedUsn: textOf(entry, 'highestCommittedUSN'),
    domainLevel: integerOf(entry, 'domainFunctionality'),
    currentTime: instantOf(entry, 'currentTime'),
    dsServiceName: dnOf(entry, 'dsServiceName'),
  };
}

/** The domain of `source.base`, or the server's own. Rejects when the server does not hold it: then nothing can be read at all. */
export async function readDomain(directory: Directory, source: AdSource, rootDse: RootDse): Promise<Domain> {
  const dn = source.base ?? rootDse.defaultNamingContext;
  if (dn === null) throw sourceError('the server names no domain (defaultNamingContext): is it a domain controller?');
  const entry = await directory.readOne({
    facet: 'ad.domain',
    base: dn,
    attributes: ['objectSid', 'objectGUID', 'distinguishedName'],
  });
  const sid = entry === undefined ? null : sidOf(entry);
  const guid = entry === undefined ? null : guidOf(entry, 'objectGUID');
  if (sid === null || guid === null)
    throw sourceError(`${oneLine(dn)} is not a domain, or it is not readable: check ad.base`);
  return { dn: (entry && dnOf(entry, 'distinguishedName')) ?? dn, sid, guid };
}

/** invocationId of the domain controller as GUID text, or null when it is not readable. */
export async function readInvocationId(directory: Directory, rootDse: RootDse): Promise<string | null> {
  if (rootDse.dsServiceName === null) return null;
  const entry = await directory.readOne({
    facet: 'ad.domain',
    base: rootDse.dsServiceName,
    attributes: ['invocationId'],
    absent: 'empty',
  });
  return entry === undefined ? null : guidOf(entry, 'invocationId');
}

/** The DNS name that the DC= parts of a DN spell. */
export function dnsNameOf(dn: string): string {
  return splitDn(dn)
    .flatMap(rdn => /^\s*DC\s*=\s*(.*?)\s*$/i.exec(rdn)?.[1] ?? [])
    .join('.')
    .toLowerCase();
}

/** Writes ad_domain and ad_schema, and settles `ad.domain` and `ad.exchange`; resolves with the schema GUIDs by name, and how many domains the forest has. */
export async function readDomainFacts(
  run: Run,
): Promise<{ readonly guids: ReadonlyMap<string, string>; readonly domains: number }> {
  const { coverage, recorder, rootDse, domain } = run;
  const schemaGuids = new Map<string, string>();
  let facts: DomainFacts = { schemaVersion: null, externalId: null, recycleBin: null };
  let exchange: ExchangeFacts = { schema: null, organisation: null, domain: null };
  let domains = 1;
  await coverage.attempt(['ad.domain', 'ad.addresses'], async () => {
    domains = await countDomains(run);
  });
  await coverage.attempt(['ad.domain', 'ad.acl'], async () => readSchemaGuids(run, schemaGuids));
  await coverage.attempt(['ad.domain'], async () => {
    facts = await readForest(run, schemaGuids);
    coverage.read('ad.domain', 1);
  });
  await coverage.attempt(['ad.exchange'], async () => {
    exchange = await readExchange(run);
    coverage.read('ad.exchange', 1);
  });
  await recorder.add(
    'ad_schema',
    [...schemaGuids].map(([name, guid]) => ({ name, guid })),
  );
  await recorder.add('ad_domain', [
    {
      dn: domain.dn,
      dns_name: dnsNameOf(domain.dn),
      sid: domain.sid,
      guid: domain.guid,
      forest_dns_name: rootDse.rootDomainNamingContext === null ? null : dnsNameOf(rootDse.rootDomainNamingContext),
      domain_level: rootDse.domainLevel,
      schema_version: facts.schemaVersion,
      external_id_in_schema: facts.externalId,
      recycle_bin: facts.recycleBin,
      exchange_schema_version: exchange.schema,
      exchange_org_version: exchange.organisation,
      exchange_domain_version: exchange.domain,
    },
  ]);
  return { guids: schemaGuids, domains };
}

type DomainFacts = {
  readonly schemaVersion: number | null;
  readonly externalId: boolean | null;
  readonly recycleBin: boolean | null;
};
type ExchangeFacts = {
  readonly schema: number | null;
  readonly organisation: number | null;
  readonly domain: number | null;
};

async function readForest({ directory, rootDse }: Run, schemaGuids: ReadonlyMap<string, string>): Promise<DomainFacts> {
  const schema = await directory.readOne({
    facet: 'ad.domain',
    base: schemaOf(rootDse),
    attributes: ['objectVersion'],
  });
  const partitions = await directory.readOne({
    facet: 'ad.domain',
    base: `CN=Partitions,${configurationOf(rootDse)}`,
    attributes: ['msDS-EnabledFeature', 'objectClass'],
  });
  if (partitions === undefined || bytesOf(partitions, 'objectClass').length === 0)
    throw sourceError('CN=Partitions is not readable');
  return {
    schemaVersion: schema === undefined ? null : integerOf(schema, 'objectVersion'),
    externalId: schemaGuids.has('member') ? schemaGuids.has('msDS-ExternalDirectoryObjectId') : null,
    recycleBin: textsOf(partitions, 'msDS-EnabledFeature').some(feature => RECYCLE_BIN.test(feature)),
  };
}

// Absent objects are a fact here: a forest without Exchange is an ordinary forest.
async function readExchange({ directory, rootDse, domain }: Run): Promise<ExchangeFacts> {
  const optional = { facet: 'ad.exchange', absent: 'empty' } as const;
  const version = (entry: Entry | undefined, name: string) => (entry === undefined ? null : integerOf(entry, name));
  const schema = await directory.readOne({
    ...optional,
    base: `CN=ms-Exch-Schema-Version-Pt,${schemaOf(rootDse)}`,
    attributes: ['rangeUpper'],
  });
  const ofDomain = await directory.readOne({
    ...optional,
    base: `CN=Microsoft Exchange System Objects,${domain.dn}`,
    attributes: ['objectVersion'],
  });
  let organisation: number | null = null;
  await directory.search(
    {
      ...optional,
      base: `CN=Microsoft Exchange,CN=Services,${configurationOf(rootDse)}`,
      scope: 'one',
      filter: '(objectClass=msExchOrganizationContainer)',
      attributes: ['objectVersion'],
    },
    entries => {
      for (const entry of entries) organisation = integerOf(entry, 'objectVersion') ?? organisation;
    },
  );
  return { schema: version(schema, 'rangeUpper'), organisation, domain: version(ofDomain, 'objectVersion') };
}

async function readSchemaGuids({ directory, rootDse }: Run, found: Map<string, string>): Promise<void> {
  const keep =
    (wanted: readonly string[], nameAttribute: string, guid: (entry: Entry) => string | null) =>
    (entries: readonly Entry[]) => {
      for (const entry of entries) {
        const name = textOf(entry, nameAttribute)?.toLowerCase();
        const spelt = wanted.find(one => one.toLowerCase() === name);
        const value = guid(entry);
        if (spelt !== undefined && value !== null) found.set(spelt, value);
      }
    };
  await directory.search(
    {
      facet: 'ad.domain',
      base: schemaOf(rootDse),
      scope: 'one',
      filter: `(|${schemaNames.map(name => `(lDAPDisplayName=${name})`).join('')})`,
      attributes: ['lDAPDisplayName', 'schemaIDGUID'],
    },
    keep(schemaNames, 'lDAPDisplayName', entry => guidOf(entry, 'schemaIDGUID')),
  );
  await directory.search(
    {
      facet: 'ad.domain',
      base: `CN=Extended-Rights,${configurationOf(rootDse)}`,
      scope: 'one',
      filter: `(|${rightNames.map(name => `(cn=${name})`).join('')})`,
      attributes: ['cn', 'rightsGuid'],
    },
    keep(rightNames, 'cn', entry => textOf(entry, 'rightsGuid')?.trim().toLowerCase() ?? null),
  );
  const missing = [...schemaNames, ...rightNames].filter(
    name => !found.has(name) && name !== 'msDS-ExternalDirectoryObjectId',
  );
  if (missing.length > 0) throw sourceError(`the schema does not show ${missing.join(', ')}`);
}

// Other domains of the forest are not read, so a list of all addresses of the forest would be incomplete.
async function countDomains({ directory, rootDse, coverage, domain }: Run): Promise<number> {
  const names = new Set<string>();
  await directory.search(
    {
      facet: 'ad.domain',
      base: `CN=Partitions,${configurationOf(rootDse)}`,
      scope: 'one',
      filter: '(&(objectClass=crossRef)(systemFlags:1.2.840.113556.1.4.803:=2))',
      attributes: ['nCName', 'dnsRoot', 'Enabled'],
    },
    entries => {
      for (const entry of entries)
        if (booleanOf(entry, 'Enabled') !== false) names.add(dnOf(entry, 'nCName') ?? 'unnamed');
    },
  );
  if (names.size === 0) throw sourceError('the domains of the forest are not readable');
  if (names.size > 1) coverage.fail('ad.addresses', `only ${domain.dn} was read, the forest has ${names.size} domains`);
  return names.size;
}

function schemaOf(rootDse: RootDse): string {
  if (rootDse.schemaNamingContext === null) throw sourceError('the server names no schema (schemaNamingContext)');
  return rootDse.schemaNamingContext;
}

function configurationOf(rootDse: RootDse): string {
  if (rootDse.configurationNamingContext === null)
    throw sourceError('the server names no configuration (configurationNamingContext)');
  return rootDse.configurationNamingContext;
}
