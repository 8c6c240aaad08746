import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { apartOf, type FacetName, facets, type QueryRecord } from '../../src/snapshot/index.ts';
import { timesOf } from '../../src/snapshot/times.ts';

const START = Date.UTC(2026, 7, 22);
const names = Object.keys(facets) as FacetName[];

function query(facet: FacetName, from: number, to: number): QueryRecord {
  return {
    source: facets[facet].source,
    facet,
    request: 'r',
    pages: 1,
    expected: null,
    retrieved: 0,
    retries: 0,
    begun: new Date(START + from).toISOString(),
    ended: new Date(START + to).toISOString(),
    durationMs: to - from,
    complete: true,
    reason: null,
    objects: [],
  };
}

test('the members of a group are read with the group, or later where they do not fit', () => {
  const times = timesOf([
    query('ad.groups', 1000, 4000),
    query('ad.members', 3000, 9000),
    query('cloud.members', 0, 500),
  ]);
  expect(times.facets.find(each => each.facet === 'ad.members')).toEqual({
    facet: 'ad.members',
    first: '2026-08-22T00:00:01.000Z',
    last: '2026-08-22T00:00:09.000Z',
  });
  // Access lists come with the groups although no query is called so.
  expect(times.facets.map(each => each.facet)).toEqual([
    'ad.acl',
    'ad.groups',
    'ad.memberOf',
    'ad.members',
    'cloud.members',
  ]);
  expect(apartOf(times, ['ad.members', 'cloud.members'])).toBe(9000);
  expect(apartOf(times, ['ad.groups', 'cloud.members'])).toBe(4000);
  expect(apartOf(times, ['ad.members', 'ad.groups'])).toBeNull();
  expect(times.apartMs).toBe(9000);
});

test('no two facts of the two sides were read further apart than their facets are said to be', () => {
  const queries = fc.array(fc.record({ facet: fc.constantFrom(...names), from: fc.nat(10_000), lasts: fc.nat(5000) }), {
    maxLength: 12,
  });
  fc.assert(
    fc.property(queries, asked => {
      const times = timesOf(asked.map(({ facet, from, lasts }) => query(facet, from, from + lasts)));
      let most: number | null = null;
      for (const one of asked)
        for (const other of asked) {
          if (facets[one.facet].source !== 'ad' || facets[other.facet].source !== 'graph') continue;
          const apart = Math.max(one.from + one.lasts - other.from, other.from + other.lasts - one.from);
          most = Math.max(most ?? 0, apart);
          const pair = times.pairs.find(each => each.ad === one.facet && each.cloud === other.facet);
          expect(pair?.apartMs).toBeGreaterThanOrEqual(apart);
        }
      expect(times.apartMs).toBe(most);
      expect(apartOf(times, names)).toBe(most);
    }),
  );
});
