import { type ExitCode, exitCodes, exitPrecedence } from '../base/index.ts';
import { code, page, table } from './markdown.ts';
import type { Site } from './site.ts';

const meanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  clean: 'everything that was asked could be judged, and nothing decides against it',
  findings: 'a violation at or above `--fail-on` that no waiver covers; a case, a branch or a mutant of a test',
  input:
    'arguments, configuration, a policy, a waiver, a profile, a baseline or a query is wrong; a page of the reference is stale',
  unjudged: 'too little could be judged: unknown verdicts, nothing in scope, no policies',
  source: 'a source could not be read at all: connection, sign-in, rights',
  integrity: 'a snapshot or an evidence pack does not verify',
  bug: 'tallystick failed',
};

/** exit-codes.md: what every command ends with. */
export function exitCodesPage(site: Site): string {
  const nameOf = new Map(Object.entries(exitCodes).map(([name, value]) => [value, name]));
  const inOrder = (Object.keys(meanings) as (keyof typeof exitCodes)[]).map(name => [
    String(exitCodes[name]),
    code(name),
    meanings[name],
  ]);
  const winners = exitPrecedence.filter((value: ExitCode) => value !== 0 && nameOf.has(value));
  return page('src/base/problem.ts', site.command, [
    '# Exit codes',
    'They are the same for every command and every output format.',
    table(['code', 'name', 'meaning'], inOrder),
    `When several apply, the first of ${winners.join(', ')} wins: a violation that was found is never hidden by a gap.`,
  ]);
}
