import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type CollectContext, collectGraph, type Progress } from '../../../src/collect/graph/index.ts';
import type { GraphDouble } from '../../lab/graph/server.ts';
import { memoryRecorder } from '../memory-recorder.ts';
import { NOW, smallTenant, sourceOf, startTenant } from './estate.ts';
import { gapsOf, liesOf, truthOf, usualGaps } from './truth.ts';

let double: GraphDouble;
const tenant = smallTenant();
const context: CollectContext = {
  progress: () => {},
  now: () => NOW,
  signal: new AbortController().signal,
  backoffMs: 1,
};

beforeAll(async () => {
  double = await startTenant(tenant);
});
afterAll(() => double.close());

test.each(['batch', 'delta'] as const)('a whole tenant is read as it is, members by %s', async members => {
  const recorder = memoryRecorder();
  const events: Progress[] = [];
  await collectGraph(await sourceOf(double, { members }), recorder, {
    ...context,
    progress: event => events.push(event),
  });
  expect(liesOf(recorder, tenant)).toEqual([]);
  expect(gapsOf(recorder)).toEqual(usualGaps);
  expect(recorder.rows('cloud_member')).toHaveLength(truthOf(tenant).cloud_member?.length ?? 0);
  expect(events.length).toBeGreaterThan(10);
});
