import { fromClause, type Model } from '../../model/index.ts';
import { type CompiledInvariant, conditionsOfInvariant } from '../../policy/index.ts';
import type { Snapshot } from '../../snapshot/index.ts';
import type { EquivalentDraft } from './case-draft.ts';

/** How a condition came out over all rows of all cases that reached it. */
export type ConditionCoverage = {
  readonly part: 'when' | 'expect';
  readonly text: string;
  readonly start: number;
  readonly isTrue: boolean;
  readonly isFalse: boolean;
};

/** The conditions of an invariant on the rows of one case, where its relations are made already: those of `expect` on the rows in scope. */
export async function conditionsOn(
  snapshot: Snapshot,
  compiled: CompiledInvariant,
  asOf: number,
  model: Model,
): Promise<readonly ConditionCoverage[]> {
  const population = model.populations.get(compiled.invariant.over);
  const conditions = population ? conditionsOfInvariant(compiled, population, asOf) : [];
  if (!population || conditions.length === 0) return [];
  const columns = conditions.flatMap(({ part, sql }, index) => {
    const seen = part === 'when' ? 'true' : `(${compiled.whenSql})`;
    return [
      `coalesce(bool_or(${seen} AND (${sql})), false) AS yes${index}`,
      `coalesce(bool_or(${seen} AND NOT (${sql})), false) AS no${index}`,
    ];
  });
  const real = population.stands === undefined ? '' : `\nWHERE NOT (${population.stands})`;
  const from = fromClause(population, population.relation, [...columns, real]);
  const [row = {}] = await snapshot.rows(`SELECT ${columns.join(',\n')}\n${from}${real}`);
  return conditions.map(({ part, text, start }, index) => ({
    ...{ part, text, start },
    isTrue: row[`yes${index}`] === true,
    isFalse: row[`no${index}`] === true,
  }));
}

/** What several cases saw of the same conditions. */
export function together(all: readonly (readonly ConditionCoverage[])[]): readonly ConditionCoverage[] {
  const merged = new Map<string, ConditionCoverage>();
  for (const each of all.flat()) {
    const key = `${each.part} ${each.start} ${each.text}`;
    const before = merged.get(key);
    merged.set(key, {
      ...each,
      isTrue: each.isTrue || before?.isTrue === true,
      isFalse: each.isFalse || before?.isFalse === true,
    });
  }
  return [...merged.values()];
}

/** Sentences on the conditions that no case makes true, or none false; not on those that the tests declare to be the same as a constant. */
export function lopsided(
  conditions: readonly ConditionCoverage[],
  equivalent: readonly EquivalentDraft[],
): readonly string[] {
  return conditions.flatMap(({ part, text, isTrue, isFalse }) => {
    const excused = (constant: string) =>
      equivalent.some(each => each.in === part && each.replace === text && each.with === constant);
    const shown = text.replace(/\s+/g, ' ');
    return [
      ...(isTrue || excused('false') ? [] : [`no case makes \`${shown}\` true in ${part}`]),
      ...(isFalse || excused('true') ? [] : [`no case makes \`${shown}\` false in ${part}`]),
    ];
  });
}
