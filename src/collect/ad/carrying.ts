import { AndFilter, EqualityFilter, type Filter, FilterParser, OrFilter } from 'ldapts';
import { guidToBytes, normalizeDn, sha256, splitDn } from '../../base/index.ts';
import type { OwnedTable, Snapshot, SqlRow } from '../../snapshot/index.ts';
import { extendedDnControl } from './controls.ts';
import { changesSince, type Delta } from './dirsync.ts';
import { guidOf } from './entry.ts';
import { isSourceFailure, oneLine } from './failure.ts';
import { guidsOf } from './groups.ts';
import type { Viewer } from './listing.ts';
import { completeRanges } from './ranges.ts';
import { isSame, type Replica } from './replica.ts';
import type { Run } from './run.ts';

/** Where the reading of a domain stood: which copy of the directory was asked, as whom, and its DirSync cookie. */
export type Mark = Pick<Replica, 'dsServiceName' | 'invocationId'> & {
  readonly domain: string;
  /** Digest of the SIDs by which the server judges what we may see. */
  readonly viewer: string;
  readonly cookie: Buffer;
};

/** An earlier snapshot that a collection continues. */
export type Continuing = {
  /** Open; of the same configuration and version. */
  readonly base: Snapshot;
  readonly marks: readonly Mark[];
  /** Takes rows of it over. */
  readonly carry: (table: OwnedTable, ids: Iterable<string>) => void;
};

/** What the reading of one domain needs to go on from an earlier one. */
export type Incremental = {
  readonly replica: Replica;
  /** Undefined when there is nothing to continue. */
  readonly continuing: Continuing | undefined;
  /** Takes rows over, when and if the reading of the domain is kept. */
  readonly carry: (table: OwnedTable, ids: Iterable<string>) => void;
  readonly mark: (mark: Mark) => void;
  /** Told why something is read in full. */
  readonly because: (reason: string) => void;
};

/** What need not be read again in a domain. */
export type Carrier = {
  /** How many members of a group are carried over, and how much replication metadata; undefined when it has to be read. `usn` is its uSNChanged of now. */
  readonly group: (guid: string, usn: number | null) => CarriedGroup | undefined;
  /** Undefined when all accounts, or addresses, have to be read. */
  readonly accounts: Objects | undefined;
  readonly addresses: (Objects & { readonly rows: number }) | undefined;
  /** Says that the members of a group are carried over. */
  readonly take: (guid: string) => void;
  /** Members of the groups of which that was said. */
  readonly members: () => Promise<ReadonlySet<string>>;
};

/** How many members, and rows of replication metadata, of a group are carried over. */
export type CarriedGroup = { readonly members: number; readonly stamps: number };

/** Objects that are carried over, and those that may have rows but have to be asked for. */
export type Objects = { readonly carried: ReadonlySet<string>; readonly asked: ReadonlySet<string> };

const BATCH = 100;
/** Accounts that a search for accounts finds for their class alone. */
const ACCOUNTS = "object_class IN ('user', 'inetOrgPerson')";

/**
 * Finds out what of an earlier snapshot still holds: what the server lists under the same name as then (`visible`: DNs by objectGUID) and DirSync does not
 * name. What a group holds also changes when a member is deleted, renamed or restored, of which the group itself shows nothing. Undefined, with `because`
 * told why, when everything has to be read.
 */
export async function openCarrier(
  run: Run,
  { base }: Continuing,
  { changed }: Delta,
  visible: ReadonlyMap<string, string>,
  because: (reason: string) => void,
): Promise<Carrier | undefined> {
  const reasons = new Map(
    (await base.rows("SELECT facet, complete FROM coverage WHERE object = ''")).map(row => [row.facet, row.complete]),
  );
  const whole = (facet: string) => reasons.get(facet) === true;
  const taken = new Set<string>();
  const known = await knownObjects(base);
  const above = ancestorsOf(known.values());
  const shadow = [...changed].map(guid => visible.get(guid) ?? '').find(dn => above.has(normalizeDn(dn)));
  if (shadow !== undefined) {
    because(`${oneLine(shadow)} changed, from which access may be inherited`);
    return undefined;
  }
  const steady = (guid: string, dn: unknown) => visible.get(guid) === dn && !changed.has(guid);
  const moved = new Set([...known].flatMap(([guid, dn]) => (visible.get(guid) === dn ? [] : [guid])));
  const asks = (facet: string) => whole(facet) || (facet === 'ad.replication' && !run.source.replicationMetadata);
  const groups =
    asks('ad.members') && (asks('ad.replication') || !run.asks('ad.replication')) && whole('ad.groups')
      ? await steadyGroups(run, base, { changed, visible, moved })
      : undefined;
  if (groups === undefined) because('members or their replication metadata were not read in full before');
  const accounts = whole('ad.users') ? await steadyAccounts(base, steady, visible, changed) : undefined;
  const addresses = whole('ad.addresses') ? await steadyAddresses(base, steady, visible, changed) : undefined;
  return {
    group: (guid, usn) => {
      const known = groups?.get(guid);
      return known !== undefined && usn !== null && known.usn === usn ? known : undefined;
    },
    accounts,
    addresses,
    take: guid => void taken.add(guid),
    members: async () => {
      const members = new Set<string>();
      for await (const rows of base.stream(MEMBERS))
        for (const { owner, member } of rows) if (taken.has(String(owner))) members.add(String(member));
      return members;
    },
  };
}

const MEMBERS = 'SELECT group_guid::VARCHAR AS owner, member_guid::VARCHAR AS member FROM ad_member';

/** DNs of the groups and accounts of the snapshot, by objectGUID. */
async function knownObjects(base: Snapshot): Promise<ReadonlyMap<string, string>> {
  const objects = new Map<string, string>();
  const sql = 'SELECT guid::VARCHAR AS guid, dn FROM ad_user UNION ALL SELECT guid::VARCHAR, dn FROM ad_group';
  for await (const rows of base.stream(sql)) for (const { guid, dn } of rows) objects.set(String(guid), String(dn));
  return objects;
}

/** Normalised DNs of everything above some objects. */
function ancestorsOf(dns: Iterable<string>): ReadonlySet<string> {
  const above = new Set<string>();
  for (const dn of dns)
    for (let parts = splitDn(dn).slice(1); parts.length > 0; parts = parts.slice(1)) {
      const parent = normalizeDn(parts.join(','));
      // What lies above it is known as well.
      if (above.has(parent)) break;
      above.add(parent);
    }
  return above;
}

type Steady = { members: number; stamps: number; usn: number };

async function steadyGroups(
  run: Run,
  base: Snapshot,
  {
    changed,
    visible,
    moved,
  }: {
    readonly changed: Delta['changed'];
    readonly visible: ReadonlyMap<string, string>;
    readonly moved: ReadonlySet<string>;
  },
): Promise<ReadonlyMap<string, Steady>> {
  const groups = new Map<string, Steady>();
  for (const { guid, usn } of await base.rows(
    'SELECT guid::VARCHAR AS guid, usn_changed AS usn FROM ad_group WHERE usn_changed IS NOT NULL',
  ))
    if (visible.has(String(guid)) && !changed.has(String(guid)))
      groups.set(String(guid), { members: 0, stamps: 0, usn: Number(usn) });
  for await (const rows of base.stream(MEMBERS))
    for (const { owner, member } of rows) {
      const group = groups.get(String(owner));
      if (group === undefined) continue;
      if (!visible.has(String(member)) || moved.has(String(member))) groups.delete(String(owner));
      else group.members++;
    }
  // A removed value is forgotten one day, and a member that was restored is back: of both the group shows nothing.
  const gaps = "SELECT object AS guid FROM coverage WHERE object <> '' AND facet IN ('ad.members', 'ad.replication')";
  const removed = 'SELECT group_guid::VARCHAR AS guid FROM ad_member_change WHERE deleted IS NOT NULL';
  for (const sql of [gaps, removed]) for (const { guid } of await base.rows(sql)) groups.delete(String(guid));
  for (const guid of await groupsOf(run, changed, visible)) groups.delete(guid);
  const stamps = `SELECT object_guid::VARCHAR AS guid FROM ad_attribute_change UNION ALL SELECT group_guid::VARCHAR FROM ad_member_change`;
  for await (const rows of base.stream(stamps))
    for (const { guid } of rows) {
      const group = groups.get(String(guid));
      if (group !== undefined) group.stamps++;
    }
  // An empty group is cheap to read, and only a reading tells whether it is empty or hidden.
  for (const [guid, { members }] of groups) if (members === 0) groups.delete(guid);
  return groups;
}

/** The groups that contain one of the changed objects. */
async function groupsOf(
  run: Run,
  changed: Delta['changed'],
  visible: ReadonlyMap<string, string>,
): Promise<ReadonlySet<string>> {
  const groups = new Set<string>();
  await run.directory.searchValues(
    {
      facet: 'ad.memberOf',
      base: run.domain.dn,
      scope: 'sub',
      attributes: ['objectGUID', 'uSNChanged', 'memberOf'],
      controls: () => [extendedDnControl()],
    },
    'objectGUID',
    [...changed].filter(guid => visible.has(guid)).map(guidToBytes),
    async entries => {
      for (const sent of entries) {
        const { entry } = await completeRanges(run.directory, 'ad.memberOf', sent);
        for (const group of guidsOf(run, 'ad.memberOf', guidOf(entry, 'objectGUID') ?? '', entry, 'memberOf'))
          groups.add(group);
      }
    },
  );
  return groups;
}

async function steadyAccounts(
  base: Snapshot,
  steady: (guid: string, dn: unknown) => boolean,
  visible: ReadonlyMap<string, string>,
  changed: Delta['changed'],
): Promise<Objects> {
  const sql = `SELECT guid::VARCHAR AS guid, dn, ${ACCOUNTS} AS plain FROM ad_user`;
  const objects = await sorted(
    base.stream(sql),
    visible,
    changed,
    row => steady(String(row.guid), row.dn) && row.plain === true,
  );
  return objects;
}

async function steadyAddresses(
  base: Snapshot,
  steady: (guid: string, dn: unknown) => boolean,
  visible: ReadonlyMap<string, string>,
  changed: Delta['changed'],
): Promise<Objects & { readonly rows: number }> {
  let rows = 0;
  const sql =
    'SELECT object_guid::VARCHAR AS guid, any_value(dn) AS dn, count(*)::DOUBLE AS n FROM ad_address GROUP BY object_guid';
  const objects = await sorted(base.stream(sql), visible, changed, row => {
    if (!steady(String(row.guid), row.dn)) return false;
    rows += Number(row.n);
    return true;
  });
  return { ...objects, rows };
}

async function sorted(
  stream: AsyncIterable<readonly SqlRow[]>,
  visible: ReadonlyMap<string, string>,
  changed: Delta['changed'],
  holds: (row: SqlRow) => boolean,
): Promise<Objects> {
  const carried = new Set<string>();
  const asked = new Set([...changed].filter(guid => visible.has(guid)));
  for await (const rows of stream)
    for (const row of rows) {
      const guid = String(row.guid);
      if (holds(row)) carried.add(guid);
      else if (visible.has(guid)) asked.add(guid);
    }
  return { carried, asked };
}

/**
 * Asks what has changed in a domain since its mark and leaves a new one; undefined when nothing is continued: then everything is read, and `because` is told
 * why. It goes before everything that may be carried over later.
 */
export async function beginDelta(run: Run, viewer: Viewer): Promise<Delta | undefined> {
  const { incremental } = run;
  if (incremental === undefined) return undefined;
  const { replica, continuing, because, mark } = incremental;
  const own = sha256([...(viewer ?? [])].sort().join(' '));
  const { dsServiceName, invocationId } = replica;
  const domain = run.domain.dn;
  const before = continuing?.marks.find(one => one.domain === domain);
  const odd = continuing === undefined ? undefined : misfit(before, replica, viewer === undefined ? undefined : own);
  if (odd !== undefined) because(odd);
  const keep = (delta: Delta) => mark({ domain, dsServiceName, invocationId, viewer: own, cookie: delta.cookie });
  try {
    const delta = await changesSince(run, odd === undefined ? before?.cookie : undefined);
    keep(delta);
    return odd === undefined && before !== undefined ? delta : undefined;
  } catch (thrown) {
    if (!isSourceFailure(thrown)) throw thrown;
    because(`the server did not tell what changed: ${thrown.message}`);
    return undefined;
  }
}

function misfit(before: Mark | undefined, replica: Replica, viewer: string | undefined): string | undefined {
  if (before === undefined) return 'the earlier snapshot has no DirSync cookie for it';
  if (replica.invocationId === null || !isSame({ ...before, domainDn: null }, replica))
    return 'another domain controller answers than then';
  if (viewer === undefined || viewer !== before.viewer) return 'the account that reads is in other groups than then';
  return undefined;
}

/** Filters of a bearable size that find what `filter` finds among the objects of these objectGUIDs. */
export function filtersFor(guids: ReadonlySet<string>, filter: string): readonly Filter[] {
  const wanted = FilterParser.parseString(filter);
  const all = [...guids].map(guid => new EqualityFilter({ attribute: 'objectGUID', value: guidToBytes(guid) }));
  return Array.from(
    { length: Math.ceil(all.length / BATCH) },
    (_, at) => new AndFilter({ filters: [wanted, new OrFilter({ filters: all.slice(at * BATCH, (at + 1) * BATCH) })] }),
  );
}
