export { type Example, examplesOf } from './examples.ts';
export { formatTests } from './format.ts';
export { fillersOf } from './gap-rows.ts';
export { type MutationRun, runMutants } from './mutation.ts';
export { formatMutants, mutationExitCode } from './mutation-format.ts';
export { runTests, testExitCode } from './run.ts';
