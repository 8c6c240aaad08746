import { formatTests, runTests, testExitCode } from '../evaluate/index.ts';
import { type Command, type CommonOptions, configOf } from './options.ts';
import { deliver } from './terminal.ts';

/** Options of `test`. */
export type TestOptions = CommonOptions & { readonly requireCoverage?: boolean };

/** `test`: runs the tests beside the policies. Exit codes: 0 all hold, 1 a case fails (or a branch is not reached, with --require-coverage), 2 mistakes in files, 3 no tests. */
export const test: Command<TestOptions> = async (options, args) => {
  const paths = args.length > 0 ? args : configOf(options).policies;
  const run = await runTests({ paths, cwd: process.cwd() });
  const colour = process.stdout.isTTY === true && (process.env.NO_COLOR ?? '') === '';
  await deliver(formatTests(run, { colour, quiet: options.quiet === true }));
  return testExitCode(run, options.requireCoverage === true);
};
