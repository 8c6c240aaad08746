import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import * as fc from 'fast-check';
import { costOf } from '../../../src/collect/graph/cost.ts';
import { type Governor, openGovernor } from '../../../src/collect/graph/governor.ts';

const ROOT = 'https://graph.microsoft.com/v1.0';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** Spends the given amounts as fast as the governor lets it; resolves to when each was granted, in milliseconds, and how much it was. */
async function spendAll(governor: Governor, amounts: readonly number[]) {
  const begun = performance.now();
  const grants: { readonly at: number; readonly units: number }[] = [];
  const all = Promise.all(
    amounts.map(async units => {
      await governor.spend(units, 'bulk');
      grants.push({ at: performance.now() - begun, units });
    }),
  );
  await jest.runAllTimersAsync();
  await all;
  return grants;
}

test.each([
  ['/groups?$top=999&$select=id', 1],
  ['/groups/$count', 1],
  ['/groups/1/members?$top=999&$select=id', 2],
  ['/groups/1/members', 3],
  ['/groups/1/members?$top=5&$select=id', 1],
  ['/groups/1/members/$count', 3],
  ['/groups/1/transitiveMembers?$select=id', 4],
  ['/groups/delta?$select=displayName,members', 1],
  ['/users?$select=id', 1],
  ['/users/$count', 2],
  ['/servicePrincipals/1/synchronization/jobs/2/schema?$expand=directories', 2],
])('%s costs %i', (path, cost) => {
  expect(costOf(ROOT + path)).toBe(cost);
});

test('no bucket of the service is ever overdrawn, and nine tenths of the quota are used', async () => {
  const classes = [
    ['S', 3500],
    ['M', 5000],
    ['L', 8000],
  ] as const;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...classes),
      fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 1500, size: 'max' }),
      async ([name, quota], amounts) => {
        const grants = await spendAll(openGovernor(name, new AbortController().signal), amounts);
        let level = quota;
        let seen = 0;
        for (const { at, units } of grants) {
          level = Math.min(quota, level + ((at - seen) * quota) / 10_000) - units;
          seen = at;
          expect(level).toBeGreaterThanOrEqual(0);
        }
        const total = amounts.reduce((sum, units) => sum + units, 0);
        const needed = Math.max(0, ((total - quota * 0.9) / (quota * 0.9)) * 10_000);
        expect(seen).toBeGreaterThanOrEqual(needed - 1);
        // Timers tick in whole milliseconds.
        expect(seen).toBeLessThanOrEqual(needed + amounts.length + 1);
      },
    ),
    { numRuns: 60 },
  );
});

test('a page of a list goes before what is read in bulk', async () => {
  const governor = openGovernor('S', new AbortController().signal);
  const order: string[] = [];
  const ask = async (name: string, units: number, urgency: 'urgent' | 'bulk') => {
    await governor.spend(units, urgency);
    order.push(name);
  };
  const all = Promise.all([
    ask('first', 3150, 'bulk'),
    ask('bulk', 40, 'bulk'),
    ask('more', 40, 'bulk'),
    ask('page', 1, 'urgent'),
  ]);
  await jest.runAllTimersAsync();
  await all;
  expect(order).toEqual(['first', 'page', 'bulk', 'more']);
});

test('the class follows the number of users, unless it was given', () => {
  const signal = new AbortController().signal;
  const rateWith = (users: number, given?: 'S') => {
    const governor = openGovernor(given, signal);
    governor.classify(users);
    return Math.round(governor.rate());
  };
  expect([0, 49, 50, 500, 501].map(users => rateWith(users))).toEqual([315, 315, 450, 450, 720]);
  expect(rateWith(200_000, 'S')).toBe(315);
});

test('429s of one moment slow down once, a quota that is used up a little; both wear off within a minute', async () => {
  const governor = openGovernor('L', new AbortController().signal);
  for (let time = 0; time < 50; time++) governor.slowDown();
  expect(governor.rate()).toBeCloseTo(720 * 0.7);
  jest.advanceTimersByTime(1000);
  governor.slowDown();
  expect(governor.rate()).toBeCloseTo(720 * 0.71 * 0.7);
  jest.advanceTimersByTime(2000);
  governor.heed(0.95);
  const before = governor.rate();
  governor.heed(1.2);
  expect(governor.rate()).toBeCloseTo(before * 0.9);
  jest.advanceTimersByTime(60_000);
  expect(governor.rate()).toBeCloseTo(720);
  for (let time = 0; time < 100; time++) {
    governor.slowDown();
    jest.advanceTimersByTime(1000);
  }
  // It never stops altogether.
  expect(governor.rate()).toBeGreaterThan(720 * 0.04);
});

test('what a request cost beyond its estimate is waited for, what it did not cost is given back', async () => {
  const governor = openGovernor('L', new AbortController().signal);
  const grants = await spendAll(governor, [7200]);
  expect(grants).toEqual([{ at: 0, units: 7200 }]);
  governor.correct(720);
  expect((await spendAll(governor, [72])).map(({ at }) => Math.round(at / 10))).toEqual([110]);
  governor.correct(-72);
  expect((await spendAll(governor, [72])).map(({ at }) => at)).toEqual([0]);
});

test('a stop ends the waiting', async () => {
  const stop = new AbortController();
  const governor = openGovernor('S', stop.signal);
  await governor.spend(3150, 'bulk');
  const waiting = governor.spend(1000, 'bulk');
  stop.abort();
  await expect(waiting).rejects.toMatchObject({ why: 'stopped' });
  await expect(governor.spend(1, 'urgent')).rejects.toMatchObject({ why: 'stopped' });
});
