import type { Row } from '../../snapshot/index.ts';
import { extendedDnControl } from './controls.ts';
import { classOf, dnOf, type Entry, guidOf, integerOf, sidOf, textOf, textsOf } from './entry.ts';
import { groupAttributes } from './group-row.ts';
import { type GroupBook, isGroup } from './groups.ts';
import { userMarker } from './markers.ts';
import { addBareRow, readByGuid } from './nesting.ts';
import { completeRanges } from './ranges.ts';
import { plural, type Run } from './run.ts';

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

/** Writes all user accounts of the domain, other objects with a User_ anchor, and whatever else is a member of a group. Settles `ad.users`. */
export async function readAccounts(run: Run, book: GroupBook, containers: readonly string[]): Promise<void> {
  const seen = new Set<string>();
  let nameless = 0;
  let opaque = 0;
  const takeAccounts = async (entries: readonly Entry[]) => {
    const rows: Row<'ad_user'>[] = [];
    for (const entry of entries) {
      const guid = guidOf(entry, 'objectGUID');
      if (guid === null) nameless += 1;
      else if (!seen.has(guid) && !isGroup(entry)) {
        seen.add(guid);
        const row = accountRow(guid, entry);
        // Every account has it, so its absence is a missing right and not a fact.
        if (row.enabled === null && textsOf(entry, 'objectClass').includes('user')) opaque += 1;
        rows.push(row);
      }
    }
    await run.recorder.add('ad_user', rows);
    run.progress('ad.users', seen.size);
  };
  const base = { facet: 'ad.users', base: run.domain.dn, scope: 'sub', attributes: ATTRIBUTES } as const;
  await run.directory.search({ ...base, filter: '(&(objectCategory=person)(objectClass=user))' }, takeAccounts);
  await run.directory.search({ ...base, filter: userMarker }, takeAccounts);

  const others = [...book.members].filter(member => !seen.has(member) && !book.groups.has(member));
  await readByGuid(run, 'ad.users', others, [...new Set([...ATTRIBUTES, ...groupAttributes])], async entries => {
    for (const entry of entries) {
      const guid = guidOf(entry, 'objectGUID');
      if (guid !== null && isGroup(entry)) await addBareRow(run, book, guid, entry, containers, true);
    }
    await takeAccounts(entries);
  });

  const unexplained = others.filter(member => !seen.has(member) && !book.groups.has(member));
  if (unexplained.length > 0)
    run.coverage.fail(
      'ad.users',
      `${plural(unexplained.length, 'member is', 'members are')} outside the domain or not readable (${unexplained.slice(0, 3).join(', ')})`,
    );
  if (opaque > 0)
    run.coverage.fail('ad.users', `userAccountControl is not readable on ${plural(opaque, 'account', 'accounts')}`);
  if (nameless > 0)
    run.coverage.fail('ad.users', `${plural(nameless, 'account shows', 'accounts show')} no objectGUID`);
  run.coverage.read('ad.users', seen.size);
}

/** Writes every SMTP address of the domain and settles `ad.addresses`. */
export async function readAddresses(run: Run): Promise<void> {
  const seen = new Set<string>();
  let addresses = 0;
  await run.directory.search(
    {
      facet: 'ad.addresses',
      base: run.domain.dn,
      scope: 'sub',
      filter: '(|(proxyAddresses=*)(mail=*))',
      attributes: ['objectGUID', 'objectClass', 'distinguishedName', 'proxyAddresses', 'mail'],
      controls: () => [extendedDnControl()],
    },
    async entries => {
      const rows: Row<'ad_address'>[] = [];
      for (const entry of entries) {
        const guid = guidOf(entry, 'objectGUID');
        if (guid === null) run.coverage.fail('ad.addresses', 'an object with an address shows no objectGUID');
        else if (!seen.has(guid)) {
          seen.add(guid);
          rows.push(...(await addressRows(run, guid, entry)));
        }
      }
      addresses += rows.length;
      await run.recorder.add('ad_address', rows);
      run.progress('ad.addresses', addresses);
    },
  );
  run.coverage.read('ad.addresses', addresses);
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
