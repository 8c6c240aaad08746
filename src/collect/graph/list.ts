import { guidSet } from '../../base/index.ts';
import { badAnswer, GraphFailure, isExpiredPage } from './failure.ts';
import { type Item, isItem, itemsOf, objectId } from './item.ts';
import type { Pace } from './pace.ts';
import type { GraphPort, Tally } from './port.ts';

/** One page of a list: its items, the link to the next, and the total that the server announced on it. */
export type Page = {
  readonly items: readonly Item[];
  readonly next: string | undefined;
  readonly announced: number | undefined;
};

/** A list to read whole. */
export type List = {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Where an independent count can be had; without it, and without an announced total, the list is read until two reads agree. */
  readonly countUrl?: string;
  readonly keyOf?: (item: Item) => string | undefined;
  /** How many pages are read at most; a longer list is a failure. */
  readonly mostPages?: number;
  /** Takes items not seen before. */
  readonly emit: (items: readonly Item[]) => Promise<void>;
  readonly onPage?: (done: number, expected: number | undefined) => void;
  /** Told of the count before the reading, where there is one. */
  readonly onCount?: (expected: number) => void;
};

/** How reading a list ended. `shortfall` says in words why its end is not proven; undefined when it is. */
export type ListOutcome = {
  readonly retrieved: number;
  readonly expected: number | undefined;
  readonly note: string | undefined;
  readonly shortfall: string | undefined;
};

const ROUNDS = 3;
const MAX_PAGES = 500_000;

/** Checks and takes a page apart; throws `answer` on anything but a list whose items all have a key and whose next link stays at the same host and version. */
export function readPage(json: unknown, url: string, keyOf: (item: Item) => string | undefined = objectId): Page {
  if (!isItem(json)) throw badAnswer('a page that is no object');
  const items = itemsOf(json.value, 'value');
  for (const item of items) if (keyOf(item) === undefined) throw badAnswer('an item without a valid id');
  const next = json['@odata.nextLink'];
  if (next !== undefined && !staysWithin(next, url)) throw badAnswer('a next link to elsewhere');
  const announced = json['@odata.count'];
  return {
    items,
    next: typeof next === 'string' ? next : undefined,
    announced: typeof announced === 'number' && Number.isSafeInteger(announced) ? announced : undefined,
  };
}

/** True for a link that leads to another page at the same host and version. */
export function staysWithin(next: unknown, url: string): boolean {
  if (typeof next !== 'string' || next.length > 16_384 || next === url || !URL.canParse(next)) return false;
  const [from, to] = [new URL(url), new URL(next)];
  const version = (path: string) => path.split('/', 2)[1];
  return to.origin === from.origin && to.username === '' && version(to.pathname) === version(from.pathname);
}

/**
 * Reads a list to its proven end. Graph ends a list by leaving out the next link, which looks exactly like a lost link, so the number of items is held
 * against an independent count taken before and after. When they differ the list is read again, up to three times. Fewer items than announced are
 * never accepted; more are (the count comes from an index that lags) once two reads agree. Items are emitted once each, in the first version seen.
 */
export async function readList(port: GraphPort, pace: Pace, list: List, tally: Tally): Promise<ListOutcome> {
  const seen = keysOf(list);
  let before = await countOf(port, list, tally);
  if (before !== undefined) list.onCount?.(before);
  let expected = before;
  for (let round = 1; round <= ROUNDS; round++) {
    // Long enough for the index behind the count to catch up (about a quarter of a minute by default); nothing lags where nothing is counted.
    if (round > 1 && expected !== undefined) await pace.rest(pace.backoff(round + 2), 'the list and its count differ');
    const known = seen.size;
    const pass = await readThrough(port, list, seen, tally);
    const after = pass.announced ?? (await countOf(port, list, tally));
    before = pass.announced ?? before;
    expected = after ?? before;
    const stable = pass.size === seen.size;
    const repeated = round > 1 && stable && known === seen.size;
    if (before === undefined || after === undefined) {
      if (repeated) return { retrieved: seen.size, expected: undefined, note: undefined, shortfall: undefined };
    } else if (stable && seen.size >= Math.min(before, after)) {
      const surplus = seen.size > Math.max(before, after);
      const note = surplus ? `${seen.size} items where ${expected} were announced, twice the same` : undefined;
      if (!surplus || repeated) return { retrieved: seen.size, expected, note, shortfall: undefined };
    }
    before = after;
  }
  const shortfall =
    expected === undefined
      ? `the list differed each of the ${ROUNDS} times it was read`
      : `the list ended at ${seen.size} items where Microsoft Graph counts ${expected}, after reading it ${ROUNDS} times`;
  return { retrieved: seen.size, expected, note: undefined, shortfall };
}

/** Keys, each once; `add` is true for one that was not there. */
type Keys = { readonly size: number; readonly add: (key: string) => boolean };

function keysOf({ keyOf }: List): Keys {
  if (keyOf === undefined) return guidSet();
  const keys = new Set<string>();
  return {
    get size() {
      return keys.size;
    },
    add: key => keys.size < keys.add(key).size,
  };
}

async function readThrough(
  port: GraphPort,
  list: List,
  seen: Keys,
  tally: Tally,
): Promise<{ size: number; announced: number | undefined }> {
  for (let restarts = 0; ; restarts++) {
    try {
      return await followPages(port, list, seen, tally);
    } catch (thrown) {
      if (!(thrown instanceof GraphFailure) || !isExpiredPage(thrown) || restarts >= ROUNDS) throw thrown;
      tally.retries++;
    }
  }
}

async function followPages(
  port: GraphPort,
  list: List,
  seen: Keys,
  tally: Tally,
): Promise<{ size: number; announced: number | undefined }> {
  const keyOf = list.keyOf ?? objectId;
  const ids = keysOf(list);
  const links = new Set<string>();
  let announced: number | undefined;
  for (let url: string | undefined = list.url; url !== undefined; ) {
    if (links.has(url)) throw badAnswer('its page links run in a circle');
    if (links.size >= (list.mostPages ?? MAX_PAGES))
      throw new GraphFailure('status', `it has more than ${links.size} pages, which is too many to read`);
    links.add(url);
    const at: string = url;
    const check = (json: unknown) => void readPage(json, at, keyOf);
    const page = readPage(await port.get(at, { tally, check, headers: list.headers ?? {} }), at, keyOf);
    tally.pages++;
    announced ??= page.announced;
    const fresh = page.items.filter(item => {
      const key = keyOf(item) ?? '';
      ids.add(key);
      return seen.add(key);
    });
    await list.emit(fresh);
    list.onPage?.(seen.size, announced);
    url = page.next;
  }
  return { size: ids.size, announced };
}

async function countOf(port: GraphPort, list: List, tally: Tally): Promise<number | undefined> {
  if (list.countUrl === undefined) return undefined;
  return await port.count(list.countUrl, tally).catch(noCountWhenRefused);
}

/** Some endpoints have no count: a refusal of it is an answer, any other failure is not. */
export function noCountWhenRefused(thrown: unknown): undefined {
  if (thrown instanceof GraphFailure && [400, 403, 404, 405, 501].includes(thrown.status ?? 0)) return undefined;
  throw thrown;
}
