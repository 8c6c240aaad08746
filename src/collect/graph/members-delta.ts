import type { DeltaSlice, MemberKind } from '../../snapshot/index.ts';
import type { Chain, ChainReader } from './chain.ts';
import { openChains } from './chains.ts';
import { badAnswer, GraphFailure } from './failure.ts';
import { type Item, isItem, itemsOf, objectId } from './item.ts';
import { readPage, staysWithin } from './list.ts';
import {
  countMembers,
  type GroupToRead,
  isWhole,
  kindOf,
  MAX_MEMBERS,
  type MemberReading,
  type MemberSink,
  type Members,
  ROUNDS,
  shortfall,
} from './members.ts';

/** Documented limit of a delta filter. */
const SLICE = 50;
const COST = 1;
/** The longest chain decides how long a delta takes; more chains at a time only take more memory. */
const WORKERS = 10;
/** Graph is known for delta chains that never end: so many pages in a row without anything new are one. */
const FRUITLESS_PAGES = 200;

/**
 * Reads the direct members of many groups by `groups/delta`, fifty groups to a chain of pages, many chains at a time. A chain is complete only with its
 * delta link. A group whose end is doubtful all the same (it never came, or is an empty Microsoft 365 group), and the largest of each slice, are held
 * against their $count as in membersByBatch. Service principals are left out, because a group's list of members in v1.0 has none.
 */
export function membersByDelta(
  reader: Omit<ChainReader, 'cost'>,
  sink: MemberSink & { readonly ended: (slice: DeltaSlice) => void },
): MemberReading {
  const chains = openChains({ ...reader, workers: Math.min(reader.workers, WORKERS), cost: COST });
  let slice: GroupToRead[] = [];
  const start = () => {
    const groups = slice;
    slice = [];
    if (groups.length > 0) chains.add(() => sliceChain(reader, groups, sink));
  };
  return {
    add: group => {
      slice.push(group);
      if (slice.length === SLICE) start();
    },
    finish: async () => {
      start();
      await chains.finish();
    },
  };
}

/** What is known of the groups of a slice: members by group; a group that was removed is not in it. */
type Found = Map<string, Map<string, MemberKind>>;

function sliceChain(
  { port, root, tally }: Omit<ChainReader, 'cost'>,
  groups: readonly GroupToRead[],
  sink: MemberSink & { readonly ended: (slice: DeltaSlice) => void },
): Chain {
  const filter = groups.map(({ id }) => `id eq '${id}'`).join(' or ');
  const startUrl = `${root}/groups/delta?$select=displayName,members&$filter=${encodeURIComponent(filter)}`;
  const asked = new Set(groups.map(({ id }) => id));
  let url = startUrl;
  let found: Found = new Map();
  let links = new Set<string>();
  let fruitless = 0;
  let edges = 0;
  let deltaLink = '';
  let round = 1;
  let previous: Found = new Map();
  const restart = () => {
    url = startUrl;
    found = new Map();
    links = new Set();
    fruitless = 0;
    edges = 0;
  };

  const verdictOf = async (id: string): Promise<GraphFailure | undefined> => {
    const members = found.get(id);
    if (members === undefined) return new GraphFailure('status', 'the group is gone', { status: 404 });
    const counted = await countMembers(port, root, id, tally);
    return isWhole(members, counted, previous.get(id)) ? undefined : shortfall(members.size, counted);
  };

  return {
    url: () => url,
    restart,
    take: body => {
      const page = readDeltaPage(body, url, asked);
      const isCircle = page.next !== undefined && links.has(page.next);
      if (isCircle || fruitless >= FRUITLESS_PAGES || edges > MAX_MEMBERS)
        throw new GraphFailure('status', 'its delta does not come to an end');
      links.add(url);
      let news = 0;
      const known = found.size;
      for (const item of page.items) news += applyGroup(found, item);
      edges += news;
      fruitless = news > 0 || found.size > known ? 0 : fruitless + 1;
      if (page.next !== undefined) {
        url = page.next;
        return false;
      }
      deltaLink = page.delta ?? '';
      return true;
    },
    end: async () => {
      const doubtful = round > 1 ? groups : groups.filter(group => isDoubtful(group, found));
      const sample = largest(found);
      const ids = new Set([...doubtful.map(({ id }) => id), ...(sample === undefined ? [] : [sample])]);
      const verdicts = new Map<string, GraphFailure>();
      for (const id of ids) {
        const verdict = await verdictOf(id);
        if (verdict !== undefined) verdicts.set(id, verdict);
      }
      if (verdicts.size > 0 && round < ROUNDS) {
        round++;
        previous = found;
        restart();
        return false;
      }
      for (const [id, verdict] of verdicts) sink.failed(id, verdict);
      for (const [id, members] of found) if (!verdicts.has(id)) await sink.done(id, members);
      sink.ended({ groups: [...asked], link: deltaLink });
      return true;
    },
    failed: failure => {
      for (const id of asked) sink.failed(id, failure);
    },
  };
}

type DeltaPage = {
  readonly items: readonly Item[];
  readonly next: string | undefined;
  readonly delta: string | undefined;
};

/** Checks a page of a delta; throws `answer` unless it has exactly one of the two links and holds nothing but groups that were asked for. */
export function readDeltaPage(body: unknown, url: string, asked: ReadonlySet<string>): DeltaPage {
  const { items, next } = readPage(body, url);
  for (const item of items) {
    if (!asked.has(objectId(item) ?? '')) throw badAnswer('a group that was not asked for');
    for (const member of membersOf(item))
      if (objectId(member) === undefined || (kindOf(member) === undefined && !isRemoved(member)))
        throw badAnswer('a member without a valid id and type');
  }
  const delta = isItem(body) ? body['@odata.deltaLink'] : undefined;
  if ((next === undefined) === (delta === undefined))
    throw badAnswer('a delta page needs either a next or a delta link');
  if (delta !== undefined && !staysWithin(delta, url)) throw badAnswer('a delta link to elsewhere');
  return { items, next, delta: typeof delta === 'string' ? delta : undefined };
}

function membersOf(item: Item): readonly Item[] {
  const members = item['members@delta'];
  return members === undefined ? [] : itemsOf(members, 'members@delta');
}

function isRemoved(item: Item): boolean {
  return isItem(item['@removed']);
}

/** What becomes of the members of a group by what a delta says of it, in the order in which it came; undefined when it was removed in between. */
export function takeMembers(
  members: Map<string, MemberKind>,
  items: readonly Item[],
): ReadonlyMap<string, MemberKind> | undefined {
  if (items.some(isRemoved)) return undefined;
  for (const item of items) applyGroup(new Map([[objectId(item) ?? '', members]]), item);
  return members;
}

/** Applies what a page says of a group, in the order in which it comes; returns how many members were added or removed. */
function applyGroup(found: Found, item: Item): number {
  const id = objectId(item) ?? '';
  if (isRemoved(item)) {
    found.delete(id);
    return 0;
  }
  const members = found.get(id) ?? new Map<string, MemberKind>();
  found.set(id, members);
  let news = 0;
  for (const member of membersOf(item)) {
    const memberId = objectId(member) ?? '';
    const kind = kindOf(member) ?? 'other';
    if (isRemoved(member)) news += members.delete(memberId) ? 1 : 0;
    else if (kind !== 'servicePrincipal' && !members.has(memberId)) {
      members.set(memberId, kind);
      news++;
    }
  }
  return news;
}

function isDoubtful({ id, unified }: GroupToRead, found: ReadonlyMap<string, Members>): boolean {
  const members = found.get(id);
  return members === undefined || (unified && members.size === 0);
}

function largest(found: ReadonlyMap<string, Members>): string | undefined {
  let most = 0;
  let id: string | undefined;
  for (const [group, members] of found)
    if (members.size > most) {
      most = members.size;
      id = group;
    }
  return id;
}
