import { AndFilter, EqualityFilter, type Filter, FilterParser, OrFilter } from 'ldapts';
import { type GuidSet, guidSet, guidToBytes } from '../../base/index.ts';
import type { Row } from '../../snapshot/index.ts';
import { extendedDnControl } from './controls.ts';
import { classOf, dnOf, type Entry, guidOf, integerOf, sidOf, textOf, textsOf } from './entry.ts';
import { type Forest, isKnownAccount, isKnownGroup, runIn } from './forest.ts';
import { MOVED } from './group-book.ts';
import { groupAttributes, isGroup } from './group-row.ts';
import { userMarker } from './markers.ts';
import { addBareRow, readByGuid } from './nesting.ts';
import { completeRanges } from './ranges.ts';
import { plural, type Run } from './run.ts';

const HOLDERS = '(|(proxyAddresses=*)(mail=*))';
const BATCH = 100;
const ACCOUNT_DISABLED = 2;
const ATTRIBUTES = [
  'objectGUID',
  'objectSid',
  'objectClass',
  'distinguishedName',
  'cn',
  'sAMAccountName',
  'displayName',
  'userPrincipalName',
  'mail',
  'userAccountControl',
  'mS-DS-ConsistencyGuid',
  'adminDescription',
  'msDS-ExternalDirectoryObjectId',
  'adminCount',
];

/** Writes all user accounts of the domain and other objects with a User_ anchor, and settles `ad.users` for it; resolves with their objectGUIDs. */
export async function readAccounts(run: Run): Promise<GuidSet> {
  const seen = guidSet();
  const take = accountTaker(run, seen, run.elsewhere);
  const base = { facet: 'ad.users', base: run.domain.dn, scope: 'sub', attributes: ATTRIBUTES } as const;
  const known = run.carrier?.accounts;
  await run.coverage.attempt(['ad.users'], async () => {
    for (const guid of known?.carried ?? []) seen.add(guid);
    run.incremental?.carry('ad_user', known?.carried ?? []);
    // First those that are accounts by their class, then those that bear the anchor of one.
    for (const filter of ['(&(objectCategory=person)(objectClass=user))', userMarker])
      for (const one of known === undefined ? [filter] : filtersFor(known.asked, filter))
        await run.directory.search({ ...base, filter: one }, take.entries);
    take.settle();
  });
  return seen;
}

/** Writes whatever else is a member of a group, in whichever domain it is found. */
export async function readOtherMembers(forest: Forest): Promise<void> {
  const { readings, coverage } = forest;
  const isUnknown = (member: string) => !isKnownAccount(forest, member) && !isKnownGroup(forest, member);
  const members = new Set<string>();
  for (const { book } of readings) for (const member of book.members) if (isUnknown(member)) members.add(member);
  const others = await readPrincipals(forest, members);
  if (others.length > 0)
    coverage.fail(
      'ad.users',
      `${plural(others.length, 'member is', 'members are')} outside the domain or not readable (${others.slice(0, 3).join(', ')})`,
    );
}

/** Writes accounts and groups by objectGUID, in whichever domain they are found; resolves with those that are in none. */
export async function readPrincipals(forest: Forest, guids: ReadonlySet<string>): Promise<readonly string[]> {
  const { readings, addedAccounts } = forest;
  const isUnknown = (guid: string) => !isKnownAccount(forest, guid) && !isKnownGroup(forest, guid);
  let others = [...guids];
  for (const reading of readings) {
    const run = runIn(forest, reading);
    const take = accountTaker(run, addedAccounts, () => false);
    await readByGuid(run, 'ad.users', others, [...new Set([...ATTRIBUTES, ...groupAttributes])], async entries => {
      for (const entry of entries) {
        const guid = guidOf(entry, 'objectGUID');
        if (guid !== null && isGroup(entry)) await addBareRow(forest, reading, guid, entry, true);
      }
      await take.entries(entries);
    });
    take.settle();
    others = others.filter(isUnknown);
  }
  return others;
}

// `skip` tells objects that were read in another domain.
function accountTaker(run: Run, seen: GuidSet, skip: (guid: string) => boolean) {
  const before = seen.size;
  let nameless = 0;
  let opaque = 0;
  return {
    entries: async (entries: readonly Entry[]) => {
      const rows: Row<'ad_user'>[] = [];
      for (const entry of entries) {
        const guid = guidOf(entry, 'objectGUID');
        if (guid === null) nameless += 1;
        else if (seen.has(guid) || isGroup(entry)) continue;
        else if (skip(guid)) run.coverage.fail('ad.users', MOVED);
        else {
          seen.add(guid);
          const row = accountRow(guid, entry);
          // Every account has it, so its absence is a missing right and not a fact.
          if (row.enabled === null && textsOf(entry, 'objectClass').includes('user')) opaque += 1;
          rows.push(row);
        }
      }
      await run.recorder.add('ad_user', rows);
      run.progress('ad.users', seen.size);
    },
    settle: () => {
      if (opaque > 0)
        run.coverage.fail('ad.users', `userAccountControl is not readable on ${plural(opaque, 'account', 'accounts')}`);
      if (nameless > 0)
        run.coverage.fail('ad.users', `${plural(nameless, 'account shows', 'accounts show')} no objectGUID`);
      run.coverage.read('ad.users', seen.size - before);
    },
  };
}

/** Writes every SMTP address of the domain and settles `ad.addresses` for it; fills `seen` with the objectGUIDs of whoever has one. `counts` tells which objects are meant. */
export async function readAddresses(
  run: Run,
  seen: GuidSet,
  counts: (entry: Entry) => boolean = () => true,
): Promise<void> {
  const known = run.carrier?.addresses;
  for (const guid of known?.carried ?? []) seen.add(guid);
  run.incremental?.carry('ad_address', known?.carried ?? []);
  const filters = known === undefined ? [HOLDERS] : filtersFor(known.asked, HOLDERS);
  const addresses = (known?.rows ?? 0) + (await readAddressesBy(run, filters, seen, counts));
  run.coverage.read('ad.addresses', addresses);
}

/** Writes the SMTP addresses of the objects that some filters find, each object once; resolves with how many addresses that are. */
export async function readAddressesBy(
  run: Run,
  filters: readonly (string | Filter)[],
  seen: GuidSet,
  counts: (entry: Entry) => boolean = () => true,
): Promise<number> {
  let addresses = 0;
  const take = async (entries: readonly Entry[]) => {
    const rows: Row<'ad_address'>[] = [];
    for (const entry of entries.filter(counts)) {
      const guid = guidOf(entry, 'objectGUID');
      if (guid === null) run.coverage.fail('ad.addresses', 'an object with an address shows no objectGUID');
      else if (seen.has(guid)) continue;
      else if (run.elsewhere(guid)) run.coverage.fail('ad.addresses', MOVED);
      else {
        seen.add(guid);
        rows.push(...(await addressRows(run, guid, entry)));
      }
    }
    addresses += rows.length;
    await run.recorder.add('ad_address', rows);
    run.progress('ad.addresses', addresses);
  };
  for (const filter of filters)
    await run.directory.search(
      {
        facet: 'ad.addresses',
        base: run.domain.dn,
        scope: 'sub',
        filter,
        attributes: ['objectGUID', 'objectClass', 'distinguishedName', 'proxyAddresses', 'mail'],
        controls: () => [extendedDnControl()],
      },
      take,
    );
  return addresses;
}

async function addressRows(run: Run, guid: string, sent: Entry): Promise<Row<'ad_address'>[]> {
  const { entry, broken } = await completeRanges(run.directory, 'ad.addresses', sent);
  for (const reason of broken.values()) run.coverage.fail('ad.addresses', reason);
  const proxies = textsOf(entry, 'proxyAddresses').flatMap(value => /^smtp:(.+)$/is.exec(value)?.[1] ?? []);
  const held = [
    ...proxies.map(address => ({ attribute: 'proxyAddresses', address })),
    ...textsOf(entry, 'mail').map(address => ({ attribute: 'mail', address })),
  ];
  const rows = held.map(({ attribute, address }) => ({
    address: address.trim().toLowerCase(),
    object_guid: guid,
    attribute,
    object_class: classOf(entry),
    dn: dnOf(entry, 'distinguishedName') ?? entry.dn,
  }));
  return [...new Map(rows.map(row => [`${row.attribute} ${row.address}`, row])).values()];
}

function accountRow(guid: string, entry: Entry): Row<'ad_user'> {
  const control = integerOf(entry, 'userAccountControl');
  return {
    guid,
    sid: sidOf(entry),
    dn: dnOf(entry, 'distinguishedName') ?? entry.dn,
    cn: textOf(entry, 'cn'),
    sam_account_name: textOf(entry, 'sAMAccountName'),
    display_name: textOf(entry, 'displayName'),
    object_class: classOf(entry),
    upn: textOf(entry, 'userPrincipalName'),
    mail: textOf(entry, 'mail'),
    enabled: control === null ? null : (control & ACCOUNT_DISABLED) === 0,
    consistency_guid: guidOf(entry, 'mS-DS-ConsistencyGuid', true),
    admin_description: textOf(entry, 'adminDescription'),
    external_id: textOf(entry, 'msDS-ExternalDirectoryObjectId'),
    admin_count: integerOf(entry, 'adminCount'),
  };
}

// Of a bearable size: what `filter` finds among the objects of these objectGUIDs.
function filtersFor(guids: ReadonlySet<string>, filter: string): readonly Filter[] {
  const wanted = FilterParser.parseString(filter);
  const all = [...guids].map(guid => new EqualityFilter({ attribute: 'objectGUID', value: guidToBytes(guid) }));
  return Array.from(
    { length: Math.ceil(all.length / BATCH) },
    (_, at) => new AndFilter({ filters: [wanted, new OrFilter({ filters: all.slice(at * BATCH, (at + 1) * BATCH) })] }),
  );
}
