import { type FacetName, facetsFrom, NOT_ASKED, type Recorder } from '../../snapshot/index.ts';
import { isSourceFailure, oneLine } from './failure.ts';

const MAX_REASONS = 5;

/** Keeps what is known about each facet until the end, so that every facet gets exactly one word and a gap always wins. */
export type Coverage = {
  /** The facet was read, so far without a gap; `retrieved` adds up. */
  readonly read: (facet: FacetName, retrieved: number) => void;
  /** Something of the facet could not be read. */
  readonly fail: (facet: FacetName, reason: string) => void;
  /** One object of a facet could not be read; the first reason stays. */
  readonly failObject: (facet: FacetName, object: string, reason: string) => void;
  /** Runs one reading; a failure of the source becomes a gap of these facets, anything else passes through. */
  readonly attempt: (facetsRead: readonly FacetName[], work: () => Promise<void>) => Promise<void>;
  /** What is known about a facet; `retrieved` is undefined when it was not read. */
  readonly told: (facet: FacetName) => {
    readonly retrieved: number | undefined;
    readonly reasons: readonly string[];
    readonly objects: ReadonlyMap<string, string>;
  };
};

/** The coverage of one part of a collection: `owes` are the facets that it has to read, and `name` stands before its reasons where several parts are told apart. */
export type Share = { readonly coverage: Coverage; readonly owes: readonly FacetName[]; readonly name?: string };

/** An empty coverage for all facets of AD. */
export function coverageOf(): Coverage {
  const counts = new Map<FacetName, number>();
  const reasons = new Map<FacetName, Set<string>>();
  const objects = new Map<FacetName, Map<string, string>>();
  const fail = (facet: FacetName, reason: string) => {
    reasons.set(facet, (reasons.get(facet) ?? new Set()).add(oneLine(reason)));
  };
  return {
    read: (facet, retrieved) => {
      counts.set(facet, (counts.get(facet) ?? 0) + retrieved);
    },
    fail,
    failObject: (facet, object, reason) => {
      const known = objects.get(facet) ?? new Map<string, string>();
      objects.set(facet, known);
      if (!known.has(object)) known.set(object, oneLine(reason));
    },
    attempt: async (facetsRead, work) => {
      try {
        await work();
      } catch (thrown) {
        if (!isSourceFailure(thrown)) throw thrown;
        for (const facet of facetsRead) fail(facet, thrown.message);
      }
    },
    told: facet => ({
      retrieved: counts.get(facet),
      reasons: [...(reasons.get(facet) ?? [])],
      objects: objects.get(facet) ?? new Map(),
    }),
  };
}

/** Tells the recorder, once, about every facet of AD: complete only when every share that owes it has read it without a gap. */
export function settle(
  recorder: Pick<Recorder, 'complete' | 'gap'>,
  shares: readonly Share[],
  ifNotRead: string,
  asks: (facet: FacetName) => boolean,
): void {
  for (const facet of facetsFrom('ad')) {
    if (!asks(facet)) {
      recorder.gap(facet, NOT_ASKED);
      continue;
    }
    const told = shares.map(({ coverage, owes, name }) => {
      const { retrieved, reasons, objects } = coverage.told(facet);
      const silent = retrieved === undefined && reasons.length === 0 && owes.includes(facet);
      const why = silent ? [ifNotRead] : reasons;
      return { retrieved, objects, why: why.map(reason => (name === undefined ? reason : `${name}: ${reason}`)) };
    });
    const why = [...new Set(told.flatMap(one => one.why))];
    const text =
      why.slice(0, MAX_REASONS).join('; ') + (why.length > MAX_REASONS ? `; and ${why.length - MAX_REASONS} more` : '');
    const read = told.flatMap(one => one.retrieved ?? []);
    const retrieved = read.reduce((sum, count) => sum + count, 0);
    if (why.length > 0) recorder.gap(facet, text, undefined, read.length === 0 ? {} : { retrieved });
    else if (read.length === 0) recorder.gap(facet, ifNotRead);
    else recorder.complete(facet, undefined, { retrieved });
    const objects = new Map(told.toReversed().flatMap(one => [...one.objects]));
    for (const [object, reason] of objects) recorder.gap(facet, reason, object);
  }
}
