import { AuditError } from '../../base/index.ts';
import { type FacetName, facets, isFacet, type Recorder } from '../../snapshot/index.ts';
import { oneLine } from './failure.ts';

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
  /** Tells the recorder, once, about every facet of AD. */
  readonly settle: (ifNotRead: string) => void;
};

/** An empty coverage for all facets of AD. */
export function coverageOf(recorder: Pick<Recorder, 'complete' | 'gap'>): Coverage {
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
        if (!(thrown instanceof AuditError)) throw thrown;
        for (const facet of facetsRead) fail(facet, thrown.message);
      }
    },
    settle: ifNotRead => {
      for (const facet of adFacets()) {
        const retrieved = counts.get(facet);
        const why = [...(reasons.get(facet) ?? [])];
        const told =
          why.slice(0, MAX_REASONS).join('; ') +
          (why.length > MAX_REASONS ? `; and ${why.length - MAX_REASONS} more` : '');
        if (why.length > 0) recorder.gap(facet, told, undefined, retrieved === undefined ? {} : { retrieved });
        else if (retrieved === undefined) recorder.gap(facet, ifNotRead);
        else recorder.complete(facet, undefined, { retrieved });
        for (const [object, reason] of objects.get(facet) ?? []) recorder.gap(facet, reason, object);
      }
    },
  };
}

/** The facets that this collector owes an answer for. */
export function adFacets(): FacetName[] {
  return Object.entries(facets).flatMap(([name, facet]) => (facet.source === 'ad' && isFacet(name) ? [name] : []));
}
