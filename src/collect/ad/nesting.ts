import { EqualityFilter, OrFilter } from 'ldapts';
import { guidToBytes, sidToBytes } from '../../base/index.ts';
import type { Row } from '../../snapshot/index.ts';
import { extendedDnControl } from './controls.ts';
import { type Entry, guidOf } from './entry.ts';
import { groupAttributes, groupRow } from './group-row.ts';
import { type GroupBook, guidsOf, isGroup } from './groups.ts';
import { completeRanges } from './ranges.ts';
import type { Run } from './run.ts';

const PROTECTED_RIDS = [512, 516, 518, 519, 520, 521, 526, 527];
const PROTECTED_BUILTIN = [544, 548, 549, 550, 551];

/** Why a group that is here only to explain another has no members in the snapshot. */
export const NOT_WRITTEN_BACK = 'not read: not a written-back group';

/** Walks memberOf upwards from every group read in full: writes ad_parent, a row for each ancestor, and settles `ad.memberOf`. */
export async function readAncestors(run: Run, book: GroupBook, containers: readonly string[]): Promise<void> {
  const { coverage, recorder, directory } = run;
  const asked = new Set<string>(book.parents.keys());
  const missing = new Set<string>();
  let edges = 0;
  let frontier = [...book.parents.keys()];
  while (frontier.length > 0) {
    const next = new Set<string>();
    for (const child of frontier) {
      const parents = [...new Set(book.parents.get(child) ?? [])];
      await recorder.add(
        'ad_parent',
        parents.map(parent => ({ child_guid: child, parent_guid: parent })),
      );
      edges += parents.length;
      for (const parent of parents) if (!asked.has(parent)) next.add(parent);
    }
    for (const parent of next) asked.add(parent);
    await readByGuid(run, 'ad.memberOf', [...next], [...groupAttributes, 'memberOf'], async entries => {
      for (const sent of entries) {
        const guid = guidOf(sent, 'objectGUID');
        if (guid === null || book.parents.has(guid)) continue;
        const { entry, broken } = await completeRanges(directory, 'ad.memberOf', sent);
        const reason = broken.get('memberof');
        if (reason !== undefined) coverage.failObject('ad.memberOf', guid, reason);
        book.parents.set(guid, guidsOf(run, 'ad.memberOf', guid, entry, 'memberOf'));
        await addBareRow(run, book, guid, entry, containers);
      }
    });
    for (const parent of next) if (!book.parents.has(parent)) missing.add(parent);
    frontier = [...next].filter(parent => book.parents.has(parent));
    run.progress('ad.memberOf', edges);
  }
  spoilDescendants(run, book, missing);
  coverage.read('ad.memberOf', edges);
}

/** Adds a row for each protected group of the domain, so that nesting into it can be named even where nothing is nested yet. */
export async function readProtected(run: Run, book: GroupBook, containers: readonly string[]): Promise<void> {
  const sids = [
    ...PROTECTED_RIDS.map(rid => `${run.domain.sid}-${rid}`),
    ...PROTECTED_BUILTIN.map(rid => `S-1-5-32-${rid}`),
  ];
  const filters = [
    ...sids.map(sid => new EqualityFilter({ attribute: 'objectSid', value: sidToBytes(sid) })),
    new EqualityFilter({ attribute: 'sAMAccountName', value: 'DnsAdmins' }),
  ];
  await run.directory.search(
    {
      facet: 'ad.groups',
      base: run.domain.dn,
      scope: 'sub',
      filter: new OrFilter({ filters }),
      attributes: groupAttributes,
      controls: () => [extendedDnControl()],
    },
    async entries => {
      for (const entry of entries) {
        const guid = guidOf(entry, 'objectGUID');
        if (guid !== null) await addBareRow(run, book, guid, entry, containers, true);
      }
    },
  );
}

/** A row for a group that is not written back; its members, and unless it was walked its parents, are a stated gap. */
export async function addBareRow(
  run: Run,
  book: GroupBook,
  guid: string,
  entry: Entry,
  containers: readonly string[],
  unwalked = false,
): Promise<void> {
  if (book.rows.has(guid)) return;
  const row: Row<'ad_group'> = groupRow(guid, entry, run.domain.dn, containers);
  book.rows.add(guid);
  if (isGroup(entry)) book.groups.add(guid);
  await run.recorder.add('ad_group', [row]);
  run.coverage.failObject('ad.members', guid, NOT_WRITTEN_BACK);
  run.coverage.failObject('ad.acl', guid, NOT_WRITTEN_BACK);
  if (unwalked && !book.parents.has(guid)) run.coverage.failObject('ad.memberOf', guid, NOT_WRITTEN_BACK);
}

/** Reads objects by objectGUID in the whole domain. */
export async function readByGuid(
  run: Run,
  facet: 'ad.memberOf' | 'ad.users',
  guids: readonly string[],
  attributes: readonly string[],
  take: (entries: readonly Entry[]) => Promise<void>,
): Promise<void> {
  await run.directory.searchValues(
    { facet, base: run.domain.dn, scope: 'sub', attributes, controls: () => [extendedDnControl()] },
    'objectGUID',
    guids.map(guidToBytes),
    take,
  );
}

// Whoever is nested below a group that could not be read may be nested in anything.
function spoilDescendants(run: Run, book: GroupBook, missing: ReadonlySet<string>): void {
  if (missing.size === 0) return;
  const children = new Map<string, string[]>();
  for (const [child, parents] of book.parents)
    for (const parent of parents) children.set(parent, [...(children.get(parent) ?? []), child]);
  const spoilt = new Set<string>(missing);
  for (const parent of spoilt) for (const child of children.get(parent) ?? []) spoilt.add(child);
  for (const guid of spoilt)
    if (!missing.has(guid))
      run.coverage.failObject('ad.memberOf', guid, 'a group above it is outside the domain or not readable');
}
