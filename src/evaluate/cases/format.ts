import { escapeTerminal } from '../../base/index.ts';
import { formatProblem } from '../../yaml/index.ts';
import type { InvariantCoverage, TestRun } from './run.ts';

/** How a run of tests is written. */
export type TestFormat = { readonly colour?: boolean; readonly quiet?: boolean };

/** A run of tests as people read it: mistakes or failed cases with their place, branches that no case reaches, and a summary. Ends with a line break. */
export function formatTests(run: TestRun, options: TestFormat = {}): string {
  const paint = { colour: options.colour ?? false };
  const problems = run.problems.map(problem => formatProblem(problem, paint));
  const failed = run.cases.filter(({ misses }) => misses.length > 0);
  const cases = failed.map(({ policy, name, misses }) =>
    [`FAILED ${policy}: ${escapeTerminal(name)}`, ...misses.map(miss => formatProblem(miss, paint))].join('\n'),
  );
  const parts = [...problems, ...cases];
  if (options.quiet !== true && run.coverage.length > 0) parts.push(coverageText(run.coverage));
  return `${[...parts, summaryOf(run, failed.length)].join('\n\n')}\n`;
}

function coverageText(coverage: readonly InvariantCoverage[]): string {
  const missing = coverage.filter(each => each.missing.length > 0);
  const whole = coverage.length - missing.length;
  const lines = missing.map(each => `  ${each.policy}/${each.invariant}: no case reaches ${each.missing.join(', ')}`);
  const sides = coverage.flatMap(({ policy, invariant, lopsided }) =>
    lopsided.map(sentence => `  ${policy}/${invariant}: ${escapeTerminal(sentence)}`),
  );
  return [
    `${whole} of ${coverage.length} invariants are tested in every branch`,
    ...lines,
    ...(sides.length === 0 ? [] : ['Conditions that the cases leave one-sided:', ...sides]),
  ].join('\n');
}

function summaryOf(run: TestRun, failed: number): string {
  const mistakes = run.problems.filter(({ level }) => level === 'error').length;
  if (mistakes > 0) return `${mistakes} ${mistakes === 1 ? 'mistake' : 'mistakes'} in the files; no case was run`;
  if (run.cases.length === 0) return 'no tests were found: write <policy>.test.yaml beside a policy';
  return `${run.cases.length} ${run.cases.length === 1 ? 'case' : 'cases'}, ${failed} failed`;
}
