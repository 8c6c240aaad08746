import { catalogues } from './global-catalog.ts';
import { crossRefsOf, heldContexts, holderOf } from './referral.ts';
import type { FakeEntry, FakePort, FakeSearch } from './script.ts';
import { textOf, within } from './tree.ts';

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
  /** The entries that a search is about, before paging. */
  readonly find: (search: FakeSearch) => readonly FakeEntry[];
};

const MANY_SEARCHES = 8;

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
    find: search => {
      const known = Object.isFrozen(forest) ? found.get(search.key) : undefined;
      if (known !== undefined) return known;
      const hits = entries.filter(entry => visible(search, entry) && within(search, entry) && search.matches(entry));
      if (found.size >= MANY_SEARCHES) found.clear();
      found.set(search.key, hits);
      return hits;
    },
  };
}

function visible(search: FakeSearch, entry: FakeEntry): boolean {
  return search.showsDeleted || textOf(entry, 'isDeleted') === undefined;
}
