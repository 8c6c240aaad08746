import { model, type Population, type PopulationField } from '../model/index.ts';
import { facetLink } from './facets.ts';
import { anchorOf, cell, code, page, table } from './markdown.ts';
import type { Site } from './site.ts';

/** populations.md: what invariants can speak of. */
export function populationsPage(site: Site): string {
  const all = [...model.populations.values()];
  return page('src/model/', site.command, [
    '# Populations and fields',
    'An invariant speaks `over` one population: a typed relation with one row per subject. Its expressions may name the fields below, the parameters of the policy (`params.…`) and `asOf`, the instant from which ages are measured.',
    `*May be absent*: the field was read and is not set; test it with \`has(…)\` before using it. A field whose facet was not read is not absent but unknown; see ${site.guide('verdicts', 'verdicts.md')}.`,
    table(
      ['population', 'what a row is'],
      all.map(({ name, about }) => [`[${code(name)}](#${anchorOf(name)})`, cell(about)]),
    ),
    ...all.flatMap(populationBlocks),
  ]);
}

function populationBlocks({
  name,
  about,
  objects,
  fields,
  flavour,
  unknownBy,
}: Population): readonly (string | undefined)[] {
  return [
    `## ${name}`,
    `${cell(about)}.`,
    flavour
      ? `The flavour of a row is ${code(flavour.path)}: an invariant is judged on rows of its \`flavours\` only.`
      : 'Rows have no flavour: an invariant is judged when the configuration declares one of its `flavours`.',
    unknownBy ? 'Unknown rows are reported once per group, with how many rows they stand for.' : undefined,
    objects.length > 0
      ? table(
          ['object', 'meaning', 'facet'],
          objects.map(({ path, about: what, facet }) => [code(`has(${path})`), cell(what), facetLink(facet)]),
        )
      : undefined,
    table(
      ['field', 'type', 'may be absent', 'meaning', 'source', 'facets'],
      fields.map(field => [
        code(field.path),
        field.type,
        mayBeAbsent(field, objects),
        cell(field.about) + (field.values ? `: ${field.values.map(code).join(', ')}` : ''),
        field.from === 'computed' ? 'computed' : code(field.from),
        [field.facet, ...field.also]
          .filter(facet => facet !== '')
          .map(facet => facetLink(facet))
          .join(', ') || 'always known',
      ]),
    ),
  ];
}

function mayBeAbsent({ path, nullable }: PopulationField, objects: Population['objects']): string {
  const above = objects.find(object => path.startsWith(`${object.path}.`));
  if (above) return nullable ? `yes; also with ${code(above.path)}` : `with ${code(above.path)}`;
  return nullable ? 'yes' : '';
}
