import { guidToBytes, normalizeDn, splitDn } from '../../base/index.ts';
import type { Row } from '../../snapshot/index.ts';
import { bytesOf, dnOf, type Entry, guidOf, textsOf } from './entry.ts';
import { parseExtendedDn } from './extended-dn.ts';
import { oneLine, sourceError } from './failure.ts';
import { attributeIds, parsePropertyMetadata } from './property-metadata.ts';
import { completeRanges } from './ranges.ts';
import { parseAttributeStamp, parseValueStamp, type Stamp, type ValueStamp } from './replication-xml.ts';
import { plural, type Run } from './run.ts';
import { configurationOf } from './server.ts';

const FACET = 'ad.replication';
const OF_ATTRIBUTES = 'msDS-ReplAttributeMetaData';
const OF_VALUES = 'msDS-ReplValueMetaData';
const OF_PROPERTIES = 'replPropertyMetaData';
/** How much is gathered before it is asked for: each value of a link has some 700 bytes of metadata, and a page is held in memory. */
const MOST_GROUPS = 50;
const MOST_MEMBERS = 20_000;
const DELETED = /\\0ADEL:([0-9a-f-]{36})(?:,|$)/i;

/** Reads when and on which domain controller groups and their members were changed last. */
export type ReplicationReader = {
  /** Adds a group; `members` leads from normalised DNs of its members to their objectGUIDs. */
  readonly add: (guid: string, members: () => ReadonlyMap<string, string>) => Promise<void>;
  /** Reads what was added and not read yet. Failures of the source become gaps of `ad.replication`. */
  readonly flush: () => Promise<void>;
  /** Says what came of it all. */
  readonly end: () => Promise<void>;
  /** Counts a group whose rows are carried over from an earlier snapshot. */
  readonly carried: (rows: number) => void;
};

type Pending = Map<string, ReadonlyMap<string, string>>;

/** What the groups have in common: names of servers by invocation id, and how many groups the server told nothing about. */
type Book = { readonly servers: ReadonlyMap<string, string>; rows: number; told: number; untold: number };

/** Begins a reading of replication metadata. Switched off (`ad.replicationMetadata: false`) it reads nothing and says so. */
export async function openReplication(run: Run): Promise<ReplicationReader> {
  const { coverage, source } = run;
  const nothing = () => Promise.resolve();
  if (!run.asks(FACET)) return { add: nothing, flush: nothing, end: nothing, carried: () => undefined };
  if (!source.replicationMetadata) {
    coverage.fail(FACET, 'switched off in the configuration (ad.replicationMetadata: false)');
    return { add: nothing, flush: nothing, end: nothing, carried: () => undefined };
  }
  const servers = new Map<string, string>();
  await coverage.attempt([FACET], () => readServers(run, servers));
  const book: Book = { servers, rows: 0, told: 0, untold: 0 };
  const pending: Pending = new Map();
  let members = 0;
  const flush = async () => {
    const groups = new Map(pending);
    pending.clear();
    members = 0;
    if (groups.size > 0) await coverage.attempt([FACET], () => readStamps(run, book, groups));
  };
  return {
    add: async (guid, names) => {
      const of = names();
      pending.set(guid, of);
      members += of.size;
      if (pending.size >= MOST_GROUPS || members >= MOST_MEMBERS) await flush();
    },
    flush,
    carried: rows => {
      book.rows += rows;
    },
    end: async () => {
      await flush();
      if (book.untold > 0)
        coverage.fail(
          FACET,
          `the server shows no ${OF_VALUES} on ${plural(book.untold, 'group', 'groups')}: when members were added there is not known`,
        );
      coverage.read(FACET, book.rows);
    },
  };
}

/** Names of the domain controllers of the forest by invocation id, through their NTDS Settings objects. */
async function readServers({ directory, rootDse }: Run, servers: Map<string, string>): Promise<void> {
  await directory.search(
    {
      facet: FACET,
      base: `CN=Sites,${configurationOf(rootDse)}`,
      scope: 'sub',
      filter: '(objectClass=nTDSDSA)',
      attributes: ['invocationId', 'distinguishedName'],
    },
    entries => {
      for (const entry of entries) {
        const id = guidOf(entry, 'invocationId', true);
        const name = serverName(dnOf(entry, 'distinguishedName') ?? entry.dn);
        if (id !== null && name !== null) servers.set(id, name);
      }
    },
  );
}

/** `DC1` of `CN=NTDS Settings,CN=DC1,CN=Servers,…`; null when the DN is of another form. */
function serverName(dn: string): string | null {
  const [leaf = '', parent = ''] = splitDn(dn);
  return /^CN=NTDS Settings\b/i.test(leaf) ? (/^CN=(.+)$/is.exec(parent)?.[1] ?? null) : null;
}

async function readStamps(run: Run, book: Book, groups: Pending): Promise<void> {
  const missing = new Set(groups.keys());
  await run.directory.searchValues(
    {
      facet: FACET,
      base: run.domain.dn,
      scope: 'sub',
      attributes: ['objectGUID', 'uSNChanged', OF_ATTRIBUTES, OF_VALUES, OF_PROPERTIES],
      pageSize: MOST_GROUPS,
    },
    'objectGUID',
    [...groups.keys()].map(guidToBytes),
    async entries => {
      for (const sent of entries) {
        const guid = guidOf(sent, 'objectGUID');
        // A search that starts again brings the same group twice.
        if (guid === null || !missing.delete(guid)) continue;
        await takeGroup(run, book, guid, sent, groups.get(guid) ?? new Map());
      }
    },
  );
  for (const guid of missing) run.coverage.failObject(FACET, guid, 'the group was gone when its metadata was read');
}

async function takeGroup(
  run: Run,
  book: Book,
  guid: string,
  sent: Entry,
  members: ReadonlyMap<string, string>,
): Promise<void> {
  const { entry, broken } = await completeRanges(run.directory, FACET, sent);
  for (const reason of broken.values()) run.coverage.failObject(FACET, guid, reason);
  try {
    const attributes = textsOf(entry, OF_ATTRIBUTES).map(parseAttributeStamp);
    const [properties] = bytesOf(entry, OF_PROPERTIES);
    const stamps = attributes.length > 0 || properties === undefined ? attributes : parsePropertyMetadata(properties);
    const values = textsOf(entry, OF_VALUES).map(parseValueStamp);
    if (attributes.length + values.length > 0) book.told += 1;
    else if (broken.size === 0) book.untold += 1;
    const changes = attributeRows(book, guid, stamps);
    const { rows, nameless } = memberRows(book, guid, values, members);
    await run.recorder.add('ad_attribute_change', changes);
    await run.recorder.add('ad_member_change', rows);
    book.rows += changes.length + rows.length;
    if (nameless > 0)
      run.coverage.failObject(
        FACET,
        guid,
        `${plural(nameless, 'member was', 'members were')} added or renamed while the metadata was read`,
      );
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    run.coverage.failObject(FACET, guid, `replication metadata of ${oneLine(entry.dn)}: ${thrown.message}`);
  }
}

function attributeRows(book: Book, guid: string, stamps: readonly Stamp[]): Row<'ad_attribute_change'>[] {
  const kept = new Map<string, Row<'ad_attribute_change'>>();
  for (const stamp of stamps) {
    if (!attributeIds.has(stamp.attribute)) continue;
    if (kept.has(stamp.attribute)) throw sourceError(`the server stamps ${stamp.attribute} twice`);
    kept.set(stamp.attribute, {
      object_guid: guid,
      attribute: stamp.attribute,
      version: stamp.version,
      changed: stamp.changed,
      ...origin(book, stamp),
    });
  }
  return [...kept.values()];
}

function memberRows(
  book: Book,
  guid: string,
  stamps: readonly ValueStamp[],
  members: ReadonlyMap<string, string>,
): { readonly rows: readonly Row<'ad_member_change'>[]; readonly nameless: number } {
  const kept = new Map<string, Row<'ad_member_change'>>();
  let nameless = 0;
  for (const stamp of stamps) {
    if (stamp.attribute !== 'member') continue;
    const names = stamp.targets.map(target => parseExtendedDn(target) ?? { guid: null, sid: null, dn: target });
    const [name] = names;
    if (name === undefined) continue;
    const known = names.flatMap(({ guid: own, dn }) => own ?? members.get(normalizeDn(dn)) ?? deletedId(dn) ?? [])[0];
    if (known === undefined && stamp.deleted === null) nameless += 1;
    const row = {
      group_guid: guid,
      member_dn: name.dn,
      member_guid: known ?? null,
      created: stamp.created,
      deleted: stamp.deleted,
      version: stamp.version,
      changed: stamp.changed,
      ...origin(book, stamp),
    };
    // One name can stand for a value that went and for a newer object of that name.
    if (kept.get(name.dn)?.deleted !== null || stamp.deleted === null) kept.set(name.dn, row);
  }
  return { rows: [...kept.values()], nameless };
}

function origin({ servers }: Book, { invocationId, serverDn, usn }: Stamp) {
  const name = invocationId === null ? undefined : servers.get(invocationId);
  return {
    invocation_id: invocationId,
    server: name ?? (serverDn === null ? null : serverName(serverDn)),
    usn,
  };
}

function deletedId(dn: string): string | undefined {
  return DELETED.exec(dn)?.[1]?.toLowerCase();
}
