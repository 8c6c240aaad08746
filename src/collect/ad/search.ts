import { AndFilter, type Control, EqualityFilter, type Filter, OrFilter } from 'ldapts';
import type { FacetName, QueryRecord } from '../../snapshot/index.ts';
import type { Entry } from './entry.ts';
import { oneLine } from './failure.ts';

/** One search. `controls` makes fresh ones for every page; `absent` says what a missing base means: an error, or simply no entries. */
export type Search = {
  readonly facet: FacetName;
  readonly base: string;
  readonly scope: 'base' | 'one' | 'sub';
  readonly filter: string | Filter;
  readonly attributes: readonly string[];
  readonly controls?: () => readonly Control[];
  /** Entries per page, at most 1,000 (AD's own limit) and that by default; fewer where entries are big, since a page is held in memory. */
  readonly pageSize?: number;
  readonly absent?: 'error' | 'empty';
  /** Asked of the server also when an interrupted run was answered: what must be of now. */
  readonly live?: boolean;
  /** Without paging: for a search that another control cuts into pieces. */
  readonly whole?: true;
};

/** Takes a page of entries. After a lost connection a search starts again, so the same object can come twice: key by objectGUID. */
export type Take = (entries: readonly Entry[]) => Promise<void> | void;

/** The record of a search in the manifest; `reason` says why it is not complete. */
export function queryOf(
  request: Search,
  counts: Pick<QueryRecord, 'pages' | 'retrieved' | 'retries' | 'begun' | 'ended'>,
  reason: string | null,
): QueryRecord {
  return {
    source: 'ad',
    facet: request.facet,
    request: describe(request),
    ...counts,
    expected: null,
    durationMs: Math.max(0, Date.parse(counts.ended) - Date.parse(counts.begun)),
    complete: reason === null,
    reason,
    objects: [],
  };
}

function describe(search: Search): string {
  const filter = typeof search.filter === 'string' ? search.filter : describeFilter(search.filter);
  return `${search.scope} "${search.base}" ${filter} [${search.attributes.join(', ')}]`;
}

function describeFilter(filter: Filter): string {
  if (filter instanceof AndFilter) return `(&${filter.filters.map(describeFilter).join('')})`;
  if (!(filter instanceof OrFilter)) return oneLine(filter.toString());
  const [first] = filter.filters;
  // Values may be binary; a filter of attributes alone says it all.
  if (!filter.filters.every(one => one instanceof EqualityFilter)) return oneLine(filter.toString());
  return `(one of ${filter.filters.length} values of ${first instanceof EqualityFilter ? first.attribute : 'several attributes'})`;
}
