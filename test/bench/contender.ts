import { readFile } from 'node:fs/promises';
import { cpuUsage, resourceUsage } from 'node:process';
import { differences, digestFindings, expectedFile, type Findings } from './expected.ts';

/** What one contender did with a snapshot; `wrong` is empty when it found exactly what was planted. */
export type Outcome = {
  readonly seconds: number;
  readonly laps: Readonly<Record<string, number>>;
  /** Of all threads: tells more than `seconds` on a machine that does other work as well. */
  readonly cpuSeconds: number;
  readonly peakRssMb: number;
  readonly findings: number;
  readonly wrong: readonly string[];
};

/** Times the parts of a run. */
export function stopwatch() {
  const begun = performance.now();
  let last = begun;
  const laps: Record<string, number> = {};
  return {
    lap: (name: string): void => {
      const now = performance.now();
      laps[name] = Math.round(now - last) / 1000;
      last = now;
    },
    laps: () => laps,
    total: () => Math.round(last - begun) / 1000,
  };
}

/** Compares what was found with what was planted, outside the time that is measured. */
export async function outcomeOf(
  snapshot: string,
  keys: ReadonlyMap<string, readonly string[]>,
  seconds: number,
  laps: Readonly<Record<string, number>>,
): Promise<Outcome> {
  const peakRssMb = Math.round(resourceUsage().maxRSS / 1024);
  const { user, system } = cpuUsage();
  const cpuSeconds = Math.round((user + system) / 100_000) / 10;
  const expected: Findings = JSON.parse(await readFile(expectedFile(snapshot), 'utf8'));
  const wrong = differences(expected, digestFindings(keys));
  const findings = [...keys.values()].reduce((sum, list) => sum + list.length, 0);
  return { seconds, laps, cpuSeconds, peakRssMb, findings, wrong };
}
