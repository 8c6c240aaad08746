import type { Filter } from 'ldapts';
import { guidToBytes } from '../../base/index.ts';
import type { Row } from '../../snapshot/index.ts';
import { extendedDnControl, securityControl } from './controls.ts';
import { type Entry, guidOf, integerOf } from './entry.ts';
import { oneLine } from './failure.ts';
import { emptyBook, type GroupBook, MOVED } from './group-book.ts';
import { canTravel, groupAttributes, groupRow, isGroup } from './group-row.ts';
import { hiding, type MemberGuids } from './hiding.ts';
import type { CarriedGroup } from './incremental.ts';
import { guidsOf, namesOf } from './links.ts';
import { groupMarker } from './markers.ts';
import { completeRanges } from './ranges.ts';
import { openReplication, type ReplicationReader } from './replication.ts';
import type { Run } from './run.ts';

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
