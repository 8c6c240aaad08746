import { flavours } from '../base/index.ts';
import type { Facet, PolicyModel } from './catalogue.ts';
import type { CompiledInvariant } from './compile.ts';

/**
 * The facets without which an invariant is not judged on every row, or without which its messages have blanks, sorted. `collect --minimal` reads these
 * and what has to be read before them (withPrerequisites); `permissions` asks for their rights.
 */
export function neededFacets(compiled: CompiledInvariant, model: PolicyModel): readonly Facet[] {
  const { invariant, told } = compiled;
  const population = model.populations.get(invariant.over);
  const flavour = flavours.every(each => invariant.flavours.includes(each)) ? undefined : population?.flavour;
  const ofFlavour =
    flavour === undefined ? [] : [...(flavour.facet === '' ? [] : [flavour.facet]), ...(flavour.also ?? [])];
  return [...new Set([...told, ...(population?.rows ?? []), ...ofFlavour])].sort();
}
