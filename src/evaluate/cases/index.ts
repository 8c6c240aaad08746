export { formatTests, type TestFormat } from './format.ts';
export {
  type CaseResult,
  type InvariantCoverage,
  runTests,
  type TestRequest,
  type TestRun,
  testExitCode,
} from './run.ts';
export { type Branch, branches } from './verdicts.ts';
