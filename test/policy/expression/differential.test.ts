import { expect, test } from '@jest/globals';
import { battle, battleOfValues } from './battle.ts';

test('compiled SQL agrees with a CEL library on random expressions and rows, in all three truth values', async () => {
  const tally = await battle(110_000, 20_260_131);
  expect(tally.disagreements).toEqual([]);
  expect(tally.cases).toBeGreaterThanOrEqual(100_000);
  expect([...tally.refused]).toEqual([]);
  for (const count of [tally.yes, tally.no, tally.unknown]) expect(count / tally.cases).toBeGreaterThan(0.05);
}, 240_000);

test('values agree too, and knownSql tells absent from unknown', async () => {
  const tally = await battleOfValues(20_000, 20_260_201);
  expect(tally.disagreements).toEqual([]);
  expect([...tally.refused]).toEqual([]);
  for (const count of [tally.yes, tally.no, tally.unknown]) expect(count / tally.cases).toBeGreaterThan(0.05);
}, 240_000);
