import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { GraphFailure } from '../../../src/collect/graph/failure.ts';
import { isItem } from '../../../src/collect/graph/item.ts';
import { type GroupToRead, type MemberSink, membersByBatch } from '../../../src/collect/graph/members.ts';
import { setPace } from '../../../src/collect/graph/pace.ts';
import type { GraphPort } from '../../../src/collect/graph/port.ts';
import { objectGuid } from './estate.ts';
import { unhurried } from './unhurried.ts';

const ROOT = 'https://graph.microsoft.com/v1.0';
const { signal } = new AbortController();
const pace = setPace({ parallel: 4, deadlineMs: 60_000, backoffMs: 0.01, signal });

/** Reads groups by batch, two workers at a time. */
async function readBatch(port: GraphPort, groups: readonly GroupToRead[], sink: MemberSink): Promise<void> {
  const tally = { pages: 0, retries: 0 };
  const reading = membersByBatch({ port, pace, governor: unhurried, root: ROOT, workers: 2, tally, signal }, sink);
  for (const group of groups) reading.add(group);
  await reading.finish();
}

type Trick = 'none' | 'drop' | 'twice' | 'foreign' | 'no-id' | 'throttle' | 'text-status';
const tricks: readonly Trick[] = ['none', 'drop', 'twice', 'foreign', 'no-id', 'throttle', 'text-status'];

const sizeOf = (group: string) => Number.parseInt(group.slice(-4), 16) % 9;

/** A $batch endpoint that plays one trick on each of its answers in turn, then behaves. Pages hold three members. */
function serve(script: readonly Trick[]): GraphPort {
  let played = 0;
  const answer = (request: { readonly id: string; readonly url: string }) => {
    const [, group = '', query = ''] = /^\/groups\/([^/]+)\/members\?(.*)$/.exec(request.url) ?? [];
    const at = Number(new URLSearchParams(query).get('$skiptoken') ?? 0);
    const end = Math.min(at + 3, sizeOf(group));
    const value = Array.from({ length: end - at }, (_, index) => ({
      '@odata.type': '#microsoft.graph.user',
      id: objectGuid(1, at + index),
    }));
    const link = { '@odata.nextLink': `${ROOT}/groups/${group}/members?$skiptoken=${end}` };
    return { id: request.id, status: 200, body: { value, ...(end < sizeOf(group) ? link : {}) } };
  };
  const empty = { status: 200, body: { value: [] } };
  const play = (honest: ReturnType<typeof answer>): readonly object[] => {
    switch (script[played++] ?? 'none') {
      case 'drop':
        return [];
      case 'twice':
        return [{ ...empty, id: honest.id }, honest];
      case 'foreign':
        return [{ ...empty, id: '77' }, { ...empty, id: 7 }, honest];
      case 'no-id':
        return [{ ...honest, id: undefined }];
      case 'throttle':
        return [{ id: honest.id, status: 429, headers: { 'Retry-After': '0' }, body: { error: { code: 'x' } } }];
      case 'text-status':
        return [{ ...honest, status: '200' }];
      default:
        return [honest];
    }
  };
  return {
    get: () => Promise.reject(new Error('not asked for')),
    post: async (_, body) => {
      const requests = isItem(body) && Array.isArray(body.requests) ? body.requests : [];
      return { responses: requests.map(answer).flatMap(play).reverse() };
    },
    count: async url => sizeOf(/groups\/([^/]+)/.exec(url)?.[1] ?? ''),
  };
}

test('answers that are lost, doubled, foreign or nameless never change a membership', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 45 }),
      fc.array(fc.constantFrom(...tricks), { maxLength: 60 }),
      async (count, script) => {
        const groups = Array.from({ length: count }, (_, index) => ({
          id: objectGuid(2, index),
          unified: index % 2 === 0,
        }));
        const done = new Map<string, number>();
        const failed = new Set<string>();
        const sink = {
          done: async (group: string, members: ReadonlyMap<string, string>) => void done.set(group, members.size),
          failed: (group: string, failure: GraphFailure) => {
            expect(failure).toBeInstanceOf(GraphFailure);
            failed.add(group);
          },
        };
        await readBatch(serve(script), groups, sink);
        for (const { id } of groups) if (!failed.has(id)) expect(done.get(id)).toBe(sizeOf(id));
        // Six tricks in a row on one group are needed to lose it.
        expect(failed.size).toBeLessThanOrEqual(script.length / 6);
      },
    ),
    { numRuns: 300 },
  );
});

test('a group in want of members that are counted is a failure after three reads, a surplus is believed', async () => {
  const groups = [{ id: objectGuid(2, 7), unified: true }];
  const readWith = async (counted: number) => {
    const outcome: unknown[] = [];
    const port = { ...serve([]), count: async () => counted };
    const sink = {
      done: async (_: string, members: ReadonlyMap<string, string>) => void outcome.push(members.size),
      failed: (_: string, failure: GraphFailure) => void outcome.push(failure.message),
    };
    await readBatch(port, groups, sink);
    return outcome;
  };
  expect(await readWith(7)).toEqual([7]);
  expect(await readWith(5)).toEqual([7]);
  expect(await readWith(8)).toEqual(['the list of members ended at 7, where 8 are counted, after 3 reads']);
});
