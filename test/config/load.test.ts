import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AuditError, type Problem } from '../../src/base/index.ts';
import { type Config, loadConfig } from '../../src/config/index.ts';
import { facets } from '../../src/snapshot/index.ts';
import { formatProblem } from '../../src/yaml/index.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tallystick-'));
  writeFileSync(join(folder, 'ca.pem'), '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
  writeFileSync(join(folder, 'not.pem'), 'hunter2');
  writeFileSync(join(folder, 'password'), 'hunter2\n');
  writeFileSync(join(folder, 'nothing'), '\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

function load(text: string | Uint8Array, env: Record<string, string> = {}): Config {
  const path = join(folder, 'tallystick.yaml');
  writeFileSync(path, text);
  return loadConfig(path, env);
}

/** What is wrong with a configuration, as `line:column code`, and the text that a person sees. */
function mistakes(text: string | Uint8Array): {
  places: string[];
  shown: string;
  problems: readonly Problem[];
} {
  try {
    load(text);
  } catch (thrown) {
    if (!(thrown instanceof AuditError)) throw thrown;
    expect(thrown.kind).toBe('input');
    const places = thrown.problems.map(({ at, code }) => `${at?.line}:${at?.column} ${code}`);
    const shown = thrown.problems.map(problem => formatProblem(problem)).join('\n');
    return {
      places,
      shown: shown.replaceAll(`${folder}/`, ''),
      problems: thrown.problems,
    };
  }
  return { places: [], shown: '', problems: [] };
}

const full = `
ad:
  urls: [ldaps://dc1.contoso.com, ldaps://dc2.contoso.com:1636]
  ca: ca.pem
  serverName: dc1.contoso.com
  bind: { user: audit@contoso.com, password: { env: AD_PASSWORD } }
  base: DC=contoso,DC=com
  containers:
    - OU=GroupWriteback,DC=contoso,DC=com
    - { dn: "OU=Sales\\\\, EMEA,DC=contoso,DC=com", flavour: cloud-sync }
  syncIdentities: [MSOL_0123456789ab, provAgentgMSA$]
  trustedWriters: []
  timeout: 30s
graph:
  tenant: AAAAAAAA-0000-0000-0000-000000000000
  cloud: usgov
  endpoint: https://localhost:8443/
  ca: ca.pem
  auth: { kind: client-secret, clientId: 00000000-0000-0000-0000-000000000000, secret: { file: password } }
  deadline: PT10M
flavour: [connect-v1, cloud-sync]
policies: [policies/, more.yaml]
populations: [own.sql]
snapshots: s/
acceptUnknown:
  - { facet: cloud.onPremisesSynchronization, reason: not readable, until: 2027-01-31 }
failOn: medium
maxUnknown: 3
`;

test('every key is read, paths become absolute, durations milliseconds', () => {
  const { ad, graph, ...rest } = load(full, { AD_PASSWORD: 'hunter2' });
  expect(ad).toMatchObject({
    urls: ['ldaps://dc1.contoso.com', 'ldaps://dc2.contoso.com:1636'],
    startTls: false,
    serverName: 'dc1.contoso.com',
    bind: { user: 'audit@contoso.com' },
    base: 'DC=contoso,DC=com',
    containers: [
      { dn: 'OU=GroupWriteback,DC=contoso,DC=com', flavour: undefined },
      { dn: 'OU=Sales\\, EMEA,DC=contoso,DC=com', flavour: 'cloud-sync' },
    ],
    timeoutMs: 30_000,
  });
  expect(ad?.ca).toContain('BEGIN CERTIFICATE');
  expect(ad !== undefined && 'password' in ad.bind && ad.bind.password.reveal()).toBe('hunter2');
  expect(graph).toMatchObject({
    tenant: 'aaaaaaaa-0000-0000-0000-000000000000',
    cloud: 'usgov',
    endpoint: 'https://localhost:8443',
    authority: undefined,
    deadlineMs: 600_000,
    attemptTimeoutMs: 100_000,
    tenantClass: undefined,
    members: 'batch',
    connections: 16,
  });
  expect(graph?.auth.kind === 'client-secret' && graph.auth.secret.reveal()).toBe('hunter2');
  expect(rest).toEqual({
    file: join(folder, 'tallystick.yaml'),
    flavours: ['connect-v1', 'cloud-sync'],
    policies: [join(folder, 'policies'), join(folder, 'more.yaml')],
    populations: [join(folder, 'own.sql')],
    snapshots: join(folder, 's'),
    reports: join(folder, 'reports'),
    acceptUnknown: [
      {
        facet: 'cloud.onPremisesSynchronization',
        reason: 'not readable',
        until: '2027-01-31',
      },
    ],
    failOn: 'medium',
    maxUnknown: 3,
  });
  expect(JSON.stringify({ ad, graph })).not.toContain('hunter2');
});

test('ldap:// needs starttls, and starttls needs ldap://', () => {
  const ad = (url: string, more = '') => `ad:\n  urls: ["${url}"]\n  bind: { user: u, password: { env: P } }\n${more}`;
  expect(load(ad('ldap://dc1', '  starttls: true')).ad).toMatchObject({
    startTls: true,
    urls: ['ldap://dc1'],
  });
  expect(mistakes(ad('ldap://dc1')).shown).toContain('starttls: true');
  expect(mistakes(ad('ldaps://dc1', '  starttls: true')).places).toEqual(['2:10 configuration']);
  for (const url of [
    'dc1',
    'https://dc1',
    'ldaps://',
    'ldaps://u:p@dc1',
    'ldaps://dc1/x',
    'ldaps://dc1?a',
    'ldaps://a b',
  ]) {
    expect(mistakes(ad(url)).places).toEqual(['2:10 configuration']);
  }
});

test('all kinds of sign-in are read', () => {
  const id = '00000000-0000-0000-0000-000000000000';
  const auth = (text: string) => load(`graph: { tenant: ${id}, auth: { ${text} } }`).graph?.auth;
  expect(auth(`kind: client-certificate, clientId: ${id}, certificate: app.pem`)).toEqual({
    kind: 'client-certificate',
    clientId: id,
    certificate: { from: 'file app.pem', reveal: expect.any(Function) },
  });
  expect(auth('kind: managed-identity')).toEqual({
    kind: 'managed-identity',
    clientId: undefined,
  });
  expect(auth(`kind: workload-identity, clientId: ${id}`)).toEqual({
    kind: 'workload-identity',
    clientId: id,
  });
  expect(auth(`kind: github-oidc, clientId: ${id}`)).toEqual({
    kind: 'github-oidc',
    clientId: id,
  });
  expect(auth('kind: azure-cli')).toEqual({ kind: 'azure-cli' });
  expect(auth('kind: token, token: { env: T }')).toMatchObject({
    kind: 'token',
    token: { from: 'env T' },
  });
});

test('without a file the defaults hold, and the shipped policies where there are none of one’s own', () => {
  expect(loadConfig(undefined, {})).toMatchObject({
    file: undefined,
    ad: undefined,
    graph: undefined,
    flavours: [],
  });
  expect(load('{}').policies).toEqual([join(import.meta.dirname, '../../policies')]);
  expect(load('maxUnknown: 1').reports).toBe(join(folder, 'reports'));
});

test('a client certificate stands in place of user and password', () => {
  const ad = (bind: string, more = '') => `ad:\n  urls: ["ldaps://dc1"]\n  bind: ${bind}\n${more}`;
  const bind = load(ad('{ certificate: ca.pem, key: password, passphrase: { env: P } }'), { P: 'hunter3' }).ad?.bind;
  if (bind === undefined || !('certificate' in bind)) throw new Error('no certificate');
  expect(bind.certificate).toContain('BEGIN CERTIFICATE');
  expect([bind.key.from, bind.key.reveal(), bind.passphrase?.reveal()]).toEqual([
    'file password',
    'hunter2',
    'hunter3',
  ]);
  const neither = /neither a user with a password nor a certificate with a key/;
  for (const half of [
    '{ user: u }',
    '{ certificate: ca.pem }',
    '{ user: u, key: k }',
    '{}',
    '{ passphrase: { env: P } }',
  ])
    expect(mistakes(ad(half)).shown).toMatch(neither);
  expect(mistakes(ad('{ user: u, password: { env: P }, certificate: ca.pem, key: k }')).shown).toMatch(neither);
  expect(mistakes(ad('{ certificate: ca.pem, key: "-----BEGIN PRIVATE KEY-----hunter2" }')).shown).toMatch(
    /key itself/,
  );
  expect(mistakes(ad('{ certificate: password, key: password }')).shown).toMatch(/holds no certificate/);
});

test('other domains are named by DNS name or DN, once each, and not beside a base', () => {
  const ad = (more: string) =>
    load(`ad:\n  urls: ["ldaps://dc1"]\n  bind: { user: u, password: { env: P } }\n${more}`).ad?.domains;
  const shown = (more: string) =>
    mistakes(`ad:\n  urls: ["ldaps://dc1"]\n  bind: { user: u, password: { env: P } }\n${more}`).shown;
  expect(
    ad('  domains: [{ dns: East.Corp.Test, urls: ["ldaps://e"] }, { base: "DC=west,DC=Corp", urls: ["ldaps://w"] }]'),
  ).toMatchObject([
    { dns: 'east.corp.test', urls: ['ldaps://e'] },
    { dns: 'west.corp', urls: ['ldaps://w'] },
  ]);
  expect(shown('  domains: [{ urls: ["ldaps://e"] }]')).toMatch(/`dns` or `base`/);
  expect(shown('  domains: [{ dns: e, urls: ["ldap://e"] }]')).toMatch(/unencrypted/);
  expect(shown('  domains: [{ dns: e, urls: ["ldaps://e"] }, { base: DC=E, urls: ["ldaps://f"] }]')).toMatch(
    /named twice/,
  );
  expect(shown('  base: DC=corp\n  domains: [{ dns: e, urls: ["ldaps://e"] }]')).toMatch(/one domain alone/);
  expect(shown('  globalCatalog: ["http://e"]')).toMatch(/not an ldaps/);
});

test('a missing secret is an error when it is used, not before', () => {
  const text = (reference: string) => `ad: { urls: ["ldaps://dc1"], bind: { user: u, password: ${reference} } }`;
  const reveal = (reference: string, env = {}) => {
    const bind = load(text(reference), env).ad?.bind;
    return bind !== undefined && 'password' in bind ? bind.password.reveal() : undefined;
  };
  expect(reveal('{ file: password }')).toBe('hunter2');
  expect(() => reveal('{ env: NOWHERE }')).toThrow('ad.bind.password: the environment variable NOWHERE is not set');
  expect(() => reveal('{ env: NOWHERE }', { NOWHERE: '' })).toThrow(AuditError);
  expect(() => reveal('{ file: none }')).toThrow(
    'ad.bind.password: the file none cannot be read: there is no such file',
  );
  expect(() => reveal('{ file: nothing }')).toThrow('is empty');
  expect(() => reveal('{ file: . }')).toThrow('is not a file');
});

test('a secret written into the file is refused, and no message holds it', () => {
  const id = '00000000-0000-0000-0000-000000000000';
  const literals = [
    'ad: { urls: ["ldaps://dc1"], bind: { user: u, password: hunter2 } }',
    'ad:\n  urls: ["ldaps://dc1"]\n  bind:\n    user: u\n    password: hunter2',
    'ad: { urls: ["ldaps://dc1"], bind: { user: u, pasword: hunter2 } }',
    'ad: { urls: ["ldaps://dc1"], bind: { user: u, password:hunter2 } }',
    'ad: { urls: ["ldaps://u:hunter2@dc1"], bind: { user: u, password: { env: A } } }',
    'ad: { urls: ["ldaps://dc1"], bind: { user: u, password: { value: hunter2 } } }',
    'ad: { urls: ["ldaps://dc1"], bind: { user: u, password: { env: "hunter2!" } } }',
    'ad: { urls: ["ldaps://dc1"], bind: { user: u, password: [hunter2] } }',
    'ad: { urls: ["ldaps://dc1"], bind: { user: u, password: *hunter2 } }',
    'ad: { urls: ["ldaps://dc1"], bind: { user: u, password: !hunter2 } }',
    'ad: { urls: ["ldaps://dc1"], bind: { user: u, password: "hunter2 } }',
    'ad: { urls: ["ldaps://dc1"], bind: { user: u, password: { env: A }, password: hunter2 } }',
    `graph: { tenant: ${id}, auth: { kind: client-secret, clientId: ${id}, secret: hunter2 } }`,
    `graph: { tenant: ${id}, auth: { kind: hunter2 } }`,
    `graph: { tenant: hunter2, auth: { kind: token, token: hunter2 } }`,
    'password: hunter2',
    'flavour: hunter2',
    'hunter2',
  ];
  for (const text of literals) {
    const { shown, problems } = mistakes(text);
    expect(shown).not.toBe('');
    expect(shown).not.toContain('hunter2');
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  }
});

test('every mistake is reported at once, each at its place with a hint', () => {
  const { shown } = mistakes(`
ad:
  urls: [ldap://dc1.contoso.com]
  ca: not.pem
  bind: { user: u, password: literal }
  containers: [GroupWriteback, { flavour: cloud-sink }]
graph:
  tenant: contoso.com
  cloud: usgv
  auth: { kind: client-secert }
flavours: connect-v1
policies: policies/
failOn: hgh
acceptUnknown: [{ facet: cloud.job, reason: "", until: tomorrow }]
`);
  // Which facets there are is asserted below.
  expect(shown.replace(/ad\.domain, [\w., ]+/, '… ')).toMatchInlineSnapshot(`
   "tallystick.yaml:5:30 error must be a mapping of keys to values, not text [wrong-type]
     hint: write { env: NAME } or { file: path }; the secret itself never stands in this file
   tallystick.yaml:6:32 error \`dn\` is missing [missing-key]
     hint: add \`dn:\` a distinguished name such as OU=GroupWriteback,DC=contoso,DC=com
   tallystick.yaml:6:43 error this is not allowed here; must be one of connect-v1, connect-v2, cloud-sync [not-allowed]
     hint: did you mean \`cloud-sync\`?
   tallystick.yaml:8:11 error this does not have the right form [bad-value]
     hint: the tenant's id, a GUID
   tallystick.yaml:9:10 error this is not allowed here; must be one of global, usgov, usgov-dod, china [not-allowed]
     hint: did you mean \`usgov\`?
   tallystick.yaml:10:17 error this is not allowed here; must be one of client-secret, client-certificate, managed-identity, workload-identity, github-oidc, azure-cli, token [not-allowed]
     hint: did you mean \`client-secret\`?
   tallystick.yaml:11:1 error unknown key \`flavours\` [unknown-key]
     hint: did you mean \`flavour\`?
   tallystick.yaml:12:11 error must be a list, not text [wrong-type]
     hint: put it in brackets: [ … ]
   tallystick.yaml:13:9 error this is not allowed here; must be one of critical, high, medium, low, info, none [not-allowed]
     hint: did you mean \`high\`?
   tallystick.yaml:14:26 error this is not allowed here; must be one of … [not-allowed]
     hint: did you mean \`cloud.jobs\`?
   tallystick.yaml:14:45 error must not be empty [too-short]
     hint: why it is accepted"
  `);
});

test('what the schema cannot say is reported at once as well', () => {
  const { shown } = mistakes(`
ad:
  urls: [ldap://dc1.contoso.com]
  ca: not.pem
  bind: { user: u, password: { env: P } }
  base: contoso.com
  containers: [GroupWriteback, { dn: "OU=,DC=x" }]
  timeout: fast
graph:
  tenant: 00000000-0000-0000-0000-000000000000
  endpoint: http://graph.microsoft.com
  authority: https://login.microsoftonline.com/common
  ca: none.pem
  auth: { kind: azure-cli }
  deadline: 10ms
acceptUnknown: [{ facet: cloud.jobs, reason: r, until: 2027-02-31 }]
`);
  expect(shown).toMatchInlineSnapshot(`
   "tallystick.yaml:3:10 error ldap:// would send the password unencrypted [configuration]
     hint: write ldaps://, or add \`starttls: true\`
   tallystick.yaml:4:7 error the file holds no certificate in PEM [configuration]
     hint: name a PEM file with the certificates of the authorities that you trust
   tallystick.yaml:6:9 error this is not a distinguished name [configuration]
     hint: write it as AD shows it: OU=GroupWriteback,DC=contoso,DC=com
   tallystick.yaml:7:16 error this is not a distinguished name [configuration]
     hint: write it as AD shows it: OU=GroupWriteback,DC=contoso,DC=com
   tallystick.yaml:7:38 error this is not a distinguished name [configuration]
     hint: write it as AD shows it: OU=GroupWriteback,DC=contoso,DC=com
   tallystick.yaml:8:12 error this is not a duration [configuration]
     hint: write a duration such as 30s, 10m or PT10M
   tallystick.yaml:11:13 error this is not an https origin [configuration]
     hint: write https://, a host and perhaps a port, such as https://graph.microsoft.com
   tallystick.yaml:12:14 error this is not an https origin [configuration]
     hint: write https://, a host and perhaps a port, such as https://graph.microsoft.com
   tallystick.yaml:13:7 error the file cannot be read: there is no such file or folder [configuration]
     hint: name a PEM file with the certificates of the authorities that you trust
   tallystick.yaml:15:13 error the duration must lie between 1 second and 24 hours [configuration]
     hint: write a duration such as 30s, 10m or PT10M
   tallystick.yaml:16:56 error this is not a date [configuration]
     hint: write a day such as 2027-01-31, or an instant such as 2027-01-31T00:00:00Z"
  `);
});

test('a missing, unreadable or empty configuration is an input error', () => {
  expect(() => loadConfig(join(folder, 'none.yaml'), {})).toThrow(AuditError);
  expect(() => loadConfig(folder, {})).toThrow(AuditError);
  expect(mistakes('').places).toEqual(['1:1 empty']);
  expect(mistakes(Buffer.alloc(2 * 1024 * 1024)).places).toEqual(['1:1 too-large']);
});

test('the schema knows every facet', () => {
  const path = join(import.meta.dirname, '../../schemas/config.schema.json');
  const schema = JSON.parse(readFileSync(path, 'utf8'));
  const known: string[] = schema.properties.acceptUnknown.items.properties.facet.enum;
  expect([...known].sort()).toEqual(Object.keys(facets).sort());
});

test('mutated configurations give a configuration or mistakes, never another exception', () => {
  const mutation = fc.tuple(
    fc.nat(full.length),
    fc.nat(8),
    fc.constantFrom('', ': ', '- ', '{', '[', '"', '\n', '*a', '0', 'x', '~'),
  );
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), mutations => {
      mistakes(mutations.reduce((all, [at, cut, put]) => all.slice(0, at) + put + all.slice(at + cut), full));
    }),
    { numRuns: 1000, seed: 20261123 },
  );
});
