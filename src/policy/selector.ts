import type { Problem } from '../base/index.ts';
import { type Document, problemAt } from '../yaml/index.ts';
import { catalogueOf, type Facet, facetsOf, type PolicyModel } from './catalogue.ts';
import { type CompiledInvariant, mistakeProblems } from './compile.ts';
import { checkExpression, reachOf } from './expression/index.ts';

/** A condition over the subjects of an invariant as SQL that is NULL where it cannot be told, and the facets that it needs. */
export type CheckedSelector = { readonly sql: string; readonly facets: readonly Facet[] };

/** Where a selector is written, and what it may name: the fields of the invariant's population, its parameters, `asOf` (milliseconds). */
export type SelectorSetting = {
  readonly document: Document;
  readonly pointer: string;
  readonly compiled: CompiledInvariant;
  readonly model: PolicyModel;
  readonly asOf: number;
};

/** Checks and compiles a selector, with what `when` guards guarded. One that is the same for every subject selects nobody in particular: a mistake. */
export function compileSelector(
  text: string,
  { document, pointer, compiled, model, asOf }: SelectorSetting,
): { readonly selector: CheckedSelector | undefined; readonly problems: readonly Problem[] } {
  const { invariant } = compiled;
  const population = model.populations.get(invariant.over);
  if (population === undefined) return { selector: undefined, problems: [] };
  const catalogue = catalogueOf(population, invariant.params, asOf);
  const result = checkExpression(text, catalogue, 'bool', invariant.when);
  if (!result.ok)
    return { selector: undefined, problems: mistakeProblems(document, pointer, text, result.mistakes, catalogue) };
  const { sql, reads } = result.checked;
  const selector = { sql, facets: facetsOf(population, [result.checked]) };
  const blind = reads.every(read => read === 'asOf' || read.startsWith('params.'));
  if (blind) return { selector, problems: [constant(document, pointer, 'the same for every subject')] };
  const path = population.flavour?.path;
  const restriction = path === undefined ? undefined : { path, values: invariant.flavours };
  const whole = reachOf(invariant.when, text, catalogue, restriction).expect.find(
    ({ start, end }) => start === 0 && end === text.trimEnd().length,
  );
  if (whole === undefined) return { selector, problems: [] };
  return { selector, problems: [constant(document, pointer, whole.always ? 'always true' : 'never true')] };
}

function constant(document: Document, pointer: string, how: string): Problem {
  return problemAt(document, document.at(pointer), {
    code: 'constant',
    message: `this condition is ${how}: it selects nobody in particular`,
    hint: 'say which subjects are meant; to switch the invariant off, use a profile and give a reason',
  });
}
