import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { collectActiveDirectory } from '../../../src/collect/ad/index.ts';
import type { AdSource } from '../../../src/config/index.ts';
import { tables } from '../../../src/snapshot/index.ts';
import { type Authority, createAuthority, type Issued, issue } from '../../lab/certificates.ts';
import { type FakeEntry, type FakeScript, type FakeServer, startFakeLdap } from '../../lab/ldap-fake/index.ts';
import { memoryRecorder } from '../memory-recorder.ts';
import { DOMAIN, group, guid, OU, user } from './forest.ts';
import { EAST, EAST_OU, forestObjects, shownBy } from './two-domains.ts';

// Servers of one domain that show different states of it, as replication leaves them: whatever is lost and when, no table may hold both.

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

async function fake(entries: FakeScript['entries'], fault?: FakeScript['fault']): Promise<FakeServer> {
  const server = await startFakeLdap({ tls, entries, ...(fault === undefined ? {} : { fault }) });
  servers.push(server);
  return server;
}

/** A server that is gone for good when it is asked for the `last`-th time. */
async function mortal(entries: FakeScript['entries'], last: number): Promise<FakeServer> {
  let asked = 0;
  const server: FakeServer = await fake(entries, () => {
    asked += 1;
    if (asked === last) void server.stop();
    return asked < last ? undefined : 'drop';
  });
  return server;
}

/** Both states have a group that the other lacks, and one with other members. */
function stateOf(n: number, domain: string, unit: string): FakeEntry[] {
  const dn = `CN=User${n},CN=Users,${domain}`;
  return [
    ...forestObjects().filter(entry => entry.dn !== `CN=Team,${unit}`),
    user(300 + n, dn, { mail: [`user${n}@corp.test`] }),
    group(310 + n, `CN=Only${n},${unit}`, { member: [dn], mail: [`only${n}@corp.test`] }),
    group(320, `CN=Shared,${unit}`, { member: [dn], uSNChanged: [String(n)] }),
  ];
}

function source(urls: readonly string[], more: Partial<AdSource> = {}): AdSource {
  return {
    urls,
    startTls: false,
    ca: authority.ca,
    serverName: undefined,
    bind: { user: 'CORP\\audit', password: { reveal: () => 'secret', from: 'test' } },
    base: DOMAIN,
    domains: [],
    globalCatalog: [],
    replicationMetadata: true,
    containers: [OU, EAST_OU].map(dn => ({ dn, flavour: undefined })),
    syncIdentities: [],
    trustedWriters: [],
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

const contentOf = (recorder: Recorded) =>
  Object.keys(tables)
    .filter(name => name.startsWith('ad_'))
    .map(name => {
      const rows = [...recorder.tables].find(([table]) => table === name)?.[1] ?? [];
      return [name, rows.map(row => JSON.stringify(row)).sort()];
    });
const gaps = (recorder: Recorded) => recorder.coverage.filter(line => !line.complete && line.object === '');
const domainsOf = (recorder: Recorded): unknown => recorder.sources[0]?.server.domains;

test('whenever the first server is lost for good, the whole domain comes from the second, and both are on record', async () => {
  const second = await fake(() => shownBy(2, DOMAIN, stateOf(2, DOMAIN, OU)));
  const truth = await collect(source([second.ldaps]));
  const whole = await mortal(() => shownBy(1, DOMAIN, stateOf(1, DOMAIN, OU)), Number.POSITIVE_INFINITY);
  const other = await collect(source([whole.ldaps]));
  expect(contentOf(other)).not.toEqual(contentOf(truth));
  const searches = whole.searches.length;
  const step = Math.ceil(searches / 5);
  for (let last = 3; last <= searches; last += step) {
    const first = await mortal(() => shownBy(1, DOMAIN, stateOf(1, DOMAIN, OU)), last);
    const recorder = await collect(source([first.ldaps, second.ldaps]));
    expect(contentOf(recorder)).toEqual(contentOf(truth));
    expect(gaps(recorder)).toEqual(gaps(truth));
    expect(domainsOf(recorder)).toMatchObject([{ endpoint: second.ldaps, invocationId: guid(902) }]);
    expect(JSON.stringify(domainsOf(recorder))).toContain(first.ldaps);
  }
}, 240_000);

test('with nobody to take over, what was read stays and the rest is a gap that names the server', async () => {
  const first = await mortal(() => shownBy(1, DOMAIN, stateOf(1, DOMAIN, OU)), 25);
  const recorder = await collect(source([first.ldaps, 'ldaps://127.0.0.1:1']));
  expect(gaps(recorder).some(({ reason }) => reason?.includes(`the connection to ${first.ldaps} was lost`))).toBe(true);
  expect(recorder.rows('ad_domain')).toHaveLength(1);
  expect(JSON.stringify(domainsOf(recorder))).toMatch(/127\.0\.0\.1:1","dsServiceName":null/);
});

test('another copy behind the same address is not taken for the first: everything is read again', async () => {
  for (const change of ['restored', 'another controller'] as const) {
    let asked = 0;
    const server = await fake(
      () => (asked < 20 ? shownBy(1, DOMAIN, stateOf(1, DOMAIN, OU)) : later),
      () => {
        asked += 1;
        return asked === 20 ? 'drop' : undefined;
      },
    );
    const restored = shownBy(2, DOMAIN, stateOf(2, DOMAIN, OU)).map(entry =>
      entry.dn === '' ? (shownBy(1, DOMAIN)[0] ?? entry) : { ...entry, dn: entry.dn.replace('CN=DC2,', 'CN=DC1,') },
    );
    const later = change === 'restored' ? restored : shownBy(2, DOMAIN, stateOf(2, DOMAIN, OU));
    const recorder = await collect(source([server.ldaps]));
    const truth = await collect(source([(await fake(() => later)).ldaps]));
    expect(contentOf(recorder)).toEqual(contentOf(truth));
    expect(domainsOf(recorder)).toMatchObject([
      {
        invocationId: guid(902),
        tried: [
          { invocationId: guid(901), reason: expect.stringMatching(/another copy of the directory/) },
          { invocationId: guid(902), reason: null },
        ],
      },
    ]);
  }
});

test('a server that is never the same twice is given up, not followed for ever', async () => {
  let asked = 0;
  const server = await fake(
    () => shownBy(Math.floor(asked / 20) + 1, DOMAIN),
    () => {
      asked += 1;
      return asked % 20 === 0 ? 'drop' : undefined;
    },
  );
  const recorder = await collect(source([server.ldaps]));
  expect(gaps(recorder).some(({ reason }) => reason?.includes('another copy'))).toBe(true);
});

test('a domain that loses its server while the others are joined is read again, and only that one', async () => {
  const corp = await fake(() => shownBy(1, DOMAIN));
  const east = await fake(() => shownBy(3, EAST, stateOf(3, EAST, EAST_OU)));
  const forest = (urls: readonly string[]): AdSource =>
    source([corp.ldaps], { base: undefined, domains: [{ dns: 'east.corp.test', urls, serverName: undefined }] });
  const truth = await collect(forest([east.ldaps]));
  expect(gaps(truth)).toEqual([]);
  const own = east.searches.length;
  for (const before of [2, 6, 9]) {
    const first = await mortal(() => shownBy(2, EAST, stateOf(2, EAST, EAST_OU)), own - before);
    corp.searches.length = 0;
    const recorder = await collect(forest([first.ldaps, east.ldaps]));
    expect(contentOf(recorder)).toEqual(contentOf(truth));
    expect(gaps(recorder)).toEqual([]);
    expect(domainsOf(recorder)).toMatchObject([{ invocationId: guid(901) }, { invocationId: guid(903) }]);
    // The domain that was not lost keeps what it had shown by itself.
    expect(corp.searches.filter(search => search.base.startsWith('CN=AdminSDHolder'))).toHaveLength(1);
    expect(recorder.queries.some(query => query.reason?.startsWith('taken back: '))).toBe(true);
  }
});

test('a wrong password is tried once, at one server', async () => {
  const [first, second] = [await fake(() => shownBy(1, DOMAIN)), await fake(() => shownBy(2, DOMAIN))];
  const bind = { user: 'CORP\\audit', password: { reveal: () => 'wrong', from: 'test' } };
  const domains = [{ dns: 'east.corp.test', urls: [second.ldaps], serverName: undefined }];
  await expect(collect(source([first.ldaps, second.ldaps], { bind, base: undefined, domains }))).rejects.toThrow(
    /Cannot sign in to Active Directory as CORP\\audit/,
  );
  expect([first.binds.length, second.binds.length]).toEqual([1, 0]);
});
