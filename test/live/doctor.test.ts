import { readdir, writeFile } from 'node:fs/promises';
import { createServer as createSecure } from 'node:https';
import type { Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { tallystick } from '../cli/run.ts';
import { createAuthority, issue } from '../lab/certificates.ts';
import { type Estate, generate } from '../lab/generator/index.ts';
import { readPermissions } from '../lab/graph/server.ts';
import { type Lab, startLab } from '../lab/lab.ts';

const MINUTE = 60_000;
let estate: Estate;
let lab: Lab;
let config: string;

beforeAll(async () => {
  estate = generate({ seed: 7, groups: 140, users: 150, memberships: 700, drift: 'none' });
  const lastSync = new Date(Date.now() - 20 * MINUTE).toISOString();
  const tenant = {
    ...estate.tenant,
    // What Microsoft Graph hides from applications in most tenants.
    agents: ['one', 'two'].map(name => ({
      ...{ id: name, machineName: `${name}.lab.test`, externalIp: '192.0.2.1', status: 'active' as const },
      supportedPublishingTypes: ['provisioning'],
    })),
    organization: { ...estate.tenant.organization, onPremisesLastSyncDateTime: lastSync },
    subscribedSkus: [
      {
        id: 'sku',
        skuPartNumber: 'EMS',
        capabilityStatus: 'Enabled' as const,
        servicePlans: [{ servicePlanName: 'AAD_PREMIUM' }],
      },
    ],
  };
  lab = await startLab({ estate: { ...estate, tenant } });
  config = lab.configText.replace(/^flavour: .*$/m, 'flavour: [connect-v1, cloud-sync]');
}, 4 * MINUTE);
afterAll(() => lab?.stop());

type Row = { readonly check: string; readonly state: string; readonly says: string; readonly remedy?: string };

/** Runs `doctor` on a changed configuration; no secret may show, and nothing may be kept. */
async function examine(
  change: (text: string) => string = text => text,
  env: Record<string, string | undefined> = {},
  folder = lab.folder,
) {
  const secrets = { ...lab.env, ...env };
  await writeFile(join(folder, 'tallystick.yaml'), change(config));
  const given = Object.fromEntries(
    Object.entries(secrets).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
  const { code, stdout, stderr } = await tallystick(['doctor', '--json'], { cwd: folder, env: given });
  for (const secret of Object.values(given)) expect(stdout + stderr).not.toContain(secret);
  expect(await readdir(folder)).not.toContain('snapshots');
  expect(stderr).toBe('');
  const { checks, exitCode }: { checks: Row[]; exitCode: number } = JSON.parse(stdout);
  expect(exitCode).toBe(code);
  const troubled = checks.filter(({ state }) => state === 'fail' || state === 'warn');
  for (const { remedy } of troubled) expect(remedy).toMatch(/\w/);
  return { code, checks, failed: checks.filter(({ state }) => state === 'fail'), troubled };
}

const brief = (rows: readonly Row[]) => rows.map(({ check, state, says }) => `${state} ${check}: ${says}`);

test(
  'in a healthy lab everything is well',
  async () => {
    const { code, checks, troubled } = await examine();
    expect(brief(troubled)).toEqual([]);
    expect(code).toBe(0);
    const says = Object.fromEntries(checks.map(({ check, says: text }) => [check, text]));
    expect(says['ad tls']).toMatch(/^ldaps:.*TLSv1\.[23], certificate by Lab authority, ends in \d+ days$/);
    expect(says['ad schema']).toMatch(/with msDS-ExternalDirectoryObjectId/);
    expect(says['graph permissions']).toBe('18 held, none is missing');
    expect(says['graph reading']).toBe('22 of 22 kinds of facts are given');
    expect(says['tenant licence']).toBe('AAD_PREMIUM');
    const { stdout } = await tallystick(['doctor'], { cwd: lab.folder, env: lab.env });
    expect(stdout).toMatch(/^ok {6}sources {13}ad and graph\n/);
    expect(stdout).toMatch(/\n\n\d+ ok, 0 to look at, 0 failed, 0 skipped\n$/);
  },
  4 * MINUTE,
);

const stranger = (path: string) => (text: string) => text.replace('ca: ca.pem', `ca: ${path}`);
const onGraph = (text: string, line: string) => text.replace(/^graph:$/m, `graph:\n  ${line}`);

const server = (url: string) => (text: string) => text.replace(/ldaps:\/\/[\d.]+:636/, url);
const line = (key: string, value: string) => (text: string) =>
  text.replace(new RegExp(`${key}: .*`), `${key}: ${value}`);
const nowhere = (text: string) => text.replace(/^ {2}containers:$/m, '  containers:\n    - OU=Nowhere,DC=lab,DC=test');
const deadAuthority = (text: string) =>
  onGraph(
    line(
      'auth',
      '{ kind: client-secret, clientId: 00000000-0000-4000-8000-00000000000a, secret: { env: GRAPH_TOKEN } }',
    )(text),
    'authority: https://127.0.0.1:9',
  );

// One trouble of each source at a time, in pairs to spare time: neither may hide the other.
test.each([
  [
    { change: (text: string) => text, expected: /^fail ad sign-in: ldaps:.* wrong user name or password/ },
    { change: (text: string) => text, expected: /^fail graph reading: cloud\.groups: .*401/ },
    () => ({ AD_PASSWORD: 'Wrong-password-1', GRAPH_TOKEN: lab.graph.token({ lifetimeSeconds: -10 }) }),
  ],
  [
    {
      change: server('ldaps://127.0.0.1:9'),
      expected: /^fail ad reachable: ldaps:\/\/127\.0\.0\.1:9: nothing listens there/,
    },
    {
      change: (text: string) => text,
      expected: /^fail graph permissions: lacks User\.Read\.All: cloud\.errors, cloud\.users$/,
    },
    () => ({
      GRAPH_TOKEN: lab.graph.token({
        roles: estateRoles().filter(role => !/^(User|Directory)\.Read\.All$/.test(role)),
      }),
    }),
  ],
  [
    { change: server('ldaps://dc.nowhere.invalid'), expected: /^fail ad reachable: .*the name does not resolve/ },
    {
      change: line('tenant', '00000000-0000-4000-8000-00000000dead'),
      expected: /^fail graph sign-in: the token is for tenant/,
    },
    () => ({}),
  ],
  [
    { change: stranger('other.pem'), expected: /^fail ad tls: ldaps:.*not signed by an authority we trust/ },
    {
      change: line('endpoint', 'https://127.0.0.1:9'),
      expected: /^fail graph reachable: 127\.0\.0\.1:9: .*ECONNREFUSED/,
    },
    () => ({}),
  ],
  [
    { change: nowhere, expected: /^fail ad containers: OU=Nowhere,DC=lab,DC=test does not exist$/ },
    { change: deadAuthority, expected: /^fail graph authority: 127\.0\.0\.1:9: .*ECONNREFUSED/ },
    () => ({}),
  ],
])(
  'each trouble is a failed check of its own, exit 4 (%#)',
  async (ad, graph, env) => {
    await writeFile(join(lab.folder, 'other.pem'), (await createAuthority()).ca);
    const { code, failed } = await examine(text => graph.change(ad.change(text)), env());
    for (const [part, { expected }] of Object.entries({ ad, graph }))
      expect(brief(failed).filter(text => text.startsWith(`fail ${part}`))).toContainEqual(
        expect.stringMatching(expected),
      );
    expect(code).toBe(4);
  },
  4 * MINUTE,
);

const estateRoles = () => [
  ...readPermissions,
  ...['OnPremDirectorySynchronization.Read.All', 'Policy.Read.HybridAuthentication', 'Directory.Read.All'],
];

test(
  'what only costs something is to look at, and exit 0',
  async () => {
    const dead = (text: string) => text.replace(/urls: \["([^"]*)"\]/, 'urls: ["ldaps://127.0.0.1:9", "$1"]');
    const second = await examine(dead);
    expect(brief(second.troubled)).toEqual([expect.stringMatching(/^warn ad reachable: ldaps:\/\/127\.0\.0\.1:9/)]);
    const opaque = await examine(undefined, { GRAPH_TOKEN: lab.graph.token({ opaque: true, roles: estateRoles() }) });
    expect(brief(opaque.troubled)).toEqual([expect.stringMatching(/^warn graph permissions: the token is opaque/)]);
    const roles = estateRoles().filter(role => role !== 'GroupSettings.Read.All' && role !== 'Directory.Read.All');
    const accepted = (facet: string) => `{ facet: ${facet}, reason: known, until: 2999-01-01 }`;
    const poor = await examine(
      text => `${text}\nacceptUnknown: [${accepted('cloud.groupSettings')}, ${accepted('cloud.lifecyclePolicies')}]\n`,
      { GRAPH_TOKEN: lab.graph.token({ roles }) },
    );
    expect(brief(poor.troubled)).toEqual([
      'warn graph permissions: lacks GroupSettings.Read.All: cloud.groupSettings',
      'warn graph permissions: lacks Directory.Read.All: cloud.lifecyclePolicies',
      expect.stringMatching(/^warn graph reading: cloud\.groupSettings: .*needs GroupSettings\.Read\.All$/),
      expect.stringMatching(/^warn graph reading: cloud\.lifecyclePolicies: .*needs Directory\.Read\.All$/),
    ]);
    for (const { code } of [second, opaque, poor]) expect(code).toBe(0);
  },
  4 * MINUTE,
);

test(
  'mistakes of ours are exit 2, whatever else is wrong',
  async () => {
    const noSecret = await examine(text => text.replace(/ldaps:\/\/[\d.]+:636/, 'ldaps://127.0.0.1:9'), {
      AD_PASSWORD: undefined,
    });
    expect(brief(noSecret.failed)).toEqual([
      'fail secrets: ad.bind.password: the environment variable AD_PASSWORD is not set',
    ]);
    expect(noSecret.code).toBe(2);
    await writeFile(join(lab.folder, 'broken.yaml'), 'policy: [');
    const policies = await examine(text => text.replace(/^policies: .*$/m, 'policies: [broken.yaml]'));
    expect(brief(policies.failed)).toContain('fail policies: there are mistakes in the policies');
    expect(policies.code).toBe(2);
    const folder = await examine(text => text.replace('snapshots: snapshots/', 'snapshots: ca.pem/snapshots'));
    expect(brief(folder.failed)).toEqual([expect.stringMatching(/^fail snapshots folder: .*cannot be written$/)]);
    expect(folder.code).toBe(2);
    const nothing = await examine(() => 'flavour: connect-v1\n');
    expect(brief(nothing.failed)).toEqual(['fail sources: no source is configured: there is nothing to read']);
  },
  4 * MINUTE,
);

test(
  'an expired certificate, and one that ends soon',
  async () => {
    const authority = await createAuthority();
    await writeFile(join(lab.folder, 'other.pem'), authority.ca);
    const expired = await issue(authority, { dns: [], ip: ['127.0.0.1'], expired: true });
    const server = createSecure({ cert: expired.cert, key: expired.key }, () => {});
    const port = await listen(server);
    try {
      const both = (text: string) =>
        stranger('other.pem')(text)
          .replace(/ldaps:\/\/[\d.]+:636/, `ldaps://127.0.0.1:${port}`)
          .replace(/endpoint: .*\n {2}ca: ca\.pem/, `endpoint: https://127.0.0.1:${port}\n  ca: other.pem`);
      const { failed } = await examine(both);
      expect(brief(failed)).toEqual([
        expect.stringMatching(/^fail ad tls: .*has expired/),
        expect.stringMatching(/^fail graph reachable: .*expired/),
      ]);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  },
  4 * MINUTE,
);

test(
  'what access lists keep from us is found before a collection finds it',
  async () => {
    const { domainController: dc } = lab;
    const sid = await dc.sid('auditor');
    const inside = await Promise.all(
      estate.config.containers.map(async place => ({
        dn: place.dn,
        groups: await dc.find('(objectClass=group)', ['cn'], { base: place.dn }),
      })),
    );
    const [fewest] = inside.filter(each => each.groups.length > 0).sort((x, y) => x.groups.length - y.groups.length);
    const { dn, groups } = fewest ?? { dn: '', groups: [] };
    for (const group of groups)
      await dc.grant(group.get('dn')?.[0] ?? '', `(OD;;RP;bf9679c0-0de6-11d0-a285-00aa003049e2;;${sid})`);
    const { code, failed } = await examine();
    expect(brief(failed)).toEqual([`fail ad members: groups in ${dn} do not surely show us their members`]);
    expect(code).toBe(4);
    await dc.grant(dn, `(D;;LC;;;${sid})`);
    const hidden = await examine();
    expect(brief(hidden.failed)).toContain(`fail ad listing: what lies in ${dn} may be hidden from us`);
  },
  4 * MINUTE,
);

function listen(server: Server): Promise<number> {
  return new Promise(resolve =>
    server.listen(0, '127.0.0.1', () => {
      const at = server.address();
      resolve(typeof at === 'object' && at !== null ? at.port : 0);
    }),
  );
}
