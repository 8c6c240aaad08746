import { normalizeDn, splitDn } from '../../base/index.ts';
import type { Row } from '../../snapshot/index.ts';
import { dnOf, type Entry, guidOf, integerOf, textOf, textsOf } from './entry.ts';
import { oneLine } from './failure.ts';
import { completeRanges } from './ranges.ts';
import type { Run } from './run.ts';
import { configurationOf } from './server.ts';

const FACET = 'ad.domainControllers';
/** userAccountControl: SERVER_TRUST_ACCOUNT and PARTIAL_SECRETS_ACCOUNT, which a read-only domain controller has (MS-ADTS 2.2.16). */
const CONTROLLER = 0x2000;
const READ_ONLY = 0x4000000;
/** Attributes of NTDS Settings that name the domains of which the server has a copy. */
const COPIES = ['msDS-HasDomainNCs', 'hasMasterNCs', 'msDS-hasMasterNCs', 'msDS-hasFullReplicaNCs'];

/**
 * Writes the domain controllers of the domain and settles `ad.domainControllers` for it: the computers that say so, held against the servers that the
 * configuration partition lists for the domain, so that one that is hidden from us is missed.
 */
export async function readDomainControllers(run: Run): Promise<void> {
  const { coverage, recorder } = run;
  await coverage.attempt([FACET], async () => {
    const found = await readComputers(run);
    const known = new Set([...found.values()].map(({ place }) => place));
    const names = new Set([...found.values()].flatMap(({ row }) => row.dns_name ?? []));
    for (const { dn, computer, host } of await readServers(run))
      if (!(computer === null ? host !== null && names.has(host) : known.has(computer)))
        coverage.fail(
          FACET,
          `the computer of ${oneLine(dn)} was not found: it is hidden, or the server is gone and its metadata was not cleaned up`,
        );
    await recorder.add(
      'ad_domain_controller',
      [...found.values()].map(({ row }) => row),
    );
    coverage.read(FACET, found.size);
  });
}

type Computer = { readonly place: string; readonly row: Row<'ad_domain_controller'> };

async function readComputers({ directory, coverage, domain }: Run): Promise<ReadonlyMap<string, Computer>> {
  const found = new Map<string, Computer>();
  const bit = (value: number) => `(userAccountControl:1.2.840.113556.1.4.803:=${value})`;
  await directory.search(
    {
      facet: FACET,
      base: domain.dn,
      scope: 'sub',
      filter: `(|${bit(CONTROLLER)}${bit(READ_ONLY)})`,
      attributes: [
        ...['objectGUID', 'distinguishedName', 'dNSHostName', 'operatingSystem', 'operatingSystemVersion'],
        'userAccountControl',
      ],
    },
    entries => {
      for (const entry of entries) {
        const guid = guidOf(entry, 'objectGUID');
        const dn = dnOf(entry, 'distinguishedName') ?? entry.dn;
        if (guid === null) coverage.fail(FACET, `${oneLine(dn)} shows no objectGUID: it needs Read`);
        else
          found.set(guid, {
            place: normalizeDn(dn),
            row: {
              guid,
              domain_dn: domain.dn,
              dns_name: textOf(entry, 'dNSHostName')?.toLowerCase() ?? null,
              operating_system: textOf(entry, 'operatingSystem'),
              operating_system_version: textOf(entry, 'operatingSystemVersion'),
              read_only: ((integerOf(entry, 'userAccountControl') ?? 0) & READ_ONLY) !== 0,
            },
          });
      }
    },
  );
  return found;
}

type Server = { readonly dn: string; readonly computer: string | null; readonly host: string | null };

/** The servers of the configuration partition that have a copy of the domain. */
async function readServers(run: Run): Promise<readonly Server[]> {
  const { directory, coverage, domain, rootDse } = run;
  const base = { facet: FACET, base: `CN=Sites,${configurationOf(rootDse)}`, scope: 'sub' } as const;
  const servers = new Map<string, Server>();
  await directory.search(
    { ...base, filter: '(objectClass=server)', attributes: ['serverReference', 'dNSHostName'] },
    entries => {
      for (const entry of entries) servers.set(normalizeDn(entry.dn), serverOf(entry));
    },
  );
  const own = new Map<string, Server>();
  await directory.search(
    { ...base, filter: '(objectClass=nTDSDSA)', attributes: ['objectGUID', ...COPIES] },
    async entries => {
      for (const sent of entries) {
        const { entry, broken } = await completeRanges(directory, FACET, sent);
        for (const reason of broken.values()) coverage.fail(FACET, reason);
        const copies = COPIES.flatMap(name => textsOf(entry, name)).map(normalizeDn);
        const dn = splitDn(entry.dn).slice(1).join(',');
        if (copies.length === 0)
          coverage.fail(FACET, `${oneLine(entry.dn)} does not tell of which domains it has a copy`);
        else if (copies.includes(normalizeDn(domain.dn)))
          own.set(normalizeDn(dn), servers.get(normalizeDn(dn)) ?? { dn, computer: null, host: null });
      }
    },
  );
  return [...own.values()];
}

function serverOf(entry: Entry): Server {
  const computer = dnOf(entry, 'serverReference');
  return {
    dn: entry.dn,
    computer: computer === null ? null : normalizeDn(computer),
    host: textOf(entry, 'dNSHostName')?.toLowerCase() ?? null,
  };
}
