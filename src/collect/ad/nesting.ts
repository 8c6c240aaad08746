import { EqualityFilter, OrFilter } from 'ldapts';
import { type Guids, guidSet, guidToBytes, sidToBytes } from '../../base/index.ts';
import type { Row } from '../../snapshot/index.ts';
import { extendedDnControl } from './controls.ts';
import { type Entry, guidOf } from './entry.ts';
import { type Forest, hasRow, parentsOf, type Reading, runIn } from './forest.ts';
import { canTravel, groupAttributes, groupRow, isGroup } from './group-row.ts';
import { guidsOf } from './links.ts';
import { completeRanges } from './ranges.ts';
import type { Run } from './run.ts';

const PROTECTED_RIDS = [512, 516, 518, 519, 520, 521, 526, 527];
const BATCH = 100;
const PROTECTED_BUILTIN = [544, 548, 549, 550, 551];

/** Why a group that is here only to explain another has no members in the snapshot. */
export const NOT_WRITTEN_BACK = 'not read: not a written-back group';

/**
 * Walks memberOf upwards from every group read in full: writes ad_parent, a row for each ancestor, and settles `ad.memberOf`. A server knows only the
 * parents in its own domain (and, with a global catalog, universal ones), so every other domain is asked which of its groups contain the group.
 */
export async function readAncestors(forest: Forest): Promise<void> {
  const { coverage, recorder, readings } = forest;
  const asked = guidSet();
  for (const { book } of readings) for (const child of book.parents.children) asked.add(child);
  const missing = new Set<string>();
  let edges = 0;
  let frontier: Guids = guidSet(asked);
  while (frontier.size > 0) {
    await addForeignParents(forest, frontier);
    const next = new Set<string>();
    for (const child of frontier) {
      const parents = [...new Set(parentsOf(forest, child) ?? [])];
      await recorder.add(
        'ad_parent',
        parents.map(parent => ({ child_guid: child, parent_guid: parent })),
      );
      edges += parents.length;
      for (const parent of parents) if (!asked.has(parent)) next.add(parent);
    }
    for (const parent of next) asked.add(parent);
    await readParents(forest, next);
    for (const parent of next) if (parentsOf(forest, parent) === undefined) missing.add(parent);
    frontier = guidSet([...next].filter(parent => !missing.has(parent)));
    readings[0]?.run.progress('ad.memberOf', edges);
  }
  spoilDescendants(forest, asked, missing);
  coverage.read('ad.memberOf', edges);
}

async function readParents(forest: Forest, guids: ReadonlySet<string>): Promise<void> {
  for (const reading of forest.readings) {
    const run = runIn(forest, reading);
    const wanted = [...guids].filter(guid => parentsOf(forest, guid) === undefined);
    await readByGuid(run, 'ad.memberOf', wanted, [...groupAttributes, 'memberOf'], async entries => {
      for (const sent of entries) {
        const guid = guidOf(sent, 'objectGUID');
        if (guid === null || parentsOf(forest, guid) !== undefined) continue;
        const { entry, broken } = await completeRanges(run.directory, 'ad.memberOf', sent);
        const reason = broken.get('memberof');
        if (reason !== undefined) run.coverage.failObject('ad.memberOf', guid, reason);
        forest.added.parents.set(guid, guidsOf(run, 'ad.memberOf', guid, entry, 'memberOf'));
        await addBareRow(forest, reading, guid, entry);
      }
    });
  }
}

// One question about a hundred groups; only where it finds something is it asked group by group.
async function addForeignParents(forest: Forest, children: Guids): Promise<void> {
  const { readings, added } = forest;
  if (readings.length < 2) return;
  const books = [added, ...readings.map(({ book }) => book)];
  for (const { run } of readings) {
    const foreign = [...children].flatMap(child => {
      const place = books.find(book => book.reach.has(child))?.reach.get(child);
      return place === undefined || place.domain === run.domain.dn ? [] : [{ child, dn: place.dn }];
    });
    const parentsIn = async (dns: readonly string[]): Promise<Set<string>> => {
      const filters = dns.map(value => new EqualityFilter({ attribute: 'member', value }));
      const parents = new Set<string>();
      await run.directory.search(
        {
          facet: 'ad.memberOf',
          base: run.domain.dn,
          scope: 'sub',
          filter: new OrFilter({ filters }),
          attributes: ['objectGUID'],
        },
        entries => {
          for (const entry of entries) parents.add(guidOf(entry, 'objectGUID') ?? '');
        },
      );
      if (parents.delete('')) run.coverage.fail('ad.memberOf', `a group in ${run.domain.dn} shows no objectGUID`);
      return parents;
    };
    for (let at = 0; at < foreign.length; at += BATCH) {
      const batch = foreign.slice(at, at + BATCH);
      if ((await parentsIn(batch.map(({ dn }) => dn))).size === 0) continue;
      for (const { child, dn } of batch) {
        const parents = await parentsIn([dn]);
        if (parents.size > 0) added.parents.set(child, [...new Set([...(parentsOf(forest, child) ?? []), ...parents])]);
      }
    }
  }
}

/** Adds a row for each protected group of the domain, so that nesting into it can be named even where nothing is nested yet. */
export async function readProtected(forest: Forest, reading: Reading): Promise<void> {
  const { directory, domain } = reading.run;
  const sids = [
    ...PROTECTED_RIDS.map(rid => `${domain.sid}-${rid}`),
    ...PROTECTED_BUILTIN.map(rid => `S-1-5-32-${rid}`),
  ];
  const filters = [
    ...sids.map(sid => new EqualityFilter({ attribute: 'objectSid', value: sidToBytes(sid) })),
    new EqualityFilter({ attribute: 'sAMAccountName', value: 'DnsAdmins' }),
  ];
  await directory.search(
    {
      facet: 'ad.groups',
      base: domain.dn,
      scope: 'sub',
      filter: new OrFilter({ filters }),
      attributes: groupAttributes,
      controls: () => [extendedDnControl()],
    },
    async entries => {
      for (const entry of entries) {
        const guid = guidOf(entry, 'objectGUID');
        if (guid !== null) await addBareRow(forest, reading, guid, entry, true);
      }
    },
  );
}

/** A row for a group that is not written back. Its list, and unless it was walked its parents, are a stated gap; `noteUnreadMembers` says the same of its members. */
export async function addBareRow(
  forest: Forest,
  { run }: Reading,
  guid: string,
  entry: Entry,
  unwalked = false,
): Promise<void> {
  const { added, coverage, recorder } = forest;
  if (hasRow(forest, guid)) return;
  const row: Row<'ad_group'> = groupRow(guid, entry, run);
  added.rows.add(guid);
  if (isGroup(entry)) added.groups.add(guid);
  if (!run.alone && canTravel(row.group_type)) added.reach.set(guid, { dn: row.dn, domain: row.domain_dn });
  await recorder.add('ad_group', [row]);
  coverage.failObject('ad.acl', guid, NOT_WRITTEN_BACK);
  if (unwalked && parentsOf(forest, guid) === undefined) coverage.failObject('ad.memberOf', guid, NOT_WRITTEN_BACK);
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
function spoilDescendants(forest: Forest, walked: Guids, missing: ReadonlySet<string>): void {
  if (missing.size === 0) return;
  const children = new Map<string, string[]>();
  for (const child of walked)
    for (const parent of parentsOf(forest, child) ?? []) {
      const known = children.get(parent);
      if (known === undefined) children.set(parent, [child]);
      else known.push(child);
    }
  const spoilt = new Set<string>(missing);
  for (const parent of spoilt) for (const child of children.get(parent) ?? []) spoilt.add(child);
  for (const guid of spoilt)
    if (!missing.has(guid))
      forest.coverage.failObject('ad.memberOf', guid, 'a group above it is outside the domain or not readable');
}
