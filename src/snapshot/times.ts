import { AuditError, instantMs, instantText } from '../base/index.ts';
import { type FacetName, facets, isFacet } from './facets.ts';
import type { PairTimes, QueryRecord, Times } from './manifest.ts';

/** Milliseconds since 1970. */
type Interval = { readonly first: number; readonly last: number };

/**
 * When each facet was read, and how far apart two facts can have been read of which one is AD's and the other the cloud's: from the times of all queries
 * that bring facts of a facet, so that every bound holds for every single fact. A facet that nobody asked for has no times.
 */
export function timesOf(queries: readonly QueryRecord[]): Times {
  // Declared facts were not read: their dates are those of the declaration.
  const asked = Map.groupBy(
    queries.filter(({ source }) => source !== 'import'),
    query => query.facet,
  );
  const read = Object.keys(facets)
    .filter(isFacet)
    .sort()
    .flatMap(facet => {
      const bringing = [facet, ...bearersOf(facet)].flatMap(name => asked.get(name) ?? []);
      return bringing.length === 0 ? [] : [{ facet, interval: intervalOf(bringing) }];
    });
  const pairs = read.flatMap(ad =>
    facets[ad.facet].source !== 'ad'
      ? []
      : read
          .filter(cloud => facets[cloud.facet].source === 'graph')
          .map(cloud => ({ ad: ad.facet, cloud: cloud.facet, apartMs: distance(ad.interval, cloud.interval) })),
  );
  return {
    facets: read.map(({ facet, interval: { first, last } }) => ({
      facet,
      first: instantText(first),
      last: instantText(last),
    })),
    pairs,
    apartMs: widest(pairs),
  };
}

/** How far apart the facts of these facets can have been read, in milliseconds; null when they are all of one source, or were not read. */
export function apartOf(times: Times, wanted: readonly FacetName[]): number | null {
  return widest(times.pairs.filter(({ ad, cloud }) => wanted.includes(ad) && wanted.includes(cloud)));
}

/** From the earliest beginning to the latest end of some queries, as they write them. */
export function spanOf(queries: readonly QueryRecord[]): Pick<QueryRecord, 'begun' | 'ended'> {
  const { first, last } = intervalOf(queries);
  return { begun: instantText(first), ended: instantText(last) };
}

function intervalOf(queries: readonly QueryRecord[]): Interval {
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { begun, ended } of queries) {
    first = Math.min(first, moment(begun));
    last = Math.max(last, moment(ended));
  }
  return { first, last };
}

function moment(text: string): number {
  const ms = instantMs(text);
  if (ms === undefined) throw new AuditError('bug', `'${text.slice(0, 60)}' is not an RFC 3339 time`);
  return ms;
}

function bearersOf(facet: FacetName): readonly FacetName[] {
  const described = facets[facet];
  return 'comesWith' in described ? [...described.comesWith] : [];
}

function distance(one: Interval, other: Interval): number {
  return Math.max(one.last - other.first, other.last - one.first);
}

function widest(pairs: readonly PairTimes[]): number | null {
  return pairs.reduce<number | null>((most, { apartMs }) => Math.max(most ?? 0, apartMs), null);
}
