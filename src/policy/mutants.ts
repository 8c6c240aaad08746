import { catalogueOf, facetsOf, type Population } from './catalogue.ts';
import type { CompiledInvariant } from './compile.ts';
import { type Condition, checkExpression, conditionsOf, type Mutation, mutationsOf } from './expression/index.ts';

/** An invariant with one small change in what it judges by. */
export type Mutant = {
  readonly part: 'when' | 'expect';
  /** UTF-16 offsets into that text. */
  readonly start: number;
  readonly end: number;
  readonly from: string;
  readonly to: string;
  /** How many places before it in the same text read `from` too. */
  readonly occurrence: number;
  readonly compiled: CompiledInvariant;
};

/**
 * All mutants of an invariant that the checker accepts: a change that it refuses needs no test to be noticed. Equal arguments give mutants in equal
 * order; other parameters give the same ones but for their values.
 */
export function mutantsOf(compiled: CompiledInvariant, population: Population, asOf: number): readonly Mutant[] {
  const { invariant } = compiled;
  const catalogue = catalogueOf(population, invariant.params, asOf);
  const judge = (part: Mutant['part'], text: string, mutation: Mutation): readonly Mutant[] => {
    const { start, end, to } = mutation;
    const changed = `${text.slice(0, start)}${to}${text.slice(end)}`;
    const when = part === 'when' ? changed : invariant.when;
    const scope = when === undefined ? undefined : checkExpression(when, catalogue, 'bool');
    const expect = checkExpression(part === 'expect' ? changed : invariant.expect, catalogue, 'bool', when);
    if (scope?.ok === false || !expect.ok) return [];
    const checked = scope === undefined ? [expect.checked] : [scope.checked, expect.checked];
    const from = text.slice(start, end);
    return [
      {
        ...{ part, start, end, from, to },
        occurrence: text.slice(0, start).split(from).length - 1,
        compiled: {
          ...compiled,
          whenSql: scope?.checked.sql ?? 'true',
          expectSql: expect.checked.sql,
          reads: [...new Set(checked.flatMap(({ reads }) => reads))].sort(),
          clears: [...new Set(checked.flatMap(({ clears }) => clears))].sort(),
          facets: facetsOf(population, checked),
          // An object of its own, by which its outcome is told from that of the others.
          invariant: { ...invariant, ...(when === undefined ? {} : { when }) },
        },
      },
    ];
  };
  const mutate = (part: Mutant['part'], text: string | undefined) =>
    text === undefined ? [] : mutationsOf(text, catalogue).flatMap(mutation => judge(part, text, mutation));
  return [...mutate('when', invariant.when), ...mutate('expect', invariant.expect)];
}

/** A condition of an invariant: where it stands, and the SQL of its truth over a row. */
export type InvariantCondition = Condition & { readonly part: 'when' | 'expect' };

/** All conditions that an invariant is made of, those of `when` first. */
export function conditionsOfInvariant(
  { invariant }: CompiledInvariant,
  population: Population,
  asOf: number,
): readonly InvariantCondition[] {
  const catalogue = catalogueOf(population, invariant.params, asOf);
  const { when, expect } = invariant;
  const of = (part: InvariantCondition['part'], text: string, assume?: string) =>
    conditionsOf(text, catalogue, assume).map(condition => ({ ...condition, part }));
  return [...(when === undefined ? [] : of('when', when)), ...of('expect', expect, when)];
}
