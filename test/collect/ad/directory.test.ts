import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { type Directory, directoryOf } from '../../../src/collect/ad/directory.ts';
import { serversOf } from '../../../src/collect/ad/servers.ts';
import type { AdSource } from '../../../src/config/index.ts';
import { createAuthority, issue } from '../../lab/certificates.ts';
import { type FakeScript, type FakeServer, startFakeLdap } from '../../lab/ldap-fake/index.ts';
import { backbone, DOMAIN, user } from './forest.ts';

const people = Array.from({ length: 4 }, (_, at) => user(40 + at, `CN=user${at},CN=Users,${DOMAIN}`));
const everybody = {
  facet: 'ad.users',
  base: DOMAIN,
  scope: 'sub',
  filter: '(userAccountControl=512)',
  attributes: ['cn'],
  pageSize: 1,
} as const;

async function withDirectory(
  script: Partial<FakeScript>,
  work: (directory: Directory, server: FakeServer) => Promise<void>,
): Promise<void> {
  const authority = await createAuthority();
  const tls = await issue(authority, { dns: [], ip: ['127.0.0.1'] });
  const server = await startFakeLdap({ tls, entries: () => [...backbone(), ...people], ...script });
  const source: AdSource = {
    ...{ urls: [server.ldaps], startTls: false, ca: authority.ca, serverName: undefined, timeoutMs: 5000 },
    ...{
      base: undefined,
      domains: [],
      globalCatalog: [],
      containers: [],
      replicationMetadata: true,
      syncIdentities: [],
      trustedWriters: [],
    },
    bind: { user: 'audit@corp.test', password: { reveal: () => 'secret', from: 'test' } },
  };
  const { signal } = new AbortController();
  const endpoint = { url: server.ldaps, serverName: undefined };
  const access = { source, recorder: { query: () => undefined }, now: () => 0, signal, replace: async () => false };
  const directory = directoryOf(await serversOf(source, [endpoint], signal).next(), access);
  try {
    await work(directory, server);
  } finally {
    await directory.close();
    await server.stop();
  }
}

const pagesAsked = (server: FakeServer) => server.searches.filter(search => search.cookie !== undefined).length;

test('the server is asked for one page more while a page is taken, never for two', async () => {
  await withDirectory({}, async (directory, server) => {
    const asked: number[] = [];
    await directory.search(everybody, async () => {
      await delay(50);
      asked.push(pagesAsked(server));
    });
    expect(asked).toEqual([2, 3, 4, 4]);
  });
});

test('a page that is lost while the one before it is still being taken starts the search again', async () => {
  let broken = false;
  const script: Partial<FakeScript> = {
    fault: search => {
      if (broken || !search.cookie?.startsWith('2:')) return undefined;
      broken = true;
      return 'drop';
    },
  };
  await withDirectory(script, async directory => {
    const seen: string[] = [];
    const count = await directory.search(everybody, async entries => {
      await delay(30);
      seen.push(...entries.map(entry => entry.dn));
    });
    expect(broken).toBe(true);
    expect(count).toBe(people.length);
    expect(seen.slice(-people.length)).toEqual(people.map(one => one.dn));
    expect(seen).toHaveLength(people.length + 2);
  });
});

test('what the taker throws while a page is under way is thrown as it is, and the directory goes on', async () => {
  await withDirectory({}, async directory => {
    const own = new Error('own trouble');
    const fail = () => Promise.reject(own);
    await expect(directory.search(everybody, fail)).rejects.toBe(own);
    expect(await directory.search(everybody, () => undefined)).toBe(people.length);
  });
});
