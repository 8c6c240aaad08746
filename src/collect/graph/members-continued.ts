import type { DeltaSlice, MemberKind } from '../../snapshot/index.ts';
import type { Chain, ChainReader } from './chain.ts';
import { openChains } from './chains.ts';
import { badAnswer, GraphFailure } from './failure.ts';
import type { Item } from './item.ts';
import { countMembers, type GroupToRead, isWhole, type MemberReading, type MemberSink } from './members.ts';
import { membersByDelta, readDeltaPage, takeMembers } from './members-delta.ts';

/** What an earlier collection by delta left behind. */
export type DeltaBase = {
  readonly slices: readonly DeltaSlice[];
  /** How many members a group had that was read in full then; undefined for any other. */
  readonly sizeOf: (group: string) => number | undefined;
  readonly membersOf: (groups: readonly string[]) => Promise<ReadonlyMap<string, ReadonlyMap<string, MemberKind>>>;
};

/** Who gets the results: members that were read, or those of the earlier collection. */
export type ContinuedSink = MemberSink & {
  readonly ended: (slice: DeltaSlice) => void;
  /** Nothing changed: the members are those of then. */
  readonly carried: (group: string, members: number) => void;
};

const COST = 1;
const WORKERS = 10;
const MOST_PAGES = 10_000;

/**
 * Reads the direct members of many groups from where an earlier collection by delta ended. A slice whose groups are not all there, or whose link is
 * refused or leads elsewhere, is read anew; so is every group that is in none. A group that changed is held against its count.
 */
export function membersContinued(
  reader: Omit<ChainReader, 'cost'>,
  base: DeltaBase,
  sink: ContinuedSink,
): MemberReading {
  const anew = membersByDelta(reader, sink);
  const chains = openChains({ ...reader, workers: Math.min(reader.workers, WORKERS), cost: COST });
  const places = new Map(base.slices.flatMap((slice, at) => slice.groups.map(group => [group, at] as const)));
  const wanted = new Map<number, GroupToRead[]>();
  return {
    add: group => {
      const at = places.get(group.id);
      if (at === undefined) return anew.add(group);
      const known = wanted.get(at) ?? [];
      wanted.set(at, known);
      known.push(group);
    },
    finish: async () => {
      for (const [at, groups] of wanted) {
        const slice = base.slices[at];
        const whole =
          slice?.link.startsWith(`${reader.root}/groups/delta?`) &&
          groups.every(({ id }) => base.sizeOf(id) !== undefined);
        if (slice === undefined || !whole) for (const group of groups) anew.add(group);
        else chains.add(() => sliceChain(reader, base, slice, groups, sink, anew.add));
      }
      await chains.finish();
      await anew.finish();
    },
  };
}

function sliceChain(
  { port, root, tally }: Omit<ChainReader, 'cost'>,
  base: DeltaBase,
  slice: DeltaSlice,
  groups: readonly GroupToRead[],
  sink: ContinuedSink,
  readAnew: (group: GroupToRead) => void,
): Chain {
  const asked = new Set(slice.groups);
  const ids = new Set(groups.map(({ id }) => id));
  let url = slice.link;
  let told = new Map<string, Item[]>();
  let links = new Set<string>();
  let deltaLink = '';
  return {
    url: () => url,
    restart: () => {
      url = slice.link;
      told = new Map();
      links = new Set();
    },
    take: body => {
      const page = readDeltaPage(body, url, asked);
      if (links.size >= MOST_PAGES || (page.next !== undefined && links.has(page.next)))
        throw new GraphFailure('status', 'its delta does not come to an end');
      links.add(url);
      for (const item of page.items) {
        const id = String(item.id).toLowerCase();
        told.set(id, [...(told.get(id) ?? []), item]);
      }
      if (page.next === undefined) {
        deltaLink = page.delta ?? '';
        return true;
      }
      url = page.next;
      return false;
    },
    end: async () => {
      const changed = [...told.keys()].filter(id => ids.has(id));
      const before = await base.membersOf(changed);
      const now = new Map<string, ReadonlyMap<string, MemberKind>>();
      for (const id of changed) {
        const members = takeMembers(new Map(before.get(id)), told.get(id) ?? []);
        const counted = members && (await countMembers(port, root, id, tally));
        // What is in doubt is read anew, as a whole slice: no group may be in two.
        if (members === undefined || !isWhole(members, counted, members)) {
          for (const group of groups) readAnew(group);
          return true;
        }
        now.set(id, members);
      }
      for (const { id } of groups) {
        const members = now.get(id);
        if (members === undefined) sink.carried(id, base.sizeOf(id) ?? 0);
        else await sink.done(id, members);
      }
      sink.ended({ groups: slice.groups, link: deltaLink });
      return true;
    },
    // Links end after seven days, and sooner when Microsoft Graph wants it (410).
    isHopeless: failure => failure.status === 410 || failure.status === 400,
    failed: failure => {
      if (failure.why === 'stopped') throw badAnswer(failure.message);
      for (const group of groups) readAnew(group);
    },
  };
}
