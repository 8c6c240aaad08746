import { createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Ended, ending, start, tallystick } from '../cli/run.ts';
import { OU } from '../collect/ad/forest.ts';
import { smallTenant } from '../collect/graph/estate.ts';
import { oneDomain } from '../faults/estate.ts';
import { type Authority, makeKeyPair, startAuthority, writeJwt } from '../lab/authority/index.ts';
import { createAuthority, type Issued, issue } from '../lab/certificates.ts';
import { type GraphDouble, startGraphDouble } from '../lab/graph/server.ts';
import { type FakeServer, startFakeLdap } from '../lab/ldap-fake/index.ts';
import { type Planted, remainsIn, tracesOf } from './traces.ts';

// A secret in every input, commands that succeed and that fail in every way, and a search through everything that they leave.

const APP = '5a7e1a55-0000-4000-8000-0000000000aa';
const ISSUER = 'https://token.actions.githubusercontent.com';
const SUBJECT = 'repo:contoso/audit:ref:refs/heads/main';
const planted: Planted[] = [];
/** A secret with characters that encodings change. */
const plant = (name: string, text = `${name} "ü+/&%' ${randomBytes(12).toString('hex')}`): string => {
  planted.push({ name, text });
  return text;
};
/** A private key: any line of it is enough to give it away. */
const plantKey = (name: string, pem: string): string => {
  for (const line of pem.split('\n')) if (line.length > 40 && !line.startsWith('-')) planted.push({ name, text: line });
  return pem;
};
/** A token: what it says, and what signs it. */
const plantToken = (name: string, token: string): string => {
  const [, payload = '', signature = ''] = token.split('.');
  planted.push({ name, text: payload }, { name, text: signature });
  return token;
};

const secrets = {
  adPassword: plant('the AD password'),
  wrongPassword: plant('a wrong AD password'),
  passphrase: plant('the passphrase of the AD key'),
  wrongPassphrase: plant('a wrong passphrase'),
  client: plant('the client secret'),
  wrongClient: plant('a wrong client secret'),
  header: plant('the header of the managed identity', `header-${randomBytes(12).toString('hex')}`),
  wrongHeader: plant('a wrong header', `header-${randomBytes(12).toString('hex')}`),
  bearer: plant('the request token of the job', `bearer-${randomBytes(12).toString('hex')}`),
  wrongBearer: plant('a wrong request token', `bearer-${randomBytes(12).toString('hex')}`),
  redact: plant('the key of the pseudonyms'),
  inline: plant('a password written into the configuration', `inline${randomBytes(12).toString('hex')}`),
  url: plant('a password in a URL', `url${randomBytes(12).toString('hex')}`),
  proxy: plant('the password of a proxy', `proxy${randomBytes(12).toString('hex')}`),
};

let folder: string;
let certificates: Issued;
let stranger: Issued;
let ldap: FakeServer;
let ldapByCertificate: FakeServer;
let ldapUntrusted: FakeServer;
let graph: GraphDouble;
let authority: Authority;
/** What the commands of a scenario are configured with; paths are relative to the folder. */
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tallystick-secrets-'));
  const [root, clients, other] = await Promise.all([createAuthority(), createAuthority(), createAuthority('Other')]);
  certificates = await issue(root, { dns: ['localhost'], ip: ['127.0.0.1'] });
  stranger = await issue(other, { dns: [], ip: ['127.0.0.1'] });
  const member = await issue(clients, { dns: ['audit.corp.test'], ip: [], client: true });
  const entries = oneDomain(1);
  const password = secrets.adPassword;
  [ldap, ldapByCertificate, ldapUntrusted] = await Promise.all([
    startFakeLdap({ tls: certificates, entries: () => entries, password }),
    startFakeLdap({
      ...{ tls: certificates, entries: () => entries, password },
      clients: { ca: clients.ca, style: 'active-directory' },
    }),
    startFakeLdap({ tls: stranger, entries: () => entries, password }),
  ]);
  graph = await startGraphDouble({ tenant: smallTenant(8, 8), certificates, now: Date.now, seed: 1 });
  const [registered, issuer] = await Promise.all([makeKeyPair(), makeKeyPair()]);
  const federated = (audience: string): string => {
    const seconds = Math.floor(Date.now() / 1000);
    const claims = { iss: ISSUER, sub: SUBJECT, aud: audience, nbf: seconds - 5, exp: seconds + 600 };
    return plantToken('a federated token', writeJwt(claims, issuer.key));
  };
  authority = await startAuthority({
    certificates,
    tenantId: graph.tenantId,
    resource: graph.endpoint,
    clients: {
      [APP]: {
        secret: secrets.client,
        certificate: registered.certificate,
        federated: { issuer: ISSUER, subject: SUBJECT, key: issuer.certificate },
      },
    },
    issue: appId => plantToken('an access token', graph.token({ appId })),
    now: Date.now,
    managed: { header: secrets.header, clientId: APP },
    job: { bearer: secrets.bearer, token: federated },
  });
  const encrypted = createPrivateKey(member.key).export({
    ...{ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc' },
    passphrase: secrets.passphrase,
  });
  plantKey('the AD key', member.key);
  const signing = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
  const az = `#!/bin/sh\necho '{"accessToken":"${plantToken('a token of the CLI', graph.token())}","expiresOn":"2099-01-01 00:00:00.000000","expires_on":4070908800}'\n`;
  const files: Readonly<Record<string, string>> = {
    'ca.pem': certificates.ca,
    'ad.pem': member.cert,
    'ad.key': plantKey('the AD key in its envelope', String(encrypted)),
    'ad-password': `${secrets.adPassword}\n`,
    'graph.pem': `${registered.certificate}\n${plantKey('the key of the application', registered.key)}`,
    federated: federated('api://AzureADTokenExchange'),
    'redact-key': secrets.redact,
    'signing.pem': plantKey('the signing key', String(signing)),
    'bin/az': az,
    'crash.mjs': CRASH,
  };
  await mkdir(join(folder, 'bin'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  await chmod(join(folder, 'bin/az'), 0o755);
  env = {
    AD_PASSWORD: secrets.adPassword,
    AD_WRONG: secrets.wrongPassword,
    AD_PASSPHRASE: secrets.passphrase,
    AD_WRONG_PASSPHRASE: secrets.wrongPassphrase,
    CLIENT_SECRET: secrets.client,
    WRONG_SECRET: secrets.wrongClient,
    GRAPH_TOKEN: plantToken('the token', graph.token()),
    REDACT_KEY: secrets.redact,
    IDENTITY_ENDPOINT: `${authority.endpoint}/msi/token`,
    IDENTITY_HEADER: secrets.header,
    ACTIONS_ID_TOKEN_REQUEST_URL: `${authority.endpoint}/oidc?api-version=2.0`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: secrets.bearer,
    AZURE_CLIENT_ID: APP,
    AZURE_FEDERATED_TOKEN_FILE: join(folder, 'federated'),
    NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
    PATH: `${join(folder, 'bin')}:${process.env.PATH ?? ''}`,
  };
}, 240_000);
afterAll(async () => {
  await Promise.all([ldap, ldapByCertificate, ldapUntrusted].map(server => server?.stop()));
  await Promise.all([graph?.close(), authority?.close()]);
  await rm(folder, { recursive: true, force: true });
});

/** Takes away what the writing of a snapshot calls, when everything has been read. */
const CRASH = 'Map.groupBy = undefined;\n';

const passwordOf = (name: string) => `{ user: audit@corp.test, password: { env: ${name} } }`;
const adSection = (url: string, bind: string, more = '') =>
  `ad:\n  urls: ["${url}"]\n  ca: ../ca.pem\n  bind: ${bind}\n  timeout: 3s\n  containers: [{ dn: "${OU}", flavour: connect-v1 }]\n${more}`;
const graphSection = (auth: string, more = '') =>
  `graph:\n  tenant: ${graph.tenantId}\n  endpoint: ${graph.endpoint}\n  authority: ${authority.endpoint}\n  ca: ../ca.pem\n  deadline: 20s\n  attemptTimeout: 5s\n  auth: ${auth}\n${more}`;
const TOKEN = '{ kind: token, token: { env: GRAPH_TOKEN } }';
const FLAVOUR = 'flavour: connect-v1\nredact: { key: { file: ../redact-key } }\n';

/** One command in a folder of its own: its name, configuration, arguments, more environment, and the exit code that it must end with. */
type Scenario = {
  readonly name: string;
  readonly config: () => string;
  readonly args: readonly (readonly string[])[];
  readonly env?: () => Readonly<Record<string, string>>;
  readonly code: number | readonly number[];
};

const collect = ['collect', '--quiet'] as const;
const scenarios: readonly Scenario[] = [
  {
    name: 'everything',
    config: () => adSection(ldap.ldaps, passwordOf('AD_PASSWORD')) + graphSection(TOKEN) + FLAVOUR,
    args: [
      ['collect', '--members', 'delta', '--out', 'snapshots'],
      ['doctor'],
      ['permissions'],
      ['audit', '--snapshot', '{snapshot}', '--format', 'json,sarif,markdown,summary,github'],
      ['query', '--snapshot', '{snapshot}', '--format', 'json', 'SELECT * FROM cloud_user'],
      ['explain', 'anchor-unique', '--sql', '--snapshot', '{snapshot}'],
      ['evidence', 'seal', '--snapshot', '{snapshot}', '--key', '../signing.pem', '--out', 'pack.zip'],
      ['evidence', 'verify', 'pack.zip'],
    ],
    code: [0, 1, 3, 4],
  },
  {
    name: 'pseudonyms, a password in a file and a client secret',
    config: () =>
      adSection(ldap.ldap, '{ user: audit, password: { file: ../ad-password } }', '  starttls: true\n') +
      graphSection(`{ kind: client-secret, clientId: ${APP}, secret: { env: CLIENT_SECRET } }`) +
      FLAVOUR,
    args: [['collect', '--redact']],
    code: 0,
  },
  {
    name: 'certificates',
    config: () =>
      adSection(
        ldapByCertificate.ldaps,
        '{ certificate: ../ad.pem, key: ../ad.key, passphrase: { env: AD_PASSPHRASE } }',
      ) + graphSection(`{ kind: client-certificate, clientId: ${APP}, certificate: ../graph.pem }`),
    args: [['collect']],
    code: 0,
  },
  ...(['managed-identity', 'workload-identity', 'azure-cli'] as const).map(kind => ({
    name: kind,
    config: () => graphSection(`{ kind: ${kind} }`),
    args: [collect],
    code: 0,
  })),
  {
    name: 'github-oidc',
    config: () => graphSection(`{ kind: github-oidc, clientId: ${APP} }`),
    args: [collect],
    code: 0,
  },
  {
    name: 'a wrong password',
    config: () => adSection(ldap.ldaps, passwordOf('AD_WRONG')) + graphSection(TOKEN),
    args: [['audit', '--format', 'json,markdown,sarif'], ['doctor']],
    env: () => ({ TALLYSTICK_DEBUG: '1' }),
    code: [2, 4],
  },
  {
    name: 'a wrong passphrase',
    config: () =>
      adSection(
        ldapByCertificate.ldaps,
        '{ certificate: ../ad.pem, key: ../ad.key, passphrase: { env: AD_WRONG_PASSPHRASE } }',
      ),
    args: [collect],
    env: () => ({ TALLYSTICK_DEBUG: '1' }),
    code: 2,
  },
  {
    name: 'an untrusted domain controller',
    config: () => adSection(ldapUntrusted.ldaps, passwordOf('AD_PASSWORD')),
    args: [collect],
    code: 4,
  },
  {
    name: 'a domain controller that is not there',
    config: () => adSection('ldaps://127.0.0.1:1', passwordOf('AD_PASSWORD')),
    args: [['audit', '--format', 'json,summary']],
    env: () => ({ TALLYSTICK_DEBUG: '1' }),
    code: 4,
  },
  {
    name: 'a wrong client secret',
    config: () => graphSection(`{ kind: client-secret, clientId: ${APP}, secret: { env: WRONG_SECRET } }`),
    args: [collect],
    env: () => ({ TALLYSTICK_DEBUG: '1' }),
    code: 4,
  },
  {
    name: 'a managed identity that is refused',
    config: () => graphSection('{ kind: managed-identity }'),
    args: [collect],
    env: () => ({ IDENTITY_HEADER: secrets.wrongHeader, TALLYSTICK_DEBUG: '1' }),
    code: 4,
  },
  {
    name: 'a job that is refused',
    config: () => graphSection(`{ kind: github-oidc, clientId: ${APP} }`),
    args: [collect],
    env: () => ({ ACTIONS_ID_TOKEN_REQUEST_TOKEN: secrets.wrongBearer, TALLYSTICK_DEBUG: '1' }),
    code: 4,
  },
  {
    name: 'a proxy that is not there',
    config: () => graphSection(`{ kind: client-secret, clientId: ${APP}, secret: { env: CLIENT_SECRET } }`),
    args: [collect],
    env: () => {
      const proxy = `http://audit:${secrets.proxy}@127.0.0.1:1`;
      return { HTTPS_PROXY: proxy, https_proxy: proxy, HTTP_PROXY: proxy, ALL_PROXY: proxy, TALLYSTICK_DEBUG: '1' };
    },
    // Whether a proxy is used at all is not what this is about.
    code: [0, 4],
  },
  {
    name: 'secrets where they do not belong',
    config: () =>
      `ad:\n  urls: ["ldaps://audit:${secrets.url}@127.0.0.1"]\n  bind: { user: audit, password: ${secrets.inline} }\n${graphSection(
        `{ kind: client-secret, clientId: ${APP}, secret: "${secrets.inline}" }`,
        `  extra: ${secrets.inline}\n`,
      )}`,
    args: [collect, ['check']],
    code: 2,
  },
  {
    name: 'a URL with a password',
    config: () => adSection(`ldaps://audit:${secrets.url}@127.0.0.1:1`, passwordOf('AD_PASSWORD')),
    args: [['doctor', '--json']],
    code: [2, 4],
  },
  {
    name: 'a crash',
    config: () => adSection(ldap.ldaps, passwordOf('AD_PASSWORD')),
    args: [['audit', '--format', 'json,sarif,markdown']],
    env: () => ({ NODE_OPTIONS: `--import=${join(folder, 'crash.mjs')}`, TALLYSTICK_DEBUG: '1' }),
    code: 70,
  },
];

async function play(scenario: Scenario, name: string): Promise<readonly Ended[]> {
  const cwd = join(folder, name);
  await mkdir(join(cwd, 'tmp'), { recursive: true });
  await writeFile(join(cwd, 'tallystick.yaml'), scenario.config());
  const ended: Ended[] = [];
  for (const args of scenario.args) {
    const [snapshot = ''] = await readdir(join(cwd, 'snapshots')).catch(() => []);
    const given = args.map(arg => arg.replace('{snapshot}', join('snapshots', snapshot)));
    ended.push(await tallystick(given, { cwd, env: { ...env, TMPDIR: join(cwd, 'tmp'), ...scenario.env?.() } }));
  }
  return ended;
}

/** Every trace of a secret in what commands printed and left. */
async function tracesIn(name: string, ended: readonly Ended[]): Promise<readonly string[]> {
  const search = tracesOf(planted);
  const printed = ended.flatMap(({ stdout, stderr }, at) => [
    { where: `stdout of command ${at + 1}`, bytes: Buffer.from(stdout) },
    { where: `stderr of command ${at + 1}`, bytes: Buffer.from(stderr) },
  ]);
  return [...printed, ...(await remainsIn(join(folder, name), new Set(['tallystick.yaml'])))].flatMap(search);
}

test('the search finds a secret in every form', () => {
  const text = `pass "wörd+/&%' ${'x'.repeat(20)}`;
  const search = tracesOf([{ name: 'it', text }]);
  const bytes = Buffer.from(text);
  const forms = [
    ...[
      text,
      bytes.toString('hex'),
      bytes.toString('hex').toUpperCase(),
      encodeURIComponent(text),
      JSON.stringify({ text }),
    ],
    ...['', 'a', 'ab'].flatMap(before =>
      (['base64', 'base64url'] as const).map(encoding => Buffer.from(`${before}${text}and more`).toString(encoding)),
    ),
    ...[Buffer.from(`audit:${text}`).toString('base64'), new URLSearchParams({ password: text }).toString()],
  ];
  for (const form of forms)
    for (const encoding of ['utf8', 'utf16le'] as const)
      expect({ form, found: search({ where: 'here', bytes: Buffer.from(`before ${form} behind`, encoding) }) }).toEqual(
        {
          form,
          found: ['here holds it'],
        },
      );
  const header = { where: 'here', bytes: Buffer.from('{"Authorization":"Bearer abcdefgh.ijklmnop"}') };
  expect(search(header)).toEqual(['here holds an Authorization header']);
  expect(search({ where: 'here', bytes: Buffer.from('Authorization_RequestDenied, a bearer token') })).toEqual([]);
});

test('no command lets a secret out, whether it succeeds or fails', async () => {
  const waiting = scenarios.map((scenario, at) => ({ scenario, name: `run-${at}` }));
  const told: {
    readonly name: string;
    readonly codes: readonly (number | null)[];
    readonly traces: readonly string[];
  }[] = [];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const ended = await play(next.scenario, next.name);
      const wanted = [next.scenario.code].flat();
      const odd = ended.filter(({ code }) => code === null || !wanted.includes(code));
      const traces = [...odd.map(({ code, stderr }) => `ended with ${code}: ${stderr.slice(0, 500)}`)];
      told.push({
        name: next.scenario.name,
        codes: ended.map(({ code }) => code),
        traces: [...traces, ...(await tracesIn(next.name, ended))],
      });
    }
  };
  await Promise.all([work(), work(), work()]);
  expect(told.filter(({ traces }) => traces.length > 0)).toEqual([]);
  expect(told).toHaveLength(scenarios.length);
}, 240_000);

test('nor does what is kept of a collection that was interrupted', async () => {
  const cwd = join(folder, 'interrupted');
  await mkdir(join(cwd, 'tmp'), { recursive: true });
  await writeFile(
    join(cwd, 'tallystick.yaml'),
    adSection(ldap.ldaps, passwordOf('AD_PASSWORD')) + graphSection(TOKEN) + FLAVOUR,
  );
  graph.faults.add({ kind: 'hang', match: { path: '/v1.0/users' }, times: 1000 });
  const child = start(collect, { cwd, env: { ...env, TMPDIR: join(cwd, 'tmp') } });
  const ended = ending(child);
  while (graph.faults.hits('hang') === 0) await new Promise(next => setTimeout(next, 20));
  // The journal is written now and then.
  await new Promise(next => setTimeout(next, 700));
  child.kill('SIGINT');
  const interrupted = await ended;
  graph.faults.clear();
  expect(interrupted).toMatchObject({ code: 130, stderr: expect.stringMatching(/continue with/) });
  const journals = (await remainsIn(cwd)).filter(({ where }) => /packed in .*journal$/.test(where));
  // Otherwise there was nothing to be searched.
  expect(journals.some(({ bytes }) => bytes.includes('Group 1'))).toBe(true);
  expect(await tracesIn('interrupted', [interrupted])).toEqual([]);
}, 240_000);
