import { expect, test } from '@jest/globals';
import { checks } from '../../src/cli/doctor/checks.ts';
import type { Bench } from '../../src/cli/doctor/outcome.ts';
import type { AdExam, DomainExam } from '../../src/collect/ad/index.ts';
import type { GraphExam } from '../../src/collect/graph/index.ts';
import { loadConfig } from '../../src/config/index.ts';
import type { FacetName } from '../../src/snapshot/index.ts';

// What a lab cannot show: clocks that differ, certificates about to end, full disks, tenants of every shape. test/live/doctor.test.ts has the rest.

const NOW = Date.UTC(2026, 7, 22, 9);
const DAY = 86_400_000;
const tls = (days: number) => ({ protocol: 'TLSv1.3', expires: NOW + days * DAY + 1000, issuer: 'Contoso CA' });

const domain: DomainExam = {
  dnsName: 'contoso.com',
  clockSkewMs: 2000,
  facts: undefined,
  containers: [],
  hidden: [],
  gapsOf: () => [],
  memberless: [],
  deletedReadable: true,
};
const ad: AdExam = {
  identity: 'audit@contoso.com',
  credentialEnds: undefined,
  servers: [{ url: 'ldaps://dc1', failure: undefined, tls: tls(200) }],
  domains: [domain],
  unread: [],
};
const claims = { application: 'app', tenant: 'tenant', permissions: ['Group.Read.All'], expiresAt: undefined };
const graph: GraphExam = {
  graph: { host: 'graph.microsoft.com', tls: tls(200), failure: undefined },
  authority: undefined,
  credentialEnds: undefined,
  signInFailure: undefined,
  token: { claims, missing: [] },
  clockSkewMs: 0,
  reads: new Map(),
  organization: { name: 'Contoso', syncEnabled: true, lastSync: NOW - 3_600_000 },
  features: new Map([
    ['unifiedGroupWritebackEnabled', true],
    ['groupWriteBackEnabled', false],
  ]),
  plans: ['EXCHANGE_S_STANDARD', 'AAD_PREMIUM_P2'],
};
const bench: Bench = {
  config: { ...loadConfig(undefined, {}), flavours: ['connect-v1'] },
  now: NOW,
  readers: new Map([['ad.deleted', ['needs-deleted']]]),
  invariants: 1,
  secrets: [],
  room: { folder: '/snapshots', writable: true, bytes: 50 * 1024 ** 3 },
  facts: undefined,
  ad,
  graph,
};

const factsUntil = (untilMs: number): Bench['facts'] => ({
  facts: { file: 'facts.yaml', sha256: '', by: 'jane', on: 'now', until: 'then', untilMs, declarations: [] },
  problems: [],
});

const linesOf = (name: string, changes: Partial<Bench>) =>
  checks
    .filter(check => check.name === name)
    .flatMap(check => check.run({ ...bench, ...changes }))
    .map(({ state, says }) => `${state} ${says}`);

const adWith = (change: Partial<DomainExam>): Partial<Bench> => ({
  ad: { ...ad, domains: [{ ...domain, ...change }] },
});
const needing = (facet: FacetName): Partial<Bench> => ({ readers: new Map([[facet, ['needs-it']]]) });
const graphWith = (change: Partial<GraphExam>): Partial<Bench> => ({ graph: { ...graph, ...change } });
const accepted = (until: string): Partial<Bench> => ({
  config: { ...bench.config, acceptUnknown: [{ facet: 'ad.deleted', reason: 'r', until }] },
});

test.each<[string, Partial<Bench>, string[]]>([
  ['ad clock', adWith({ clockSkewMs: 301_000 }), ['warn 301 s ahead of this machine']],
  ['ad clock', adWith({ clockSkewMs: -299_000 }), ['ok 299 s behind this machine']],
  ['ad clock', adWith({ clockSkewMs: null }), ['skipped the server did not tell its time']],
  ['graph clock', graphWith({ clockSkewMs: -600_000 }), ['warn 600 s behind this machine']],
  [
    'ad tls',
    { ad: { ...ad, servers: [{ url: 'ldaps://dc1', failure: undefined, tls: tls(3) }] } },
    ['warn ldaps://dc1: TLSv1.3, certificate by Contoso CA, ends in 3 days'],
  ],
  ['ad tls', {}, ['ok ldaps://dc1: TLSv1.3, certificate by Contoso CA, ends in 200 days']],
  [
    'ad credential',
    { ad: { ...ad, credentialEnds: NOW - DAY } },
    ['fail the certificate to sign in with, ended on 2026-08-21'],
  ],
  [
    'graph credential',
    graphWith({ credentialEnds: NOW + DAY + 1 }),
    ['warn the certificate of the application, ends in 1 day'],
  ],
  ['ad deleted objects', adWith({ deletedReadable: false }), ['fail cannot be listed, as by default']],
  [
    'ad deleted objects',
    { ...adWith({ deletedReadable: false }), ...accepted('2026-12-31') },
    ['warn cannot be listed, as by default'],
  ],
  [
    'ad deleted objects',
    { ...adWith({ deletedReadable: false }), ...accepted('2026-08-01') },
    ['fail cannot be listed, as by default'],
  ],
  ['ad auditing', {}, ['skipped no policy asks what is audited']],
  ['ad auditing', needing('ad.auditing'), ['ok what is audited on the containers is shown to us']],
  [
    'ad auditing',
    { ...needing('ad.auditing'), ...adWith({ gapsOf: facet => (facet === 'ad.auditing' ? ['it needs more'] : []) }) },
    ['fail it needs more'],
  ],
  [
    'ad tier 0',
    adWith({ gapsOf: facet => (facet === 'ad.tier0' ? ['CN=x cannot be read'] : []) }),
    ['warn CN=x cannot be read'],
  ],
  [
    'ad exchange places',
    adWith({ gapsOf: facet => (facet === 'ad.addressLists' ? ['hidden'] : []) }),
    [
      'ok Exchange servers and their versions are readable, or there are none',
      'ok domains that Exchange accepts mail for are readable, or there are none',
      'warn hidden',
    ],
  ],
  ['accepted gaps', accepted('2026-08-01'), ['warn the acceptance of ad.deleted ended on 2026-08-01']],
  ['declared facts', {}, ['skipped the configuration names no file of declared facts']],
  ['declared facts', { facts: factsUntil(NOW + DAY) }, ['ok 0 kinds, by jane, until then']],
  [
    'declared facts',
    { facts: factsUntil(NOW) },
    ['warn facts.yaml could be relied on until then: its facts are unknown now'],
  ],
  [
    'declared facts',
    {
      facts: {
        facts: undefined,
        problems: [{ code: 'c', level: 'error', message: 'odd', at: { file: 'facts.yaml', line: 2, column: 3 } }],
      },
    },
    ['fail facts.yaml:2:3: odd'],
  ],
  ['snapshots folder', { room: { folder: '/s', writable: true, bytes: 50 * 1024 ** 2 } }, ['fail 0.0 GiB free at /s']],
  ['snapshots folder', { room: { folder: '/s', writable: true, bytes: 500 * 1024 ** 2 } }, ['warn 0.5 GiB free at /s']],
  [
    'tenant sync',
    graphWith({ organization: { name: 'Contoso', syncEnabled: true, lastSync: NOW - 3 * DAY } }),
    ['warn Contoso: synchronised 3 days ago'],
  ],
  [
    'tenant sync',
    graphWith({ organization: { name: 'Contoso', syncEnabled: null, lastSync: null } }),
    ['warn Contoso: synchronisation is off'],
  ],
  ['tenant sync', graphWith({ organization: undefined }), ['skipped the organization is not shown']],
  [
    'tenant writeback',
    {},
    ['ok connect-v1 (unifiedGroupWritebackEnabled) is on', 'ok connect-v2 (groupWriteBackEnabled) is off'],
  ],
  [
    'tenant writeback',
    { config: { ...bench.config, flavours: ['connect-v2'] } },
    [
      'warn connect-v1 (unifiedGroupWritebackEnabled) is on, and is not declared in flavour',
      'warn connect-v2 (groupWriteBackEnabled) is off, and is declared in flavour',
    ],
  ],
  ['tenant licence', {}, ['ok AAD_PREMIUM_P2']],
  ['tenant licence', graphWith({ plans: ['EXCHANGE_S_STANDARD'] }), ['warn no plan of Entra ID P1 or P2 is enabled']],
  [
    'ad domains',
    { ad: { ...ad, unread: [{ domain: 'child.contoso.com', says: 'no server' }] } },
    ['ok contoso.com can be read', 'fail child.contoso.com: no server'],
  ],
])('%s (%#)', (name, changes, expected) => {
  expect(linesOf(name, changes)).toEqual(expected);
});

test('names are unique, and everything that can fail says what to do', () => {
  expect(new Set(checks.map(({ name }) => name)).size).toBe(checks.length);
  for (const { remedy } of checks) expect(remedy.length).toBeGreaterThan(10);
});

test('without sources nothing of them is checked, and nothing throws', () => {
  const bare = { ...bench, ad: undefined, graph: undefined };
  const ofSources = checks.filter(({ of }) => of !== 'config').flatMap(check => check.run(bare));
  expect(ofSources.filter(({ state }) => state === 'ok')).toEqual([]);
});
