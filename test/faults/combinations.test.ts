import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Mode, openStage, type Stage } from './runs.ts';

// A slice of the campaign (npm run campaign:faults): random faults together, and the audit of what was recorded.

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
}, 240_000);
afterAll(() => stage.close());

const slices: readonly (readonly [Mode, number])[] = [
  ['ad', 24],
  ['batch', 14],
  ['delta', 14],
  ['both', 4],
];

test.each(slices)(
  'random faults, %s: the truth, a gap or a clear failure, never anything else',
  async (mode, runs) => {
    const told = { right: 0, gaps: 0, failed: 0, wrong: 0 };
    for (let seed = 1; seed <= runs; seed++) {
      const { ending, plan, wrong } = await stage.run(seed, mode);
      expect({ seed, plan, wrong }).toEqual({ seed, plan, wrong: [] });
      told[ending] += 1;
    }
    // Most faults pass: a collector that gives up at the first is as useless as one that lies.
    expect(told.right).toBeGreaterThan(runs / 5);
    expect(told.failed).toBeLessThan(runs / 4);
  },
  240_000,
);
