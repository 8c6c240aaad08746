import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { isItem } from '../../../src/collect/graph/item.ts';
import { type GroupToRead, type MemberSink, membersByBatch } from '../../../src/collect/graph/members.ts';
import { membersByDelta } from '../../../src/collect/graph/members-delta.ts';
import { setPace } from '../../../src/collect/graph/pace.ts';
import type { GraphPort } from '../../../src/collect/graph/port.ts';
import type { DeltaSlice } from '../../../src/snapshot/index.ts';
import { objectGuid } from './estate.ts';
import { unhurried } from './unhurried.ts';

const ROOT = 'https://graph.microsoft.com/v1.0';
const { signal } = new AbortController();
const pace = setPace({ parallel: 4, deadlineMs: 60_000, backoffMs: 0.01, signal });

/** Kinds of members by their number: every sixth is a service principal, which v1.0 does not list. */
const types = ['user', 'user', 'group', 'device', 'orgContact', 'servicePrincipal'] as const;

/** What a server does to one answer: nothing, or something that has to be noticed, or something legal but awkward. */
const tricks = [
  ...['none', 'drop', 'twice', 'throttle', 'unavailable', 'gone', 'no-link', 'both-links', 'no-value'],
  ...['stranger', 'untyped', 'foreign-delta', 'empty-page', 'again', 'restless', 'refused'],
] as const;
type Trick = (typeof tricks)[number];

/** Groups as lists of member numbers. */
type Estate = readonly (readonly number[])[];

type Inner = { readonly id: string; readonly status: number; readonly headers?: object; readonly body?: object };

const groupId = (index: number) => objectGuid(2, index);
const indexOf = (id: string) => Number.parseInt(id.slice(-12), 16);
const typeOf = (member: number) => types[member % types.length] ?? 'user';
const memberOf = (member: number) => ({
  '@odata.type': `#microsoft.graph.${typeOf(member)}`,
  id: objectGuid(1, member),
});
const listed = (members: readonly number[]) => members.filter(member => typeOf(member) !== 'servicePrincipal');
const refusal = (id: string, status: number, code: string): Inner => ({ id, status, body: { error: { code } } });

/** Pages of three members of a group's own list. */
function listPage(members: readonly number[], path: string, at: number): object {
  const next = at + 3 < members.length ? { '@odata.nextLink': `${ROOT}${path}?$skiptoken=${at + 3}` } : {};
  return { value: members.slice(at, at + 3).map(memberOf), ...next };
}

/** Pages of four member references: a group whose members do not fit comes again, with the rest of them. */
function deltaPages(estate: Estate, ids: readonly string[], trick: Trick): readonly (readonly object[])[] {
  const pages: object[][] = [[]];
  let room = 4;
  for (const id of ids) {
    const members = estate[indexOf(id)];
    if (members === undefined) continue;
    // A member that left while the round was read comes and goes in it.
    const passing = memberOf(700);
    const refs: object[] = members.map(memberOf);
    if (trick === 'restless') refs.unshift(passing);
    if (trick === 'restless') refs.push({ ...passing, '@removed': { reason: 'deleted' } });
    do {
      const part = refs.splice(0, room);
      pages.at(-1)?.push({ id, displayName: id, ...(part.length > 0 ? { 'members@delta': part } : {}) });
      room -= part.length;
      if (room === 0) pages.push([]);
      if (room === 0) room = 4;
    } while (refs.length > 0);
  }
  return pages;
}

/** The two ways of asking for members, with one trick played on each answer in turn, and honesty after the last. */
function serve(estate: Estate, script: readonly Trick[]): GraphPort {
  let played = 0;
  const slices = new Map<string, readonly (readonly object[])[]>();

  const answerDelta = (query: string, trick: Trick): object => {
    const parameters = new URLSearchParams(query);
    const token = parameters.get('$skiptoken')?.split('.');
    const filter = parameters.get('$filter') ?? '';
    const key = token?.[0] ?? String(slices.size);
    if (token === undefined) {
      const ids = [...filter.matchAll(/'([^']+)'/g)].map(([, id]) => id ?? '');
      slices.set(key, deltaPages(estate, ids, trick));
    }
    const at = Number(token?.[1] ?? 0);
    const pages = slices.get(key) ?? [];
    const link = (name: string, place: string) => ({ [name]: `${ROOT}/groups/delta?${place}` });
    const next = link('@odata.nextLink', `$skiptoken=${key}.${at + 1}`);
    const last = link('@odata.deltaLink', `$deltatoken=${key}`);
    const value = pages[at] ?? [];
    const page = { value, ...(at + 1 < pages.length ? next : last) };
    switch (trick) {
      case 'no-link':
        return { value };
      case 'both-links':
        return { ...page, ...next, ...last };
      case 'stranger':
        return { ...page, value: [...value, { id: groupId(999) }] };
      case 'untyped':
        return { ...page, value: [...value, { id: groupId(0), 'members@delta': [{ id: objectGuid(1, 3) }] }] };
      case 'foreign-delta':
        return { value, '@odata.deltaLink': 'https://graph.example.com/v1.0/groups/delta?$deltatoken=1' };
      case 'empty-page':
        return { value: [], ...link('@odata.nextLink', `$skiptoken=${key}.${at}&empty=${played}`) };
      case 'again':
        return { ...page, value: [...value, ...value] };
      default:
        return page;
    }
  };

  const answer = ({ id, url }: { readonly id: string; readonly url: string }): readonly Inner[] => {
    const trick = script[played++] ?? 'none';
    const [path = '', query = ''] = url.split('?');
    const isDelta = path === '/groups/delta';
    const at = Number(new URLSearchParams(query).get('$skiptoken') ?? 0);
    const members = listed(estate[indexOf(path.split('/')[2] ?? '')] ?? []);
    const honest: Inner = { id, status: 200, body: isDelta ? answerDelta(query, trick) : listPage(members, path, at) };
    switch (trick) {
      case 'drop':
        return [];
      case 'twice':
        return [{ ...honest, body: { value: [] } }, honest];
      case 'throttle':
        return [{ ...refusal(id, 429, 'TooManyRequests'), headers: { 'Retry-After': '0' } }];
      case 'unavailable':
        return [refusal(id, 503, 'serviceNotAvailable')];
      case 'gone':
        return [refusal(id, 410, 'resyncRequired')];
      case 'refused':
        return [refusal(id, 403, 'Authorization_RequestDenied')];
      case 'no-value':
        return [{ ...honest, body: {} }];
      default:
        return [honest];
    }
  };

  return {
    get: () => Promise.reject(new Error('not asked for')),
    post: async (_, body) => {
      const requests = isItem(body) && Array.isArray(body.requests) ? body.requests : [];
      return { responses: requests.flatMap(answer).reverse() };
    },
    count: async url => listed(estate[indexOf(/groups\/([^/]+)/.exec(url)?.[1] ?? '')] ?? []).length,
  };
}

type Result = {
  readonly memberships: ReadonlyMap<string, readonly string[]>;
  readonly failed: ReadonlySet<string>;
  readonly slices: readonly DeltaSlice[];
};

async function read(mode: 'batch' | 'delta', port: GraphPort, groups: readonly GroupToRead[]): Promise<Result> {
  const memberships = new Map<string, readonly string[]>();
  const failed = new Set<string>();
  const slices: DeltaSlice[] = [];
  const sink: MemberSink = {
    done: async (group, members) => {
      expect(memberships.has(group)).toBe(false);
      memberships.set(group, [...members].map(([id, kind]) => `${kind} ${id}`).sort());
    },
    failed: group => void failed.add(group),
  };
  const tally = { pages: 0, retries: 0 };
  const reader = { port, pace, governor: unhurried, root: ROOT, workers: 2, tally, signal };
  const reading =
    mode === 'delta'
      ? membersByDelta(reader, { ...sink, ended: slice => void slices.push(slice) })
      : membersByBatch(reader, sink);
  for (const group of groups) reading.add(group);
  await reading.finish();
  return { memberships, failed, slices };
}

const members = fc.uniqueArray(fc.integer({ min: 0, max: 40 }), { maxLength: 14 });
const estates = fc.array(members, { maxLength: 120, size: 'max' });
const groupsOf = (estate: Estate): GroupToRead[] =>
  estate.map((_, index) => ({ id: groupId(index), unified: index % 2 === 0 }));

test('both ways of reading give the same memberships, for any estate', async () => {
  await fc.assert(
    fc.asyncProperty(estates, async estate => {
      const groups = groupsOf(estate);
      const batch = await read('batch', serve(estate, []), groups);
      const delta = await read('delta', serve(estate, []), groups);
      expect(new Map([...delta.memberships].sort())).toEqual(new Map([...batch.memberships].sort()));
      expect([...batch.failed, ...delta.failed]).toEqual([]);
      expect(delta.slices.flatMap(slice => slice.groups).sort()).toEqual(groups.map(({ id }) => id).sort());
      for (const { groups: ids, link } of delta.slices) {
        expect(ids.length).toBeLessThanOrEqual(50);
        expect(link).toMatch(/\$deltatoken=/);
      }
    }),
    { numRuns: 150 },
  );
});

test('under any faults each group is either as it is or failed, and its slice has a link only when it ended', async () => {
  await fc.assert(
    fc.asyncProperty(
      estates,
      fc.array(fc.constantFrom(...tricks), { maxLength: 30, size: 'max' }),
      fc.constantFrom('batch' as const, 'delta' as const),
      async (estate, script, mode) => {
        const groups = groupsOf(estate);
        const { memberships, failed, slices } = await read(mode, serve(estate, script), groups);
        for (const [index, { id }] of groups.entries()) {
          const truth = listed(estate[index] ?? []).map(member => `${typeOf(member)} ${objectGuid(1, member)}`);
          if (!failed.has(id)) expect(memberships.get(id)).toEqual(truth.sort());
        }
        const ended = new Set(slices.flatMap(slice => slice.groups));
        if (mode === 'delta') for (const { id } of groups) expect(ended.has(id)).toBe(memberships.has(id));
        // Only a refusal, or a lasting fault, fails anything.
        if (!script.includes('refused') && script.length < 5) expect(failed.size).toBe(0);
      },
    ),
    { numRuns: 250 },
  );
});

test('a group that vanishes is a failure of its own, and one that comes back is as it came back', async () => {
  const [gone, back] = [groupId(0), groupId(1)];
  const user = memberOf(1);
  const link = `${ROOT}/groups/delta?$deltatoken=1`;
  const port: GraphPort = {
    ...serve([[], [1]], []),
    post: async () => ({
      responses: [
        {
          id: '0',
          status: 200,
          body: {
            value: [
              { id: gone, 'members@delta': [user] },
              { id: back, 'members@delta': [memberOf(0)] },
              { id: gone, '@removed': { reason: 'changed' } },
              { id: back, '@removed': { reason: 'changed' } },
              { id: back, 'members@delta': [memberOf(2), user] },
              { id: back, 'members@delta': [{ ...memberOf(2), '@removed': { reason: 'deleted' } }] },
            ],
            '@odata.deltaLink': link,
          },
        },
      ],
    }),
  };
  const result = await read('delta', port, groupsOf([[], []]));
  expect([...result.failed]).toEqual([gone]);
  expect([...result.memberships]).toEqual([[back, [`user ${user.id}`]]]);
  expect(result.slices).toEqual([{ groups: [gone, back], link }]);
});

test.each([
  ['empty pages', () => ({ value: [] })],
  ['the same group', () => ({ value: [{ id: groupId(0), 'members@delta': [memberOf(1)] }] })],
])('a delta that never ends is given up: %s', async (_, page) => {
  let pages = 0;
  const port: GraphPort = {
    ...serve([[1]], []),
    post: async () => {
      const next = `${ROOT}/groups/delta?$skiptoken=${pages++}`;
      return { responses: [{ id: '0', status: 200, body: { ...page(), '@odata.nextLink': next } }] };
    },
  };
  const { failed } = await read('delta', port, groupsOf([[1]]));
  expect([...failed]).toEqual([groupId(0)]);
  expect(pages).toBeLessThan(1000);
});
