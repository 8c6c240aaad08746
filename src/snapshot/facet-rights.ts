import { type FacetName, facets } from './facets.ts';
import { type Right, rights } from './rights.ts';

/** The rights that a facet needs. */
export function rightsOf(facet: FacetName): readonly Right[] {
  return facets[facet].rights.map(name => rights[name]);
}

/** The rights of a facet as one clause for people. */
export function rightsText(facet: FacetName): string {
  return rightsOf(facet)
    .map(({ name, partly, delegatedOnly }) => {
      if (delegatedOnly) return `${name}, delegated: applications cannot read it`;
      return partly === undefined ? name : `${name} (for ${partly})`;
    })
    .join(' and ');
}
