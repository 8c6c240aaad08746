import { inputError } from '../base/index.ts';
import type { Config } from '../config/index.ts';
import { model } from '../model/index.ts';
import { type Loaded, loadPolicies, type Profile, profileAt } from '../policy/index.ts';
import { parametersOf } from './options.ts';
import { tellProblems } from './terminal.ts';

/** How policies are chosen on the command line. */
export type PolicyOptions = {
  readonly policies?: readonly string[];
  readonly param?: readonly string[];
  readonly profile?: string;
  readonly quiet?: boolean;
};

/** Loads the chosen policies; warnings are told, mistakes thrown all at once. */
export function policiesFor(options: PolicyOptions, config: Config, asOf: number, quiet = false): Loaded {
  const loaded = loadPolicies({
    paths: options.policies ?? config.policies,
    cwd: process.cwd(),
    params: parametersOf(options.param ?? []),
    ...(options.profile === undefined ? {} : { profile: options.profile }),
    model,
    asOf,
  });
  if (loaded.problems.some(problem => problem.level === 'error')) throw inputError(loaded.problems);
  if (!quiet && options.quiet !== true) tellProblems(loaded.problems);
  return loaded;
}

/** Reads a profile alone; throws all its mistakes. */
export function profileFor(path: string): Profile {
  const profile = profileAt(path, process.cwd());
  if ('problems' in profile) throw inputError(profile.problems);
  return profile;
}
