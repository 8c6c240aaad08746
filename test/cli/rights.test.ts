import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { smallTenant } from '../collect/graph/estate.ts';
import { createAuthority, type Issued, issue } from '../lab/certificates.ts';
import { type GraphDouble, readPermissions, startGraphDouble, type TokenRequest } from '../lab/graph/server.ts';
import { inFolder, policyText, tallystick } from './run.ts';

let certificates: Issued;
let double: GraphDouble;
beforeAll(async () => {
  certificates = await issue(await createAuthority(), { dns: ['localhost'], ip: ['127.0.0.1'] });
  double = await startGraphDouble({ tenant: smallTenant(), certificates, now: Date.now, seed: 1 });
});
afterAll(() => double.close());

const membersText = policyText('members', 'has-members')
  .replace('over: groups', 'over: users')
  .replace('group.writtenBack', 'user.cloud.enabled != false')
  .replace('{{group.label}}', '{{user.label}}');

async function run(command: readonly string[], request: TokenRequest, more = '') {
  const files = {
    'ca.pem': certificates.ca,
    'policies/members.yaml': membersText,
    'tallystick.yaml': `graph:
  tenant: ${double.tenantId}
  endpoint: ${double.endpoint}
  ca: ca.pem
  auth: { kind: token, token: { env: GRAPH_TOKEN } }
${more}`,
  };
  const token = double.token(request);
  return inFolder(files, async cwd => {
    const ended = await tallystick(command, { cwd, env: { GRAPH_TOKEN: token } });
    for (const text of [ended.stdout, ended.stderr]) expect(text).not.toContain(token.slice(0, 30));
    return { ...ended, kept: await readdir(join(cwd, 'snapshots')) };
  });
}

const without = (...names: string[]) => readPermissions.filter(name => !names.includes(name));

test('missing permissions are told with the facets and the invariants that they cost', async () => {
  const { code, stderr, kept } = await run(['collect'], { roles: without('User.Read.All', 'GroupSettings.Read.All') });
  expect(code).toBe(0);
  expect(stderr).toContain('lacks permissions');
  expect(stderr).toMatch(/\n {2}User\.Read\.All\n {4}cloud\.errors: [^\n]*\n {4}cloud\.users: has-members\n/);
  expect(stderr).toContain(
    '\n  GroupSettings.Read.All\n    cloud.groupSettings: no invariant of these policies needs it\n',
  );
  expect(stderr).toContain('\n  OnPremDirectorySynchronization.Read.All, which no application can have\n');
  expect(kept).toHaveLength(1);
});

test('audit speaks of the chosen policies, and of no gap that was accepted', async () => {
  const known = ['onPremisesSynchronization', 'syncConfiguration', 'agents', 'lifecyclePolicies'];
  const gaps = known.map(facet => `{ facet: cloud.${facet}, reason: known, until: 2999-01-01 }`);
  const accepted = `acceptUnknown: [${gaps.join(', ')}]\n`;
  const full = await run(['audit', '--format', 'json'], {}, accepted);
  expect(full.stderr).not.toMatch(/lacks permissions/);
  const { stderr } = await run(['audit', '--format', 'json'], { roles: without('User.Read.All') }, accepted);
  expect(stderr).toMatch(/ {2}User\.Read\.All\n {4}cloud\.errors: [^\n]*\n {4}cloud\.users: has-members\n/);
  expect(stderr).not.toContain('OnPremDirectorySynchronization');
});

test('an opaque token is said to be opaque, and quiet is quiet', async () => {
  expect((await run(['collect'], { opaque: true })).stderr.replace(/\s+/g, ' ')).toMatch(/is opaque: what it may read/);
  expect((await run(['collect', '--quiet'], { opaque: true })).stderr).toBe('');
});
