import { isWithin, normalizeDn } from '../../base/index.ts';
import type { FacetName } from '../../snapshot/index.ts';
import { securityControl } from './controls.ts';
import { bytesOf, type Entry, guidOf } from './entry.ts';
import { oneLine } from './failure.ts';
import type { Listing } from './listing.ts';
import type { Run } from './run.ts';

const NAMED = 3;
/** Facets that are searched for in the whole domain, so that what is hidden from us leaves a gap in them. */
export const DOMAIN_WIDE = ['ad.groups', 'ad.users', 'ad.addresses', 'ad.forestGroups'] as const;

/** Told of every object that the domain shows. */
type See = (guid: string, dn: string) => void;

/** Why what lies in an object may not be known. */
export const explanations: Readonly<Record<Exclude<Listing, 'whole'>, string>> = {
  hidden: 'cannot be listed: it needs List Contents and Read',
  unreadable: 'may be hidden: its access control list is not readable, which needs Read (with READ_CONTROL)',
  doubtful: 'may be hidden: its access control list can deny the listing, and whether it does so to us is not known',
};

/**
 * AD leaves out what may not be seen, and a search below it just finds nothing. This looks for places where that can happen (the domain, CN=Users, the
 * configured containers and those in them, every organizational unit) and for unreadable objects in the containers, and leaves gaps in the facets that are searched for
 * in the whole domain. Containers of the system (CN=System and others that are no organizational units) are left out on purpose: by default they
 * hide some of their objects from ordinary users, and no group or account of interest lies there. `facets` are what the searches are for. Resolves with
 * the DNs of the unreadable objects in the containers; undefined when they could not be looked for.
 */
export async function readHidden(
  run: Run,
  judge: (entry: Entry) => Listing,
  containers: readonly string[],
  { facets = DOMAIN_WIDE, see }: { readonly facets?: readonly FacetName[]; readonly see?: See | undefined } = {},
): Promise<ReadonlySet<string> | undefined> {
  const { coverage, directory, domain } = run;
  const places = new Map<string, { readonly dn: string; readonly listing: Listing }>();
  const keep = (dn: string, listing: Listing) => places.set(normalizeDn(dn), { dn, listing });
  const search = { facet: 'ad.groups', controls: () => [securityControl()] } as const;
  let unreadable: ReadonlySet<string> | undefined;
  await coverage.attempt(facets, async () => {
    const attributes = ['nTSecurityDescriptor'];
    for (const base of new Set([domain.dn, `CN=Users,${domain.dn}`, ...containers])) {
      // Each of these is known to exist.
      const entry = await directory.readOne({ ...search, base, attributes, absent: 'empty' });
      keep(base, entry === undefined ? 'unreadable' : judge(entry));
    }
    for (const { base, filter } of [
      { base: domain.dn, filter: '(objectClass=organizationalUnit)' },
      ...containers.map(base => ({ base, filter: '(objectClass=container)' })),
    ])
      await directory.search({ ...search, base, scope: 'sub', filter, attributes }, entries => {
        for (const entry of entries) keep(entry.dn, judge(entry));
      });
    const unit = (dn: string) => {
      if (!places.has(normalizeDn(dn))) keep(dn, 'unreadable');
    };
    unreadable = await sweep(run, containers, unit, see);
    const groups = [...unreadable].filter(dn => !isUnit(dn));
    if (groups.length > 0)
      coverage.fail(
        'ad.groups',
        `${named(groups)} cannot be read and may be ${groups.length === 1 ? 'a group' : 'groups'}: it needs Read`,
      );
  });
  for (const [listing, why] of Object.entries(explanations)) {
    const dns = [...places.values()].filter(place => place.listing === listing).map(place => place.dn);
    if (dns.length > 0) for (const facet of facets) coverage.fail(facet, `what lies in ${named(dns)} ${why}`);
  }
  return unreadable;
}

// An object whose class may not be read matches no filter but this one, which is true for everything that is listed (MS-ADTS 3.1.1.3.1.3.1).
async function sweep(
  run: Run,
  containers: readonly string[],
  unit: (dn: string) => void,
  see: See | undefined,
): Promise<Set<string>> {
  const unreadable = new Set<string>();
  await run.directory.search(
    {
      facet: 'ad.groups',
      base: run.domain.dn,
      scope: 'sub',
      filter: '(objectClass=*)',
      attributes: ['objectGUID'],
    },
    entries => {
      for (const entry of entries) {
        const guid = see === undefined ? null : guidOf(entry, 'objectGUID');
        if (guid !== null) see?.(guid, entry.dn);
        if (isUnit(entry.dn)) unit(entry.dn);
        if (bytesOf(entry, 'objectGUID').length === 0 && containers.some(base => isWithin(entry.dn, base)))
          unreadable.add(entry.dn);
      }
    },
  );
  return unreadable;
}

function isUnit(dn: string): boolean {
  return /^OU=/i.test(dn);
}

/** The first of some DNs, and how many more there are. */
export function named(dns: readonly string[]): string {
  const first = [...dns].sort().slice(0, NAMED).map(oneLine).join(' and ');
  return dns.length > NAMED ? `${first} and ${dns.length - NAMED} more` : first;
}
