import type { FacetName } from './facets.ts';
import type { QueryRecord, SourceRecord } from './manifest.ts';
import type { Row, TableName } from './tables.ts';

/** Rows that belong together and can still be taken back as a whole: what one server shows of a domain must not mix with what another shows. */
export type Part = Pick<Recorder, 'add'> & {
  /** The rows are as good as added to the snapshot itself; nothing can be added or taken back any more. */
  keep(): void;
  /** The rows have never been; a part that is neither kept nor dropped when the snapshot is finished is dropped too. */
  drop(): Promise<void>;
};

/** Where collectors put what they read. Order of rows does not matter (tables are sorted when written); the same key twice is the collector's mistake. */
export type Recorder = {
  /** Adds rows to a table; resolves when it can take more (await it: that is the back-pressure). */
  add<N extends TableName>(table: N, rows: readonly Row<N>[]): Promise<void>;
  /** Begins rows that can be taken back. */
  part(): Part;
  /** Says that a facet, or one object of it, was read in full. */
  complete(
    facet: FacetName,
    object?: string,
    counts?: { readonly expected?: number; readonly retrieved?: number },
  ): void;
  /** Says that a facet, or one object of it, could not be read in full, and why, in one sentence fit for a report. */
  gap(
    facet: FacetName,
    reason: string,
    object?: string,
    counts?: { readonly expected?: number; readonly retrieved?: number },
  ): void;
  query(record: QueryRecord): void;
  source(record: SourceRecord): void;
};
