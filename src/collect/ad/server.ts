import type { Directory } from './directory.ts';
import { dnOf, guidOf, instantOf, integerOf, sidOf, textOf } from './entry.ts';
import { oneLine, sourceError } from './failure.ts';
import type { Domain, RootDse } from './run.ts';

const ROOT_DSE = [
  'dnsHostName',
  'defaultNamingContext',
  'configurationNamingContext',
  'schemaNamingContext',
  'rootDomainNamingContext',
  'highestCommittedUSN',
  'domainFunctionality',
  'currentTime',
];

/** What the server says about itself. Rejects when it answers nothing. */
export async function readRootDse(directory: Directory): Promise<RootDse> {
  const entry = await directory.readOne({ facet: 'ad.domain', base: '', attributes: ROOT_DSE, live: true });
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
  };
}

/** The highest USN when the first run of the collection began; null when the server does not tell it. */
export async function readFirstUsn(directory: Directory): Promise<string | null> {
  const entry = await directory.readOne({ facet: 'ad.domain', base: '', attributes: ['highestCommittedUSN'] });
  return entry === undefined ? null : textOf(entry, 'highestCommittedUSN');
}

/** The domain itself. Rejects when the server does not hold it: then nothing of it can be read at all. */
export async function readDomain(directory: Directory, dn: string): Promise<Domain> {
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

/** DN of the schema partition. Throws AuditError when the server names none. */
export function schemaOf(rootDse: RootDse): string {
  if (rootDse.schemaNamingContext === null) throw sourceError('the server names no schema (schemaNamingContext)');
  return rootDse.schemaNamingContext;
}

/** DN of the configuration partition. Throws AuditError when the server names none. */
export function configurationOf(rootDse: RootDse): string {
  if (rootDse.configurationNamingContext === null)
    throw sourceError('the server names no configuration (configurationNamingContext)');
  return rootDse.configurationNamingContext;
}
