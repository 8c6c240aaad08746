import { AndFilter, EqualityFilter, type Filter, OrFilter, SubstringFilter } from 'ldapts';
import { isSid, normalizeDn, sidToBytes } from '../../base/index.ts';
import type { FacetName, Row } from '../../snapshot/index.ts';
import { classOf, dnOf, type Entry, sidOf, textOf } from './entry.ts';
import { oneLine, resultCode, sourceError } from './failure.ts';
import { domainOf, type Forest } from './forest.ts';
import { plural, type Run } from './run.ts';

const ATTRIBUTES = ['objectSid', 'sAMAccountName', 'cn', 'objectClass', 'distinguishedName'];

/** SIDs that mean the same everywhere and have no object of their own (MS-DTYP 2.4.2.4), and the built-in groups as a fallback. */
const wellKnown: Readonly<Record<string, string>> = {
  'S-1-0-0': 'Nobody',
  'S-1-1-0': 'Everyone',
  'S-1-2-0': 'Local',
  'S-1-3-0': 'Creator Owner',
  'S-1-3-1': 'Creator Group',
  'S-1-3-4': 'Owner Rights',
  'S-1-5-2': 'Network',
  'S-1-5-3': 'Batch',
  'S-1-5-4': 'Interactive',
  'S-1-5-6': 'Service',
  'S-1-5-7': 'Anonymous',
  'S-1-5-9': 'Enterprise Domain Controllers',
  'S-1-5-10': 'Self',
  'S-1-5-11': 'Authenticated Users',
  'S-1-5-12': 'Restricted Code',
  'S-1-5-13': 'Terminal Server Users',
  'S-1-5-14': 'Remote Interactive Logon',
  'S-1-5-15': 'This Organization',
  'S-1-5-18': 'SYSTEM',
  'S-1-5-19': 'Local Service',
  'S-1-5-20': 'Network Service',
  'S-1-5-32-544': 'Administrators',
  'S-1-5-32-545': 'Users',
  'S-1-5-32-546': 'Guests',
  'S-1-5-32-548': 'Account Operators',
  'S-1-5-32-549': 'Server Operators',
  'S-1-5-32-550': 'Print Operators',
  'S-1-5-32-551': 'Backup Operators',
  'S-1-5-32-554': 'Pre-Windows 2000 Compatible Access',
  'S-1-5-32-557': 'Incoming Forest Trust Builders',
  'S-1-5-32-560': 'Windows Authorization Access Group',
  'S-1-5-32-561': 'Terminal Server License Servers',
};

/** Writes ad_identity: the configured (else guessed) sync identities, the trusted writers and the administrators that are always trusted. */
export async function readIdentities(forest: Forest): Promise<readonly Row<'ad_identity'>[]> {
  const { readings, coverage, recorder, unread } = forest;
  const [first] = readings;
  if (first === undefined) return [];
  const { source, progress } = first.run;
  const rows = new Map<string, Row<'ad_identity'>>();
  const keep = (role: 'sync' | 'trusted', name: string, sid: string | null, guessed = false) =>
    rows.set(JSON.stringify([role, name, sid]), { role, name, sid, guessed });
  for (const [role, names] of [
    ['sync', source.syncIdentities],
    ['trusted', source.trustedWriters],
  ] as const)
    for (const name of new Set(names))
      await coverage.attempt(facetsOf(role), async () => {
        const sids = await resolveInForest(forest, name);
        for (const sid of sids.length > 0 ? sids : [null]) keep(role, name, sid);
        if (sids.length === 0) progress('ad.trustees', rows.size, `nothing is called ${oneLine(name)}`);
        if (sids.length === 0 && unread.length > 0)
          for (const facet of facetsOf(role))
            coverage.fail(
              facet,
              `${oneLine(name)} is not in ${readings.map(({ run }) => run.domain.dn).join(' or ')}, and the other domains were not read`,
            );
      });
  for (const { run } of readings) {
    if (source.syncIdentities.length === 0)
      await coverage.attempt(facetsOf('sync'), async () => {
        for (const found of await guessSyncIdentities(run)) keep('sync', found.name, found.sid, true);
      });
    keep('trusted', 'Domain Admins', `${run.domain.sid}-512`);
  }
  keep('trusted', 'Administrators', 'S-1-5-32-544');
  keep('trusted', 'SYSTEM', 'S-1-5-18');
  await coverage.attempt(
    ['ad.trustees'],
    async () => keep('trusted', 'Enterprise Admins', `${await rootDomainSid(forest, first.run)}-519`) && undefined,
  );
  await recorder.add('ad_identity', [...rows.values()]);
  return [...rows.values()];
}

// Of who they are also depends what is read about them.
function facetsOf(role: 'sync' | 'trusted'): readonly FacetName[] {
  return role === 'sync' ? ['ad.trustees', 'ad.identities'] : ['ad.trustees'];
}

/** Writes ad_trustee: a name for every SID that the DACLs, owners and identities name. Settles `ad.trustees`. */
export async function readTrustees(forest: Forest, identities: ReadonlySet<string>): Promise<void> {
  const { readings, coverage, recorder, unread } = forest;
  const rows = new Map<string, Row<'ad_trustee'>>();
  const wanted = new Set([...readings.flatMap(({ run }) => [...run.dacls.trustees()]), ...identities]);
  const asked = [...wanted].filter(sid => wellKnown[sid] === undefined || sid.startsWith('S-1-5-32-'));
  const ownerOf = (sid: string) => readings.find(({ run }) => sid.startsWith(`${run.domain.sid}-`));
  for (const reading of readings) {
    const { directory, domain } = reading.run;
    const open = asked.filter(sid => !rows.has(sid) && (ownerOf(sid) ?? reading) === reading);
    await directory.searchValues(
      { facet: 'ad.trustees', base: domain.dn, scope: 'sub', attributes: ATTRIBUTES },
      'objectSid',
      open.map(sidToBytes),
      entries => {
        for (const entry of entries) {
          const sid = sidOf(entry);
          if (sid !== null && wanted.has(sid))
            rows.set(sid, {
              sid,
              name: nameOf(entry),
              object_class: classOf(entry),
              dn: dnOf(entry, 'distinguishedName') ?? entry.dn,
            });
        }
      },
    );
  }
  for (const sid of wanted)
    if (!rows.has(sid)) rows.set(sid, { sid, name: wellKnown[sid] ?? null, object_class: null, dn: null });
  const foreign = [...rows.values()].filter(
    row => row.name === null && /^S-1-5-21-/.test(row.sid) && ownerOf(row.sid) === undefined,
  );
  if (foreign.length > 0 && unread.length > 0)
    coverage.fail(
      'ad.trustees',
      `${plural(foreign.length, 'SID belongs', 'SIDs belong')} to another domain, which was not read`,
    );
  await recorder.add('ad_trustee', [...rows.values()]);
  coverage.read('ad.trustees', rows.size);
}

// A DN can only be in the domain whose name it ends in, and a name after a domain's NetBIOS name only in that one.
async function resolveInForest({ readings }: Forest, name: string): Promise<string[]> {
  const runs = readings.map(({ run }) => run);
  const sids = new Set<string>();
  for (const run of runs.length < 2 ? runs : runs.filter(one => mayHold(one, runs, name)))
    for (const sid of await resolveName(run, name)) sids.add(sid);
  return [...sids];
}

function mayHold(run: Run, runs: readonly Run[], name: string): boolean {
  if (isDn(name))
    return (
      domainOf(
        runs.map(({ domain }) => domain),
        name,
      ) === run.domain
    );
  const [prefix] = /^[^\\]+(?=\\)/.exec(name) ?? [];
  return prefix === undefined || run.netbiosName === null || run.netbiosName.toLowerCase() === prefix.toLowerCase();
}

function isDn(name: string): boolean {
  return /^[a-z0-9.-]+\s*=/i.test(name);
}

/** SIDs of whoever has this SID, DN, UPN or account name; empty when nobody has. */
export async function resolveName(run: Run, name: string): Promise<string[]> {
  if (isSid(name.toUpperCase())) return [name.toUpperCase()];
  const base = { facet: 'ad.trustees', attributes: ATTRIBUTES } as const;
  if (isDn(name)) {
    const entry = await run.directory.readOne({ ...base, base: name, absent: 'empty' });
    return entry === undefined ? [] : sidsOf([entry]);
  }
  const account = name.slice(name.indexOf('\\') + 1);
  const equal = (attribute: string, value: string): Filter => new EqualityFilter({ attribute, value });
  // A managed service account is often written without its dollar sign.
  const filter = name.includes('@')
    ? equal('userPrincipalName', name)
    : new OrFilter({ filters: [equal('sAMAccountName', account), equal('sAMAccountName', `${account}$`)] });
  const found: Entry[] = [];
  await run.directory.search({ ...base, base: run.domain.dn, scope: 'sub', filter }, entries => {
    found.push(...entries);
  });
  return sidsOf(found);
}

async function guessSyncIdentities(run: Run): Promise<{ readonly name: string; readonly sid: string }[]> {
  const found = new Map<string, string>();
  const filters = ['MSOL_', 'AAD_', 'provAgentgMSA'].map(
    initial => new SubstringFilter({ attribute: 'sAMAccountName', initial }),
  );
  const accounts = new OrFilter({
    filters: ['user', 'msDS-GroupManagedServiceAccount'].map(
      value => new EqualityFilter({ attribute: 'objectClass', value }),
    ),
  });
  await run.directory.search(
    {
      facet: 'ad.trustees',
      base: run.domain.dn,
      scope: 'sub',
      filter: new AndFilter({ filters: [accounts, new OrFilter({ filters })] }),
      attributes: ATTRIBUTES,
    },
    entries => {
      for (const entry of entries) {
        const sid = sidOf(entry);
        const name = nameOf(entry);
        if (sid !== null && name !== null) found.set(sid, name);
      }
    },
  );
  return [...found].map(([sid, name]) => ({ name, sid }));
}

async function rootDomainSid({ readings }: Forest, run: Run): Promise<string> {
  const root = run.rootDse.rootDomainNamingContext;
  if (root === null) return run.domain.sid;
  const read = readings.find(one => normalizeDn(one.run.domain.dn) === normalizeDn(root));
  if (read !== undefined) return read.run.domain.sid;
  try {
    const entry = await run.directory.readOne({ facet: 'ad.trustees', base: root, attributes: ['objectSid'] });
    const sid = entry === undefined ? null : sidOf(entry);
    if (sid !== null) return sid;
  } catch (thrown) {
    if (resultCode(thrown) === undefined) throw thrown;
  }
  throw sourceError('the forest root domain is not readable here, so Enterprise Admins is not known');
}

function sidsOf(entries: readonly Entry[]): string[] {
  return [...new Set(entries.flatMap(entry => sidOf(entry) ?? []))];
}

function nameOf(entry: Entry): string | null {
  return textOf(entry, 'sAMAccountName') ?? textOf(entry, 'cn');
}
