import type { Journal } from '../../journal/index.ts';
import type { FacetName, Recorder, Row, TableName } from '../../snapshot/index.ts';
import type { Claims } from './claims.ts';
import type { Governor } from './governor.ts';
import { type Fields, fieldsOf, type Item, noDoubts, objectId } from './item.ts';
import { doubtReason, type Ending, type Ledger, rowSink } from './ledger.ts';
import { type List, readList } from './list.ts';
import type { Pace } from './pace.ts';
import type { GraphPort } from './port.ts';

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
export function readTable<N extends TableName>(
  desk: Desk,
  { facet, table, list, rows }: TableRead<N>,
): Promise<boolean> {
  return desk.ledger.settle(facet, requestOf(list.url), async tally => {
    const sink = rowSink(desk.recorder, table);
    const doubts = noDoubts();
    const keyOf = list.keyOf ?? objectId;
    let expected: number | undefined;
    const outcome = await readList(
      desk.port,
      desk.pace,
      {
        ...list,
        emit: items => {
          const made: Row<N>[] = [];
          for (const item of items) {
            const id = keyOf(item) ?? '';
            made.push(...rows(fieldsOf(item, doubts, id), id, item));
          }
          return sink.push(made);
        },
        onCount: counted => {
          expected = counted;
          list.onCount?.(counted);
        },
        onPage: (done, announced) => {
          expected ??= announced;
          desk.progress({ source: 'graph', facet, done, ...(expected === undefined ? {} : { expected }) });
        },
      },
      tally,
    );
    await sink.flush();
    if (outcome.note !== undefined)
      desk.progress({ source: 'graph', facet, done: outcome.retrieved, note: outcome.note });
    const reason = outcome.shortfall ?? doubtReason(doubts);
    return { retrieved: outcome.retrieved, expected: outcome.expected, reason } satisfies Ending;
  });
}

/** Method, path and query of a URL, as the snapshot names a request. */
export function requestOf(url: string): string {
  const { pathname, search } = new URL(url);
  return `GET ${pathname}${search}`;
}
