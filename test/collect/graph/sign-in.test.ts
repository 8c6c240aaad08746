import { readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { collectGraph } from '../../../src/collect/graph/index.ts';
import type { GraphAuth, GraphSource } from '../../../src/config/index.ts';
import { inFolder, tallystick } from '../../cli/run.ts';
import { type Authority, type KeyPair, makeKeyPair, startAuthority, writeJwt } from '../../lab/authority/index.ts';
import { createAuthority, type Issued, issue } from '../../lab/certificates.ts';
import { type GraphDouble, startGraphDouble } from '../../lab/graph/server.ts';
import { memoryRecorder } from '../memory-recorder.ts';
import { smallTenant, sourceOf } from './estate.ts';

const APP = '5a7e1a55-0000-4000-8000-0000000000aa';
const EXPIRED = '5a7e1a55-0000-4000-8000-0000000000ab';
const UNKNOWN = '5a7e1a55-0000-4000-8000-0000000000ac';
const SECRET = 'correct-horse~battery';
const HEADER = 'header-of-the-managed-identity';
const BEARER = 'bearer-of-the-job';
const ISSUER = 'https://token.actions.githubusercontent.com';
const SUBJECT = 'repo:contoso/audit:environment:production';

let folder: string;
let certificates: Issued;
let graph: GraphDouble;
let authority: Authority;
let registered: KeyPair;
let stranger: KeyPair;
let issuer: KeyPair;
/** Claims of federated tokens from now on, in place of the right ones. */
let claims: Record<string, unknown> = {};

const federatedToken = (audience: string): string => {
  const seconds = Math.floor(Date.now() / 1000);
  const right = { iss: ISSUER, sub: SUBJECT, aud: audience, nbf: seconds - 5, exp: seconds + 600 };
  return writeJwt({ ...right, ...claims }, issuer.key);
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tallystick-sign-in-'));
  certificates = await issue(await createAuthority(), { dns: ['localhost'], ip: ['127.0.0.1'] });
  [registered, stranger, issuer] = await Promise.all([makeKeyPair(), makeKeyPair(), makeKeyPair()]);
  graph = await startGraphDouble({ tenant: smallTenant(3, 3), certificates, now: Date.now, seed: 1 });
  authority = await startAuthority({
    certificates,
    tenantId: graph.tenantId,
    resource: graph.endpoint,
    clients: {
      [APP]: {
        secret: SECRET,
        certificate: registered.certificate,
        federated: { issuer: ISSUER, subject: SUBJECT, key: issuer.certificate },
      },
      [EXPIRED]: { secret: SECRET, secretExpired: true },
    },
    issue: appId => graph.token({ appId }),
    now: Date.now,
    managed: { header: HEADER, clientId: APP },
    job: { bearer: BEARER, token: federatedToken },
  });
  for (const [name, pair] of Object.entries({ registered, stranger }))
    await writeFile(join(folder, `${name}.pem`), `${pair.certificate}\n${pair.key}`);
  await writeFile(join(folder, 'mixed.pem'), `${registered.certificate}\n${stranger.key}`);
  const old = await makeKeyPair(-3);
  await writeFile(join(folder, 'old.pem'), `${old.certificate}\n${old.key}`);
  await writeFile(join(folder, 'keyless.pem'), registered.certificate);
  await writeFile(join(folder, 'federated'), federatedToken('api://AzureADTokenExchange'));
});
afterAll(async () => {
  await Promise.all([graph.close(), authority.close()]);
  await rm(folder, { recursive: true, force: true });
});

type Outcome = { readonly identity: string } | { readonly message: string };

/** Collects with this way of signing in; never throws. Checks that no secret is in what comes back. */
async function signIn(
  auth: GraphAuth,
  environment: Record<string, string> = {},
  changes: Partial<GraphSource> = {},
): Promise<Outcome> {
  const recorder = memoryRecorder();
  const source = {
    ...(await sourceOf(graph, { auth })),
    ca: certificates.ca,
    authority: authority.endpoint,
    ...changes,
  };
  let outcome: Outcome;
  try {
    const context = {
      progress: () => {},
      now: Date.now,
      signal: new AbortController().signal,
      backoffMs: 1,
      environment,
    };
    await collectGraph(source, recorder, context);
    outcome = { identity: String(recorder.sources[0]?.identity) };
  } catch (thrown) {
    outcome = { message: thrown instanceof Error ? thrown.message : 'no error' };
    expect(thrown).toMatchObject({ kind: 'source' });
  }
  const record = JSON.stringify([outcome, recorder.coverage, recorder.queries, recorder.sources]);
  for (const secret of [SECRET, HEADER, BEARER, 'wrong-secret', 'PRIVATE KEY', 'eyJ'])
    expect(record).not.toContain(secret);
  return outcome;
}

const secret = (text: string, clientId = APP): GraphAuth => ({
  kind: 'client-secret',
  clientId,
  secret: { reveal: () => text, from: 'the test' },
});
const certificate = (name: string): GraphAuth => ({
  kind: 'client-certificate',
  clientId: APP,
  certificate: { from: `file ${name}`, reveal: () => readFileSync(join(folder, name), 'utf8') },
});
const managed: GraphAuth = { kind: 'managed-identity', clientId: undefined };
const workload: GraphAuth = { kind: 'workload-identity', clientId: undefined };
const github: GraphAuth = { kind: 'github-oidc', clientId: APP };
const cli: GraphAuth = { kind: 'azure-cli' };

/** Variables that the identity library reads for itself. */
async function withEnvironment<T>(variables: Record<string, string | undefined>, work: () => Promise<T>): Promise<T> {
  const before = Object.fromEntries(Object.keys(variables).map(name => [name, process.env[name]]));
  const set = (values: Record<string, string | undefined>) => {
    for (const [name, value] of Object.entries(values))
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
  };
  set(variables);
  try {
    return await work();
  } finally {
    set(before);
  }
}

const msi = () => ({ IDENTITY_ENDPOINT: `${authority.endpoint}/msi/token`, IDENTITY_HEADER: HEADER });
const job = (bearer = BEARER) => ({
  ACTIONS_ID_TOKEN_REQUEST_URL: `${authority.endpoint}/oidc?api-version=2.0`,
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer,
});
const pod = () => ({ AZURE_CLIENT_ID: APP, AZURE_FEDERATED_TOKEN_FILE: join(folder, 'federated') });

/** A folder with a program `az` in it. */
async function fakeAz(name: string, script: string): Promise<string> {
  const bin = join(folder, name);
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, 'az'), `#!/bin/sh\n${script}\n`);
  await chmod(join(bin, 'az'), 0o755);
  return bin;
}

const proves = (way: string) => `^cannot sign in at 127\\.0\\.0\\.1:\\d+ with ${way}: `;
const sentence = (outcome: Outcome) => {
  const message = 'message' in outcome ? outcome.message : 'signed in';
  expect(message).not.toMatch(/\n|Trace ID|Timestamp/);
  return message;
};

test.each([
  ['a wrong secret', () => secret('wrong-secret'), /client secret is wrong.*AADSTS7000215/],
  ['an expired secret', () => secret(SECRET, EXPIRED), /secret has expired.*AADSTS7000222/],
  ['an unknown application', () => secret(SECRET, UNKNOWN), /no such application.*AADSTS700016/],
  ['a certificate that is not registered', () => certificate('stranger.pem'), /not registered.*AADSTS700027/],
  [
    'a certificate with the key of another',
    () => certificate('mixed.pem'),
    /mixed\.pem\) does not belong to the private key/,
  ],
  ['a certificate without its key', () => certificate('keyless.pem'), /without its private key/],
  ['a certificate that has ended', () => certificate('old.pem'), /has expired on \d{4}-\d\d-\d\d/],
  ['a file that is no certificate', () => certificate('federated'), /is not in PEM/],
] as const)('%s is one sentence', async (_, auth, words) => {
  const way = auth();
  const message = sentence(await signIn(way));
  expect(message).toMatch(new RegExp(proves(way.kind)));
  expect(message).toMatch(words);
});

test.each([
  ['client-secret', () => secret(SECRET)],
  ['client-certificate', () => certificate('registered.pem')],
  ['workload-identity', () => workload],
  ['github-oidc', () => github],
] as const)('%s proves to the authority who we are', async (_, auth) => {
  const before = authority.requests.length;
  expect(await signIn(auth(), { ...pod(), ...job() })).toEqual({ identity: APP });
  const lines = authority.requests.slice(before).map(({ line }) => line);
  expect(lines).toContain(`POST /${graph.tenantId}/oauth2/v2.0/token`);
});

test.each([
  [{ sub: 'repo:contoso/other' }, /has the subject of this token.*AADSTS700213/],
  [{ iss: 'https://elsewhere.example' }, /has the issuer of this token.*AADSTS700211/],
  [{ aud: 'api://another' }, /has the audience of this token.*AADSTS700212/],
  [{ nbf: 1, exp: 5 }, /check the clock.*AADSTS700024/],
] as const)('a federated token with %j is refused in one sentence', async (wrong, words) => {
  claims = wrong;
  try {
    expect(sentence(await signIn(github, job()))).toMatch(words);
  } finally {
    claims = {};
  }
});

test('without what the platform gives, workloads and jobs are told what is missing', async () => {
  expect(sentence(await signIn(workload))).toMatch(/needs AZURE_FEDERATED_TOKEN_FILE/);
  expect(sentence(await signIn(workload, { ...pod(), AZURE_FEDERATED_TOKEN_FILE: join(folder, 'none') }))).toMatch(
    /token file that AZURE_FEDERATED_TOKEN_FILE names cannot be read/,
  );
  expect(sentence(await signIn(github))).toMatch(/inside a GitHub job with "permissions: id-token: write"/);
  expect(sentence(await signIn(github, job('another')))).toMatch(/GitHub gave no OIDC token for the job: status 401/);
});

test('managed identity: another than the one assigned, and right', async () => {
  // The right one last, and no other header at all: the library keeps both for the rest of the process.
  const other: GraphAuth = { kind: 'managed-identity', clientId: UNKNOWN };
  expect(sentence(await withEnvironment(msi(), () => signIn(other)))).toMatch(/check graph\.auth\.clientId/);
  expect(await withEnvironment(msi(), () => signIn(managed))).toEqual({ identity: APP });
});

test('Azure CLI: right, signed out, and not there', async () => {
  const answer = { accessToken: graph.token({ appId: APP }), expires_on: 4_070_908_800, tokenType: 'Bearer' };
  const good = await fakeAz(
    'good',
    `[ "$6" = "${graph.endpoint}" ] && [ "$8" = "${graph.tenantId}" ] && echo '${JSON.stringify(answer)}'`,
  );
  const signedOut = await fakeAz('out', `echo "ERROR: Please run 'az login' to setup account." >&2; exit 1`);
  const on = (path: string) => withEnvironment({ PATH: `${path}:/bin:/usr/bin` }, () => signIn(cli));
  expect(await on(good)).toEqual({ identity: APP });
  expect(sentence(await on(signedOut))).toMatch(/run az login$/);
  expect(sentence(await withEnvironment({ PATH: folder }, () => signIn(cli)))).toMatch(/Azure CLI is not installed/);
});

test('an authority that is not there, not trusted, silent or of another tenant is told as such', async () => {
  const sockets: Socket[] = [];
  const silent = createServer(socket => sockets.push(socket.on('error', () => {})));
  await new Promise<void>(ready => silent.listen(0, '127.0.0.1', ready));
  const at = silent.address();
  const nobody = {
    authority: `https://127.0.0.1:${typeof at === 'object' && at !== null ? at.port : 0}`,
    attemptTimeoutMs: 500,
  };
  const wrong = (changes: Partial<GraphSource>) => signIn(secret(SECRET), {}, changes).then(sentence);
  expect(await wrong(nobody)).toMatch(/cannot be reached: no complete answer within 0\.5 s/);
  const closed = new Promise(done => silent.close(done));
  for (const socket of sockets) socket.destroy();
  await closed;
  expect(await wrong(nobody)).toMatch(/cannot be reached: .*ECONNREFUSED/);
  expect(await wrong({ ca: (await createAuthority()).ca })).toMatch(/certificate is not trusted: .*graph\.ca/);
  expect(await wrong({ tenant: UNKNOWN })).toMatch(/no such tenant in this cloud/);
});

test('only a kind that needs the identity library loads it', async () => {
  const watch = `import { registerHooks } from 'node:module';
registerHooks({ resolve: (name, context, next) => { if (name === '@azure/identity') console.error('LOADED'); return next(name, context); } });`;
  const files = {
    'watch.mjs': watch,
    'ca.pem': certificates.ca,
    'tallystick.yaml': `graph:
  tenant: ${graph.tenantId}
  endpoint: ${graph.endpoint}
  authority: ${authority.endpoint}
  ca: ca.pem
  auth: { kind: token, token: { env: CREDENTIAL } }
`,
  };
  await inFolder(files, async cwd => {
    const run = (credential: string) =>
      tallystick(['collect', '--quiet'], {
        cwd,
        env: { CREDENTIAL: credential, NODE_OPTIONS: '--import ./watch.mjs' },
      });
    expect(await run(graph.token({ appId: APP }))).toMatchObject({ code: 0, stderr: '' });
    const config = files['tallystick.yaml'].replace(
      '{ kind: token, token: ',
      `{ kind: client-secret, clientId: ${APP}, secret: `,
    );
    await writeFile(join(cwd, 'tallystick.yaml'), config);
    expect(await run(SECRET)).toMatchObject({ code: 0, stderr: 'LOADED\n' });
  });
}, 240_000);
