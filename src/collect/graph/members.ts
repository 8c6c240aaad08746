import { type GuidSet, guidSet } from '../../base/index.ts';
import type { MemberKind } from '../../snapshot/index.ts';
import type { Chain, ChainReader } from './chain.ts';
import { openChains } from './chains.ts';
import { GraphFailure } from './failure.ts';
import { type Item, objectId } from './item.ts';
import { noCountWhenRefused, readPage } from './list.ts';
import type { GraphPort, Tally } from './port.ts';

/** The direct members of one group: id to kind. */
export type Members = ReadonlyMap<string, MemberKind>;

/** A group whose members are to be read. */
export type GroupToRead = {
  readonly id: string;
  /** Microsoft 365 groups are hardly ever empty: an empty answer is held against a count. */
  readonly unified: boolean;
};

/** Who gets the results; every group ends in one of the two, or is taken back by `failed` after it was `done`. */
export type MemberSink = {
  readonly done: (group: string, members: Members) => Promise<void>;
  readonly failed: (group: string, failure: GraphFailure) => void;
};

/** A reading of members under way; `finish` says that no more groups come, and resolves when each has ended. */
export type MemberReading = {
  readonly add: (group: GroupToRead) => void;
  readonly finish: () => Promise<void>;
};

/** How often a membership whose end is in doubt is read. */
export const ROUNDS = 3;
/** More than any group can have. */
export const MAX_MEMBERS = 5_000_000;
const PAGE = 999;
const COSTS: Readonly<Record<Relation, number>> = { members: 2, owners: 1 };
const kinds: Readonly<Record<string, MemberKind>> = {
  '#microsoft.graph.user': 'user',
  '#microsoft.graph.group': 'group',
  '#microsoft.graph.device': 'device',
  '#microsoft.graph.orgcontact': 'orgContact',
  '#microsoft.graph.serviceprincipal': 'servicePrincipal',
};

/** What is read of a group: its direct members or its owners. */
export type Relation = 'members' | 'owners';

/**
 * Reads the direct members (or the owners) of many groups, each by its own list, through $batch. A group whose end is doubtful (several pages, a full last
 * page, an empty Microsoft 365 group) is held against its $count; fewer members than counted are never accepted. v1.0 does not list service principals.
 */
export function membersByBatch(
  reader: Omit<ChainReader, 'cost'>,
  sink: MemberSink,
  relation: Relation = 'members',
): MemberReading {
  const { port, root, tally } = reader;
  const chains = openChains({ ...reader, cost: COSTS[relation] });
  // Smallest full page seen: a last page this long may have lost its link.
  const pageSize = { full: PAGE };
  const unproven: Unproven = { groups: guidSet(), sizes: [] };
  const common = { port, root, tally, pageSize, unproven, sink, relation };
  return {
    add: group => chains.add(() => groupChain(common, group)),
    finish: async () => {
      await chains.finish();
      await checkLate({ ...reader, relation }, unproven, pageSize.full, sink);
    },
  };
}

/** Groups that were accepted on one page, and how many members each had, in the same order. */
type Unproven = { readonly groups: GuidSet; readonly sizes: number[] };

type Common = Pick<ChainReader, 'port' | 'root' | 'tally'> & {
  readonly pageSize: { full: number };
  readonly unproven: Unproven;
  readonly sink: MemberSink;
  readonly relation: Relation;
};

function groupChain(
  { port, root, tally, pageSize, unproven, sink, relation }: Common,
  { id, unified }: GroupToRead,
): Chain {
  const startUrl = `${root}/groups/${id}/${relation}?$top=${PAGE}&$select=id`;
  let url = startUrl;
  let members = new Map<string, MemberKind>();
  let links = new Set<string>();
  let pages = 0;
  let lastPage = 0;
  let round = 1;
  let previous: Members | undefined;
  const restart = () => {
    url = startUrl;
    members = new Map();
    links = new Set();
    pages = 0;
    lastPage = 0;
  };
  return {
    url: () => url,
    restart,
    take: body => {
      const page = readPage(body, url, memberId);
      if (page.next !== undefined && (links.has(page.next) || members.size > MAX_MEMBERS))
        throw new GraphFailure('status', 'its page links run in a circle');
      links.add(url);
      for (const item of page.items) members.set(memberId(item) ?? '', kindOf(item) ?? 'other');
      pages++;
      lastPage = page.items.length;
      if (page.next === undefined) return true;
      pageSize.full = Math.max(1, Math.min(pageSize.full, lastPage || pageSize.full));
      url = page.next;
      return false;
    },
    end: async () => {
      const doubtful = pages > 1 || lastPage >= pageSize.full || (unified && members.size === 0);
      if (doubtful || round > 1) {
        const counted = await countMembers(port, root, id, tally, relation);
        if (!isWhole(members, counted, previous)) {
          if (round >= ROUNDS) throw shortfall(members.size, counted, relation);
          round++;
          previous = members;
          restart();
          return false;
        }
      } else if (unproven.groups.add(id)) unproven.sizes.push(members.size);
      await sink.done(id, members);
      return true;
    },
    failed: failure => sink.failed(id, failure),
  };
}

/** The number of a group's members (or owners) by the index, which may lag behind; undefined where it cannot be counted. */
export function countMembers(
  port: GraphPort,
  root: string,
  group: string,
  tally: Tally,
  relation: Relation = 'members',
): Promise<number | undefined> {
  return port.count(`${root}/groups/${group}/${relation}/$count`, tally).catch(noCountWhenRefused);
}

/** True when a membership agrees with its count, or with the reading before where there is no count or where it holds more than was counted. */
export function isWhole(members: Members, counted: number | undefined, previous: Members | undefined): boolean {
  const repeated = previous !== undefined && sameKeys(previous, members);
  if (counted === undefined ? repeated : members.size === counted) return true;
  // The count lags behind: more members than counted are believed once two reads agree, fewer never.
  return repeated && members.size > (counted ?? 0);
}

/** The failure of a group that was read as often as is sensible. */
export function shortfall(size: number, counted: number | undefined, relation: Relation = 'members'): GraphFailure {
  const words = counted === undefined ? 'which differs each time' : `where ${counted} are counted`;
  return new GraphFailure('status', `the list of ${relation} ended at ${size}, ${words}, after ${ROUNDS} reads`);
}

/** What a member is, by its @odata.type; undefined when it has none. */
export function kindOf(item: Item): MemberKind | undefined {
  const type = item['@odata.type'];
  return typeof type === 'string' ? (kinds[type.toLowerCase()] ?? 'other') : undefined;
}

/** A member without a type is as malformed as one without an id. */
function memberId(item: Item): string | undefined {
  return kindOf(item) === undefined ? undefined : objectId(item);
}

function sameKeys(one: Members, other: Members): boolean {
  return one.size === other.size && [...one.keys()].every(key => other.has(key));
}

/** Groups accepted on one page before it was known how short a full page can be. Their rows are out already, so a mismatch can only be a gap. */
async function checkLate(
  { port, root, workers, tally, relation }: Omit<ChainReader, 'cost'> & { readonly relation: Relation },
  { groups, sizes }: Unproven,
  fullPage: number,
  sink: MemberSink,
): Promise<void> {
  const all = [...groups].map((id, at) => [id, sizes[at] ?? 0] as const);
  const late = all.filter(([, size]) => size >= fullPage).values();
  const check = async () => {
    for (const [id, size] of late) {
      try {
        const counted = await countMembers(port, root, id, tally, relation);
        if (counted !== undefined && counted > size)
          throw new GraphFailure('answer', `the list of ${relation} ended at ${size} where ${counted} are counted`);
      } catch (thrown) {
        if (!(thrown instanceof GraphFailure) || thrown.why === 'stopped') throw thrown;
        sink.failed(id, thrown);
      }
    }
  };
  await Promise.all(Array.from({ length: workers }, check));
}
