import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client, ResultCodeError, type SearchOptions } from 'ldapts';
import { guidToBytes } from '../../../src/base/index.ts';
import { pagingControl } from '../../../src/collect/ad/controls.ts';
import { directoryOf } from '../../../src/collect/ad/directory.ts';
import { collectActiveDirectory } from '../../../src/collect/ad/index.ts';
import { serversOf } from '../../../src/collect/ad/servers.ts';
import type { AdSource } from '../../../src/config/index.ts';
import { type Authority, createAuthority, type Issued, issue } from '../../lab/certificates.ts';
import { type FakeEntry, type FakeScript, type FakeServer, startFakeLdap } from '../../lab/ldap-fake/index.ts';
import { memoryRecorder } from '../memory-recorder.ts';
import { backbone, DOMAIN, group, guid, OU, object, user } from './forest.ts';

// What Windows domain controllers do and Samba does not, played by the fake as Microsoft documents it.

const CONFIGURATION = `CN=Configuration,${DOMAIN}`;
const EAST = `DC=east,${DOMAIN}`;

let authority: Authority;
let tls: Issued;
const servers: FakeServer[] = [];

beforeAll(async () => {
  authority = await createAuthority();
  tls = await issue(authority, { dns: [], ip: ['127.0.0.1'] });
});
afterAll(async () => {
  await Promise.all(servers.map(server => server.stop()));
});

async function fake(script: Partial<FakeScript> & Pick<FakeScript, 'entries'>): Promise<FakeServer> {
  const server = await startFakeLdap({ tls, ...script });
  servers.push(server);
  return server;
}

function source(server: FakeServer, more: Partial<AdSource> = {}): AdSource {
  return {
    urls: [server.ldaps],
    startTls: false,
    ca: authority.ca,
    serverName: undefined,
    bind: { user: 'audit@corp.test', password: { reveal: () => 'secret', from: 'test' } },
    base: undefined,
    domains: [],
    globalCatalog: [],
    containers: [{ dn: OU, flavour: undefined }],
    replicationMetadata: true,
    syncIdentities: [],
    trustedWriters: [],
    timeoutMs: 5000,
    ...more,
  };
}

async function collect(from: AdSource) {
  const recorder = memoryRecorder();
  const signal = new AbortController().signal;
  await collectActiveDirectory(from, recorder, { flavours: [], progress: () => undefined, now: () => 0, signal });
  return recorder;
}

/** Signs a plain client in, for what our own never asks. */
async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ url, timeout: 5000, connectTimeout: 5000, tlsOptions: { ca: [authority.ca] } });
  try {
    await client.bind('audit', 'secret');
    return await work(client);
  } finally {
    await client.unbind();
  }
}

const codeOf = (thrown: unknown) => (thrown instanceof ResultCodeError ? thrown.code : String(thrown));

const addresses = Array.from({ length: 1501 }, (_, at) => `smtp:team${at}@corp.test`);
const crowd = `CN=Crowd,${OU}`;
const exact = `CN=Exact,${OU}`;

/** A group of `crowded` users, one of `full`, and one that is in `above` groups. */
function directoryWith(crowded: number, full: number, above: number): readonly FakeEntry[] {
  const people = Array.from({ length: crowded }, (_, at) => user(0x1000 + at, `CN=user${at},CN=Users,${DOMAIN}`));
  const over = Array.from({ length: above }, (_, at) => group(0x8000 + at, `CN=over${at},CN=Users,${DOMAIN}`));
  return Object.freeze([
    ...backbone(),
    ...people,
    group(30, crowd, { member: people.map(one => one.dn), proxyAddresses: addresses }),
    group(31, exact, { member: people.slice(0, full).map(one => one.dn) }),
    group(32, `CN=Under,CN=Users,${DOMAIN}`, {
      adminDescription: ['group_x'],
      memberOf: over.map(one => one.dn),
    }),
    ...over,
  ]);
}

const big = directoryWith(3200, 1500, 1502);
const small = directoryWith(160, 40, 41);

test('an attribute of more than 1,500 values comes in ranges that the client has to ask for', async () => {
  const server = await fake({ entries: () => big });
  await withClient(server.ldaps, async client => {
    const ask = async (base: string, attribute: string) => {
      const { searchEntries } = await client.search(base, { scope: 'base', attributes: [attribute] });
      return Object.entries(searchEntries[0] ?? {}).flatMap(([name, value]) =>
        Array.isArray(value) && value.length > 0 ? [`${name} ${value.length}`] : [],
      );
    };
    expect(await ask(crowd, 'member')).toEqual(['member;range=0-1499 1500']);
    expect(await ask(crowd, 'proxyAddresses')).toEqual(['proxyAddresses;range=0-1499 1500']);
    expect(await ask(crowd, 'member;range=1500-*')).toEqual(['member;range=1500-2999 1500']);
    expect(await ask(crowd, 'member;range=3000-*')).toEqual(['member;range=3000-* 200']);
    expect(await ask(crowd, 'member;range=10-19')).toEqual(['member;range=10-19 10']);
    expect(await ask(exact, 'member')).toEqual(['member 1500']);
    expect(await ask(exact, 'member;range=0-*')).toEqual(['member;range=0-* 1500']);
    expect(await ask(crowd, 'member;range=3200-*').catch(codeOf)).toBe(1);
  });
});

test('every value of a ranged attribute is collected once', async () => {
  const recorder = await collect(source(await fake({ entries: () => big })));
  expect(recorder.coverage.filter(line => !line.complete && line.object === '')).toEqual([]);
  const members = (n: number) => recorder.rows('ad_member').filter(row => row.group_guid === guid(n));
  expect(members(30).map(row => row.member_guid)).toEqual(Array.from({ length: 3200 }, (_, at) => guid(0x1000 + at)));
  expect(members(31)).toHaveLength(1500);
  expect(recorder.rows('ad_address').map(row => row.address)).toEqual(addresses.map(one => one.slice(5)));
  expect(recorder.rows('ad_user')).toHaveLength(3200);
});

test('a group that shrinks between two ranges, which the server calls an error, is read again', async () => {
  const shrunk = big.map(entry => (entry.dn === crowd ? group(30, crowd, { member: [exact] }) : entry));
  let asked = false;
  const server = await fake({
    entries: () => (asked ? shrunk : big),
    fault: search => {
      asked ||= search.attributes.some(name => /^member;range=1499-/.test(name));
      return undefined;
    },
  });
  const recorder = await collect(source(server));
  const members = recorder.rows('ad_member').filter(row => row.group_guid === guid(30));
  expect(members).toEqual([{ group_guid: guid(30), member_guid: guid(31) }]);
  expect(recorder.covered('ad.members')?.complete).toBe(true);
});

test('without paging an answer ends at 1,000 entries with code 4, and no page is larger', async () => {
  const server = await fake({ entries: () => big });
  await withClient(server.ldaps, async client => {
    const everybody: SearchOptions = { scope: 'sub', filter: '(userAccountControl=512)', attributes: ['cn'] };
    expect(await client.search(DOMAIN, everybody).catch(codeOf)).toBe(4);
    const cut = await client.search(DOMAIN, { ...everybody, sizeLimit: 5000 });
    expect(cut.searchEntries).toHaveLength(1000);
    const page = await client.search(DOMAIN, everybody, [pagingControl(5000, Buffer.alloc(0))]);
    expect(page.searchEntries).toHaveLength(1000);
  });
  server.searches.length = 0;
  await collect(source(server));
  const paged = server.searches.filter(search => search.scope > 0);
  expect(paged.length).toBeGreaterThan(10);
  for (const search of server.searches) expect(search.sizeLimit).toBe(0);
  for (const search of paged) expect(search.pageSize).toBeLessThanOrEqual(1000);
});

test('a server told to send smaller pages is read the same, and its policies are listed', async () => {
  const server = await fake({ entries: () => small, policies: { MaxPageSize: 7, MaxValRange: 40 } });
  const [less, usual] = [await collect(source(server)), await collect(source(await fake({ entries: () => small })))];
  const sorted = (recorder: typeof less) =>
    [...recorder.tables].map(([name, rows]) => [name, rows.map(row => JSON.stringify(row)).sort()]).sort();
  expect(sorted(less)).toEqual(sorted(usual));
  expect(less.coverage).toEqual(usual.coverage);
  const root = await withClient(server.ldaps, client =>
    client.search('', { scope: 'base', attributes: ['supportedLDAPPolicies'] }),
  );
  expect(root.searchEntries[0]?.supportedLDAPPolicies).toEqual(
    expect.arrayContaining(['MaxPageSize', 'MaxValRange', 'MaxResultSetsPerConn']),
  );
});

test('a paging cookie is worth nothing on another connection, nor after ten newer searches', async () => {
  const server = await fake({ entries: () => big });
  const cookie = Buffer.from('1000:1');
  const search: SearchOptions = { scope: 'sub', filter: '(cn=*)', attributes: ['cn'] };
  const fresh = () => [pagingControl(1000, Buffer.alloc(0))];
  await withClient(server.ldaps, async client => {
    expect(await client.search(DOMAIN, search, [pagingControl(1000, cookie)]).catch(codeOf)).toBe(12);
    await client.search(DOMAIN, search, fresh());
    const second = await client.search(DOMAIN, search, [pagingControl(1000, cookie)]);
    expect(second.searchEntries).toHaveLength(1000);
  });
  await withClient(server.ldaps, async client => {
    for (let at = 0; at < 11; at++) await client.search(DOMAIN, search, fresh());
    expect(await client.search(DOMAIN, search, [pagingControl(1000, cookie)]).catch(codeOf)).toBe(12);
  });
});

test.each([3, 11] as const)(
  'a search that the server gives up on with code %i is a gap and nothing else',
  async code => {
    const server = await fake({
      entries: () => small,
      fault: search => (search.attributes.includes('userPrincipalName') ? { code, message: 'limit' } : undefined),
    });
    const recorder = await collect(source(server));
    expect(recorder.coverage.filter(line => line.object === '' && !line.complete)).toEqual([
      expect.objectContaining({
        facet: 'ad.users',
        reason: expect.stringMatching(`limit exceeded \\(code ${code}\\)`),
      }),
    ]);
  },
);

/** Two domains as one forest: the root of the first, entries of both, and the names of all naming contexts. */
function twoDomains(): readonly FakeEntry[] {
  const reference = (n: number, cn: string, context: string, root: string, flags: string) =>
    object(n, `CN=${cn},CN=Partitions,${CONFIGURATION}`, ['crossRef'], {
      ...{ nCName: [context], dnsRoot: [root], systemFlags: [flags] },
    });
  const ownReference = `CN=CORP,CN=Partitions,${CONFIGURATION}`;
  const contexts = { namingContexts: [DOMAIN, CONFIGURATION, `CN=Schema,${CONFIGURATION}`] };
  return [
    ...backbone()
      .filter(entry => entry.dn !== ownReference)
      .map(entry => (entry.dn === '' ? { dn: '', attributes: { ...entry.attributes, ...contexts } } : entry)),
    reference(9, 'CORP', DOMAIN, 'corp.test', '3'),
    reference(70, 'EAST', EAST, 'east.corp.test', '3'),
    reference(71, 'Enterprise Configuration', CONFIGURATION, 'corp.test', '1'),
    reference(72, 'Enterprise Schema', `CN=Schema,${CONFIGURATION}`, 'corp.test', '1'),
    object(80, EAST, ['domain', 'domainDNS'], {}, 'S-1-5-21-7-7-7'),
    user(81, `CN=Eve,CN=Users,${EAST}`, { mail: ['eve@east.test'], 'mS-DS-ConsistencyGuid': [guidToBytes(guid(81))] }),
    group(82, `CN=Global,CN=Users,${EAST}`, { groupType: ['-2147483646'], member: [`CN=Eve,CN=Users,${EAST}`] }),
    group(83, `CN=Universal,CN=Users,${EAST}`, { groupType: ['-2147483640'], member: [`CN=Eve,CN=Users,${EAST}`] }),
    group(40, `CN=Mixed,${OU}`, { groupType: ['-2147483646'], member: [`CN=Eve,CN=Users,${EAST}`] }),
  ];
}

test('a base in another domain is referred there, and a search past one names it', async () => {
  const server = await fake({ entries: twoDomains });
  await withClient(server.ldaps, async client => {
    const whole = await client.search(DOMAIN, { scope: 'sub', filter: '(mail=*)' });
    expect(whole.searchEntries).toEqual([]);
    expect(whole.searchReferences).toEqual([`ldap://east.corp.test/${EAST}`, `ldap://corp.test/${CONFIGURATION}`]);
    const one = await client.search(OU, { scope: 'one', filter: '(cn=*)', attributes: ['cn'] });
    expect([one.searchEntries.length, one.searchReferences]).toEqual([1, []]);
    const nearby = await client.search(`CN=Eve,CN=Users,${EAST}`, { scope: 'base' }).catch(codeOf);
    const far = await client.search('CN=Users,DC=far,DC=test', { scope: 'base' }).catch(codeOf);
    const nowhere = await client.search(`CN=Nobody,${OU}`, { scope: 'base' }).catch(codeOf);
    expect([nearby, far, nowhere]).toEqual([10, 10, 32]);
  });
});

test('what lies in another domain is named and left alone', async () => {
  const recorder = await collect(source(await fake({ entries: twoDomains })));
  expect(JSON.stringify(recorder.sources)).toContain(`ldap://east.corp.test/${EAST}`);
  expect(recorder.rows('ad_user').map(row => row.guid)).not.toContain(guid(81));
  expect(recorder.rows('ad_member')).toContainEqual({ group_guid: guid(40), member_guid: guid(81) });
  expect(recorder.covered('ad.users')?.complete).toBe(false);
  const elsewhere = source(await fake({ entries: twoDomains }), {
    base: DOMAIN,
    containers: [{ dn: `OU=X,${EAST}`, flavour: undefined }],
  });
  const referred = await collect(elsewhere);
  expect(referred.covered('ad.containers')?.reason).toMatch(/code 10/);
});

test('the global catalog shows all domains with few attributes', async () => {
  const server = await fake({ entries: twoDomains });
  const { signal } = new AbortController();
  const endpoint = { url: server.catalog, serverName: undefined };
  const access = { recorder: memoryRecorder(), now: () => 0, signal, replace: async () => false };
  const directory = directoryOf(await serversOf(source(server), [endpoint], signal).next(), {
    source: source(server),
    ...access,
  });
  const seen = new Map<string, string[]>();
  await directory.search(
    {
      facet: 'ad.addresses',
      base: DOMAIN,
      scope: 'sub',
      filter: '(|(mail=*)(groupType=*))',
      attributes: ['mail', 'member', 'mS-DS-ConsistencyGuid'],
    },
    entries => {
      for (const entry of entries) seen.set(entry.dn.split(',')[0] ?? '', [...entry.values.keys()]);
    },
  );
  await directory.close();
  expect(Object.fromEntries(seen)).toEqual({
    'CN=Domain Admins': [],
    'CN=Domain Users': [],
    'CN=Eve': ['mail'],
    'CN=Global': [],
    'CN=Universal': ['member'],
    'CN=Mixed': ['member'],
  });
  expect(directory.referrals()).toEqual([]);
});
