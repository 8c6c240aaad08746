import { expect, test } from '@jest/globals';
import { openTurnstile } from '../../../src/collect/graph/turnstile.ts';

test('never more than so many in any window of time, in the order in which they came', async () => {
  const window = 60;
  const pass = openTurnstile(5, window, new AbortController().signal);
  const passed: { readonly at: number; readonly number: number }[] = [];
  const numbers = Array.from({ length: 17 }, (_, number) => number);
  await Promise.all(numbers.map(number => pass().then(() => passed.push({ at: performance.now(), number }))));
  expect(passed.map(({ number }) => number)).toEqual(numbers);
  for (const [index, { at }] of passed.entries()) {
    const sixth = passed[index + 5];
    if (sixth !== undefined) expect(sixth.at - at).toBeGreaterThan(window - 2);
  }
});

test('a stop ends the waiting', async () => {
  const stop = new AbortController();
  const pass = openTurnstile(1, 60_000, stop.signal);
  await pass();
  const waiting = pass();
  stop.abort();
  await expect(waiting).rejects.toMatchObject({ why: 'stopped' });
});
