import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { GraphFailure } from '../../../src/collect/graph/failure.ts';
import { readList } from '../../../src/collect/graph/list.ts';
import { setPace } from '../../../src/collect/graph/pace.ts';
import type { GraphPort } from '../../../src/collect/graph/port.ts';
import { objectGuid } from './estate.ts';

const ROOT = 'https://graph.microsoft.com/v1.0/groups';
const pace = setPace({ parallel: 1, deadlineMs: 60_000, backoffMs: 0.01, signal: new AbortController().signal });

type Server = {
  readonly size: number;
  readonly page: number;
  /** For each read of the list: after how many pages the link is lost; 0 = never. */
  readonly lostAfter: readonly number[];
  /** For each count: how far it is off; undefined = the endpoint has no count. */
  readonly countOff: readonly number[] | undefined;
};

/** A list served by the documented protocol, except for what `server` says. */
function serve(server: Server): GraphPort {
  let reads = -1;
  let counts = -1;
  return {
    get: async url => {
      const at = Number(new URL(url).searchParams.get('$skiptoken') ?? 0);
      if (at === 0) reads++;
      const end = Math.min(at + server.page, server.size);
      const isLost = end / server.page === (server.lostAfter[reads] ?? 0);
      const value = Array.from({ length: end - at }, (_, index) => ({ id: objectGuid(2, at + index) }));
      return end < server.size && !isLost ? { value, '@odata.nextLink': `${ROOT}?$skiptoken=${end}` } : { value };
    },
    post: () => Promise.reject(new Error('not asked for')),
    count: async () => {
      if (server.countOff === undefined) throw new GraphFailure('status', 'no count', { status: 400 });
      counts++;
      return Math.max(0, server.size + (server.countOff[counts] ?? 0));
    },
  };
}

async function read(server: Server) {
  const ids: unknown[] = [];
  const list = {
    url: ROOT,
    countUrl: `${ROOT}/$count`,
    emit: async (items: readonly { readonly id?: unknown }[]) => void ids.push(...items.map(item => item.id)),
  };
  const outcome = await readList(serve(server), pace, list, { pages: 0, retries: 0 });
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.length).toBe(outcome.retrieved);
  return outcome;
}

const size = fc.integer({ min: 0, max: 30 });
const page = fc.integer({ min: 1, max: 8 });

test('a list whose links get lost is never taken for complete, as long as the count is not too low', async () => {
  const lostAfter = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 3, maxLength: 3 });
  const countOff = fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(fc.record({ size, page, lostAfter, countOff }), async server => {
      const outcome = await read(server);
      if (outcome.shortfall === undefined) expect(outcome.retrieved).toBe(server.size);
    }),
    { numRuns: 300 },
  );
});

test('an unharmed list is complete with a count that is right, lags behind, or does not exist', async () => {
  const lagging = fc.array(fc.integer({ min: -3, max: 0 }), { minLength: 4, maxLength: 4 });
  const countOff = fc.oneof(fc.constant([]), lagging, fc.constant(undefined));
  await fc.assert(
    fc.asyncProperty(fc.record({ size, page, countOff }), async server => {
      const outcome = await read({ ...server, lostAfter: [] });
      expect(outcome).toMatchObject({ retrieved: server.size, shortfall: undefined });
    }),
    { numRuns: 300 },
  );
});

test('what differs is said', async () => {
  const base = { size: 9, page: 3, lostAfter: [] };
  expect((await read({ ...base, countOff: [-2, -2, -2, -2] })).note).toMatch(/9 items where 7 were announced/);
  expect((await read({ ...base, countOff: [1, 1, 1, 1] })).shortfall).toMatch(/ended at 9 items .* counts 10/);
  expect((await read({ ...base, lostAfter: [1, 2, 1], countOff: undefined })).shortfall).toMatch(/differed each/);
});
