import type { FacetName } from './facets.ts';
import type { QueryRecord, SourceRecord } from './manifest.ts';
import type { Row, TableName } from './tables.ts';

/** Where collectors put what they read. Order of rows does not matter (tables are sorted when written); the same key twice is the collector's mistake. */
export type Recorder = {
  /** Adds rows to a table; resolves when it can take more (await it: that is the back-pressure). */
  add<N extends TableName>(table: N, rows: readonly Row<N>[]): Promise<void>;
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
