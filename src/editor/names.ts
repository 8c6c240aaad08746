import { escapeMarkdown, nameInExpressions } from '../base/index.ts';
import { model, type Population } from '../model/index.ts';
import { type FunctionDoc, functions } from '../policy/index.ts';
import { rightsText } from '../snapshot/index.ts';

/** Something that can be named in a policy, as editors show it; `about` is Markdown. */
export type Name = { readonly name: string; readonly kind: NameKind; readonly detail: string; readonly about: string };

export type NameKind = 'field' | 'object' | 'parameter' | 'function' | 'population' | 'key' | 'value';

/** The fields and objects of a population, the parameters and `asOf`. */
export function namesOf(population: Population | undefined, lines: readonly string[]): readonly Name[] {
  const fields = (population?.fields ?? []).map(({ path, type, nullable, about, facet, from, values }): Name => {
    const known = facet === '' ? 'Always known.' : `Facet \`${facet}\`, needs: ${rightsText(facet) || 'no right'}.`;
    const set = values === undefined ? '' : `\n\nOne of ${values.map(value => `\`${value}\``).join(', ')}.`;
    const source = from === 'computed' ? 'Computed.' : `From \`${from}\`.`;
    return {
      name: path,
      kind: 'field',
      detail: `${type}${nullable ? ', may be absent' : ''}`,
      about: `${escapeMarkdown(about)}${set}\n\n${source} ${known}`,
    };
  });
  const objects = (population?.objects ?? []).map(
    ({ path, about, facet }): Name => ({
      name: path,
      kind: 'object',
      detail: 'object: ask with has(…)',
      about: `${escapeMarkdown(about)}\n\nFacet \`${facet}\`, needs: ${rightsText(facet) || 'no right'}.`,
    }),
  );
  const asOf: Name = {
    name: 'asOf',
    kind: 'field',
    detail: 'timestamp',
    about: 'The instant from which ages are measured.',
  };
  return [...fields, ...objects, ...parametersIn(lines), asOf];
}

/** Parameters that the text declares, as far as it is written. */
function parametersIn(lines: readonly string[]): readonly Name[] {
  const start = lines.findIndex(line => /^params:/.test(line));
  if (start < 0) return [];
  const rest = lines.slice(start + 1);
  const length = rest.findIndex(line => /^[^\s#]/.test(line));
  const section = length < 0 ? rest : rest.slice(0, length);
  const indent = section.map(line => /^(\s+)[a-z]/.exec(line)?.[1]).find(found => found !== undefined) ?? '  ';
  return section.flatMap((line, at): readonly Name[] => {
    const name = line.startsWith(indent) ? /^([a-z][\w-]*):/.exec(line.slice(indent.length))?.[1] : undefined;
    if (name === undefined) return [];
    const next = section.findIndex((other, index) => index > at && /^\S/.test(other.slice(indent.length)));
    const own = section.slice(at, next < 0 ? undefined : next).join('\n');
    const type = /\btype:\s*["']?([\w[\]]+)/.exec(own)?.[1] ?? 'parameter';
    const about = /\bdescription:\s*["']?([^\n}]*)/.exec(own)?.[1] ?? '';
    return [
      { name: `params.${nameInExpressions(name)}`, kind: 'parameter', detail: type, about: escapeMarkdown(about) },
    ];
  });
}

/** The functions of expressions, one entry for each name. */
export function functionNames(): readonly Name[] {
  const byName = Map.groupBy(functions, (each: FunctionDoc) => each.name);
  return [...byName].map(([name, all]) => ({
    name,
    kind: 'function',
    detail: all[0]?.signature ?? '',
    about: all.map(({ signature, description }) => `\`${signature}\`\n\n${escapeMarkdown(description)}`).join('\n\n'),
  }));
}

/** The populations that an invariant can speak of. */
export function populationNames(): readonly Name[] {
  return [...model.populations.values()].map(({ name, about, fields }) => ({
    name,
    kind: 'population',
    detail: `${fields.length} fields`,
    about: escapeMarkdown(about),
  }));
}
