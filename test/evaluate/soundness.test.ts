import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { evaluate } from '../../src/evaluate/index.ts';
import { memorySnapshots } from '../../src/snapshot/index.ts';
import { battleSoundness } from './battle.ts';
import { degrade } from './degrade.ts';
import { judgesOf, loadInvariants, loadShipped, openWorld, unreferenced, verdictsOf } from './judging.ts';
import { worldOf } from './world.ts';

// The one promise: whatever part of the two directories could not be read, no violation is invented and none is hidden in silence. See comparing.ts for
// the rules, degrade.ts for what can be missing, and campaign.ts to look for longer.

const shipped = loadShipped();
const extra = loadInvariants(['test/evaluate/extra.yaml']);

// What is said of a reading is said of that reading, whatever another one lacks.
const directories = shipped.filter(({ invariant }) => !['readings', 'snapshots'].includes(invariant.over));

test('gaps neither invent nor hide a violation of a shipped invariant', async () => {
  const { breaches, verdicts } = await battleSoundness(directories, {
    from: 29,
    worlds: 7,
    islands: 80,
    degradations: 2,
  });
  expect(breaches).toEqual([]);
  // Nearly each invariant is both kept and broken somewhere, or the property would say little (all are in differential.test.ts, on more worlds).
  const known = [...verdicts].filter(([id]) => !unreferenced.has(id));
  const varied = known.filter(([, [, pass = 0, fail = 0]]) => pass > 0 && fail > 0);
  expect(varied.length).toBeGreaterThan(known.length * 0.9);
}, 900_000);

test('gaps neither invent nor hide a violation of an invariant that nobody ships', async () => {
  const { breaches } = await battleSoundness(extra, { from: 1000, worlds: 2, degradations: 4 });
  expect(breaches).toEqual([]);
}, 900_000);

test('every subject is out of scope, passes, fails or is unknown, and the engine counts what its verdicts are', async () => {
  const snapshots = await memorySnapshots();
  const judges = judgesOf(shipped);
  try {
    await fc.assert(
      fc.asyncProperty(fc.nat(10_000), fc.nat(1000), async (seed, loss) => {
        const { world } = degrade(worldOf(seed, 5), loss);
        const snapshot = await openWorld(snapshots, world);
        const verdicts = await verdictsOf(snapshot, judges);
        const { outcomes } = await evaluate(await openWorld(snapshots, world), shipped);
        for (const { invariant, counts, judgements } of outcomes) {
          const judge = judges.find(each => each.population.name === invariant.over);
          const at = judge?.invariants.findIndex(each => each.invariant.id === invariant.id) ?? -1;
          const rows = verdicts.get(invariant.over) ?? [];
          const count = (code: number) => rows.filter(row => row.codes[at] === code).length;
          expect(counts).toEqual({
            subjects: rows.length,
            outOfScope: count(0),
            pass: count(1),
            fail: count(2),
            unknown: count(3),
          });
          const reported = (verdict: string) =>
            judgements.filter(each => each.verdict === verdict).reduce((sum, each) => sum + each.rows, 0);
          expect([reported('fail'), reported('unknown')]).toEqual([counts.fail, counts.unknown]);
          for (const each of judgements) if (each.verdict === 'unknown') expect(each.missing).not.toEqual([]);
        }
      }),
      { numRuns: 4, seed: 7 },
    );
  } finally {
    await snapshots.close();
  }
}, 900_000);
