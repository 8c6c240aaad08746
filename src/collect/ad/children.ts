import { isWithin, normalizeDn } from '../../base/index.ts';
import type { AdSource } from '../../config/index.ts';
import type { Row } from '../../snapshot/index.ts';
import type { Judge } from './absence.ts';
import { securityControl } from './controls.ts';
import { bytesOf, classOf, dnOf, type Entry, guidOf, textOf } from './entry.ts';
import { oneLine } from './failure.ts';
import { explanations, named } from './hidden.ts';
import type { Listing } from './listing.ts';
import type { Run } from './run.ts';

const FACET = 'ad.children';

/**
 * Writes what lies below the configured containers and is no group, and settles `ad.children`. `found` are the containers that exist; `unreadable` the
 * DNs of objects in them of which nothing may be read, undefined when nobody has looked for these yet.
 */
export async function readChildren(
  run: Run,
  judge: Judge,
  found: readonly string[],
  unreadable: ReadonlySet<string> | undefined,
): Promise<void> {
  const { coverage } = run;
  const outermost = found.filter(dn => !found.some(other => !same(other, dn) && isWithin(dn, other)));
  let children = 0;
  for (const base of outermost)
    await coverage.attempt([FACET], async () => {
      await judgePlaces(run, judge, base);
      const closed = unreadable ?? (await sweep(run, base));
      const here = [...closed].filter(dn => isWithin(dn, base));
      if (here.length > 0) coverage.fail(FACET, `${named(here)} cannot be read: it needs Read`);
      children += await readBelow(run, base);
    });
  coverage.read(FACET, children);
}

async function readBelow(run: Run, base: string): Promise<number> {
  const seen = new Set<string>();
  await run.directory.search(
    {
      facet: FACET,
      base,
      scope: 'sub',
      filter: '(!(objectClass=group))',
      attributes: ['objectGUID', 'objectClass', 'distinguishedName', 'cn', 'ou'],
    },
    async entries => {
      const rows: Row<'ad_child'>[] = [];
      for (const entry of entries) {
        const row = rowOf(run.containers, entry);
        if (row === undefined || seen.has(row.guid)) continue;
        seen.add(row.guid);
        rows.push(row);
      }
      await run.recorder.add('ad_child', rows);
      run.progress(FACET, seen.size);
    },
  );
  return seen.size;
}

// A server may answer a negation of what may not be read with the object: those are told of elsewhere.
function rowOf(containers: AdSource['containers'], entry: Entry): Row<'ad_child'> | undefined {
  const guid = guidOf(entry, 'objectGUID');
  if (guid === null || bytesOf(entry, 'objectClass').length === 0) return undefined;
  const dn = dnOf(entry, 'distinguishedName') ?? entry.dn;
  const above = containers
    .filter(({ dn: place }) => isWithin(dn, place))
    .reduce((best, { dn: place }) => (best === '' || isWithin(place, best) ? place : best), '');
  if (above === '' || same(dn, above)) return undefined;
  return {
    guid,
    container_dn: above,
    dn,
    object_class: classOf(entry),
    cn: textOf(entry, 'cn') ?? textOf(entry, 'ou'),
  };
}

/** Notes the container itself, and containers and units in it, whose content may be hidden. */
async function judgePlaces(run: Run, judge: Judge, base: string): Promise<void> {
  const places = new Map<string, { readonly dn: string; readonly listing: Listing }>();
  await run.directory.search(
    {
      facet: FACET,
      base,
      scope: 'sub',
      filter: '(|(objectClass=organizationalUnit)(objectClass=container))',
      attributes: ['nTSecurityDescriptor'],
      controls: () => [securityControl()],
    },
    entries => {
      for (const entry of entries) places.set(normalizeDn(entry.dn), { dn: entry.dn, listing: judge(entry) });
    },
  );
  if (!places.has(normalizeDn(base))) {
    const controls = () => [securityControl()];
    const entry = await run.directory.readOne({
      facet: FACET,
      base,
      attributes: ['nTSecurityDescriptor'],
      controls,
      absent: 'empty',
    });
    places.set(normalizeDn(base), { dn: base, listing: entry === undefined ? 'unreadable' : judge(entry) });
  }
  for (const [listing, why] of Object.entries(explanations)) {
    const dns = [...places.values()].filter(place => place.listing === listing).map(({ dn }) => dn);
    if (dns.length > 0) run.coverage.fail(FACET, `what lies in ${named(dns)} ${why}`);
  }
}

// An object whose class may not be read matches no filter but this one.
async function sweep(run: Run, base: string): Promise<ReadonlySet<string>> {
  const closed = new Set<string>();
  await run.directory.search(
    { facet: FACET, base, scope: 'sub', filter: '(objectClass=*)', attributes: ['objectGUID', 'objectClass'] },
    entries => {
      for (const entry of entries)
        if (bytesOf(entry, 'objectGUID').length === 0 || bytesOf(entry, 'objectClass').length === 0)
          closed.add(oneLine(entry.dn));
    },
  );
  return closed;
}

function same(one: string, other: string): boolean {
  return normalizeDn(one) === normalizeDn(other);
}
