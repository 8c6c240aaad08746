import { expect, test } from '@jest/globals';
import { collectGraph } from '../../../src/collect/graph/index.ts';
import type { Call } from '../../lab/graph/server.ts';
import { memoryRecorder } from '../memory-recorder.ts';
import { smallTenant, sourceOf, startTenant } from './estate.ts';
import { gapsOf, liesOf, usualGaps } from './truth.ts';

/** Four or five units for each of these groups and a little for the lists: more than the bucket of a small tenant holds. */
const tenant = smallTenant(800, 40);

async function collectWithin(quota: number) {
  const calls: Call[] = [];
  const double = await startTenant(tenant, { quota, now: Date.now, pageCap: 999 });
  // Never hits: it only looks.
  double.faults.add({ kind: 'status-500', match: call => calls.push(call) < 0 });
  double.faults.add({ kind: 'inner-503', match: call => calls.push(call) < 0 });
  try {
    const recorder = memoryRecorder();
    const signal = new AbortController().signal;
    const source = await sourceOf(double, { tenantClass: undefined });
    const begun = performance.now();
    await collectGraph(source, recorder, { progress: () => {}, now: Date.now, signal, backoffMs: 20 });
    expect(liesOf(recorder, tenant, Date.now())).toEqual([]);
    expect(gapsOf(recorder)).toEqual(usualGaps);
    const { requests } = double;
    return {
      seconds: (performance.now() - begun) / 1000,
      units: requests.reduce((sum, { ru }) => sum + ru, 0),
      throttled: requests.filter(({ status }) => status === 429).length,
      calls,
    };
  } finally {
    await double.close();
  }
}

test('a tenant is read below the quota of its class, without a single 429, and every request says that it can wait', async () => {
  const { seconds, units, throttled, calls } = await collectWithin(3500);
  expect(units).toBeGreaterThan(3200);
  expect(throttled).toBe(0);
  expect(seconds).toBeGreaterThan((units - 3150) / 315 - 0.1);
  const asked = calls.filter(call => call.method === 'GET' || call.path.endsWith('$batch'));
  expect(new Set(asked.map(call => call.headers.get('x-ms-throttle-priority')))).toEqual(new Set(['Low']));
  expect(new Set(asked.map(call => call.inner))).toEqual(new Set([true, false]));
});

test('a quota lower than documented is found out by a few 429s, and the tenant is read all the same', async () => {
  const { throttled, units } = await collectWithin(2400);
  expect(throttled).toBeGreaterThan(0);
  expect(throttled).toBeLessThan(units / 10);
});
