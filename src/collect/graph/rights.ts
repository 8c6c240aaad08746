import { type FacetName, facets, type Right, type RightName, rights } from '../../snapshot/index.ts';
import type { Claims } from './claims.ts';

/** A right that the token does not hold, and the facets of Graph that need it, sorted. */
export type MissingRight = { readonly right: RightName; readonly facets: readonly FacetName[] };

/** What a token says before anything is read with it. */
export type TokenReport = {
  /** The application, as the token names it. */
  readonly identity: string;
  /** Permissions that it holds; undefined for an opaque token, of which nothing can be told. */
  readonly permissions: readonly string[] | undefined;
  readonly missing: readonly MissingRight[];
};

/** Rights that a token lacks for these facets; none for an opaque token. */
export function missingRights({ permissions }: Claims, wanted: Iterable<FacetName>): readonly MissingRight[] {
  if (permissions === undefined) return [];
  const missing = new Map<RightName, FacetName[]>();
  for (const facet of [...wanted].sort())
    for (const right of facets[facet].rights) {
      if (rights[right].source !== 'graph' || isHeld(rights[right], permissions)) continue;
      missing.set(right, [...(missing.get(right) ?? []), facet]);
    }
  return [...missing].map(([right, needing]) => ({ right, facets: needing }));
}

/**
 * Why each facet cannot be complete, whatever Graph answers: with fewer rights it leaves properties and objects out instead of refusing. Rights that only
 * some objects need are those objects' matter.
 */
export function foreseenGaps(missing: readonly MissingRight[]): ReadonlyMap<FacetName, string> {
  const gaps = new Map<FacetName, string>();
  for (const { right, facets: needing } of missing) {
    const { name, partly }: Right = rights[right];
    if (partly !== undefined) continue;
    for (const facet of needing)
      if (!gaps.has(facet)) gaps.set(facet, `the token lacks ${name}, without which Microsoft Graph leaves things out`);
  }
  return gaps;
}

function isHeld({ name, includedIn = [] }: Right, held: readonly string[]): boolean {
  return held.some(permission => permission === name || includedIn.includes(permission));
}
