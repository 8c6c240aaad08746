import type { Flavour } from '../base/index.ts';
import { model as builtIn, type Model } from '../model/index.ts';
import { type CompiledInvariant, neededFacets } from '../policy/index.ts';
import { type FacetName, facets, type RightName, rights } from '../snapshot/index.ts';

/** A right, the facets that need it, and for each the ids of the invariants that need the facet; all sorted, facets without an invariant left out. */
export type RightNeed = {
  readonly right: RightName;
  readonly facets: readonly { readonly facet: FacetName; readonly invariants: readonly string[] }[];
};

/** By facet, the ids of the invariants that need it, sorted. Invariants that judge none of the configured flavours need nothing; no flavours mean all. */
export function facetReaders(
  invariants: Iterable<CompiledInvariant>,
  flavours: readonly Flavour[],
  model: Model = builtIn,
): ReadonlyMap<FacetName, readonly string[]> {
  const readers = new Map<FacetName, string[]>();
  for (const compiled of invariants) {
    const { id, flavours: own } = compiled.invariant;
    if (flavours.length > 0 && !own.some(flavour => flavours.includes(flavour))) continue;
    for (const facet of neededFacets(compiled, model)) {
      const ids = readers.get(facet) ?? [];
      ids.push(id);
      readers.set(facet, ids);
    }
  }
  return new Map([...readers].map(([facet, ids]) => [facet, ids.sort()]));
}

/** The least rights with which these invariants can be judged in full, in the order of the table of rights. */
export function rightsNeeded(
  invariants: Iterable<CompiledInvariant>,
  flavours: readonly Flavour[],
  model: Model = builtIn,
): readonly RightNeed[] {
  const readers = [...facetReaders(invariants, flavours, model)].sort(([a], [b]) => (a < b ? -1 : 1));
  return rightNames().flatMap(right => {
    const using = readers
      .filter(([facet]) => facets[facet].rights.some(name => name === right))
      .map(([facet, ids]) => ({ facet, invariants: ids }));
    return using.length === 0 ? [] : [{ right, facets: using }];
  });
}

function rightNames(): readonly RightName[] {
  return Object.keys(rights).filter((name): name is RightName => Object.hasOwn(rights, name));
}
