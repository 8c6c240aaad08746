import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { openGovernor } from '../../../src/collect/graph/governor.ts';
import { openTurnstile } from '../../../src/collect/graph/turnstile.ts';

test('never more than so many arrive in any window of time, in the order in which they came', async () => {
  const window = 60;
  const enter = openTurnstile(5, window, new AbortController().signal);
  const numbers = Array.from({ length: 17 }, (_, number) => number);
  const entered: number[] = [];
  const arrivals: number[] = [];
  await Promise.all(
    numbers.map(async number => {
      const leave = await enter();
      entered.push(number);
      // Some are long under way.
      await sleep((number * 7) % 23);
      arrivals.push(performance.now());
      leave();
    }),
  );
  expect(entered).toEqual(numbers);
  arrivals.sort((a, b) => a - b);
  for (const [index, at] of arrivals.entries()) {
    const sixth = arrivals[index + 5];
    if (sixth !== undefined) expect(sixth - at).toBeGreaterThanOrEqual(window - 1);
  }
});

test('a stop ends the waiting', async () => {
  const stop = new AbortController();
  const enter = openTurnstile(1, 60_000, stop.signal);
  const leave = await enter();
  const [next, last] = [enter(), enter()];
  leave();
  stop.abort();
  await expect(next).rejects.toMatchObject({ why: 'stopped' });
  await expect(last).rejects.toMatchObject({ why: 'stopped' });
});

test('only audit logs have to wait', async () => {
  const governor = openGovernor('L', new AbortController().signal, 200);
  const begun = performance.now();
  for (let count = 0; count < 50; count++) (await governor.admit('https://graph.microsoft.com/v1.0/users'))();
  expect(performance.now() - begun).toBeLessThan(150);
  for (let count = 0; count < 6; count++)
    (await governor.admit('https://graph.microsoft.com/v1.0/auditLogs/provisioning?$top=1'))();
  expect(performance.now() - begun).toBeGreaterThanOrEqual(199);
});
