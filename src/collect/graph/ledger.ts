import { AuditError, instantText } from '../../base/index.ts';
import {
  type FacetName,
  facets,
  facetsFrom,
  NOT_ASKED,
  type Recorder,
  type Row,
  rightsOf,
  rightsText,
  type TableName,
} from '../../snapshot/index.ts';
import { GraphFailure } from './failure.ts';
import type { Doubts } from './item.ts';
import type { Tally } from './port.ts';

/** How a facet's read ended, as far as it got. */
export type Ending = {
  readonly retrieved: number;
  readonly expected?: number | undefined;
  /** Why it is not complete, in one sentence; undefined when it is. */
  readonly reason?: string | undefined;
  /** Ids of single objects that are affected. */
  readonly objects?: readonly string[];
};

/** Sees to it that every facet of Graph ends as complete or as a gap, exactly once, with one query record per read. */
export type Ledger = {
  /** Reads a facet: what `read` returns or throws becomes its coverage and its query record. Rethrows only a stop and errors that are not Graph's. */
  readonly settle: (facet: FacetName, request: string, read: (tally: Tally) => Promise<Ending>) => Promise<boolean>;
  /** Facets that end as gaps for these reasons however well their reads end; told before the first one. */
  readonly foresee: (gaps: ReadonlyMap<FacetName, string>) => void;
  /** False for a facet that nobody wants: to settle it reads nothing. */
  readonly asks: (facet: FacetName) => boolean;
  /** Records a gap for every facet that has not ended. */
  readonly closeRest: (reason: string) => void;
  /** Facets that ended complete. */
  readonly complete: ReadonlySet<FacetName>;
  /** Facets whose read failed outright, and how. */
  readonly failures: ReadonlyMap<FacetName, GraphFailure>;
};

const MAX_OBJECTS = 1000;

/** Opens the books of one run; `now` is in milliseconds since 1970, `asked` are the facets to read (default all). */
export function openLedger(recorder: Recorder, now: () => number, asked?: ReadonlySet<FacetName>): Ledger {
  const ended = new Set<FacetName>();
  const complete = new Set<FacetName>();
  const failures = new Map<FacetName, GraphFailure>();
  let foreseen: ReadonlyMap<FacetName, string> = new Map();

  const close = (facet: FacetName, ending: Ending) => {
    if (ended.has(facet)) throw new AuditError('bug', `${facet} ended twice`);
    ended.add(facet);
    const counts = {
      retrieved: ending.retrieved,
      ...(ending.expected === undefined ? {} : { expected: ending.expected }),
    };
    if (ending.reason !== undefined) recorder.gap(facet, ending.reason, undefined, counts);
    else {
      complete.add(facet);
      recorder.complete(facet, undefined, counts);
    }
  };

  const asks = (facet: FacetName) => asked?.has(facet) ?? true;

  return {
    complete,
    failures,
    asks,
    foresee: gaps => {
      foreseen = gaps;
    },
    settle: async (facet, request, read) => {
      if (!asks(facet)) {
        close(facet, { retrieved: 0, reason: NOT_ASKED });
        return false;
      }
      const tally: Tally = { pages: 0, retries: 0 };
      const begun = now();
      const book = (ending: Ending) => {
        close(facet, ending);
        const objects = ending.objects ?? [];
        // A clock that was set back must not turn the interval around.
        const ended = Math.max(begun, now());
        const first = Math.min(begun, tally.since ?? begun);
        const words = ending.reason ?? (objects.length > 0 ? `${objects.length} objects could not be read` : null);
        recorder.query({
          source: 'graph',
          facet,
          request,
          pages: tally.pages,
          expected: ending.expected ?? null,
          retrieved: ending.retrieved,
          retries: tally.retries,
          begun: instantText(first),
          ended: instantText(ended),
          durationMs: ended - first,
          complete: words === null,
          reason: words,
          objects: objects.slice(0, MAX_OBJECTS),
        });
      };
      try {
        const told = await read(tally);
        const foreboding = foreseen.get(facet);
        const ending = told.reason === undefined && foreboding !== undefined ? { ...told, reason: foreboding } : told;
        book(ending);
        return ending.reason === undefined;
      } catch (thrown) {
        if (!(thrown instanceof GraphFailure)) throw thrown;
        failures.set(facet, thrown);
        book({ retrieved: 0, reason: gapReason(facet, thrown) });
        if (thrown.why === 'stopped') throw thrown;
        return false;
      }
    },
    closeRest: reason => {
      for (const facet of facetsFrom('graph'))
        if (!ended.has(facet)) close(facet, { retrieved: 0, reason: asks(facet) ? reason : NOT_ASKED });
    },
  };
}

/** One sentence on why a facet is unknown, with the right that is missing where that is the cause. */
export function gapReason(facet: FacetName, failure: GraphFailure): string {
  const about = facets[facet].about.replace(/^the /, '');
  const delegated = rightsOf(facet).some(({ delegatedOnly }) => delegatedOnly);
  if (delegated && (failure.status === 403 || failure.status === 401))
    return `Microsoft Graph does not let applications read the ${about} (${failure.message})`;
  if (failure.status === 403)
    return `Microsoft Graph refused to give the ${about}: ${failure.message}; it needs ${rightsText(facet)}`;
  if (failure.why === 'sign-in') return `the sign-in for the ${about} failed: ${failure.message}`;
  return `Microsoft Graph did not give the ${about}: ${failure.message}`;
}

/** The sentence for values that were not as documented; undefined when there were none. */
export function doubtReason(doubts: Doubts): string | undefined {
  if (doubts.count === 0) return undefined;
  const values = doubts.count === 1 ? '1 value is' : `${doubts.count} values are`;
  return `${values} not as Microsoft Graph documents them; the first: ${doubts.first ?? ''}`;
}

/** Hands rows to the recorder in portions, so that few are in memory at a time. */
export type RowSink<N extends TableName> = {
  readonly push: (rows: readonly Row<N>[]) => Promise<void>;
  readonly flush: () => Promise<void>;
};

const PORTION = 5000;

/** A sink for one table. */
export function rowSink<N extends TableName>(recorder: Recorder, table: N): RowSink<N> {
  let held: Row<N>[] = [];
  const flush = async () => {
    const rows = held;
    held = [];
    if (rows.length > 0) await recorder.add(table, rows);
  };
  return {
    flush,
    push: async rows => {
      for (const row of rows) held.push(row);
      if (held.length >= PORTION) await flush();
    },
  };
}
