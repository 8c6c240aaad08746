import type { Filter } from 'ldapts';
import { guidToBytes, normalizeDn } from '../../base/index.ts';
import type { Row } from '../../snapshot/index.ts';
import type { CarriedGroup } from './carrying.ts';
import { extendedDnControl, securityControl } from './controls.ts';
import { mayHide } from './dacl-store.ts';
import { bytesOf, classOf, type Entry, guidOf, integerOf, sidOf, textsOf } from './entry.ts';
import { parseExtendedDn } from './extended-dn.ts';
import { oneLine } from './failure.ts';
import { groupAttributes, groupRow } from './group-row.ts';
import { groupMarker } from './markers.ts';
import { completeRanges } from './ranges.ts';
import { openReplication, type ReplicationReader } from './replication.ts';
import { plural, type Run } from './run.ts';

const DOMAIN_LOCAL = 4;

/** Why an object that two domains show is only taken from the first. */
export const MOVED = 'an object was moved from one domain to another while they were read';

/** What later readings need to know about the groups read so far. */
export type GroupBook = {
  /** objectGUIDs of every row of ad_group. */
  readonly rows: Set<string>;
  /** Of these, the ones that are groups, not other objects with a marker. */
  readonly groups: Set<string>;
  /** The ones read in full: in a container or marked. */
  readonly full: Set<string>;
  /** objectGUIDs of direct members. */
  readonly members: Set<string>;
  /** child → parents, from memberOf. */
  readonly parents: Map<string, readonly string[]>;
  /** The groups that groups of other domains can contain, by objectGUID, with their DN and that of their domain; empty when no other domain is read. */
  readonly reach: Map<string, { readonly dn: string; readonly domain: string }>;
};

/** Attributes and sets that hide `member` when their reading is denied, by schema GUID. */
export type MemberGuids = readonly string[];

type Reader = {
  readonly run: Run;
  readonly book: GroupBook;
  readonly memberGuids: MemberGuids;
  readonly replication: ReplicationReader;
};

/** Writes the groups in the containers and every marked object: rows, members, owners and DACLs. Settles `ad.groups`, `ad.members` and `ad.replication`. */
export async function readGroups(
  run: Run,
  containers: readonly string[],
  memberGuids: MemberGuids,
): Promise<GroupBook> {
  const { coverage, domain } = run;
  const book = await readGroupsBy(run, memberGuids, [
    ...containers.map(base => ({ base, filter: '(objectClass=group)' })),
    { base: domain.dn, filter: groupMarker },
  ]);
  coverage.read('ad.groups', book.full.size);
  return book;
}

type GroupSearch = { readonly base: string; readonly filter: string | Filter };

async function searchGroups(reader: Reader, searches: readonly GroupSearch[]): Promise<void> {
  const { coverage, directory } = reader.run;
  for (const { base, filter } of searches)
    await coverage.attempt(['ad.groups', 'ad.members', 'ad.memberOf', 'ad.acl', 'ad.replication'], async () => {
      await directory.search(
        {
          facet: 'ad.groups',
          base,
          scope: 'sub',
          filter,
          pageSize: 200,
          attributes: attributesFor(reader.run, reader.run.carrier === undefined),
          controls: () => [extendedDnControl(), securityControl()],
        },
        entries => takeGroups(reader, entries),
      );
      coverage.read('ad.groups', 0);
      coverage.read('ad.members', 0);
    });
}

/** Writes the groups that some searches find, as readGroups does; settles nothing. */
export async function readGroupsBy(
  run: Run,
  memberGuids: MemberGuids,
  searches: readonly GroupSearch[],
): Promise<GroupBook> {
  const book = emptyBook();
  const replication = await openReplication(run);
  await searchGroups({ run, book, memberGuids, replication }, searches);
  await replication.end();
  return book;
}

// Without the access control list an empty group cannot be told from one whose members are hidden.
function attributesFor({ asks }: Run, members: boolean): readonly string[] {
  return [
    ...groupAttributes,
    ...(members && asks('ad.members') ? ['member'] : []),
    ...(asks('ad.memberOf') ? ['memberOf'] : []),
    ...(asks('ad.acl') || asks('ad.members') ? ['nTSecurityDescriptor'] : []),
  ];
}

/** A book without groups. */
export function emptyBook(): GroupBook {
  return {
    rows: new Set(),
    groups: new Set(),
    full: new Set(),
    members: new Set(),
    parents: new Map(),
    reach: new Map(),
  };
}

async function takeGroups(reader: Reader, entries: readonly Entry[]): Promise<void> {
  const { run, book } = reader;
  const rows: Row<'ad_group'>[] = [];
  for (const sent of await withMembers(reader, entries)) {
    const guid = guidOf(sent, 'objectGUID');
    if (guid === null) {
      run.coverage.fail('ad.groups', 'a group shows no objectGUID');
      continue;
    }
    if (book.full.has(guid)) continue;
    if (run.elsewhere(guid)) {
      for (const facet of ['ad.groups', 'ad.members'] as const) run.coverage.fail(facet, MOVED);
      continue;
    }
    const { entry, broken } = await completeRanges(run.directory, 'ad.members', sent);
    for (const [attribute, reason] of broken)
      if (attribute === 'member') run.coverage.failObject('ad.members', guid, reason);
      else if (attribute === 'memberof') run.coverage.failObject('ad.memberOf', guid, reason);
      else run.coverage.fail('ad.groups', `${attribute} of ${oneLine(entry.dn)}: ${reason}`);
    const row = groupRow(guid, entry, run);
    book.full.add(guid);
    book.rows.add(guid);
    if (isGroup(entry)) book.groups.add(guid);
    rows.push(row);
    if (!run.alone && canTravel(row.group_type)) book.reach.set(guid, { dn: row.dn, domain: row.domain_dn });
    const dacl = await run.dacls.add(guid, entry);
    book.parents.set(guid, guidsOf(run, 'ad.memberOf', guid, entry, 'memberOf'));
    const carried = run.carrier?.group(guid, row.usn_changed);
    if (carried === undefined) await addMembers(reader, guid, entry);
    else carryMembers(reader, guid, carried);
    if (isGroup(entry) && (row.group_type === null || row.sid === null))
      run.coverage.fail('ad.groups', 'some groups hide attributes that every group has (groupType, objectSid)');
    const hidden =
      carried === undefined && run.asks('ad.members') && row.object_class === 'group'
        ? hiding(entry, dacl, reader.memberGuids)
        : undefined;
    if (hidden !== undefined) run.coverage.failObject('ad.members', guid, hidden);
  }
  await run.recorder.add('ad_group', rows);
  await reader.replication.flush();
  run.progress('ad.groups', book.full.size);
}

/** Where groups are asked for without their members, the entries of those whose members are not carried over are asked for again, with them. */
async function withMembers({ run, book }: Reader, entries: readonly Entry[]): Promise<readonly Entry[]> {
  const { carrier } = run;
  if (carrier === undefined) return entries;
  const kept: Entry[] = [];
  const guids: string[] = [];
  for (const entry of entries) {
    const guid = guidOf(entry, 'objectGUID');
    if (guid === null || carrier.group(guid, integerOf(entry, 'uSNChanged')) !== undefined) kept.push(entry);
    else if (!book.full.has(guid)) guids.push(guid);
  }
  const read: Entry[] = [];
  await run.directory.searchValues(
    {
      facet: 'ad.groups',
      base: run.domain.dn,
      scope: 'sub',
      attributes: attributesFor(run, true),
      controls: () => [extendedDnControl(), securityControl()],
    },
    'objectGUID',
    guids.map(guidToBytes),
    found => void read.push(...found),
  );
  return [...kept, ...read];
}

function carryMembers({ run, replication }: Reader, guid: string, { members, stamps }: CarriedGroup): void {
  for (const table of ['ad_member', 'ad_member_change', 'ad_attribute_change'] as const)
    run.incremental?.carry(table, [guid]);
  run.carrier?.take(guid);
  run.coverage.read('ad.members', members);
  replication.carried(stamps);
}

async function addMembers({ run, book, replication }: Reader, guid: string, entry: Entry): Promise<void> {
  const members = new Set(guidsOf(run, 'ad.members', guid, entry, 'member'));
  for (const member of members) book.members.add(member);
  await run.recorder.add(
    'ad_member',
    [...members].map(member => ({ group_guid: guid, member_guid: member })),
  );
  run.coverage.read('ad.members', members.size);
  await replication.add(guid, () => namesOf(entry));
}

/** objectGUIDs of the members by normalised DN. */
function namesOf(entry: Entry): Map<string, string> {
  const names = new Map<string, string>();
  for (const value of textsOf(entry, 'member')) {
    const { dn, guid } = parseExtendedDn(value) ?? { dn: '', guid: null };
    if (guid !== null) names.set(normalizeDn(dn), guid);
  }
  return names;
}

/** The objectGUIDs that an extended-DN attribute names; a value without one leaves a gap for the object. */
export function guidsOf(
  run: Run,
  facet: 'ad.members' | 'ad.memberOf',
  guid: string,
  entry: Entry,
  attribute: string,
): string[] {
  const found: string[] = [];
  let bad = 0;
  for (const value of textsOf(entry, attribute)) {
    const target = parseExtendedDn(value)?.guid ?? null;
    if (target === null) bad += 1;
    else found.push(target);
  }
  if (bad > 0)
    run.coverage.failObject(
      facet,
      guid,
      `${plural(bad, 'value', 'values')} of ${attribute} of ${oneLine(entry.dn)} came without an objectGUID`,
    );
  return found;
}

/** Why an empty `member` may be one that is not shown: both look alike, and these are the signs by which they can be told apart. Undefined when it is surely empty. */
export function hiding(
  entry: Entry,
  dacl: Parameters<typeof mayHide>[0] | null | undefined,
  memberGuids: MemberGuids,
): string | undefined {
  if (bytesOf(entry, 'member').length > 0) return undefined;
  if (bytesOf(entry, 'groupType').length === 0 || sidOf(entry) === null)
    return 'the group hides attributes that every group has, so whether it is empty is not known';
  if (dacl === undefined)
    return 'no member and no access control list is readable, so whether the group is empty is not known';
  if (dacl !== null && mayHide(dacl, memberGuids))
    return 'no member was returned and the access control list denies somebody their reading, so whether the group is empty is not known';
  return undefined;
}

/** False for domain local groups, which only groups of their own domain can contain. */
export function canTravel(groupType: number | null): boolean {
  return groupType === null || (groupType & DOMAIN_LOCAL) === 0;
}

/** True when the object is a group, not another object that carries a marker. */
export function isGroup(entry: Entry): boolean {
  return classOf(entry) === 'group';
}
