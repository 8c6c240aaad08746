import { createPrivateKey } from 'node:crypto';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { collectActiveDirectory } from '../../../src/collect/ad/index.ts';
import type { AdBind, AdSource } from '../../../src/config/index.ts';
import { type Authority, createAuthority, type Issued, issue, selfSign } from '../../lab/certificates.ts';
import { type FakeScript, type FakeServer, startFakeLdap } from '../../lab/ldap-fake/index.ts';
import { memoryRecorder } from '../memory-recorder.ts';
import { backbone, OU } from './forest.ts';

let authority: Authority;
let clients: Authority;
let tls: Issued;
let client: Issued;
const servers: FakeServer[] = [];

beforeAll(async () => {
  [authority, clients] = await Promise.all([createAuthority(), createAuthority('Client authority')]);
  tls = await issue(authority, { dns: [], ip: ['127.0.0.1'] });
  client = await issue(clients, { dns: ['audit.corp.test'], ip: [], client: true });
});
afterAll(async () => {
  await Promise.all(servers.map(server => server.stop()));
});

async function fake(script: Partial<FakeScript> = {}): Promise<FakeServer> {
  const server = await startFakeLdap({ tls, entries: backbone, ...script });
  servers.push(server);
  return server;
}

const secret = (text: string) => ({ reveal: () => text, from: 'test' });
const byCertificate = (more: Partial<AdBind> = {}): AdBind => ({
  certificate: client.cert,
  key: secret(client.key),
  passphrase: undefined,
  ...more,
});

async function collect(url: string, more: Partial<AdSource> = {}) {
  const recorder = memoryRecorder();
  const source: AdSource = {
    urls: [url],
    startTls: url.startsWith('ldap:'),
    ca: authority.ca,
    serverName: undefined,
    bind: { user: 'audit@corp.test', password: secret('secret') },
    base: undefined,
    domains: [],
    globalCatalog: [],
    replicationMetadata: true,
    containers: [{ dn: OU, flavour: undefined }],
    syncIdentities: [],
    trustedWriters: [],
    timeoutMs: 3000,
    ...more,
  };
  const signal = new AbortController().signal;
  await collectActiveDirectory(source, recorder, { flavours: [], progress: () => undefined, now: () => 0, signal });
  return recorder;
}

const gaps = (recorder: Awaited<ReturnType<typeof collect>>) =>
  recorder.coverage.filter(line => line.object === '' && !line.complete).map(line => line.facet);

test.each(['active-directory', 'plain'] as const)(
  'a client certificate signs in over LDAPS and StartTLS (%s)',
  async style => {
    const server = await fake({ clients: { ca: clients.ca, style } });
    for (const url of [server.ldaps, server.ldap]) {
      server.binds.length = 0;
      const recorder = await collect(url, { bind: byCertificate() });
      expect(gaps(recorder)).toEqual([]);
      expect(recorder.sources[0]?.identity).toBe('certificate CN=audit.corp.test');
      // The handshake of LDAPS signs in to AD, which would refuse to be asked once more.
      const isAsked = style === 'plain' || url === server.ldap;
      expect(server.binds).toEqual(isAsked ? [{ password: '', encrypted: true, mechanism: 'EXTERNAL' }] : []);
    }
  },
);

test('a certificate that the server does not know signs nobody in', async () => {
  const server = await fake({ clients: { ca: clients.ca, style: 'active-directory' } });
  const stranger = await issue(authority, { dns: ['audit.corp.test'], ip: [], client: true });
  const bind = byCertificate({ certificate: stranger.cert, key: secret(stranger.key) });
  for (const url of [server.ldaps, server.ldap])
    await expect(collect(url, { bind })).rejects.toThrow(
      /did not sign us in by the client certificate: it must be valid/,
    );
  expect(server.searches.filter(search => search.base !== '')).toEqual([]);
});

test('an authority that is named adds to those that are trusted anyway, and takes none away', async () => {
  const before = getCACertificates('default');
  const other = await createAuthority('Another authority');
  const server = await fake({ clients: { ca: clients.ca, style: 'plain' } });
  const attempt = (url: string) => collect(url, { ca: other.ca, bind: byCertificate() });
  for (const url of [server.ldaps, server.ldap])
    await expect(attempt(url)).rejects.toThrow(/not signed by an authority we trust/);
  setDefaultCACertificates([...before, authority.ca]);
  try {
    for (const url of [server.ldaps, server.ldap]) expect(gaps(await attempt(url))).toEqual([]);
  } finally {
    setDefaultCACertificates(before);
  }
});

test('a key that does not fit, or that stays locked, is wrong input and is not shown', async () => {
  const server = await fake({ clients: { ca: clients.ca, style: 'active-directory' } });
  const locked = createPrivateKey(client.key)
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'hunter2' })
    .toString();
  const opened = byCertificate({ key: secret(locked), passphrase: secret('hunter2') });
  expect(gaps(await collect(server.ldaps, { bind: opened }))).toEqual([]);
  for (const key of [tls.key, 'not a key', locked]) {
    const error = await collect(server.ldaps, { bind: byCertificate({ key: secret(key) }) }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({
      kind: 'input',
      message: expect.stringMatching(/ad\.bind\.key: the private key \(test\)/),
    });
    expect(String(error)).not.toContain(key.split('\n')[1] ?? key);
  }
});

test('each certificate of a server that cannot be trusted is one sentence with server, reason and remedy', async () => {
  const ip = { dns: [], ip: ['127.0.0.1'] };
  const other = await createAuthority();
  const bad: readonly (readonly [Issued, RegExp])[] = [
    [await issue(authority, { ...ip, expired: true }), /certificate has expired: renew it on the domain controller/],
    [
      await issue(authority, { dns: ['dc9.corp.test'], ip: [] }),
      /is for another name .*: use a name of the certificate in ad\.urls, or set ad\.serverName/,
    ],
    [await issue(other, ip), /not signed by an authority we trust .*: give the authority in ad\.ca/],
    [await selfSign(ip), /is self-signed: give the domain controller one of an authority/],
    [await issue(authority, { ...ip, client: true }), /not meant for a server: issue one for server authentication/],
  ];
  for (const [certificate, told] of bad) {
    const server = await fake({ tls: certificate });
    for (const url of [server.ldaps, server.ldap]) {
      const error = String(await collect(url).catch((thrown: unknown) => thrown));
      expect(error).toMatch(told);
      expect(error).toContain(url);
      expect(error.split('\n')).toHaveLength(1);
    }
    expect(server.binds).toEqual([]);
  }
});

test('a server that offers nothing newer than TLS 1.1 is refused before anything is sent', async () => {
  const server = await fake({
    tlsVersions: { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' },
  });
  await expect(collect(server.ldaps)).rejects.toThrow(
    /127\.0\.0\.1:\d+: it offers only TLS versions older than 1\.2 .*: enable TLS 1\.2/,
  );
  expect([server.binds, server.searches]).toEqual([[], []]);
});

test('a password never travels without TLS', async () => {
  const server = await fake();
  await expect(collect(server.ldap, { startTls: false })).rejects.toThrow(/without encryption: use ldaps:/);
  expect(server.binds).toEqual([]);
});
