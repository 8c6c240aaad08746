import { dnsNameOf, splitDn } from '../../base/index.ts';
import type { Directory } from './directory.ts';
import { booleanOf, dnOf, integerOf, textOf, textsOf } from './entry.ts';
import { oneLine, sourceError } from './failure.ts';
import type { RootDse } from './run.ts';
import { configurationOf } from './server.ts';

/** systemFlags of a crossRef: FLAG_CR_NTDS_DOMAIN (MS-ADTS 2.2.10). */
const IS_DOMAIN = 2;

/** A domain of the forest, as CN=Partitions names it. */
export type ForestDomain = { readonly dn: string; readonly dnsName: string; readonly netbiosName: string | null };

/** The naming contexts of a forest: its domains, and all of them (with the configuration, the schema and application partitions). */
export type Topology = { readonly domains: readonly ForestDomain[]; readonly contexts: readonly string[] };

/** Reads which domains the forest has. Rejects when that is not readable. */
export async function readTopology(directory: Directory, rootDse: RootDse): Promise<Topology> {
  const domains = new Map<string, ForestDomain>();
  const contexts = new Set<string>();
  await directory.search(
    {
      facet: 'ad.domain',
      base: `CN=Partitions,${configurationOf(rootDse)}`,
      scope: 'one',
      filter: '(objectClass=crossRef)',
      attributes: ['nCName', 'dnsRoot', 'nETBIOSName', 'systemFlags', 'Enabled'],
    },
    entries => {
      for (const entry of entries) {
        if (booleanOf(entry, 'Enabled') === false) continue;
        const dn = dnOf(entry, 'nCName') ?? oneLine(entry.dn);
        contexts.add(dn);
        if (((integerOf(entry, 'systemFlags') ?? 0) & IS_DOMAIN) === 0) continue;
        const dnsName = (textOf(entry, 'dnsRoot') ?? dnsNameOf(dn)).toLowerCase();
        domains.set(dn, { dn, dnsName, netbiosName: textOf(entry, 'nETBIOSName') });
      }
    },
  );
  if (domains.size === 0) throw sourceError('the domains of the forest are not readable');
  return { domains: [...domains.values()].sort((a, b) => (a.dn < b.dn ? -1 : 1)), contexts: [...contexts] };
}

/**
 * Host names of the writable domain controllers by DN of their domain, as the configuration partition lists them. Only names below the DNS name of the
 * domain are taken: a password goes to them.
 */
export async function readControllers(
  directory: Directory,
  rootDse: RootDse,
  domains: readonly ForestDomain[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const names = new Map<string, string>();
  const held: { readonly server: string; readonly dns: readonly string[] }[] = [];
  const base = { facet: 'ad.domain', base: `CN=Sites,${configurationOf(rootDse)}`, scope: 'sub' } as const;
  await directory.search({ ...base, filter: '(objectClass=server)', attributes: ['dNSHostName'] }, entries => {
    for (const entry of entries) names.set(entry.dn.toLowerCase(), (textOf(entry, 'dNSHostName') ?? '').toLowerCase());
  });
  await directory.search({ ...base, filter: '(objectClass=nTDSDSA)', attributes: ['hasMasterNCs'] }, entries => {
    for (const entry of entries)
      held.push({
        server: splitDn(entry.dn).slice(1).join(',').toLowerCase(),
        dns: textsOf(entry, 'hasMasterNCs').map(dn => dn.toLowerCase()),
      });
  });
  return new Map(
    domains.map(({ dn, dnsName }) => [
      dn,
      held
        .filter(({ dns }) => dns.includes(dn.toLowerCase()))
        .flatMap(({ server }) => names.get(server) ?? [])
        .filter(name => isHostBelow(name, dnsName))
        .sort(),
    ]),
  );
}

// Letters, digits and hyphens, one or more labels below the domain's name.
function isHostBelow(name: string, dnsName: string): boolean {
  return /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/i.test(name) && name.toLowerCase().endsWith(`.${dnsName.toLowerCase()}`);
}
