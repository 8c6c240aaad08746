import { AuditError, guidSet, guidToBytes } from '../../base/index.ts';
import { readPrincipals } from './accounts.ts';
import { extendedDnControl, securityControl } from './controls.ts';
import { bytesOf, type Entry, guidOf } from './entry.ts';
import { type Forest, isKnownAccount, isKnownGroup, type Reading, runIn } from './forest.ts';
import { hiding } from './hiding.ts';
import { guidsOf } from './links.ts';
import { NOT_WRITTEN_BACK } from './nesting.ts';
import { completeRanges } from './ranges.ts';
import { plural } from './run.ts';
import { type Dacl, parseSecurityDescriptor } from './security-descriptor.ts';

const ATTRIBUTES = ['objectGUID', 'objectSid', 'groupType', 'uSNChanged', 'member', 'nTSecurityDescriptor'];

/**
 * Walks downwards from the groups that are members of written-back groups to whatever is nested below them, however they contain each other: writes
 * their members and a row for each of those. What is refused is a gap of the groups it was about.
 */
export async function readBelow(forest: Forest): Promise<void> {
  const asked = guidSet();
  const isNew = (guid: string) => forest.added.groups.has(guid) && !asked.has(guid);
  const isUnknown = (guid: string) => !isKnownAccount(forest, guid) && !isKnownGroup(forest, guid);
  const first = new Set<string>();
  for (const { book } of forest.readings) for (const member of book.members) if (isNew(member)) first.add(member);
  let frontier = [...first];
  while (frontier.length > 0) {
    for (const guid of frontier) asked.add(guid);
    const lists = new Map<string, readonly string[]>();
    const members = new Set<string>();
    const nowhere = new Set<string>();
    try {
      for (const reading of forest.readings) await readLists(forest, reading, frontier, lists);
      for (const member of [...lists.values()].flat()) members.add(member);
      for (const member of await readPrincipals(forest, new Set([...members].filter(isUnknown)))) nowhere.add(member);
    } catch (thrown) {
      if (!(thrown instanceof AuditError)) throw thrown;
      for (const guid of frontier) forest.coverage.failObject('ad.members', guid, thrown.message);
      return;
    }
    for (const [guid, list] of lists) {
      const lost = list.filter(member => nowhere.has(member)).length;
      if (lost > 0)
        forest.coverage.failObject(
          'ad.members',
          guid,
          `${plural(lost, 'member is', 'members are')} outside the domain or not readable`,
        );
    }
    frontier = [...members].filter(isNew);
  }
}

/** States which groups have a row but no members in the snapshot, because nothing that is written back contains them. */
export function noteUnreadMembers({ added, below, coverage }: Forest): void {
  for (const guid of added.rows) if (!below.has(guid)) coverage.failObject('ad.members', guid, NOT_WRITTEN_BACK);
}

async function readLists(
  forest: Forest,
  reading: Reading,
  groups: readonly string[],
  lists: Map<string, readonly string[]>,
): Promise<void> {
  const run = runIn(forest, reading);
  const memberGuids = ['member', 'Membership'].flatMap(name => reading.schema.get(name)?.guid ?? []);
  await run.directory.searchValues(
    {
      facet: 'ad.members',
      base: run.domain.dn,
      scope: 'sub',
      attributes: ATTRIBUTES,
      controls: () => [extendedDnControl(), securityControl()],
    },
    'objectGUID',
    groups.filter(guid => !lists.has(guid)).map(guidToBytes),
    async entries => {
      for (const sent of entries) {
        const guid = guidOf(sent, 'objectGUID');
        if (guid === null || lists.has(guid)) continue;
        const { entry, broken } = await completeRanges(run.directory, 'ad.members', sent);
        const members = [...new Set(guidsOf(run, 'ad.members', guid, entry, 'member'))];
        const reason = broken.get('member') ?? hiding(entry, daclOf(entry), memberGuids);
        if (reason !== undefined) run.coverage.failObject('ad.members', guid, reason);
        lists.set(guid, members);
        forest.below.add(guid);
        await run.recorder.add(
          'ad_member',
          members.map(member => ({ group_guid: guid, member_guid: member })),
        );
        run.coverage.read('ad.members', members.length);
      }
    },
  );
}

function daclOf(entry: Entry): Dacl | null | undefined {
  const [bytes] = bytesOf(entry, 'nTSecurityDescriptor');
  if (bytes === undefined) return undefined;
  try {
    return parseSecurityDescriptor(bytes).dacl;
  } catch (thrown) {
    if (thrown instanceof RangeError) return undefined;
    throw thrown;
  }
}
