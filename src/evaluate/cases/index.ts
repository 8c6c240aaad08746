export { formatTests } from './format.ts';
export { runTests, testExitCode } from './run.ts';
export { branches } from './verdicts.ts';
