import { guidToBytes } from '../../../src/base/index.ts';
import { catalogues } from './global-catalog.ts';
import { crossRefsOf, heldContexts, holderOf } from './referral.ts';
import type { FakeEntry, FakePort, FakeSearch } from './script.ts';
import { isBase, textOf, valuesOf, within } from './tree.ts';

/** The directory as one port shows it. */
export type View = {
  readonly port: FakePort;
  /** All entries of this port. */
  readonly entries: readonly FakeEntry[];
  /** The entries of the forest behind it, with what this port does not hold. */
  readonly forest: readonly FakeEntry[];
  /** Whether this port shows an attribute of an entry; the name in lower case. */
  readonly shows: (entry: FakeEntry, attribute: string) => boolean;
  /** The entry of exactly this DN. */
  readonly named: (dn: string) => FakeEntry | undefined;
  /** Whether the base of a search is here. */
  readonly holds: (base: string) => boolean;
  /** The entries that a search is about, before paging. */
  readonly find: (search: FakeSearch) => readonly FakeEntry[];
};

const MANY_SEARCHES = 8;
const MANY_BASES = 1000;

const views = new WeakMap<readonly FakeEntry[], Map<FakePort, View>>();

/**
 * What a port shows of the forest. The domain port of a server whose root entry says its `namingContexts` shows those
 * alone, otherwise everything; the global catalog shows every entry with the attributes of the partial set. An array
 * that is frozen is taken to stay as it is, and what was found in it is kept: so big directories page in linear time.
 */
export function viewOf(forest: readonly FakeEntry[], port: FakePort): View {
  if (!Object.isFrozen(forest)) return makeView(forest, port);
  const known = views.get(forest) ?? new Map<FakePort, View>();
  views.set(forest, known);
  const view = known.get(port) ?? makeView(forest, port);
  known.set(port, view);
  return view;
}

function makeView(forest: readonly FakeEntry[], port: FakePort): View {
  const contexts = heldContexts(forest);
  const references = crossRefsOf(forest);
  const isHeld = ({ dn }: FakeEntry) => {
    const holder = holderOf(references, dn);
    return contexts === undefined || holder === undefined || contexts.includes(holder.context.toLowerCase());
  };
  const entries = port === 'catalog' || contexts === undefined ? forest : forest.filter(isHeld);
  let names: Map<string, FakeEntry> | undefined;
  const found = new Map<string, readonly FakeEntry[]>();
  const bases = new Map<string, boolean>();
  let ids: Map<string, FakeEntry> | undefined;
  const candidates = ({ matches, base, scope }: FakeSearch): readonly FakeEntry[] => {
    const wanted = matches.guids ?? (scope === 0 ? guidOfBase(base) : undefined);
    if (wanted === undefined || !Object.isFrozen(forest)) return entries;
    ids ??= new Map(entries.map(entry => [valuesOf(entry, 'objectGUID')[0]?.toString('hex') ?? '', entry]));
    return [...wanted].flatMap(id => ids?.get(id) ?? []);
  };
  return {
    port,
    entries,
    forest,
    shows: (entry, attribute) => port === 'domain' || catalogues(entry, attribute, isHeld(entry)),
    named: dn => {
      // DNs lead to the whole forest: a server knows the names and ids of what its members refer to elsewhere.
      names ??= new Map(forest.map(entry => [entry.dn, entry]));
      return names.get(dn);
    },
    holds: base => {
      if (base === '') return true;
      const known = Object.isFrozen(forest) ? bases.get(base) : undefined;
      const held = known ?? entries.some(entry => isBase(base, entry));
      if (bases.size < MANY_BASES) bases.set(base, held);
      return held;
    },
    find: search => {
      const known = Object.isFrozen(forest) ? found.get(search.key) : undefined;
      if (known !== undefined) return known;
      const hits = candidates(search).filter(
        entry => visible(search, entry) && within(search, entry) && search.matches(entry),
      );
      // What is asked for by ids is found again as fast.
      if (search.matches.guids !== undefined) return hits;
      if (found.size >= MANY_SEARCHES) found.clear();
      found.set(search.key, hits);
      return hits;
    },
  };
}

// `<GUID=…>` with dashes, as clients that know an object by its id name it.
function guidOfBase(base: string): readonly string[] | undefined {
  const text = /^<GUID=([0-9a-f-]{36})>$/i.exec(base)?.[1];
  return text === undefined ? undefined : [guidToBytes(text.toLowerCase()).toString('hex')];
}

function visible(search: FakeSearch, entry: FakeEntry): boolean {
  return search.showsDeleted || textOf(entry, 'isDeleted') === undefined;
}
