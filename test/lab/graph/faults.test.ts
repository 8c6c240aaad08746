import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { guid, items, openProbe, type Probe, type Reply } from './probe.ts';
import { type FaultKind, faultKinds, isFaultKind } from './server.ts';

const GROUPS = '/v1.0/groups?$select=id&$top=3';
const DELTA = '/v1.0/groups/delta?$select=members';
let probe: Probe;

beforeAll(async () => {
  probe = await openProbe();
});
afterEach(() => probe.double.faults.clear());
afterAll(() => probe.close());

/** What one request came to, in a few words. */
type Outcome = { readonly url?: string; readonly see: (reply: Reply) => unknown; readonly expected: unknown };

function status(reply: Reply): unknown {
  return reply.status;
}

function retry({ status: got, headers }: Reply): unknown {
  return [got, headers['retry-after']];
}

function next({ json }: Reply): string {
  return String(json['@odata.nextLink']);
}

function size({ json }: Reply): number {
  return items(json).length;
}

const broken = (): never => {
  throw new Error('an answer came, though none was expected');
};

/** For every kind: what a client sees of it. A kind without a line does not compile. */
const outcomes: Readonly<Record<FaultKind, Outcome>> = {
  'status-429-retry-after': { see: retry, expected: [429, '1'] },
  'status-429-no-retry-after': { see: retry, expected: [429, undefined] },
  'status-429-empty-retry-after': { see: retry, expected: [429, ''] },
  'status-429-garbage-retry-after': { see: retry, expected: [429, 'soon'] },
  'status-429-long-retry-after': { see: retry, expected: [429, '400'] },
  'status-503': { see: retry, expected: [503, undefined] },
  'status-503-retry-after': { see: retry, expected: [503, '1'] },
  'status-504': { see: status, expected: 504 },
  'status-408': { see: status, expected: 408 },
  'status-500': { see: status, expected: 500 },
  'status-502': { see: status, expected: 502 },
  'status-507': { see: status, expected: 507 },
  'status-509': { see: status, expected: 509 },
  'status-501': { see: status, expected: 501 },
  'status-403': { see: status, expected: 403 },
  'status-404': { see: status, expected: 404 },
  '401-expired': { see: status, expected: 401 },
  'reset-before-headers': { see: broken, expected: 'UND_ERR_SOCKET' },
  'reset-mid-body': { see: broken, expected: 'UND_ERR_SOCKET' },
  'reset-mid-chunk': { see: broken, expected: 'UND_ERR_SOCKET' },
  hang: { see: broken, expected: 'UND_ERR_HEADERS_TIMEOUT' },
  'hang-mid-body': { see: broken, expected: 'UND_ERR_BODY_TIMEOUT' },
  'bad-gzip': { see: ({ headers, json }) => [headers['content-encoding'], json], expected: ['gzip', {}] },
  'gzip-no-trailer': { see: ({ headers, json }) => [headers['content-encoding'], json], expected: ['gzip', {}] },
  'truncate-json': {
    see: ({ body, json, headers }) => [body[0], json, Number(headers['content-length']) === body.length],
    expected: ['{'.charCodeAt(0), {}, true],
  },
  'close-delimited': {
    see: reply => [size(reply), next(reply), reply.headers['content-length'], reply.headers['transfer-encoding']],
    expected: [1, 'undefined', undefined, undefined],
  },
  'invalid-utf8': { see: ({ body }) => Buffer.from(body.toString()).equals(body), expected: false },
  'html-200': {
    see: ({ status: got, headers }) => [got, headers['content-type']],
    expected: [200, 'text/html; charset=utf-8'],
  },
  '500-html': {
    see: ({ status: got, headers }) => [got, headers['content-type']],
    expected: [500, 'text/html; charset=utf-8'],
  },
  'no-content-type': { see: reply => [reply.headers['content-type'], size(reply)], expected: [undefined, 3] },
  'octet-stream': { see: reply => reply.headers['content-type'], expected: 'application/octet-stream' },
  'empty-body': { see: ({ status: got, body }) => [got, body.length], expected: [200, 0] },
  '204': { see: ({ status: got, body }) => [got, body.length], expected: [204, 0] },
  'error-200': { see: ({ status: got, json }) => [got, Object.keys(json)], expected: [200, ['error']] },
  'no-value': { see: ({ json }) => ['value' in json, '@odata.nextLink' in json], expected: [false, true] },
  'null-value': { see: ({ json }) => json.value, expected: null },
  'empty-object': { see: ({ body }) => body.toString(), expected: '{}' },
  'missing-nextlink': { see: ({ json }) => [items(json).length, '@odata.nextLink' in json], expected: [3, false] },
  'self-nextlink': { see: reply => next(reply).endsWith(`${GROUPS}`), expected: true },
  'foreign-nextlink': { see: reply => new URL(next(reply)).hostname, expected: 'localhost' },
  'http-nextlink': { see: reply => new URL(next(reply)).protocol, expected: 'http:' },
  'other-version-nextlink': { see: reply => new URL(next(reply)).pathname, expected: '/beta/groups' },
  'null-nextlink': { see: ({ json }) => json['@odata.nextLink'], expected: null },
  'empty-middle-page': { see: reply => [size(reply), next(reply).endsWith('empty=1')], expected: [0, true] },
  'duplicate-item': {
    see: ({ json }) => items(json).map(({ id }) => id),
    expected: [0x100, 0x101, 0x102, 0x102].map(guid),
  },
  'lost-item': { see: ({ json }) => items(json).map(({ id }) => id), expected: [0x100, 0x101].map(guid) },
  'item-without-id': {
    see: ({ json }) => items(json).map(({ id }) => id),
    expected: [undefined, guid(0x101), guid(0x102)],
  },
  'expired-page-token': { see: ({ body }) => body.includes('Directory_ExpiredPageToken'), expected: true },
  redirect: {
    see: ({ status: got, headers }) => [got, URL.parse(String(headers.location))?.hostname],
    expected: [302, 'localhost'],
  },
  'redirect-relative': { see: ({ status: got, headers }) => [got, headers.location], expected: [302, GROUPS] },
  '410-resync': {
    url: DELTA,
    see: ({ status: got, headers }) => [got, String(headers.location).endsWith('/v1.0/groups/delta?$deltatoken=')],
    expected: [410, true],
  },
  'delta-no-link': { url: DELTA, see: ({ json }) => Object.keys(json), expected: ['@odata.context', 'value'] },
  'wrong-count': { url: '/v1.0/groups/$count', see: ({ body }) => body.toString(), expected: '9' },
  'inner-429': { see: broken, expected: 429 },
  'inner-429-no-retry-after': { see: broken, expected: 429 },
  'inner-503': { see: broken, expected: 503 },
  'inner-504': { see: broken, expected: 504 },
  'inner-401': { see: broken, expected: 401 },
  'inner-403': { see: broken, expected: 403 },
  'inner-404': { see: broken, expected: 404 },
  'inner-missing': { see: broken, expected: undefined },
  'inner-no-value': { see: broken, expected: 200 },
  'inner-null-body': { see: broken, expected: 200 },
};

function kindsOf(inner: boolean): readonly FaultKind[] {
  return Object.keys(outcomes)
    .filter(isFaultKind)
    .filter(kind => (faultKinds[kind].scope === 'inner') === inner);
}

async function observe(url: string, see: (reply: Reply) => unknown): Promise<unknown> {
  let reply: Reply;
  try {
    reply = await probe.get(url, { ConsistencyLevel: 'eventual' });
  } catch (error) {
    return typeof error === 'object' && error !== null && 'code' in error ? error.code : String(error);
  }
  return see(reply);
}

test.each(kindsOf(false))('%s does what it says, once', async kind => {
  const { url = GROUPS, see, expected } = outcomes[kind];
  const target = kind === 'expired-page-token' ? next(await probe.get(GROUPS)) : url;
  const before = await observe(target, see === broken ? ({ status: got }) => got : see);
  expect(before).not.toEqual(expected);
  const record = probe.double.faults.add({ kind });
  expect(await observe(target, see)).toEqual(expected);
  expect(record.hits()).toBe(1);
  expect(await observe(target, see === broken ? ({ status: got }) => got : see)).toEqual(before);
  expect(probe.double.requests.at(-2)?.fault).toBe(kind);
});

test.each(kindsOf(true))('%s hits one step of a batch and leaves the others alone', async kind => {
  probe.double.faults.add({ kind, match: { path: `/v1.0/groups/${guid(0x103)}/members` } });
  const responses = await probe.batch(
    [0x101, 0x102, 0x103].map(number => `/groups/${guid(number)}/members?$select=id`),
  );
  const byId = new Map(responses.map(response => [response.id, response]));
  expect([byId.get('0')?.status, byId.get('1')?.status]).toEqual([200, 200]);
  const hit = byId.get('2');
  expect(hit?.status).toEqual(outcomes[kind].expected);
  if (kind === 'inner-429') expect(hit?.headers).toMatchObject({ 'Retry-After': '1' });
  if (kind === 'inner-429-no-retry-after') expect(hit?.headers).not.toHaveProperty('Retry-After');
  if (kind === 'inner-null-body') expect(hit?.body).toBeNull();
  if (kind === 'inner-no-value') expect(hit?.body).not.toHaveProperty('value');
});

test('a fault waits for the requests it is meant for, skips, and comes as often as asked', async () => {
  const { add, hits } = probe.double.faults;
  const before = hits('status-503');
  add({ kind: 'status-503', match: { method: 'GET', path: /\/users$/ }, skip: 1, times: 2 });
  const statuses: number[] = [];
  for (const url of ['/v1.0/groups', '/v1.0/users', '/v1.0/users', '/v1.0/groups', '/v1.0/users', '/v1.0/users'])
    statuses.push((await probe.get(url)).status);
  expect(statuses).toEqual([200, 200, 503, 200, 503, 200]);
  expect(hits('status-503') - before).toBe(2);
});

test('a fault with a probability draws the same from the same seed', async () => {
  const draw = async (seed: number): Promise<string> => {
    probe.double.faults.clear();
    probe.double.faults.add({ kind: 'status-500', probability: 0.5, seed });
    let drawn = '';
    for (let index = 0; index < 30; index += 1)
      drawn += (await probe.get('/v1.0/organization')).status === 500 ? 'x' : '.';
    return drawn;
  };
  const first = await draw(1);
  expect(first).toMatch(/x/);
  expect(first).toMatch(/\./);
  expect(await draw(1)).toBe(first);
  expect(await draw(2)).not.toBe(first);
});

test('a fault on pages can hit a step of a batch, one on the wire cannot', async () => {
  probe.double.faults.add({ kind: 'lost-item', inner: true });
  const [response] = await probe.batch([`/groups/${guid(0x101)}/members?$select=id`]);
  expect(response).toMatchObject({ body: { value: [{}, {}] } });
  expect(() => probe.double.faults.add({ kind: 'hang', inner: true })).toThrow(RangeError);
});

test('the token endpoint can fail too', async () => {
  const { double, post } = probe;
  double.faults.add({ kind: 'status-503', match: { path: /\/token$/ } });
  const form = 'grant_type=client_credentials&client_id=x&client_secret=y&scope=https://graph.microsoft.com/.default';
  const url = `/${double.tenantId}/oauth2/v2.0/token`;
  expect([(await post(url, form)).status, (await post(url, form)).status]).toEqual([503, 200]);
});
