import { expect, test } from '@jest/globals';
import { battleReference } from './battle.ts';
import { loadShipped, unreferenced } from './judging.ts';

test('the model judges whole worlds as an independent reference does', async () => {
  const known = loadShipped().filter(({ invariant }) => !unreferenced.has(invariant.id));
  const { breaches, verdicts } = await battleReference(known, { from: 5000, worlds: 34 });
  expect(breaches).toEqual([]);
  for (const [id, [, pass = 0, fail = 0]] of verdicts) expect([id, pass > 0, fail > 0]).toEqual([id, true, true]);
}, 600_000);
