import { type FacetName, facets, isFacet, rightsText } from '../snapshot/index.ts';
import { anchorOf, cell, code, page, sentence, table } from './markdown.ts';
import { ownSite, type Site } from './site.ts';

/** facets.md; `readers` maps a facet to the ids of the invariants that read it. */
export function facetsPage(site: Site, readers: ReadonlyMap<string, readonly string[]>): string {
  const all = Object.keys(facets).filter(isFacet);
  return page('src/snapshot/facets.ts', site.command, [
    '# Facets',
    `A facet is a group of facts that become known together, and are unknown together when they could not be read. The rights are the least with which a collection reads the facet in full; see ${site.guide('permissions', 'permissions.md')}.`,
    table(
      ['facet', 'what', 'source', 'least right'],
      all.map(name => [facetLink(name), cell(facets[name].about), facets[name].source, cell(rightsText(name))]),
    ),
    ...all.flatMap(name => {
      const { about, perObject } = facets[name];
      const reading = readers.get(name) ?? [];
      const list = reading.map(id => `[${code(id)}](invariants/${id}.md)`).join(', ');
      return [
        `## ${name}`,
        `${sentence(about)}. ${needsOf(name, site)} ${perObject ? 'Can be missing for single objects.' : 'Is read as a whole, or not.'}`,
        reading.length > 0 ? `Read by ${list}.` : `No ${site === ownSite ? '' : 'shipped '}invariant reads it.`,
      ];
    }),
  ]);
}

function needsOf(name: FacetName, site: Site): string {
  if (facets[name].source === 'import')
    return `Is ${site.guide('declared', 'declared-facts.md')}, because no collector can read it.`;
  return rightsText(name) === '' ? 'Needs no right.' : `Needs: ${rightsText(name)}.`;
}

/** A facet with a link to where it is explained; `from` leads to the folder of the reference. */
export function facetLink(name: string, from = ''): string {
  return `[${code(name)}](${from}facets.md#${anchorOf(name)})`;
}
