import { exitCodes, type Problem } from '../base/index.ts';
import { model } from '../model/index.ts';
import { type CompiledInvariant, loadPolicies } from '../policy/index.ts';
import { type Command, type CommonOptions, configOf, parametersOf } from './options.ts';
import type { PolicyOptions } from './policies.ts';
import { deliver, tell, tellProblems } from './terminal.ts';
import { toolVersion } from './version.ts';

/** Options of `check`. */
export type CheckOptions = CommonOptions &
  PolicyOptions & { readonly format: 'text' | 'json' | 'sarif' | 'github'; readonly resolved?: boolean };

/** `check`: every mistake in every policy, at once; exit 2 when there is an error, 3 when there is no policy. */
export const check: Command<CheckOptions> = async (options, paths) => {
  const loaded = loadPolicies({
    paths: paths.length > 0 ? paths : configOf(options).policies,
    cwd: process.cwd(),
    params: parametersOf(options.param ?? []),
    ...(options.profile === undefined ? {} : { profile: options.profile }),
    model,
    asOf: Date.now(),
  });
  const problems = [...loaded.problems, ...(loaded.controls?.problems ?? [])];
  const errors = problems.filter(problem => problem.level === 'error').length;
  await writeProblems(problems, options.format);
  if (options.resolved === true && errors === 0) await deliver(resolvedText([...loaded.compiled.values()]));
  if (options.quiet !== true && options.format === 'text')
    tell(verdict(errors, problems.length - errors, loaded.compiled.size, loaded.policies.length));
  if (errors > 0) return exitCodes.input;
  return loaded.compiled.size === 0 ? exitCodes.unjudged : exitCodes.clean;
};

async function writeProblems(problems: readonly Problem[], format: CheckOptions['format']): Promise<void> {
  if (format === 'text') return tellProblems(problems);
  const { problemsGithub, problemsJson, problemsSarif } = await import('../report/index.ts');
  if (format === 'json') return deliver(problemsJson(problems));
  return deliver(format === 'sarif' ? problemsSarif(problems, toolVersion().version) : problemsGithub(problems));
}

function verdict(errors: number, warnings: number, invariants: number, policies: number): string {
  const count = (n: number, word: string, words = `${word}s`) => `${n} ${n === 1 ? word : words}`;
  if (errors > 0) return `${count(errors, 'error')}, ${count(warnings, 'warning')}`;
  if (invariants === 0) return 'There is no invariant to judge: nothing was checked.';
  return `${count(invariants, 'invariant')} in ${count(policies, 'policy', 'policies')} ${invariants === 1 ? 'is' : 'are'} well-formed${warnings > 0 ? `, ${count(warnings, 'warning')}` : ''}.`;
}

function resolvedText(invariants: readonly CompiledInvariant[]): string {
  const resolved = invariants
    .map(({ invariant, facets }) => ({
      id: invariant.id,
      policy: invariant.policy,
      severity: invariant.severity,
      flavours: invariant.flavours,
      over: invariant.over,
      when: invariant.when ?? null,
      expect: invariant.expect,
      params: Object.fromEntries(invariant.params.map(({ name, value, from }) => [name, { value, from }])),
      facets,
      at: `${invariant.location.file}:${invariant.location.line}`,
    }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  return `${JSON.stringify(resolved, undefined, 2)}\n`;
}
