/** Paths, relative to the version, that cost more than one resource unit (learn.microsoft.com/graph/throttling-limits, identity and access). */
const costly: readonly (readonly [RegExp, number])[] = [
  [/^\/groups\/[^/]+\/transitiveMembers(\/|$)/, 5],
  [/^\/groups\/[^/]+\/members(\/|$)/, 3],
  [/^\/users(\/\$count)?$/, 2],
];

/**
 * What a GET is documented to cost, in resource units: the base cost of its path, one less for `$select`, one less for a `$top` below 20, one more for
 * `$expand`, never below one. A $batch costs what its parts cost.
 */
export function costOf(url: string): number {
  const { pathname, searchParams } = new URL(url);
  const path = pathname.replace(/^\/[^/]+/, '');
  const base = costly.find(([pattern]) => pattern.test(path))?.[1] ?? 1;
  const top = searchParams.get('$top');
  const less = (searchParams.has('$select') ? 1 : 0) + (top !== null && Number(top) < 20 ? 1 : 0);
  return Math.max(1, base + (searchParams.has('$expand') ? 1 : 0) - less);
}
