import type { Journal } from '../../journal/index.ts';
import type { FacetName, Recorder, Row, TableName } from '../../snapshot/index.ts';
import type { Claims } from './claims.ts';
import { GraphFailure } from './failure.ts';
import type { Governor } from './governor.ts';
import { type Doubts, type Fields, fieldsOf, type Item, noDoubts, objectId } from './item.ts';
import { doubtReason, type Ending, gapReason, type Ledger, rowSink } from './ledger.ts';
import { type List, type ListOutcome, readList } from './list.ts';
import type { Pace } from './pace.ts';
import type { GraphPort, Tally } from './port.ts';

/** How far a read is, or that the server makes everybody wait, for people who wait. */
export type Progress =
  | {
      readonly source: 'graph';
      readonly facet: FacetName;
      readonly done: number;
      readonly expected?: number;
      readonly note?: string;
    }
  | { readonly source: 'graph'; readonly waitingMs: number };

/** Everything the readers of single facets work with. `v1` and `beta` are absolute URLs without a trailing slash. */
export type Desk = {
  readonly journal: Journal;
  readonly signal: AbortSignal;
  readonly port: GraphPort;
  readonly pace: Pace;
  readonly governor: Governor;
  readonly ledger: Ledger;
  readonly recorder: Recorder;
  readonly claims: Claims;
  readonly v1: string;
  readonly beta: string;
  readonly workers: number;
  readonly progress: (event: Progress) => void;
};

/** A list that becomes rows of one table. */
export type TableRead<N extends TableName> = {
  readonly facet: FacetName;
  readonly table: N;
  readonly list: Omit<List, 'emit' | 'onPage'>;
  /** Rows of one item; `id` is its key. */
  readonly rows: (fields: Fields, id: string, item: Item) => readonly Row<N>[];
};

/** Reads a list into a table and settles its facet; resolves to whether it is complete. */
export function readTable<N extends TableName>(desk: Desk, read: TableRead<N>): Promise<boolean> {
  return desk.ledger.settle(read.facet, requestOf(read.list.url), async tally => {
    const doubts = noDoubts();
    const { retrieved, expected, shortfall } = await readRows(desk, tally, read, doubts);
    return { retrieved, expected, reason: shortfall ?? doubtReason(doubts) } satisfies Ending;
  });
}

/** Reads a list into a table: one of the lists of a facet, which its reader settles. */
export async function readRows<N extends TableName>(
  desk: Desk,
  tally: Tally,
  { facet, table, list, rows }: TableRead<N>,
  doubts: Doubts,
): Promise<ListOutcome> {
  const sink = rowSink(desk.recorder, table);
  const keyOf = list.keyOf ?? objectId;
  let expected: number | undefined;
  const emit = (items: readonly Item[]) => {
    const made: Row<N>[] = [];
    for (const item of items) {
      const id = keyOf(item) ?? '';
      made.push(...rows(fieldsOf(item, doubts, id), id, item));
    }
    return sink.push(made);
  };
  const onCount = (counted: number) => {
    expected = counted;
    list.onCount?.(counted);
  };
  const onPage = (done: number, announced: number | undefined) => {
    expected ??= announced;
    desk.progress({ source: 'graph', facet, done, ...(expected === undefined ? {} : { expected }) });
  };
  try {
    const outcome = await readList(desk.port, desk.pace, { ...list, emit, onCount, onPage }, tally);
    if (outcome.note !== undefined)
      desk.progress({ source: 'graph', facet, done: outcome.retrieved, note: outcome.note });
    return outcome;
  } finally {
    await sink.flush();
  }
}

/** What went wrong with one list of several, so that the others are read all the same. Rethrows a stop and what is not Graph's failure. */
export async function shortfallOf(facet: FacetName, reading: Promise<ListOutcome>): Promise<string | undefined> {
  try {
    return (await reading).shortfall;
  } catch (thrown) {
    if (!(thrown instanceof GraphFailure) || thrown.why === 'stopped') throw thrown;
    return gapReason(facet, thrown);
  }
}

/** Method, path and query of a URL, as the snapshot names a request. */
export function requestOf(url: string): string {
  const { pathname, search } = new URL(url);
  return `GET ${pathname}${search}`;
}
