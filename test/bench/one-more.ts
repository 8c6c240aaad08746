import { join } from 'node:path';
import { stderr } from 'node:process';
import type { Outcome } from './contender.ts';

const kinds = [
  ['group', 'groups, reading a text of each side'],
  ['membership', 'memberships, asking what a membership is'],
  ['member', 'memberships, reading the account of every member'],
] as const;

/**
 * What one more invariant adds to a run, as rows of a table: runs with and without it take turns, and the ratio is the median of the rounds, so that a
 * machine that slows down changes both. `judge` runs tallystick with further policies and prints its Outcome.
 */
export async function oneMoreRows(
  rounds: number,
  judge: (further: readonly string[]) => Promise<string>,
): Promise<readonly string[]> {
  const without: Outcome[] = [];
  const runs = kinds.map(([file, about]) => ({ about, file, outcomes: [] as Outcome[] }));
  for (let round = 0; round < rounds; round++) {
    without.push(JSON.parse(await judge([])));
    for (const { file, outcomes } of runs) {
      const outcome: Outcome = JSON.parse(await judge([join('test/bench/one-more', `${file}.yaml`)]));
      if (outcome.wrong.length > 0) throw new Error(`with one more over ${file}: ${outcome.wrong.join('; ')}`);
      stderr.write(`one more over ${file}: ${outcome.seconds} s beside ${without[round]?.seconds} s\n`);
      outcomes.push(outcome);
    }
  }
  const added = (outcomes: readonly Outcome[], measure: (outcome: Outcome) => number): string => {
    const ratios = outcomes.map((outcome, round) => measure(outcome) / measure(without[round] ?? outcome));
    const middle = ratios.toSorted((a, b) => a - b)[Math.floor(ratios.length / 2)] ?? Number.NaN;
    return `${((middle - 1) * 100).toFixed(1)} %`;
  };
  return [
    '',
    '| one more invariant on a, over | seconds, each round | adds to the run | adds processor time |',
    '|---|---|---|---|',
    `| none | ${without.map(each => each.seconds.toFixed(1)).join(', ')} | | |`,
    ...runs.map(({ about, outcomes }) => {
      const times = outcomes.map(each => each.seconds.toFixed(1)).join(', ');
      return `| ${about} | ${times} | ${added(outcomes, each => each.seconds)} | ${added(outcomes, each => each.cpuSeconds)} |`;
    }),
  ];
}
