import { beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AuditError } from '../../../src/base/index.ts';
import { collectActiveDirectory } from '../../../src/collect/ad/index.ts';
import type { FacetName, TableName } from '../../../src/snapshot/index.ts';
import { type Authority, createAuthority, type Issued, issue } from '../../lab/certificates.ts';
import { type FakeEntry, type Fault, startFakeLdap } from '../../lab/ldap-fake/index.ts';
import { memoryRecorder } from '../memory-recorder.ts';
import { backbone, DOMAIN, group, OU, user } from './forest.ts';

let authority: Authority;
let tls: Issued;

beforeAll(async () => {
  authority = await createAuthority();
  tls = await issue(authority, { dns: [], ip: ['127.0.0.1'] });
});

const people = Array.from({ length: 6 }, (_, at) =>
  user(40 + at, `CN=user${at},CN=Users,${DOMAIN}`, { mail: [`user${at}@corp.test`] }),
);
const entries: FakeEntry[] = [
  ...backbone(),
  ...people,
  ...Array.from({ length: 4 }, (_, at) =>
    group(30 + at, `CN=group${at},${OU}`, {
      member: people.slice(at).map(one => one.dn),
      memberOf: [`CN=top,CN=Users,${DOMAIN}`],
    }),
  ),
  group(39, `CN=top,CN=Users,${DOMAIN}`),
];

// The tables whose rows a facet vouches for.
const vouched: readonly (readonly [FacetName, readonly TableName[]])[] = [
  ['ad.domain', ['ad_domain', 'ad_schema']],
  ['ad.containers', ['ad_container']],
  ['ad.groups', ['ad_group']],
  ['ad.members', ['ad_member']],
  ['ad.memberOf', ['ad_parent']],
  ['ad.users', ['ad_user']],
  ['ad.addresses', ['ad_address']],
  ['ad.acl', ['ad_security', 'ad_ace']],
  ['ad.trustees', ['ad_trustee', 'ad_identity']],
  ['ad.deleted', ['ad_deleted']],
];

async function collect(faults: ReadonlyMap<number, Fault>) {
  let count = 0;
  const server = await startFakeLdap({
    tls,
    entries: () => entries,
    pageSize: 2,
    rangeSize: 2,
    fault: () => faults.get(count++),
  });
  const recorder = memoryRecorder();
  try {
    await collectActiveDirectory(
      {
        urls: [server.ldaps],
        startTls: false,
        ca: authority.ca,
        serverName: undefined,
        bind: { user: 'audit', password: { reveal: () => 'secret', from: 'test' } },
        base: undefined,
        domains: [],
        globalCatalog: [],
        containers: [{ dn: OU, flavour: undefined }],
        syncIdentities: [],
        trustedWriters: [],
        replicationMetadata: true,
        timeoutMs: 150,
      },
      recorder,
      { flavours: [], progress: () => undefined, now: () => 0, signal: new AbortController().signal, backoffMs: 1 },
    );
  } finally {
    await server.stop();
  }
  return recorder;
}

const faultKinds: Fault[] = [
  'hang',
  'drop',
  'drop-midway',
  'garbage',
  'odd-message',
  'empty-page',
  'no-paging-answer',
  'repeat-cookie',
  { code: 50, message: 'denied' },
  { code: 52, message: 'unavailable' },
  { code: 53, message: 'unwilling' },
];

test('whatever the server does, a facet called complete holds the truth', async () => {
  const truth = await collect(new Map());
  // `ad.groups` vouches for written-back groups; a row that only explains a nesting belongs to the facet that read the nesting.
  const rowsOf = (recorder: typeof truth, table: TableName) =>
    (table === 'ad_group' ? recorder.rows('ad_group').filter(row => row.in_container) : recorder.rows(table))
      .map(row => JSON.stringify(row))
      .sort();
  expect(truth.coverage.filter(line => line.object === '' && !line.complete)).toEqual([]);
  let right = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat({ max: 60 }), fc.constantFrom(...faultKinds)), { minLength: 1, maxLength: 3 }),
      async faults => {
        const recorder = await collect(new Map(faults)).catch(thrown => {
          expect(thrown).toBeInstanceOf(AuditError);
          return undefined;
        });
        if (recorder === undefined) return;
        for (const [facet, tablesOfFacet] of vouched) {
          const line = recorder.covered(facet);
          expect(line).toBeDefined();
          const spoilt = recorder.coverage.some(
            one => one.facet === facet && one.object !== '' && !truth.covered(facet, one.object),
          );
          if (!line?.complete || spoilt) continue;
          right += 1;
          for (const table of tablesOfFacet) expect(rowsOf(recorder, table)).toEqual(rowsOf(truth, table));
        }
      },
    ),
    { numRuns: Number(process.env.CHAOS_RUNS ?? 12), seed: 7 },
  );
  expect(right).toBeGreaterThan(50);
}, 300_000);
