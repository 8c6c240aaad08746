import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readResults } from '../../src/findings/index.ts';
import { openSnapshot } from '../../src/snapshot/index.ts';
import { smallTenant } from '../collect/graph/estate.ts';
import { createAuthority, type Issued, issue } from '../lab/certificates.ts';
import { type GraphDouble, startGraphDouble } from '../lab/graph/server.ts';
import { inFolder, policyText, tallystick } from './run.ts';

let certificates: Issued;
let double: GraphDouble;
beforeAll(async () => {
  certificates = await issue(await createAuthority(), { dns: ['localhost'], ip: ['127.0.0.1'] });
  double = await startGraphDouble({ tenant: smallTenant(), certificates, now: Date.now, seed: 1 });
});
afterAll(() => double.close());

const FACTS = 'cloud.onPremisesSynchronization';

const factsText = (more = '') => `declared: { by: jane.doe@contoso.com, on: 2020-01-01, until: 2999-01-01 }
connectScope: ["OU=Staff,DC=contoso,DC=com"]
approvedChanges: [{ group: 11111111-2222-4333-8444-555555555555, to: cloud, approved: 2020-01-01, ticket: Secret }]
onPremisesSynchronization: { id: ${double.tenantId}, features: { groupWriteBackEnabled: true } }
${more}`;

async function run<T>(args: readonly string[], facts: string, look: (snapshot: string, cwd: string) => Promise<T>) {
  const files = {
    'ca.pem': certificates.ca,
    'facts.yaml': facts,
    'policies/twins.yaml': policyText('twins', 'has-twin'),
    'tallystick.yaml': `graph:
  tenant: ${double.tenantId}
  endpoint: ${double.endpoint}
  ca: ca.pem
  auth: { kind: token, token: { env: GRAPH_TOKEN } }
redact: { key: { env: REDACT_KEY } }
facts: facts.yaml
`,
  };
  const env = { GRAPH_TOKEN: double.token({}), REDACT_KEY: 'a-key-of-at-least-thirty-two-characters' };
  return inFolder(files, async cwd => {
    const ended = await tallystick(args, { cwd, env });
    const [name = ''] = await readdir(join(cwd, 'snapshots')).catch(() => []);
    return { ...ended, found: name === '' ? undefined : await look(join(cwd, 'snapshots', name), cwd) };
  });
}

async function read(path: string) {
  const snapshot = await openSnapshot(path);
  try {
    return {
      sources: snapshot.manifest.sources.map(({ source, endpoint, identity }) => ({ source, endpoint, identity })),
      queries: snapshot.manifest.queries.filter(({ facet }) => facet === FACTS),
      covered: await snapshot.rows(`SELECT complete, reason FROM coverage WHERE facet = '${FACTS}'`),
      features: await snapshot.rows('SELECT name, enabled FROM cloud_sync_feature'),
      changes: await snapshot.rows('SELECT kind, ticket FROM declared_change'),
      scope: await snapshot.rows('SELECT dn FROM declared_connect_scope'),
      undeclared: await snapshot.rows("SELECT reason FROM coverage WHERE facet = 'import.statements'"),
    };
  } finally {
    await snapshot.close();
  }
}

test('what Graph refused is known by declaration, and the result says so', async () => {
  const { code, stderr, found } = await run(['audit', '--format', 'json'], factsText(), async (path, cwd) => {
    const [folder = ''] = await readdir(join(cwd, 'reports'));
    const result = readResults(await readFile(join(cwd, 'reports', folder, 'results.json'), 'utf8'));
    return { ...(await read(path)), result };
  });
  expect(code).toBe(3);
  expect(stderr).not.toContain('cloud.onPremisesSynchronization: no');
  expect(found?.covered).toEqual([{ complete: true, reason: null }]);
  expect(found?.features).toEqual([{ name: 'groupWriteBackEnabled', enabled: true }]);
  expect(found?.scope).toEqual([{ dn: 'OU=Staff,DC=contoso,DC=com' }]);
  expect(found?.undeclared).toEqual([{ reason: 'not declared in facts.yaml' }]);
  expect(found?.queries.map(({ source, complete }) => ({ source, complete }))).toEqual([
    { source: 'graph', complete: false },
    { source: 'import', complete: true },
  ]);
  const declared = 'declared in facts.yaml by jane.doe@contoso.com as of 2020-01-01T00:00:00.000Z';
  expect(found?.result.run.notes).toEqual([
    `${FACTS}: the source did not give it; ${declared}, to be relied on until 2999-01-01T00:00:00.000Z`,
    `import.approvedChanges, import.connectScope: ${declared}, to be relied on until 2999-01-01T00:00:00.000Z`,
  ]);
  expect(found?.result.gaps.map(({ facet }) => facet)).not.toContain(FACTS);
  expect(found?.sources.find(({ source }) => source === 'import')?.identity).toBe('jane.doe@contoso.com');
}, 240_000);

test('a redacted snapshot holds no name of the declaration', async () => {
  const { code, found } = await run(['collect', '--redact'], factsText(), read);
  expect(code).toBe(0);
  expect(JSON.stringify(found)).not.toMatch(/Secret|jane/);
  expect(found?.changes).toEqual([{ kind: 'to-cloud', ticket: expect.stringMatching(/^n-/) }]);
  expect(found?.features).toEqual([{ name: 'groupWriteBackEnabled', enabled: true }]);
}, 240_000);

test('mistakes in the file are exit 2 before anything is read', async () => {
  const before = double.requests.length;
  const { code, stderr, found } = await run(['audit'], factsText('connectScop: []\n'), read);
  expect({ code, found }).toEqual({ code: 2, found: undefined });
  expect(stderr).toContain('facts.yaml:5:1 error unknown key `connectScop`');
  expect(double.requests.length).toBe(before);
}, 240_000);
