import { inputError } from '../base/index.ts';
import type { Waiver } from '../findings/index.ts';
import type { Loaded } from '../policy/index.ts';
import { loadWaivers } from '../waivers/index.ts';
import { tellProblems } from './terminal.ts';

/** The waivers of --waivers; warnings are told, mistakes thrown all at once. Ids that a profile leaves out are known, too. */
export function waiversFor(
  options: { readonly waivers?: string; readonly quiet?: boolean },
  loaded: Loaded,
): { readonly waivers?: readonly Waiver[] } {
  if (options.waivers === undefined) return {};
  const ids = [...loaded.compiled.keys(), ...loaded.skipped.map(({ id }) => id)];
  const { waivers, problems } = loadWaivers(options.waivers, process.cwd(), ids);
  if (problems.some(problem => problem.level === 'error')) throw inputError(problems);
  if (options.quiet !== true) tellProblems(problems);
  return { waivers };
}
