import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { catalogsOf } from '../../../src/collect/ad/catalog.ts';
import { collectActiveDirectory } from '../../../src/collect/ad/index.ts';
import type { AdSource } from '../../../src/config/index.ts';
import { type Authority, createAuthority, type Issued, issue } from '../../lab/certificates.ts';
import { type FakeEntry, type FakeScript, type FakeServer, startFakeLdap } from '../../lab/ldap-fake/index.ts';
import { memoryRecorder } from '../memory-recorder.ts';
import { DOMAIN, DOMAIN_SID, guid, OU, object } from './forest.ts';
import { CONFIGURATION, EAST, EAST_OU, EAST_SID, numbers, shownBy } from './two-domains.ts';

let authority: Authority;
let tls: Issued;
let corp: FakeServer;
let east: FakeServer;
const servers: FakeServer[] = [];

beforeAll(async () => {
  authority = await createAuthority();
  tls = await issue(authority, { dns: [], ip: ['127.0.0.1'] });
  corp = await fake(() => shownBy(1, DOMAIN));
  east = await fake(() => shownBy(2, EAST));
});
afterAll(async () => {
  await Promise.all(servers.map(server => server.stop()));
});

async function fake(entries: FakeScript['entries'], more: Partial<FakeScript> = {}): Promise<FakeServer> {
  const server = await startFakeLdap({ tls, entries, ...more });
  servers.push(server);
  return server;
}

function source(more: Partial<AdSource> = {}): AdSource {
  return {
    urls: [corp.ldaps],
    startTls: false,
    ca: authority.ca,
    serverName: undefined,
    bind: { user: 'CORP\\audit', password: { reveal: () => 'secret', from: 'test' } },
    base: undefined,
    domains: [{ dns: 'east.corp.test', urls: [east.ldaps], serverName: undefined }],
    globalCatalog: [],
    replicationMetadata: true,
    containers: [
      { dn: OU, flavour: 'connect-v1' },
      { dn: EAST_OU, flavour: 'cloud-sync' },
    ],
    syncIdentities: ['EAST\\sync'],
    trustedWriters: [`CN=Alice,CN=Users,${DOMAIN}`],
    timeoutMs: 3000,
    ...more,
  };
}

async function collect(from: AdSource) {
  const recorder = memoryRecorder();
  const signal = new AbortController().signal;
  await collectActiveDirectory(from, recorder, { flavours: [], progress: () => undefined, now: () => 0, signal });
  return recorder;
}

type Recorded = Awaited<ReturnType<typeof collect>>;

const gaps = (recorder: Recorded) =>
  Object.fromEntries(
    recorder.coverage.filter(line => line.object === '' && !line.complete).map(line => [line.facet, line.reason]),
  );
const id = (name: keyof typeof numbers) => guid(numbers[name]);

test('every domain is read from its own server, and what leads into another is followed there', async () => {
  const recorder = await collect(source());
  expect(gaps(recorder)).toEqual({});
  expect(recorder.rows('ad_domain').map(row => [row.dns_name, row.sid, row.forest_dns_name])).toEqual([
    ['corp.test', DOMAIN_SID, 'corp.test'],
    ['east.corp.test', EAST_SID, 'corp.test'],
  ]);
  const groups = new Map(recorder.rows('ad_group').map(row => [row.guid, row]));
  for (const name of ['eastTeam', 'eastGroup', 'local', 'above'] as const)
    expect(groups.get(id(name))?.domain_dn).toBe(EAST);
  expect(groups.get(id('eastTeam'))?.in_container).toBe(true);
  const edges = recorder.rows('ad_member').map(row => [row.group_guid, row.member_guid]);
  expect(edges).toEqual(
    expect.arrayContaining([
      [id('team'), id('eve')],
      [id('team'), id('contact')],
      [id('team'), id('eastGroup')],
      [id('eastTeam'), id('alice')],
    ]),
  );
  const users = recorder.rows('ad_user').map(row => row.guid);
  for (const name of ['alice', 'eve', 'contact'] as const) expect(users).toContain(id(name));
  // No server but that of the domain local group knows that it contains a group of another domain.
  const parents = recorder.rows('ad_parent').map(row => [row.child_guid, row.parent_guid]);
  expect(parents).toEqual(
    expect.arrayContaining([
      [id('team'), id('local')],
      [id('local'), id('above')],
    ]),
  );
  expect(recorder.covered('ad.memberOf', id('team'))).toBeUndefined();
  expect(recorder.rows('ad_container').map(row => [row.kind, row.dn, row.found])).toEqual(
    expect.arrayContaining([
      ['writeback', EAST_OU, true],
      ['adminsdholder', `CN=AdminSDHolder,CN=System,${EAST}`, true],
    ]),
  );
  const identities = recorder.rows('ad_identity').map(row => [row.role, row.name, row.sid]);
  expect(identities.filter(([, name]) => name === 'EAST\\sync')).toEqual([['sync', 'EAST\\sync', `${EAST_SID}-5087`]]);
  expect(identities.filter(([, name]) => name === 'Domain Admins').map(([, , sid]) => sid)).toEqual([
    `${DOMAIN_SID}-512`,
    `${EAST_SID}-512`,
  ]);
  expect(identities).toContainEqual(['trusted', 'Enterprise Admins', `${DOMAIN_SID}-519`]);
  expect(identities).toContainEqual(['trusted', `CN=Alice,CN=Users,${DOMAIN}`, `${DOMAIN_SID}-5040`]);
  expect(recorder.rows('ad_trustee').find(row => row.sid === `${EAST_SID}-5081`)?.name).toBe('Eve');
  expect(
    recorder
      .rows('ad_address')
      .map(row => row.address)
      .sort(),
  ).toEqual(['alice@corp.test', 'c@else.test', 'east@corp.test', 'eve@corp.test']);
  expect(recorder.sources).toMatchObject([
    {
      endpoint: corp.ldaps,
      server: {
        invocationId: guid(901),
        forest: 'corp.test',
        domains: [
          {
            domain: 'corp.test',
            endpoint: corp.ldaps,
            invocationId: guid(901),
            tried: [{ url: corp.ldaps, reason: null }],
          },
          {
            domain: 'east.corp.test',
            endpoint: east.ldaps,
            invocationId: guid(902),
            dnsHostName: 'dc2.east.corp.test',
          },
        ],
        unread: [],
      },
    },
  ]);
  expect(JSON.stringify(recorder.sources)).toContain(`ldap://east.corp.test/${EAST}`);
});

test('a domain that cannot be read is named in what it costs; the global catalog still tells its addresses', async () => {
  const nowhere = [{ dns: 'east.corp.test', urls: ['ldaps://127.0.0.1:1'], serverName: undefined }];
  const here = { domains: nowhere, containers: [{ dn: OU, flavour: undefined }] };
  const recorder = await collect(source({ ...here, globalCatalog: [corp.catalog] }));
  expect(Object.keys(gaps(recorder)).sort()).toEqual(
    [
      ...['ad.acl', 'ad.containers', 'ad.deleted', 'ad.domain', 'ad.exchange', 'ad.groups', 'ad.memberOf'],
      ...[
        'ad.trustees',
        'ad.users',
        'ad.identities',
        'ad.tier0',
        'ad.domainControllers',
        'ad.soaPolicy',
        'ad.forestGroups',
      ],
    ].sort(),
  );
  for (const reason of Object.values(gaps(recorder)))
    expect(reason).toMatch(/DC=east,DC=corp,DC=test could not be read: Cannot connect .*nothing listens there/);
  expect(
    recorder
      .rows('ad_address')
      .map(row => row.address)
      .sort(),
  ).toEqual(['alice@corp.test', 'c@else.test', 'east@corp.test', 'eve@corp.test']);
  expect(recorder.rows('ad_domain')).toHaveLength(1);
  expect(recorder.sources[0]?.server).toMatchObject({
    unread: [{ domain: 'east.corp.test', tried: [{ url: 'ldaps://127.0.0.1:1' }] }],
  });

  const without = await collect(source(here));
  expect(gaps(without)['ad.addresses']).toMatch(
    /only DC=corp,DC=test was read, the forest has 2 domains, and no global catalog/,
  );
  // The members of the groups in a container there are not known either.
  expect(gaps(await collect(source({ domains: nowhere })))['ad.members']).toMatch(
    /DC=east,DC=corp,DC=test could not be read/,
  );
});

test('a global catalog that is not ready, or does not hold the domain, is not believed', async () => {
  for (const entries of [
    () =>
      shownBy(1, DOMAIN).map(entry =>
        entry.dn === '' ? { ...entry, attributes: { ...entry.attributes, isGlobalCatalogReady: ['FALSE'] } } : entry,
      ),
    () => shownBy(1, DOMAIN).filter(entry => entry.dn !== EAST),
  ]) {
    const server = await fake(entries);
    const recorder = await collect(source({ base: DOMAIN, domains: [], globalCatalog: [server.catalog] }));
    expect(gaps(recorder)['ad.addresses']).toMatch(/no global catalog told the others' addresses/);
  }
  // From below, a search in the catalog goes on into the very domain that was read.
  const below = await collect(source({ urls: [east.ldaps], base: EAST, domains: [], globalCatalog: [corp.catalog] }));
  expect(gaps(below)['ad.addresses']).toBeUndefined();
  expect(below.rows('ad_address')).toHaveLength(4);
  const whole = await collect(source({ base: DOMAIN, domains: [], globalCatalog: [corp.catalog] }));
  expect(gaps(whole)['ad.addresses']).toBeUndefined();
  expect(whole.rows('ad_address')).toHaveLength(4);
  expect(whole.rows('ad_domain')).toHaveLength(1);
});

test('where the first domain has no server, the forest is learnt from another; where none has one, nothing is', async () => {
  const recorder = await collect(source({ urls: ['ldaps://127.0.0.1:1'] }));
  expect(gaps(recorder)['ad.users']).toMatch(/DC=corp,DC=test could not be read/);
  expect(recorder.rows('ad_domain').map(row => row.dn)).toEqual([EAST]);
  const none = source({
    urls: ['ldaps://127.0.0.1:1'],
    domains: [{ dns: 'east.corp.test', urls: ['ldaps://127.0.0.1:2'], serverName: undefined }],
  });
  await expect(collect(none)).rejects.toMatchObject({ kind: 'source' });
});

test('servers that nobody configured are those that the directory lists below the name of their domain', async () => {
  const settings = (name: string, host: string, held: readonly string[]): FakeEntry[] => [
    object(950, `CN=${name},CN=Servers,CN=Site,CN=Sites,${CONFIGURATION}`, ['server'], { dNSHostName: [host] }),
    object(951, `CN=NTDS Settings,CN=${name},CN=Servers,CN=Site,CN=Sites,${CONFIGURATION}`, ['nTDSDSA'], {
      hasMasterNCs: held,
    }),
  ];
  const listing = await fake(() => [
    ...shownBy(1, DOMAIN),
    object(949, `CN=Sites,${CONFIGURATION}`, ['sitesContainer']),
    ...settings('B', 'dcb.East.Corp.test', [CONFIGURATION, EAST]),
    ...settings('A', 'dca.east.corp.test', [EAST]),
    ...settings('C', 'dc9.corp.test', [DOMAIN]),
    // The password must not go to whatever is written there.
    ...settings('D', 'evil.test', [EAST]),
    ...settings('E', 'x@evil.test/.east.corp.test', [EAST]),
    ...settings('F', 'readonly.east.corp.test', []),
  ]);
  const recorder = await collect(source({ urls: [listing.ldaps], domains: [] }));
  expect(recorder.sources[0]?.server.unread).toMatchObject([
    {
      domain: 'east.corp.test',
      tried: ['dca.east.corp.test', 'dcb.east.corp.test', 'east.corp.test'].map(host => ({ url: `ldaps://${host}` })),
    },
  ]);
});

test('the global catalog is at its usual port of servers that are at theirs', () => {
  const at = (urls: readonly string[], globalCatalog: readonly string[] = []) =>
    catalogsOf(source({ urls, globalCatalog })).map(({ url }) => url);
  expect(at(['ldaps://dc1.corp.test', 'ldaps://dc2.corp.test:636', 'ldaps://dc3.corp.test:1636'])).toEqual([
    'ldaps://dc1.corp.test:3269',
    'ldaps://dc2.corp.test:3269',
  ]);
  expect(at(['ldap://dc1.corp.test', 'ldap://[::1]:389'])).toEqual(['ldap://dc1.corp.test:3268', 'ldap://[::1]:3268']);
  expect(at(['ldaps://dc1.corp.test'], ['ldaps://gc.corp.test'])).toEqual(['ldaps://gc.corp.test']);
});

test('a server of another domain than configured is not read as if it were the right one', async () => {
  const wrong = [{ dns: 'east.corp.test', urls: [corp.ldaps], serverName: undefined }];
  const recorder = await collect(source({ domains: wrong }));
  expect(gaps(recorder)['ad.users']).toMatch(/it is a domain controller of DC=corp,DC=test, not of DC=east/);
});

test('an object that is moved while the domains are read counts once, and as a gap', async () => {
  const moved = await fake(() =>
    shownBy(2, EAST).map(entry =>
      entry.dn.startsWith('CN=Eve,')
        ? {
            ...entry,
            attributes: { ...entry.attributes, objectGUID: [...(objectOf('Alice')?.attributes.objectGUID ?? [])] },
          }
        : entry,
    ),
  );
  const recorder = await collect(
    source({ domains: [{ dns: 'east.corp.test', urls: [moved.ldaps], serverName: undefined }] }),
  );
  expect(recorder.rows('ad_user').filter(row => row.guid === id('alice'))).toHaveLength(1);
  for (const facet of ['ad.users', 'ad.addresses'])
    expect(gaps(recorder)[facet]).toMatch(/east\.corp\.test: an object was moved from one domain/);
});

function objectOf(cn: string) {
  return shownBy(1, DOMAIN).find(entry => entry.dn.startsWith(`CN=${cn},`));
}

test('a reference to a place outside the forest is a gap of what was searched for', async () => {
  const recorder = await collect(source());
  expect(gaps(recorder)).toEqual({});
  const strange = await fake(() => shownBy(1, DOMAIN), { strayReferral: 'ldap://far.test/DC=far,DC=test' });
  const astray = await collect(source({ urls: [strange.ldaps] }));
  expect(gaps(astray)['ad.users']).toMatch(/refers to ldap:\/\/far\.test\/DC=far,DC=test, which is not followed/);
});
