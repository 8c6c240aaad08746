import { inputError } from '../base/index.ts';
import type { Config } from '../config/index.ts';
import { type Facts, loadFacts } from '../declared/index.ts';
import type { FacetName } from '../snapshot/index.ts';

/** The declared facts of a configuration; undefined when it names none. Throws an input error with every mistake of the file. */
export function factsFor({ facts, graph }: Pick<Config, 'facts' | 'graph'>): Facts | undefined {
  if (facts === undefined) return undefined;
  const loaded = loadFacts(facts, process.cwd(), graph?.tenant);
  if (loaded.problems.length > 0) throw inputError(loaded.problems);
  return loaded.facts;
}

/** The facets that facts stand in for at an instant (milliseconds since 1970). */
export function declaredFacets(facts: Facts | undefined, now: number): readonly FacetName[] {
  return facts === undefined || facts.untilMs <= now ? [] : facts.declarations.map(({ facet }) => facet);
}
