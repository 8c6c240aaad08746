import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { evaluate } from '../../src/evaluate/index.ts';
import { classesFor, populations } from '../../src/model/index.ts';
import { memorySnapshots } from '../../src/snapshot/index.ts';
import { degrade } from './degrade.ts';
import { loadInvariants, openWorld } from './judging.ts';
import { worldOf } from './world.ts';

// The engine judges memberships that are alike as one; the script that an auditor runs judges each.

const invariants = loadInvariants(['test/evaluate/classes.yaml']);

test('memberships judged by classes come out one by one, as the script of each invariant finds them', async () => {
  const snapshots = await memorySnapshots();
  let violations = 0;
  try {
    await fc.assert(
      fc.asyncProperty(fc.nat(10_000), fc.nat(1000), async (seed, loss) => {
        const whole = worldOf(seed, 5);
        const world = loss % 2 === 0 ? whole : degrade(whole, loss).world;
        const { outcomes } = await evaluate(await openWorld(snapshots, world), invariants);
        for (const { judgements, counts, sql } of outcomes) {
          const snapshot = await openWorld(snapshots, world);
          const statements = sql.split(/;\n/).map(statement => statement.trim());
          const select = statements.findLast(statement => statement !== '') ?? '';
          for (const statement of statements)
            if (statement !== select && statement !== '') await snapshot.run(statement);
          const rows = await snapshot.rows(select);
          const failing = rows.filter(row => row.verdict === 'fail').map(row => row.subject);
          expect(judgements.filter(each => each.verdict === 'fail').map(each => each.subject.key)).toEqual(failing);
          expect(counts.unknown).toBe(rows.length - failing.length);
          violations += failing.length;
        }
      }),
      { numRuns: 12, seed: 11 },
    );
  } finally {
    await snapshots.close();
  }
  expect(violations).toBeGreaterThan(100);
}, 900_000);

test('what tells the rows of a class apart keeps them apart', () => {
  const { memberships } = populations;
  const relation = (...sql: string[]) => classesFor(memberships, sql)?.relation;
  expect(relation('m.in_cloud AND g.flavour IS NOT NULL')).toBe('membership_class');
  expect(relation('m.in_cloud', 'mu.enabled')).toBeUndefined();
  expect(relation('m.member_guid IS NULL')).toBeUndefined();
  expect(classesFor(populations.groups, ['true'])).toBeUndefined();
});
