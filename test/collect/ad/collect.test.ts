import { createServer } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sidToBytes } from '../../../src/base/index.ts';
import { collectActiveDirectory } from '../../../src/collect/ad/index.ts';
import type { AdSource } from '../../../src/config/index.ts';
import { type FacetName, facetsFrom, NOT_ASKED, withPrerequisites } from '../../../src/snapshot/index.ts';
import { type Authority, createAuthority, type Issued, issue } from '../../lab/certificates.ts';
import {
  type FakeEntry,
  type FakeScript,
  type FakeSearch,
  type FakeServer,
  startFakeLdap,
} from '../../lab/ldap-fake/index.ts';
import { memoryRecorder } from '../memory-recorder.ts';
import { backbone, DOMAIN, DOMAIN_SID, descriptor, group, guid, listable, OU, object, user } from './forest.ts';

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

const G1 = `CN=Group_one,${OU}`;
const PARENT = `CN=Parent,CN=Users,${DOMAIN}`;
const TOP = `CN=Domain Admins,CN=Users,${DOMAIN}`;
const ALICE = `CN=Alice,CN=Users,${DOMAIN}`;
const CONTACT = `CN=Contact,CN=Users,${DOMAIN}`;
const NESTED = `CN=Nested,CN=Users,${DOMAIN}`;

function directoryOfTests(): FakeEntry[] {
  return [
    ...backbone().filter(entry => entry.dn !== TOP),
    group(20, TOP, { member: [PARENT] }, 512),
    group(30, G1, {
      adminDescription: ['group_11111111-1111-4111-8111-111111111111'],
      member: [ALICE, CONTACT, NESTED],
      memberOf: [PARENT],
      proxyAddresses: ['SMTP:Team@Corp.test', 'smtp:team@corp.test', 'x500:/o=x'],
      mail: ['Team@corp.test'],
    }),
    group(31, PARENT, { memberOf: [TOP], member: [G1] }),
    group(32, NESTED),
    user(40, ALICE, { 'mS-DS-ConsistencyGuid': [Buffer.alloc(16, 7)], userAccountControl: ['514'] }),
    user(41, `CN=Bob,CN=Users,${DOMAIN}`, { 'mS-DS-ConsistencyGuid': [Buffer.alloc(5)] }),
    object(50, CONTACT, ['person', 'organizationalPerson', 'contact'], { mail: ['c@else.test'] }),
    user(42, `CN=MSOL_0123,CN=Users,${DOMAIN}`),
    object(60, `CN=Gone\\0ADEL:x,CN=Deleted Objects,${DOMAIN}`, ['group'], {
      adminDescription: ['Group_x'],
      lastKnownParent: [OU],
      isDeleted: ['TRUE'],
    }),
  ];
}

async function fake(script: Partial<FakeScript> = {}): Promise<FakeServer> {
  const server = await startFakeLdap({ tls, entries: directoryOfTests, ...script });
  servers.push(server);
  return server;
}

function source(server: FakeServer, more: Partial<AdSource> = {}): AdSource {
  return {
    urls: [server.ldaps],
    startTls: false,
    ca: authority.ca,
    serverName: undefined,
    bind: { user: 'audit@corp.test', password: { reveal: () => 'secret', from: 'env X' } },
    base: undefined,
    domains: [],
    globalCatalog: [],
    containers: [{ dn: OU, flavour: 'connect-v1' }],
    replicationMetadata: true,
    syncIdentities: [],
    trustedWriters: [],
    timeoutMs: 2000,
    ...more,
  };
}

async function collect(
  from: AdSource,
  signal = new AbortController().signal,
  asked: readonly FacetName[] = facetsFrom('ad'),
) {
  const recorder = memoryRecorder();
  await collectActiveDirectory(from, recorder, {
    flavours: ['connect-v1'],
    asked: new Set(withPrerequisites(asked)),
    progress: () => undefined,
    now: () => Date.UTC(2026, 7, 22, 9, 0, 5),
    signal,
  });
  return recorder;
}

const adFacets: string[] = [...facetsFrom('ad')];

test('reads a whole directory and says so for every facet', async () => {
  const recorder = await collect(source(await fake()));
  expect(recorder.coverage.filter(line => line.object === '' && !line.complete)).toEqual([]);
  expect(
    recorder.coverage
      .filter(line => line.object === '')
      .map(line => line.facet)
      .sort(),
  ).toEqual(adFacets.sort());
  expect(recorder.rows('ad_domain')).toMatchObject([
    {
      dn: DOMAIN,
      dns_name: 'corp.test',
      sid: DOMAIN_SID,
      domain_level: 7,
      schema_version: 88,
      recycle_bin: true,
      external_id_in_schema: true,
      exchange_schema_version: null,
    },
  ]);
  expect(recorder.rows('ad_container').map(row => [row.kind, row.found, row.flavour])).toEqual([
    ['writeback', true, 'connect-v1'],
    ['domain', true, null],
    ['adminsdholder', true, null],
    ['domain-controllers', true, null],
    ['policies', true, null],
    ['gpo', true, null],
    ['configuration', true, null],
    ['schema', true, null],
  ]);
  expect(recorder.sources).toMatchObject([
    {
      identity: 'audit@corp.test',
      clockSkewMs: -5000,
      server: { dnsHostName: 'dc1.corp.test', invocationId: guid(6), highestCommittedUsnAfter: '4711' },
    },
  ]);
  expect(recorder.rows('ad_schema')).toHaveLength(8);
});

test('reads groups, edges upwards and downwards, and states what was not read', async () => {
  const recorder = await collect(source(await fake()));
  const groups = new Map(recorder.rows('ad_group').map(row => [row.guid, row]));
  expect([...groups.keys()].sort()).toEqual([guid(20), guid(30), guid(31), guid(32)]);
  expect(groups.get(guid(30))).toMatchObject({
    in_container: true,
    group_type: -2147483640,
    dn: G1,
    object_class: 'group',
  });
  expect(
    recorder
      .rows('ad_member')
      .map(row => row.member_guid)
      .sort(),
  ).toEqual([guid(32), guid(40), guid(50)]);
  expect(recorder.rows('ad_parent').map(row => [row.child_guid, row.parent_guid])).toEqual([
    [guid(30), guid(31)],
    [guid(31), guid(20)],
  ]);
  expect(recorder.covered('ad.members', guid(30))).toBeUndefined();
  expect(recorder.covered('ad.members', guid(32))).toBeUndefined();
  for (const bare of [20, 31]) expect(recorder.covered('ad.members', guid(bare))?.complete).toBe(false);
  expect(recorder.covered('ad.memberOf', guid(31))).toBeUndefined();
  expect(recorder.covered('ad.memberOf', guid(32))?.complete).toBe(false);
});

test('reads accounts, addresses, identities and deleted objects', async () => {
  const recorder = await collect(
    source(await fake(), { trustedWriters: ['CORP\\Bob', 'nobody@corp.test', 'S-1-5-32-548'] }),
  );
  const users = new Map(recorder.rows('ad_user').map(row => [row.guid, row]));
  expect([...users.keys()].sort()).toEqual([guid(40), guid(41), guid(42), guid(50)]);
  expect(users.get(guid(40))).toMatchObject({
    enabled: false,
    consistency_guid: '07070707-0707-0707-0707-070707070707',
  });
  expect(users.get(guid(41))).toMatchObject({ enabled: true, consistency_guid: null });
  expect(users.get(guid(50))).toMatchObject({ enabled: null, object_class: 'contact', sid: null });
  expect(
    recorder
      .rows('ad_address')
      .map(row => `${row.attribute} ${row.address}`)
      .sort(),
  ).toEqual(['mail c@else.test', 'mail team@corp.test', 'proxyAddresses team@corp.test']);
  const identities = recorder.rows('ad_identity').map(row => [row.role, row.name, row.sid, row.guessed]);
  expect(identities).toContainEqual(['sync', 'MSOL_0123', `${DOMAIN_SID}-5042`, true]);
  expect(identities).toContainEqual(['trusted', 'CORP\\Bob', `${DOMAIN_SID}-5041`, false]);
  expect(identities).toContainEqual(['trusted', 'nobody@corp.test', null, false]);
  expect(identities).toContainEqual(['trusted', 'S-1-5-32-548', 'S-1-5-32-548', false]);
  expect(identities).toContainEqual(['trusted', 'Enterprise Admins', `${DOMAIN_SID}-519`, false]);
  expect(recorder.rows('ad_deleted')).toMatchObject([{ guid: guid(60), last_known_parent: OU }]);
  expect(
    recorder
      .rows('ad_security')
      .map(row => row.object_guid)
      .sort(),
  ).toEqual([1, 2, 3, 5, 7, 15, 17, 18, 30].map(guid));
  expect(new Set(recorder.rows('ad_ace').map(row => row.acl)).size).toBe(2);
  expect(recorder.rows('ad_ace')).toHaveLength(3);
  expect(recorder.rows('ad_trustee')).toContainEqual({ sid: 'S-1-5-18', name: 'SYSTEM', object_class: null, dn: null });
});

test('pages of one, an empty page with a cookie and ranges give the same tables as one big answer', async () => {
  const whole = await collect(source(await fake()));
  let emptied = 0;
  const pieces = await collect(
    source(
      await fake({
        pageSize: 1,
        rangeSize: 2,
        fault: search =>
          search.cookie === '1:1' || (search.cookie !== undefined && emptied++ % 3 === 1) ? 'empty-page' : undefined,
      }),
    ),
  );
  expect(emptied).toBeGreaterThan(3);
  expect(pieces.coverage.filter(line => line.object === '' && !line.complete)).toEqual([]);
  const sorted = (recorder: typeof whole) =>
    [...recorder.tables].map(([name, rows]) => [name, rows.map(row => JSON.stringify(row)).sort()]).sort();
  expect(sorted(pieces)).toEqual(sorted(whole));
});

test.each(['drop', 'drop-midway', 'garbage', 'odd-message', 'hang'] as const)(
  'after one %s the search starts again and nothing is lost',
  async kind => {
    const whole = await collect(source(await fake()));
    let done = false;
    const server = await fake({
      pageSize: 2,
      fault: search => {
        if (
          done ||
          search.cookie === undefined ||
          search.cookie === '' ||
          !search.attributes.includes('userPrincipalName')
        )
          return undefined;
        done = true;
        return kind;
      },
    });
    const recorder = await collect(source(server, { timeoutMs: 400 }));
    expect(done).toBe(true);
    expect(recorder.coverage.filter(line => line.object === '' && !line.complete)).toEqual([]);
    expect(
      recorder
        .rows('ad_user')
        .map(row => row.guid)
        .sort(),
    ).toEqual(
      whole
        .rows('ad_user')
        .map(row => row.guid)
        .sort(),
    );
    expect(server.binds.length).toBe(2);
  },
);

test.each([
  'no-paging-answer',
  'repeat-cookie',
  { code: 50, message: 'denied' },
  { code: 3, message: 'time' },
] as const)('%j on the accounts is a gap of the accounts alone', async kind => {
  const server = await fake({
    fault: search =>
      search.attributes.includes('userPrincipalName') && search.cookie !== undefined ? kind : undefined,
  });
  const recorder = await collect(source(server));
  expect(recorder.coverage.filter(line => line.object === '' && !line.complete).map(line => line.facet)).toEqual([
    'ad.users',
  ]);
  expect(recorder.queries.some(query => query.facet === 'ad.users' && !query.complete && query.reason !== null)).toBe(
    true,
  );
});

test('a server that dies in the middle leaves gaps, not silence', async () => {
  const server = await fake({
    fault: search => {
      if (!search.attributes.includes('userPrincipalName')) return undefined;
      void server.stop();
      return 'drop';
    },
  });
  const recorder = await collect(source(server));
  expect(
    recorder.coverage
      .filter(line => line.object === '')
      .map(line => line.facet)
      .sort(),
  ).toEqual(adFacets.sort());
  expect(recorder.covered('ad.groups')?.complete).toBe(false);
  expect(recorder.covered('ad.members')?.complete).toBe(true);
  for (const facet of ['ad.users', 'ad.addresses', 'ad.trustees', 'ad.deleted'] as const)
    expect(recorder.covered(facet)?.complete).toBe(false);
});

test('what cannot be told from empty is a gap of that object', async () => {
  const hidden = group(33, `CN=Hidden,${OU}`, {
    nTSecurityDescriptor: [descriptor([{ type: 6, mask: 0x10, sid: 'S-1-1-0', objectType: guid(0x102) }])],
  });
  const sealed = group(34, `CN=Sealed,${OU}`, { nTSecurityDescriptor: [] });
  const empty = group(35, `CN=Empty,${OU}`);
  const stranger = group(36, `CN=Stranger,${OU}`, { member: ['CN=X,DC=other,DC=test'] });
  const recorder = await collect(
    source(await fake({ entries: () => [...directoryOfTests(), hidden, sealed, empty, stranger] })),
  );
  expect(recorder.covered('ad.members', guid(33))?.reason).toMatch(/denies/);
  expect(recorder.covered('ad.members', guid(34))?.complete).toBe(false);
  expect(recorder.covered('ad.acl', guid(34))?.reason).toMatch(/READ_CONTROL/);
  expect(recorder.covered('ad.members', guid(35))).toBeUndefined();
  expect(recorder.covered('ad.members', guid(36))?.reason).toMatch(/objectGUID/);
});

test('a missing container is found = false, Deleted Objects that nobody may read is a gap', async () => {
  const server = await fake({
    entries: () => directoryOfTests().filter(entry => !entry.dn.includes('Deleted Objects')),
  });
  const recorder = await collect(source(server, { containers: [{ dn: `OU=Nowhere,${DOMAIN}`, flavour: undefined }] }));
  expect(recorder.rows('ad_container')[0]).toMatchObject({ found: false, guid: null });
  expect(recorder.covered('ad.containers')?.complete).toBe(true);
  expect(recorder.covered('ad.deleted')?.reason).toMatch(/rights/);
});

test('StartTLS encrypts before the password is sent, also after a drop', async () => {
  let dropped = false;
  const server = await fake({
    fault: search => {
      if (dropped || search.cookie === undefined) return undefined;
      dropped = true;
      return 'drop';
    },
  });
  const recorder = await collect(source(server, { urls: [server.ldap], startTls: true }));
  expect(recorder.coverage.filter(line => line.object === '' && !line.complete)).toEqual([]);
  expect(server.binds).toEqual([
    { password: 'secret', encrypted: true },
    { password: 'secret', encrypted: true },
  ]);
});

test('nothing is sent in clear, and each refusal at the start is told in words without the secret', async () => {
  const server = await fake({ password: 'another' });
  await expect(collect(source(server))).rejects.toThrow(/wrong user name or password/);
  expect(server.binds).toHaveLength(1);
  await expect(collect(source(server, { urls: [server.ldap] }))).rejects.toThrow(/without encryption/);
  await expect(collect(source(server, { ca: undefined }))).rejects.toThrow(/ad\.ca/);
  await expect(collect(source(server, { serverName: 'dc9.corp.test' }))).rejects.toThrow(/another name/);
  await expect(collect(source(server, { urls: ['ldaps://127.0.0.1:1', server.ldaps] }))).rejects.toThrow(
    /wrong user name/,
  );
  await expect(collect(source(server, { urls: ['ldaps://127.0.0.1:1'] }))).rejects.toThrow(/ECONNREFUSED/);
  const blank = { user: 'x', password: { reveal: () => '', from: 'env EMPTY' } };
  await expect(collect(source(server, { bind: blank }))).rejects.toThrow(/env EMPTY/);
  expect(server.binds.every(bind => bind.encrypted)).toBe(true);
  const expired = await issue(authority, { dns: [], ip: ['127.0.0.1'], expired: true });
  await expect(collect(source(await fake({ tls: expired })))).rejects.toThrow(/expired/);
});

test('an interruption ends the collection with every facet accounted for', async () => {
  const abort = new AbortController();
  const recorder = memoryRecorder();
  const server = await fake({
    fault: search => {
      if (!search.attributes.includes('userPrincipalName')) return undefined;
      setImmediate(() => abort.abort());
      return 'hang';
    },
  });
  const context = { flavours: [], progress: () => undefined, now: () => 0, signal: abort.signal };
  await expect(collectActiveDirectory(source(server, { timeoutMs: 20_000 }), recorder, context)).rejects.toThrow(
    /interrupted/,
  );
  expect(recorder.coverage.filter(line => line.object === '')).toHaveLength(adFacets.length);
  expect(recorder.covered('ad.users')?.complete).toBe(false);
});

test('other domains of the forest are a gap wherever they could matter', async () => {
  const extra = [
    object(70, `CN=EAST,CN=Partitions,CN=Configuration,${DOMAIN}`, ['crossRef'], {
      systemFlags: ['3'],
      nCName: [`DC=east,${DOMAIN}`],
    }),
    group(71, `CN=Mixed,${OU}`, {
      member: [`<GUID=${guid(999)}>;<SID=S-1-5-21-7-7-7-1001>;CN=Far,DC=east,${DOMAIN}`],
      nTSecurityDescriptor: [descriptor([{ mask: 1, sid: 'S-1-5-21-7-7-7-1002' }])],
    }),
  ];
  const server = await fake({ entries: () => [...directoryOfTests(), ...extra] });
  const recorder = await collect(source(server, { base: DOMAIN }));
  expect(recorder.covered('ad.addresses')?.reason).toMatch(/2 domains/);
  expect(recorder.covered('ad.users')?.reason).toMatch(/1 member is outside/);
  expect(recorder.covered('ad.trustees')?.reason).toMatch(/another domain/);
  expect(recorder.rows('ad_member')).toContainEqual({ group_guid: guid(71), member_guid: guid(999) });
  expect(recorder.covered('ad.members')?.complete).toBe(true);
  // Without a base the other domain was to be read, and could not be.
  const whole = await collect(source(server));
  const incomplete = whole.coverage.filter(line => line.object === '' && !line.complete);
  expect(incomplete.map(line => line.facet).sort()).toEqual(
    adFacets
      .filter(facet => !['ad.members', 'ad.replication', 'ad.children', 'ad.auditing'].includes(facet))
      .filter(facet => !['ad.exchangeServers', 'ad.acceptedDomains', 'ad.addressLists'].includes(facet))
      .sort(),
  );
  for (const { facet, reason } of incomplete)
    expect(reason).toMatch(
      facet === 'ad.addresses'
        ? /2 domains, .*ad\.globalCatalog/
        : /DC=east,DC=corp,DC=test could not be read: .*(ENOTFOUND|EAI_AGAIN)/,
    );
});

test('a group above that cannot be read spoils everything below it', async () => {
  const recorder = await collect(
    source(
      await fake({ entries: () => directoryOfTests().map(entry => (entry.dn === PARENT ? outside(entry) : entry)) }),
    ),
  );
  for (const below of [30, 31])
    expect(recorder.covered('ad.memberOf', guid(below))?.reason).toMatch(/outside the domain/);
});

test('accounts whose state is hidden are a gap, not accounts without a state', async () => {
  const hidden = directoryOfTests().map(entry =>
    entry.dn === ALICE ? { dn: ALICE, attributes: { ...entry.attributes, userAccountControl: [] } } : entry,
  );
  const recorder = await collect(source(await fake({ entries: () => hidden })));
  expect(recorder.covered('ad.users')?.reason).toMatch(/userAccountControl is not readable on 1 account/);
});

// The parent of the first group is itself nested in a group that the server does not show.
function outside(entry: FakeEntry): FakeEntry {
  return {
    dn: entry.dn,
    attributes: { ...entry.attributes, memberOf: [`<GUID=${guid(998)}>;CN=Far,DC=east,${DOMAIN}`] },
  };
}

test('an interruption does not wait for a server that never answers', async () => {
  const silent = createServer(socket => socket.on('error', () => undefined).resume());
  await new Promise<void>(done => silent.listen(0, '127.0.0.1', done));
  const address = silent.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const server = await fake();
  const url = `ldaps://127.0.0.1:${address.port}`;
  const signal = AbortSignal.timeout(100);
  await expect(collect(source(server, { urls: [url], timeoutMs: 20_000 }), signal)).rejects.toThrow(/interrupted/);
  await expect(collect(source(server, { urls: [url], timeoutMs: 200 }))).rejects.toThrow(/no answer/);
  await expect(collect(source(server, { urls: [url, server.ldaps], timeoutMs: 200 }))).resolves.toBeDefined();
  silent.close();
}, 10_000);

const ELSEWHERE = `OU=Elsewhere,${DOMAIN}`;
const SELF = `${DOMAIN_SID}-4999`;

/** The tests' directory with one more unit, and tokenGroups only where `tells` says so. */
function withUnit(descriptors: readonly Buffer[], tells: 'root' | 'account' | 'nobody'): FakeEntry[] {
  const token = [SELF, `${DOMAIN_SID}-513`].map(sidToBytes);
  const entries = directoryOfTests().map(entry => {
    if (entry.dn !== '' || tells === 'root') return entry;
    const { tokenGroups: _, ...attributes } = entry.attributes;
    return { ...entry, attributes };
  });
  const account = object(
    70,
    `CN=audit,CN=Users,${DOMAIN}`,
    ['person', 'user'],
    { userPrincipalName: ['audit@corp.test'], ...(tells === 'account' ? { tokenGroups: token } : {}) },
    SELF,
  );
  const unit = object(71, ELSEWHERE, ['organizationalUnit'], { nTSecurityDescriptor: descriptors });
  return [...entries, account, unit];
}

test.each([
  ['root', SELF, 'cannot be listed'],
  ['root', `${DOMAIN_SID}-600`, undefined],
  ['account', SELF, 'cannot be listed'],
  ['account', `${DOMAIN_SID}-600`, undefined],
  ['nobody', SELF, 'is not known'],
  ['nobody', `${DOMAIN_SID}-600`, 'is not known'],
] as const)('a denial of the listing, with our groups told by %s: %s', async (tells, sid, reason) => {
  const denied = listable([{ type: 1, mask: 4, sid }]);
  const recorder = await collect(source(await fake({ entries: () => withUnit([denied], tells) })));
  for (const facet of ['ad.groups', 'ad.users', 'ad.addresses'] as const) {
    if (reason === undefined) expect(recorder.covered(facet)?.complete).toBe(true);
    else expect(recorder.covered(facet)?.reason).toMatch(new RegExp(`${ELSEWHERE}.*${reason}`));
  }
  expect(recorder.covered('ad.containers')?.complete).toBe(true);
});

test.each(['root', 'account', 'nobody'] as const)(
  'nothing denied is no gap, with our groups told by %s',
  async tells => {
    const recorder = await collect(source(await fake({ entries: () => withUnit([listable()], tells) })));
    expect(recorder.coverage.filter(line => line.object === '' && !line.complete)).toEqual([]);
  },
);

test('a unit without a readable access control list may hide something, and many are counted', async () => {
  const units = Array.from({ length: 5 }, (_, at) => object(80 + at, `OU=U${at},${DOMAIN}`, ['organizationalUnit']));
  const entries = () => [...withUnit([Buffer.alloc(3)], 'root'), ...units];
  const recorder = await collect(source(await fake({ entries })));
  expect(recorder.covered('ad.groups')?.reason).toMatch(
    /what lies in OU=Elsewhere,\S+ and OU=U0,\S+ and OU=U1,\S+ and 3 more may be hidden/,
  );
});

test('an id that AD cannot hold is a gap wherever it stands, and of the domain itself the end', async () => {
  const spoil = (dn: string, attribute: string) => () =>
    directoryOfTests().map(entry =>
      entry.dn === dn ? { ...entry, attributes: { ...entry.attributes, [attribute]: [Buffer.alloc(5, 1)] } } : entry,
    );
  const spoilt = async (dn: string, attribute: string, more: Partial<AdSource> = {}) =>
    collect(source(await fake({ entries: spoil(dn, attribute) }), more));
  const told = (name: string) => new RegExp(`${name} of .* has a value that AD cannot hold`);
  const container = await spoilt(OU, 'objectGUID');
  for (const facet of ['ad.containers', 'ad.groups', 'ad.acl'] as const)
    expect(container.covered(facet)?.reason).toMatch(told('objectGUID'));
  const holder = await spoilt(`CN=AdminSDHolder,CN=System,${DOMAIN}`, 'objectGUID');
  expect(holder.covered('ad.containers')?.reason).toMatch(told('objectGUID'));
  expect(holder.covered('ad.groups')?.complete).toBe(true);
  const identity = await spoilt(ALICE, 'objectSid', { trustedWriters: ['Alice'] });
  expect(identity.covered('ad.trustees')?.reason).toMatch(told('objectSid'));
  await expect(spoilt(DOMAIN, 'objectSid')).rejects.toMatchObject({
    kind: 'source',
    message: expect.stringMatching(told('objectSid')),
  });
});

test('a container above which reading is refused is not called absent', async () => {
  const containers = [{ dn: `OU=Gone,${OU}`, flavour: undefined }];
  const absent = await collect(source(await fake(), { containers }));
  expect(absent.rows('ad_container')).toContainEqual(expect.objectContaining({ kind: 'writeback', found: false }));
  expect(absent.covered('ad.containers')?.complete).toBe(true);
  const fault: FakeScript['fault'] = ({ base, scope }) =>
    base === OU && scope === 0 ? { code: 50, message: 'no' } : undefined;
  const refused = await collect(source(await fake({ fault }), { containers }));
  expect(refused.rows('ad_container').map(row => row.kind)).not.toContain('writeback');
  for (const facet of ['ad.containers', 'ad.groups'] as const)
    expect(refused.covered(facet)?.reason).toMatch(/no right to read it/);
});

test('the server is not asked for what nobody wants, and every facet that is wanted is as it is in a whole reading', async () => {
  const whole = await collect(source(await fake()));
  // What a search is for, as the server sees it.
  const signs: Partial<Record<FacetName, (search: FakeSearch) => boolean>> = {
    'ad.exchange': ({ attributes }) => attributes.includes('rangeUpper'),
    'ad.members': ({ attributes }) => attributes.includes('member'),
    'ad.memberOf': ({ attributes }) => attributes.includes('memberOf'),
    'ad.users': ({ attributes }) => attributes.includes('userPrincipalName'),
    'ad.addresses': ({ attributes }) => attributes.includes('proxyAddresses') && !attributes.includes('groupType'),
    'ad.forestGroups': ({ attributes }) =>
      attributes.includes('extensionAttribute1') && !attributes.includes('sAMAccountName'),
    'ad.deleted': ({ base }) => /^CN=Deleted Objects/i.test(base),
    'ad.replication': ({ attributes }) => attributes.some(name => /^msDS-Repl/i.test(name)),
    'ad.identities': ({ attributes }) => attributes.includes('primaryGroupID'),
    'ad.children': ({ attributes }) => attributes.includes('ou'),
    'ad.tier0': ({ base }) => /^CN=Policies/i.test(base),
    'ad.domainControllers': ({ attributes }) => attributes.includes('operatingSystem'),
    'ad.soaPolicy': ({ base }) => /^CN=SOA-Policies/i.test(base),
    'ad.auditing': ({ controls }) => controls.get('1.2.840.113556.1.4.801')?.at(-1) === 8,
  };
  for (const wanted of adFacets as FacetName[]) {
    const server = await fake();
    const recorder = await collect(source(server), undefined, [wanted]);
    const asked = withPrerequisites([wanted]);
    // The groups above a sync identity are found by memberOf too.
    for (const [facet, isFor] of Object.entries(signs) as [FacetName, (search: FakeSearch) => boolean][])
      if (facet !== 'ad.memberOf' || !asked.includes('ad.identities'))
        expect([wanted, facet, server.searches.some(isFor)]).toEqual([wanted, facet, asked.includes(facet)]);
    // Access lists show hidden members and hidden objects too; without either of these nobody looks at one but the domain's.
    const lists = server.searches.some(
      ({ base, attributes }) => base !== DOMAIN && attributes.includes('nTSecurityDescriptor'),
    );
    if (asked.every(facet => ['ad.domain', 'ad.exchange', 'ad.deleted', 'ad.domainControllers'].includes(facet)))
      expect([wanted, lists]).toEqual([wanted, false]);
    for (const facet of adFacets as FacetName[]) {
      const covered = recorder.covered(facet);
      if (asked.includes(facet)) expect([facet, covered?.complete]).toEqual([facet, whole.covered(facet)?.complete]);
      else expect([facet, covered?.reason]).toEqual([facet, NOT_ASKED]);
    }
    expect(recorder.coverage.filter(line => line.object !== '' && !asked.includes(line.facet))).toEqual([]);
  }
}, 240_000);
