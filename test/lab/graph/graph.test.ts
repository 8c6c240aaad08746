import { gunzipSync } from 'node:zlib';
import { afterEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseFilter } from './filter.ts';
import { guid, items, makeGroup, makeTenant, NOON, openProbe, type Probe, type Reply, refer } from './probe.ts';
import type { GraphDoubleOptions } from './server.ts';

const EVENTUAL = { ConsistencyLevel: 'eventual' } as const;
let opened: Probe[] = [];

async function open(options: Partial<GraphDoubleOptions> = {}): Promise<Probe> {
  const probe = await openProbe(options);
  opened.push(probe);
  return probe;
}

afterEach(async () => {
  await Promise.all(opened.map(probe => probe.close()));
  opened = [];
});

function code(reply: Reply): unknown {
  const { error } = reply.json;
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

function ids(list: readonly Readonly<Record<string, unknown>>[]): readonly unknown[] {
  return list.map(item => item.id);
}

test('pages of any size give every item once, in order', async () => {
  const tenant = makeTenant(40);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 60 }), async (top, pageCap) => {
      const probe = await openProbe({ tenant, pageCap });
      try {
        expect(ids(await probe.all(`/v1.0/groups?$top=${top}&$select=id`))).toEqual(ids(tenant.groups));
      } finally {
        await probe.close();
      }
    }),
    { numRuns: 15 },
  );
});

test('a list that ends with a full page has no next link there', async () => {
  const { get } = await open();
  expect('@odata.nextLink' in (await get('/v1.0/groups?$top=7')).json).toBe(true);
  expect('@odata.nextLink' in (await get('/v1.0/groups?$top=8')).json).toBe(false);
});

test('a next link is absolute, awkwardly encoded, and refused when altered or taken to another query', async () => {
  const { double, get } = await open();
  const { json } = await get('/v1.0/groups?$top=3&$select=id');
  const next = String(json['@odata.nextLink']);
  expect(next.startsWith(`${double.endpoint}/v1.0/groups?`)).toBe(true);
  expect(next).toMatch(/skiptoken=%2B%2F.*%3D/);
  expect(code(await get(next.replace('%2B%2F%2B%2F', '%2B%2F%2B%2FAAAA')))).toBe('Directory_ExpiredPageToken');
  expect(code(await get(next.replace('$select=id', '$select=id,mail')))).toBe('Directory_ExpiredPageToken');
  expect(code(await get(next.replace('/groups?', '/users?')))).toBe('Directory_ExpiredPageToken');
  // A client may reorder the parameters.
  const [head, tail] = next.split('?');
  expect((await get(`${head}?${tail?.split('&').reverse().join('&')}`)).status).toBe(200);
});

test('only selected properties are returned, the usual ones without $select, beta ones only in beta', async () => {
  const writebackConfiguration = { isEnabled: true, onPremisesGroupType: 'universalDistributionGroup' } as const;
  const { get } = await open({ tenant: { ...makeTenant(), groups: [makeGroup(5, { writebackConfiguration })] } });
  expect(items((await get('/v1.0/groups?$select=id,mail')).json)).toEqual([
    { id: guid(5), mail: 'group5@contoso.com' },
  ]);
  const usual = items((await get('/v1.0/groups')).json)[0] ?? {};
  expect(usual).toMatchObject({ displayName: 'Group 5', theme: null, creationOptions: [] });
  expect(Object.keys(usual)).not.toEqual(expect.arrayContaining(['writebackConfiguration']));
  expect(Object.keys(usual)).not.toEqual(expect.arrayContaining(['members']));
  const refused = await get('/v1.0/groups?$select=id,writebackConfiguration');
  expect([refused.status, code(refused)]).toEqual([400, 'BadRequest']);
  expect(items((await get('/beta/groups?$select=id,writebackConfiguration')).json)).toEqual([
    { id: guid(5), writebackConfiguration },
  ]);
  const user = items((await get('/v1.0/users?$top=1')).json)[0] ?? {};
  expect('onPremisesSecurityIdentifier' in user).toBe(false);
});

test.each([0, 1000, -1, 'many'])('$top=%s is refused', async top => {
  const { get } = await open();
  const reply = await get(`/v1.0/users?$top=${top}`);
  expect([reply.status, code(reply)]).toEqual([400, 'Request_BadRequest']);
});

test('counts need the consistency header, and the count of a list comes on its first page only', async () => {
  const { get } = await open();
  expect(code(await get('/v1.0/groups/$count'))).toBe('Request_BadRequest');
  const count = await get('/v1.0/groups/$count', EVENTUAL);
  expect([count.headers['content-type'], count.body.toString()]).toEqual(['text/plain', '8']);
  expect((await get(`/v1.0/groups/${guid(0x103)}/members/$count`, EVENTUAL)).body.toString()).toBe('9');
  expect(
    (await get(`/v1.0/groups/$count?$filter=${encodeURIComponent("mail eq 'nobody'")}`, EVENTUAL)).body.toString(),
  ).toBe('0');
  expect('@odata.count' in (await get('/v1.0/groups?$count=true')).json).toBe(false);
  const first = await get('/v1.0/groups?$count=true&$top=5', EVENTUAL);
  expect(first.json['@odata.count']).toBe(8);
  const second = await get(String(first.json['@odata.nextLink']), EVENTUAL);
  expect(items(second.json)).toHaveLength(3);
  expect('@odata.count' in second.json).toBe(false);
});

test('the source-of-authority filter is an advanced query', async () => {
  const { get } = await open();
  const filter = encodeURIComponent('onPremisesSyncBehavior/isCloudManaged eq true');
  const url = `/v1.0/groups?$select=id&$filter=${filter}`;
  expect(code(await get(url))).toBe('Request_UnsupportedQuery');
  expect(code(await get(url, EVENTUAL))).toBe('Request_UnsupportedQuery');
  expect(code(await get(`${url}&$count=true`))).toBe('Request_UnsupportedQuery');
  const reply = await get(`${url}&$count=true`, EVENTUAL);
  expect(reply.json).toMatchObject({ '@odata.count': 1, value: [{ id: guid(0x102) }] });
});

test.each([
  ["id eq '00000000-0000-4000-8000-000000000101'", [0x101]],
  ["id in ('00000000-0000-4000-8000-000000000101','00000000-0000-4000-8000-000000000107')", [0x101, 0x107]],
  ["startswith(displayName,'group 25') and securityEnabled eq false", [0x100, 0x101, 0x102, 0x103]],
  [
    "groupTypes/any(c:c eq 'Unified') and (mail eq 'group257@contoso.com' or displayName eq 'Group 258')",
    [0x101, 0x102],
  ],
  ["displayName eq 'it''s'", []],
])('$filter=%s', async (filter, expected) => {
  const { get } = await open();
  const { json } = await get(`/v1.0/groups?$select=id&$filter=${encodeURIComponent(filter)}`);
  expect(ids(items(json))).toEqual(expected.map(guid));
});

test.each([
  "nonsense eq 'x'",
  'displayName',
  "displayName eq 'x",
  "displayName gt 'x'",
  `displayName in (${Array.from({ length: 16 }, () => "'x'").join(',')})`,
  `displayName eq '${'x'.repeat(121)}'`,
])('the filter %s is refused', async filter => {
  const { get } = await open();
  expect((await get(`/v1.0/groups?$filter=${encodeURIComponent(filter)}`)).status).toBe(400);
});

test('an equality filter finds exactly the items that are equal, whatever the text', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 20 }), { minLength: 1 }), fc.nat(), (names, pick) => {
      const wanted = names[pick % names.length] ?? '';
      const { test: passes } = parseFilter(`displayName eq '${wanted.replaceAll("'", "''")}'`);
      for (const displayName of names)
        expect(passes({ displayName })).toBe(displayName.toLowerCase() === wanted.toLowerCase());
    }),
  );
});

test('members: only type and id with $select=id, properties only with the right to read them, applications only in beta', async () => {
  const members = [refer(0x1000), refer(0x900, 'servicePrincipal'), refer(0x101, 'group')];
  const tenant = makeTenant();
  const { double, get, all } = await open({
    tenant: { ...tenant, groups: [...tenant.groups, makeGroup(7, { members })] },
  });
  const url = `/groups/${guid(7)}/members`;
  expect(await all(`/v1.0${url}?$select=id&$top=1`)).toEqual([members[0], members[2]]);
  expect(await all(`/beta${url}?$select=id&$top=1`)).toEqual(members);
  expect((await all(`/v1.0${url}`))[0]).toMatchObject({ ...members[0], displayName: 'User 4096' });
  const poor = { authorization: `Bearer ${double.token({ roles: ['GroupMember.Read.All'] })}` };
  const limited = items((await get(`/v1.0${url}`, poor)).json);
  expect(limited[0]).toMatchObject({ ...members[0], displayName: null });
  expect((await get(`/v1.0/groups/${guid(99)}/members`)).status).toBe(404);
});

test('hidden membership looks empty without the right to see it', async () => {
  const group = makeGroup(7, { visibility: 'HiddenMembership', members: [refer(0x1000)] });
  const { double, get } = await open({ tenant: { ...makeTenant(), groups: [group] } });
  const poor = { authorization: `Bearer ${double.token({ roles: ['Group.Read.All'] })}` };
  const url = `/v1.0/groups/${guid(7)}/members?$select=id`;
  expect(items((await get(url)).json)).toEqual(group.members);
  expect((await get(url, poor)).json.value).toEqual([]);
  expect(items((await get('/v1.0/groups/delta?$select=members', poor)).json)[0]).toEqual({ id: guid(7) });
});

/** Reads a delta round to its end and merges it. */
async function readDelta(
  probe: Probe,
  url: string,
): Promise<{ members: Map<unknown, unknown[]>; removed: unknown[]; link: string; pages: number }> {
  const members = new Map<unknown, unknown[]>();
  const removed: unknown[] = [];
  let next = url;
  for (let pages = 1; ; pages += 1) {
    const { json } = await probe.get(next);
    for (const item of items(json)) {
      if ('@removed' in item) removed.push(item.id);
      else {
        const list = members.get(item.id) ?? [];
        members.set(item.id, list);
        const changes = item['members@delta'];
        if (Array.isArray(changes)) list.push(...changes);
      }
    }
    const link = json['@odata.deltaLink'];
    if (typeof link === 'string') return { members, removed, link, pages };
    next = String(json['@odata.nextLink']);
  }
}

test('a delta round gives every edge once, however its pages fall, and lists deleted groups', async () => {
  const tenant = makeTenant();
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 9 }), async (deltaMembers, pageCap) => {
      const probe = await openProbe({ tenant, deltaMembers, pageCap });
      try {
        const { members, removed } = await readDelta(probe, '/v1.0/groups/delta?$select=displayName,members');
        expect([...members]).toEqual(tenant.groups.map(group => [group.id, group.members]));
        expect(removed).toEqual([guid(0x800)]);
      } finally {
        await probe.close();
      }
    }),
    { numRuns: 15 },
  );
});

test('a group reappears on later delta pages; an empty one has no members@delta', async () => {
  const probe = await open({ deltaMembers: 5 });
  const first = await probe.get('/v1.0/groups/delta?$select=members');
  const edges = (reply: Reply): readonly unknown[] =>
    items(reply.json).map(item => (Array.isArray(item['members@delta']) ? item['members@delta'].length : undefined));
  expect(edges(first)).toEqual([undefined, 3, 2]);
  const second = await probe.get(String(first.json['@odata.nextLink']));
  expect(items(second.json)[0]?.id).toBe(guid(0x102));
  expect(edges(second)).toEqual([4, 1]);
});

test('delta by id: at most fifty, and nothing else can be filtered, ordered or sized', async () => {
  const probe = await open();
  const filter = (count: number): string =>
    encodeURIComponent(Array.from({ length: count }, (_, index) => `id eq '${guid(0x102 + index)}'`).join(' or '));
  const { members } = await readDelta(probe, `/v1.0/groups/delta?$select=members&$filter=${filter(2)}`);
  expect([...members.keys()]).toEqual([guid(0x102), guid(0x103)]);
  expect((await probe.get(`/v1.0/groups/delta?$filter=${filter(50)}`)).status).toBe(200);
  for (const query of [
    `$filter=${filter(51)}`,
    "$filter=mail eq 'x'".replaceAll(' ', '%20'),
    '$top=5',
    '$expand=members',
  ])
    expect((await probe.get(`/v1.0/groups/delta?${query}`)).status).toBe(400);
});

test('a delta link tells what changed since, until it is seven days old', async () => {
  let now = NOON;
  const tenant = makeTenant(3);
  const probe = await open({ tenant, now: () => now });
  const { link } = await readDelta(probe, '/v1.0/groups/delta?$select=members');
  const [empty, one, two] = tenant.groups;
  if (empty === undefined || one === undefined || two === undefined) throw new Error('three groups expected');
  const kept = one.members.slice(1);
  probe.double.replace({ ...tenant, groups: [empty, { ...one, members: [...kept, refer(0x1010)] }, makeGroup(0x200)] });
  const later = await readDelta(probe, link);
  expect([...later.members]).toEqual([
    [one.id, [refer(0x1010), { ...one.members[0], '@removed': { reason: 'deleted' } }]],
    [guid(0x200), []],
  ]);
  expect(later.removed).toEqual([two.id]);
  expect((await readDelta(probe, later.link)).members.size).toBe(0);
  now += 7 * 24 * 3600 * 1000 + 1;
  const gone = await probe.get(later.link, { authorization: `Bearer ${probe.double.token()}` });
  expect(gone.status).toBe(410);
  expect(gone.headers.location).toMatch(/\/v1\.0\/groups\/delta\?\$deltatoken=$/);
});

test('a batch answers every step on its own, out of order, with absolute next links', async () => {
  const { double, batch } = await open();
  const urls = [
    ...Array.from({ length: 17 }, (_, index) => `/groups/${guid(0x100 + (index % 8))}/members?$select=id&$top=2`),
    `/groups/${guid(99)}/members`,
    '/nowhere',
    '/groups/$count',
  ];
  const responses = await batch(urls);
  expect(responses.map(response => Number(response.id)).sort((a, b) => a - b)).toEqual(urls.map((_, index) => index));
  expect(responses.map(response => Number(response.id))).not.toEqual(urls.map((_, index) => index));
  const byId = new Map(responses.map(response => [Number(response.id), response]));
  expect([17, 18, 19].map(id => byId.get(id)?.status)).toEqual([404, 400, 400]);
  expect(byId.get(7)).toMatchObject({
    status: 200,
    headers: { 'x-ms-resource-unit': '1' },
    body: { '@odata.nextLink': expect.stringContaining(`${double.endpoint}/v1.0/groups/${guid(0x107)}/members?`) },
  });
  expect(double.requests.filter(request => request.inner)).toHaveLength(20);
});

test.each([
  ['21 steps', Array.from({ length: 21 }, (_, index) => ({ id: String(index), method: 'GET', url: '/groups' }))],
  ['ids that differ only in case', ['a', 'A'].map(id => ({ id, method: 'GET', url: '/groups' }))],
  ['no steps', []],
  ['a step without id', [{ method: 'GET', url: '/groups' }]],
  ['an absolute url', [{ id: '1', method: 'GET', url: 'https://graph.microsoft.com/v1.0/groups' }]],
])('a batch with %s is refused as a whole', async (_, requests) => {
  const { post } = await open();
  const reply = await post('/v1.0/$batch', JSON.stringify({ requests }));
  expect([reply.status, code(reply)]).toEqual([400, 'BadRequest']);
});

test('each step of a batch is throttled on its own and the bucket refills with the clock', async () => {
  let now = NOON;
  const { batch, get } = await open({ quota: 10, now: () => now });
  const urls = Array.from({ length: 6 }, () => `/groups/${guid(0x101)}/members?$select=id`);
  const statuses = (await batch(urls)).map(response => response.status);
  expect(statuses.filter(status => status === 200)).toHaveLength(5);
  expect(statuses.filter(status => status === 429)).toHaveLength(1);
  const refused = await get('/v1.0/users?$select=id');
  expect([refused.status, code(refused), refused.headers['retry-after']]).toEqual([429, 'TooManyRequests', '1']);
  now += 1000;
  const passed = await get('/v1.0/users?$select=id');
  expect(passed.status).toBe(200);
  expect(passed.headers).toMatchObject({ 'x-ms-resource-unit': '1', 'x-ms-throttle-limit-percentage': '1.00' });
});

test.each([
  ['/v1.0/groups/00000000-0000-4000-8000-000000000101/members', '3'],
  ['/v1.0/groups/00000000-0000-4000-8000-000000000101/members?$select=id', '2'],
  ['/v1.0/groups/00000000-0000-4000-8000-000000000101/members?$select=id&$top=5', '1'],
  ['/v1.0/users', '2'],
  ['/v1.0/groups?$select=id&$top=1', '1'],
])('%s costs %s', async (url, cost) => {
  const { get } = await open();
  expect((await get(url)).headers['x-ms-resource-unit']).toBe(cost);
});

test('tokens: missing, foreign, expired and revoked ones are refused, opaque ones work', async () => {
  let now = NOON;
  const { double, get } = await open({ now: () => now });
  const using = async (token: string): Promise<number> =>
    (await get('/v1.0/organization', { authorization: token === '' ? '' : `Bearer ${token}` })).status;
  const token = double.token({ lifetimeSeconds: 60 });
  const [head, claims, mark] = token.split('.');
  expect(JSON.parse(Buffer.from(claims ?? '', 'base64url').toString())).toMatchObject({
    tid: guid(1),
    exp: NOON / 1000 + 60,
  });
  expect(await using(token)).toBe(200);
  expect(await using(double.token({ opaque: true }))).toBe(200);
  expect(await using('')).toBe(401);
  expect(await using(`${head}.${Buffer.from('{}').toString('base64url')}.${mark}`)).toBe(401);
  now += 60_000;
  expect(await using(token)).toBe(401);
  const fresh = double.token();
  double.revokeTokens();
  expect(await using(fresh)).toBe(401);
  expect(await using(double.token())).toBe(200);
});

test('the token endpoint takes secrets and assertions, and its tokens open the API', async () => {
  const { double, get, post } = await open({ clientSecret: 'right', permissions: ['User.Read.All'] });
  const sign = (changes: Record<string, string>, tenant = double.tenantId): Promise<Reply> => {
    const form = {
      grant_type: 'client_credentials',
      client_id: guid(3),
      scope: 'https://graph.microsoft.com/.default',
      ...changes,
    };
    return post(`/${tenant}/oauth2/v2.0/token?client-request-id=1`, new URLSearchParams(form).toString());
  };
  const granted = await sign({ client_secret: 'right' });
  expect(granted.json).toMatchObject({ token_type: 'Bearer', expires_in: 3599 });
  const bearer = { authorization: `Bearer ${String(granted.json.access_token)}` };
  expect((await get('/v1.0/users', bearer)).status).toBe(200);
  expect((await get('/v1.0/groups', bearer)).status).toBe(403);
  const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
  expect((await sign({ client_assertion_type: type, client_assertion: 'a.b.c' })).status).toBe(200);
  expect((await sign({ client_secret: 'wrong' })).json.error).toBe('invalid_client');
  expect((await sign({ client_secret: 'right', scope: 'User.Read' })).json.error).toBe('invalid_scope');
  expect((await sign({ client_secret: 'right' }, guid(2))).status).toBe(400);
  const metadata = await get(`/${double.tenantId}/v2.0/.well-known/openid-configuration`);
  expect(metadata.json.token_endpoint).toBe(`${double.authority}/${double.tenantId}/oauth2/v2.0/token`);
});

test.each([
  ['/v1.0/groups', 'Group.Read.All'],
  ['/v1.0/groups/delta', 'GroupMember.Read.All'],
  ['/v1.0/users', 'User.Read.All'],
  ['/v1.0/devices', 'Device.Read.All'],
  ['/v1.0/contacts', 'OrgContact.Read.All'],
  ['/v1.0/directory/deletedItems/microsoft.graph.group', 'Group.Read.All'],
  ['/v1.0/organization', 'Organization.Read.All'],
  ['/v1.0/groupSettings', 'GroupSettings.Read.All'],
  ['/beta/settings', 'GroupSettings.Read.All'],
  ['/v1.0/servicePrincipals', 'Application.Read.All'],
  [`/v1.0/servicePrincipals/${guid(0x900)}/synchronization/jobs`, 'Synchronization.Read.All'],
  [`/v1.0/servicePrincipals/${guid(0x900)}/appRoleAssignedTo`, 'Application.Read.All'],
  [`/v1.0/groups/${guid(0x102)}/onPremisesSyncBehavior`, 'Group-OnPremisesSyncBehavior.ReadWrite.All'],
])('%s needs %s', async (url, permission) => {
  const { double, get } = await open();
  const reply = async (roles: readonly string[]): Promise<Reply> =>
    get(url, { authorization: `Bearer ${double.token({ roles })}`, 'client-request-id': 'mine' });
  expect((await reply([permission])).status).toBe(200);
  const refused = await reply(['Mail.Read']);
  expect([refused.status, code(refused)]).toEqual([403, 'Authorization_RequestDenied']);
  expect(refused.json).toMatchObject({
    error: { innerError: { date: '2026-08-01T12:00:00', 'request-id': refused.headers['request-id'] } },
  });
  expect(refused.headers['client-request-id']).toBe('mine');
});

test('what the tenant switched on is closed to applications unless the tenant opens it', async () => {
  const url = '/v1.0/directory/onPremisesSynchronization';
  const roles = ['OnPremDirectorySynchronization.Read.All'];
  const closed = await open();
  expect((await closed.get(url, { authorization: `Bearer ${closed.double.token({ roles })}` })).status).toBe(403);
  const onPremisesSynchronization = {
    id: guid(1),
    configuration: {
      accidentalDeletionPrevention: { synchronizationPreventionType: 'enabledForCount', alertThreshold: 500 },
      writebackConfiguration: { unifiedGroupContainer: 'OU=Groups,DC=contoso,DC=com', userContainer: null },
    },
    features: { groupWriteBackEnabled: false, unifiedGroupWritebackEnabled: true },
  } as const;
  const { double, get } = await open({ tenant: { ...makeTenant(), onPremisesSynchronization } });
  expect((await get(url)).status).toBe(403);
  const delegated = { authorization: `Bearer ${double.token({ scp: roles.join(' ') })}` };
  const shown = items((await get(url, delegated)).json)[0];
  expect(shown).toMatchObject({ features: onPremisesSynchronization.features });
  expect(JSON.stringify(shown)).not.toContain('unifiedGroupContainer');
  expect((await get(url.replace('v1.0', 'beta'), delegated)).json.value).toEqual([onPremisesSynchronization]);
});

test('synchronisation jobs are found through their service principal', async () => {
  const { get } = await open();
  const filter = encodeURIComponent("applicationTemplateId eq 'fb81332f-3eca-4ecf-a939-4278e501d330'");
  const app = items((await get(`/v1.0/servicePrincipals?$select=id&$filter=${filter}`)).json)[0]?.id;
  expect(app).toBe(guid(0x900));
  const jobs = `/v1.0/servicePrincipals/${String(app)}/synchronization/jobs`;
  const job = items((await get(jobs)).json)[0];
  expect(job).toMatchObject({ templateId: 'AAD2ADGroupProvisioning', status: { code: 'Active' } });
  const schema = await get(`${jobs}/${String(job?.id)}/schema`);
  expect(schema.json).toMatchObject({ synchronizationRules: [] });
  expect('directories' in schema.json).toBe(false);
  expect('directories' in (await get(`${jobs}/${String(job?.id)}/schema?$expand=directories`)).json).toBe(true);
  expect((await get(`/v1.0/servicePrincipals/${guid(4)}/synchronization/jobs`)).status).toBe(404);
});

test('it refuses to write, to guess at paths, and to ignore options it does not know', async () => {
  const { get, post, double } = await open();
  expect((await post('/v1.0/groups', '{}')).status).toBe(405);
  expect((await get('/v1.0/groupss')).status).toBe(400);
  expect((await get('/groups')).status).toBe(400);
  expect((await get('/v1.0/groups?$select=id&$select=mail')).status).toBe(400);
  expect((await get('/v1.0/groups?$orderby=mail')).status).toBe(501);
  expect((await get('/v1.0/groups?$expand=members')).status).toBe(501);
  expect(double.requests.map(request => request.status)).toEqual([405, 400, 400, 400, 501, 501]);
});

test('large answers are compressed for clients that accept it, and say the same', async () => {
  const { get } = await open();
  const plain = await get('/v1.0/users');
  const packed = await get('/v1.0/users', { 'accept-encoding': 'br, gzip' });
  expect(packed.headers['content-encoding']).toBe('gzip');
  expect(gunzipSync(packed.body).equals(plain.body)).toBe(true);
});
