import { inputError, type Problem } from '../base/index.ts';
import type { Config } from '../config/index.ts';
import { type Model, model, modelWith } from '../model/index.ts';
import { type Loaded, loadPolicies, type Profile, profileAt } from '../policy/index.ts';
import type { OwnPopulation, OwnPopulations } from '../populations/index.ts';
import { parametersOf } from './options.ts';
import { tellProblems } from './terminal.ts';

/** How policies are chosen on the command line. */
export type PolicyOptions = {
  readonly policies?: readonly string[];
  readonly populations?: readonly string[];
  readonly param?: readonly string[];
  readonly profile?: string;
  readonly quiet?: boolean;
};

/** Policies, and the populations of users with which they were loaded. */
export type LoadedPolicies = Loaded & { readonly model: Model; readonly populations: readonly OwnPopulation[] };

/** Loads the chosen policies and populations; warnings are told, mistakes thrown all at once. */
export async function policiesFor(
  options: PolicyOptions,
  config: Config,
  asOf: number,
  quiet = false,
): Promise<LoadedPolicies> {
  const own = await populationsFor(options, config);
  const loaded = loadPolicies({
    paths: options.policies ?? config.policies,
    cwd: process.cwd(),
    params: parametersOf(options.param ?? []),
    ...(options.profile === undefined ? {} : { profile: options.profile }),
    model: own.model,
    asOf,
  });
  const problems = [...own.problems, ...withoutUnknown(loaded.problems, own)];
  if (problems.some(problem => problem.level === 'error')) throw inputError(problems);
  if (!quiet && options.quiet !== true) tellProblems(loaded.problems);
  return { ...loaded, ...own };
}

/** The populations that the options or the configuration name, and the model with them; a command without any does not start the database. */
export async function populationsFor(
  { populations }: Pick<PolicyOptions, 'populations'>,
  config: Pick<Config, 'populations'>,
): Promise<OwnPopulations & { readonly model: Model }> {
  const paths = populations ?? config.populations;
  if (paths.length === 0) return { populations: [], problems: [], model };
  const { loadPopulations } = await import('../populations/index.ts');
  const { fillersOf } = await import('../evaluate/index.ts');
  const own = await loadPopulations(paths, process.cwd(), fillersOf);
  return { ...own, model: modelWith(own.populations.map(({ population }) => population)) };
}

/** Where a population has mistakes, policies over it have none for that reason. */
export function withoutUnknown(
  problems: readonly Problem[],
  own: Pick<OwnPopulations, 'problems'>,
): readonly Problem[] {
  return own.problems.length === 0 ? problems : problems.filter(({ code }) => code !== 'unknown-population');
}

/** Reads a profile alone; throws all its mistakes. */
export function profileFor(path: string): Profile {
  const profile = profileAt(path, process.cwd());
  if ('problems' in profile) throw inputError(profile.problems);
  return profile;
}
