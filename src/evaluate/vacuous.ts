import { type Flavour, flavours as flavourNames, type Problem } from '../base/index.ts';
import type { CompiledInvariant } from '../policy/index.ts';
import type { Outcome } from './judgement.ts';

/** Invariants of which nothing in the snapshot is in scope, each as a warning at its `when`: they hold, and say nothing. `flavours` are those that the snapshot was taken for. */
export function vacuousProblems(
  outcomes: readonly Outcome[],
  compiled: ReadonlyMap<string, CompiledInvariant>,
  flavours: readonly Flavour[],
): readonly Problem[] {
  return outcomes.flatMap(({ invariant, counts }): Problem[] => {
    const { subjects, outOfScope } = counts;
    const scope = compiled.get(invariant.id)?.scope;
    if (subjects > outOfScope || scope === undefined) return [];
    const words = wordsFor(invariant, subjects, flavours);
    return [{ code: 'vacuous', level: 'warning', ...words, at: scope.at, excerpt: scope.excerpt }];
  });
}

type Words = { readonly message: string; readonly hint: string };

function wordsFor(
  { over, when, flavours: own }: Outcome['invariant'],
  rows: number,
  flavours: readonly Flavour[],
): Words {
  if (rows === 0)
    return {
      message: `nothing is in scope: the snapshot has no ${over}`,
      hint: 'judge a snapshot that has some, or switch the invariant off in a profile',
    };
  const all = rows === 1 ? `the one row of ${over} is` : `all ${rows} rows of ${over} are`;
  if (flavours.length > 0 && !own.some(flavour => flavours.includes(flavour)))
    return {
      message: `nothing is in scope: ${all} left out, since the snapshot is of ${flavours.join(', ')} and the invariant is about ${own.join(', ')}`,
      hint: 'right when the other engine is not in use; switch it off in a profile to say so',
    };
  const by = [
    ...(when === undefined ? [] : ['this condition']),
    ...(own.length < flavourNames.length ? ['its flavours'] : []),
  ].join(' or ');
  return {
    message: `nothing is in scope: ${all} left out by ${by}`,
    hint: `ask the snapshot with \`tallystick query\` whether that is right; mend ${when === undefined ? '`flavours`' : '`when`'}, or switch the invariant off in a profile`,
  };
}
