import { inputError } from '../base/index.ts';
import { formatMutants, formatTests, mutationExitCode, runMutants, runTests, testExitCode } from '../evaluate/index.ts';
import { type Command, type CommonOptions, configOf } from './options.ts';
import { type PolicyOptions, populationsFor } from './policies.ts';
import { deliver } from './terminal.ts';

/** Options of `test`. */
export type TestOptions = CommonOptions &
  Pick<PolicyOptions, 'populations'> & {
    readonly requireCoverage?: boolean;
    readonly conditions?: boolean;
    readonly mutate?: boolean;
  };

/**
 * `test`: runs the tests beside the policies. Exit codes: 0 all hold, 1 a case fails (or a branch is not reached, with --require-coverage; or a mutant is
 * alive, with --mutate), 2 mistakes in files, 3 no tests.
 */
export const test: Command<TestOptions> = async (options, args) => {
  const config = configOf(options);
  const paths = args.length > 0 ? args : config.policies;
  const { model, problems } = await populationsFor(options, config);
  if (problems.length > 0) throw inputError(problems);
  const request = { paths, cwd: process.cwd(), conditions: options.conditions === true, model };
  const colour = process.stdout.isTTY === true && (process.env.NO_COLOR ?? '') === '';
  const format = { colour, quiet: options.quiet === true };
  const run = await runTests(request);
  await deliver(formatTests(run, format));
  const code = testExitCode(run, options.requireCoverage === true);
  // A mutant says nothing about cases that do not hold themselves.
  if (options.mutate !== true || run.cases.some(({ misses }) => misses.length > 0) || code === 2 || code === 3)
    return code;
  const mutation = await runMutants(request);
  await deliver(`\n${formatMutants(mutation, format)}`);
  const mutated = mutationExitCode(mutation);
  return mutated === 0 ? code : mutated;
};
