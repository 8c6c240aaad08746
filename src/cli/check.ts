import { AuditError, exitCodes, type Problem } from '../base/index.ts';
import type { Config } from '../config/index.ts';
import { type CompiledInvariant, type LoadRequest, loadPolicies } from '../policy/index.ts';
import type { CheckedAgainst } from './check-snapshot.ts';
import { asOfOf, type Command, type CommonOptions, configOf, parametersOf } from './options.ts';
import { type LoadedPolicies, type PolicyOptions, populationsFor, withoutUnknown } from './policies.ts';
import { deliver, tell, tellProblems } from './terminal.ts';
import { toolVersion } from './version.ts';

/** Options of `check`. */
export type CheckOptions = CommonOptions &
  PolicyOptions &
  CheckedAgainst & { readonly format: 'text' | 'json' | 'sarif' | 'github'; readonly resolved?: boolean };

/** `check`: every mistake in every policy, at once; exit 2 when there is an error, 3 when there is no policy. */
export const check: Command<CheckOptions> = async (options, paths) => {
  if (options.resolved === true && options.format !== 'text')
    throw new AuditError('input', '--resolved prints JSON of its own: it does not go with --format');
  const config = configOf(options);
  const own = await populationsFor(options, config);
  const request = {
    paths: paths.length > 0 ? paths : config.policies,
    cwd: process.cwd(),
    params: parametersOf(options.param ?? []),
    ...(options.profile === undefined ? {} : { profile: options.profile }),
    model: own.model,
  };
  const { loaded, problems: found } = await checked(options, request, config, own.populations);
  const problems = [...own.problems, ...withoutUnknown(found, own)];
  const errors = problems.filter(isError).length;
  const told = options.quiet === true && options.format === 'text' ? problems.filter(isError) : problems;
  await writeProblems(told, options.format);
  if (options.resolved === true && errors === 0) await deliver(resolvedText([...loaded.compiled.values()]));
  if (options.quiet !== true && options.format === 'text')
    tell(verdict(errors, problems.length - errors, loaded.compiled.size, loaded.policies.length));
  if (errors > 0) return exitCodes.input;
  return loaded.compiled.size === 0 ? exitCodes.unjudged : exitCodes.clean;
};

/** Waivers and a snapshot need rooms, and a database, that policies alone do not. */
async function checked(
  options: CheckOptions,
  request: Omit<LoadRequest, 'asOf'>,
  config: Config,
  populations: LoadedPolicies['populations'],
) {
  if (options.snapshot !== undefined || options.waivers !== undefined)
    return (await import('./check-snapshot.ts')).checkedAgainst(options, { ...request, populations }, config);
  const asOf = options.asOf === undefined ? Date.now() : Date.parse(asOfOf(options.asOf, ''));
  const loaded = loadPolicies({ ...request, asOf });
  return { loaded, problems: [...loaded.problems, ...(loaded.controls?.problems ?? [])] };
}

const isError = ({ level }: Problem): boolean => level === 'error';

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
