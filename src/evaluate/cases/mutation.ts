import { AuditError, type Problem } from '../../base/index.ts';
import { model as builtIn, type Model } from '../../model/index.ts';
import { type CompiledInvariant, conditionsOfInvariant, type Mutant, mutantsOf } from '../../policy/index.ts';
import type { MemorySnapshots } from '../../snapshot/index.ts';
import { problemAt } from '../../yaml/index.ts';
import { evaluate } from '../evaluate.ts';
import type { EquivalentDraft } from './case-draft.ts';
import { within } from './naming.ts';
import { inLanes, openCase, suitesAt, type TestRequest } from './run.ts';
import type { Prepared, Suite } from './suite.ts';
import { compare } from './verdicts.ts';

/** A mutant and what became of it: killed by a case, declared the same as the original, or alive. */
export type TriedMutant = Omit<Mutant, 'compiled'> & {
  readonly policy: string;
  readonly invariant: string;
  /** The expression that was changed. */
  readonly text: string;
  /** Name of the case that noticed. */
  readonly killedBy: string | undefined;
  /** Why nothing can notice, as the tests declare. */
  readonly equivalent: string | undefined;
};

/** What came of mutating the policies under test. With an error among the problems nothing was run. */
export type MutationRun = {
  readonly problems: readonly Problem[];
  /** By policy, in the order of the invariants and of their texts. */
  readonly mutants: readonly TriedMutant[];
};

/**
 * Changes every expression of the policies under test a little, one change at a time, and runs the cases on it: a change that no case notices is a
 * condition that nothing tests. The cases themselves must hold first (`runTests`).
 */
export async function runMutants(request: TestRequest): Promise<MutationRun> {
  const { ready, problems } = suitesAt(request);
  const { model = builtIn } = request;
  if (problems.some(({ level }) => level === 'error')) return { problems, mutants: [] };
  const mutants = await inLanes(ready, (snapshots, suite) => mutateSuite(snapshots, suite, model));
  return {
    problems: [...problems, ...ready.flatMap((suite, at) => strayExcuses(suite, mutants[at] ?? [], model))],
    mutants: mutants.flat(),
  };
}

async function mutateSuite(snapshots: MemorySnapshots, suite: Suite, model: Model): Promise<readonly TriedMutant[]> {
  const mutantsFor = remembering(model);
  const killers = new Map<string, string>();
  const isNamed = (prepared: Prepared, id: string) => Object.hasOwn(prepared.draft.expect, id);
  // The cases that name an invariant first: what they notice, the others need not try.
  for (const named of [true, false])
    for (const prepared of suite.cases) {
      const alive = prepared.compiled
        .filter(({ invariant }) => isNamed(prepared, invariant.id) === named)
        .flatMap(compiled => mutantsFor(compiled, prepared.world.asOf))
        .filter(mutant => !killers.has(keyOf(mutant)));
      for (const key of await noticed(snapshots, prepared, alive)) killers.set(key, prepared.draft.name);
    }
  return suite.order.flatMap(compiled =>
    mutantsFor(compiled, 0).map(mutant => triedOf(suite, mutant, killers.get(keyOf(mutant)))),
  );
}

/** The mutants of an invariant under the parameters of a case, made once. */
function remembering(model: Model): (compiled: CompiledInvariant, asOf: number) => readonly Mutant[] {
  const made = new Map<CompiledInvariant, readonly Mutant[]>();
  return (compiled, asOf) => {
    const known = made.get(compiled);
    if (known) return known;
    const population = model.populations.get(compiled.invariant.over);
    if (!population) throw new AuditError('bug', `there is no population ${compiled.invariant.over}`);
    const mutants = mutantsOf(compiled, population, asOf);
    made.set(compiled, mutants);
    return mutants;
  };
}

function keyOf({ compiled, part, start, end, to }: Mutant): string {
  return JSON.stringify([compiled.invariant.id, part, start, end, to]);
}

/** Keys of the mutants under which a case does not hold. */
async function noticed(
  snapshots: MemorySnapshots,
  prepared: Prepared,
  mutants: readonly Mutant[],
): Promise<readonly string[]> {
  if (mutants.length === 0) return [];
  const { draft, place, world } = prepared;
  const byInvariant = new Map(mutants.map(mutant => [mutant.compiled.invariant, mutant]));
  const { outcomes } = await evaluate(
    await openCase(snapshots, prepared),
    mutants.map(({ compiled }) => compiled),
    { model: prepared.model },
  );
  return outcomes.flatMap(outcome => {
    const mutant = byInvariant.get(outcome.invariant);
    const { misses } = compare(draft, place, [outcome], world);
    return mutant !== undefined && misses.length > 0 ? [keyOf(mutant)] : [];
  });
}

function triedOf(suite: Suite, { compiled, ...mutant }: Mutant, killedBy: string | undefined): TriedMutant {
  const { id, when = '', expect } = compiled.invariant;
  return {
    ...mutant,
    policy: suite.policy,
    invariant: id,
    text: mutant.part === 'when' ? unchanged(when, mutant) : expect,
    killedBy,
    equivalent: suite.equivalent.find(excuse => excuses(excuse, id, mutant))?.why,
  };
}

/** The `when` of a mutant holds the change; what it was made of is asked for. */
function unchanged(text: string, { start, from, to }: Omit<Mutant, 'compiled'>): string {
  return `${text.slice(0, start)}${from}${text.slice(start + to.length)}`;
}

function excuses(excuse: EquivalentDraft, id: string, mutant: Omit<Mutant, 'compiled'>): boolean {
  return (
    excuse.invariant === id &&
    excuse.in === mutant.part &&
    excuse.replace === mutant.from &&
    excuse.with === mutant.to &&
    (excuse.place ?? 1) === mutant.occurrence + 1
  );
}

/** Declarations of equivalence that speak of no mutant, or of one that a case does notice. */
function strayExcuses(
  { document, equivalent, order }: Suite,
  mutants: readonly TriedMutant[],
  model: Model,
): readonly Problem[] {
  return equivalent.flatMap((excuse, index): Problem[] => {
    const meant = mutants.find(mutant => excuses(excuse, mutant.invariant, mutant));
    if (meant !== undefined && meant.killedBy === undefined) return [];
    if (meant === undefined && isCondition(excuse, order, model)) return [];
    const at = document.at(within('/equivalent', index));
    const message =
      meant === undefined
        ? `there is no such mutant of ${excuse.invariant}`
        : `the case "${meant.killedBy}" notices this mutant: it does not say the same`;
    return [problemAt(document, at, { code: 'stray-equivalent', message, hint: 'remove this entry' })];
  });
}

/** Whether an entry speaks of a guard: the checker refuses its mutant, but the cases may leave it one-sided. */
function isCondition(excuse: EquivalentDraft, order: readonly CompiledInvariant[], model: Model): boolean {
  const compiled = order.find(({ invariant }) => invariant.id === excuse.invariant);
  const population = compiled && model.populations.get(compiled.invariant.over);
  if (!compiled || !population || !/^(true|false)$/.test(excuse.with)) return false;
  return conditionsOfInvariant(compiled, population, 0).some(
    ({ part, text }) => part === excuse.in && text === excuse.replace,
  );
}
