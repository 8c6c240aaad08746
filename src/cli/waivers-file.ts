import { inputError } from '../base/index.ts';
import { loadWaivers, type WaiversFile } from '../waivers/index.ts';
import type { LoadedPolicies } from './policies.ts';
import { tellProblems } from './terminal.ts';

/** The file of --waivers; warnings are told, mistakes thrown all at once. `asOf` in milliseconds. */
export function waiversFor(
  options: { readonly waivers?: string; readonly quiet?: boolean },
  policies: LoadedPolicies,
  asOf: number,
): WaiversFile | undefined {
  if (options.waivers === undefined) return undefined;
  const { file, problems } = loadWaivers(options.waivers, process.cwd(), { policies, model: policies.model, asOf });
  if (problems.some(problem => problem.level === 'error')) throw inputError(problems);
  if (options.quiet !== true) tellProblems(problems);
  return file;
}
