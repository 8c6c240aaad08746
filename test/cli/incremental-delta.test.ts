import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { verifySnapshot } from '../../src/snapshot/index.ts';
import { smallTenant } from '../collect/graph/estate.ts';
import { createAuthority, issue } from '../lab/certificates.ts';
import { type Random, randomFrom } from '../lab/generator/random.ts';
import { startGraphDouble } from '../lab/graph/server.ts';
import type { CloudGroup, CloudTenant } from '../lab/tenant.ts';
import { inFolder, tallystick } from './run.ts';

/** A tenant in which some groups got other members, and some came or went. */
function changed(tenant: CloudTenant, random: Random): CloudTenant {
  const members = (): CloudGroup['members'] =>
    random
      .sample(tenant.users, random.below(6))
      .map(({ id }) => ({ id, '@odata.type': '#microsoft.graph.user' }) as const);
  const groups = tenant.groups.flatMap(group => {
    if (random.chance(0.03)) return [];
    if (random.chance(0.1)) return [{ ...group, members: members() }];
    if (random.chance(0.1)) return [{ ...group, members: group.members.slice(1) }];
    return [random.chance(0.05) ? { ...group, displayName: `Renamed ${random.below(1000)}` } : group];
  });
  const [like] = tenant.groups;
  const fresh = like === undefined ? [] : [{ ...like, id: random.guid(), members: members() }];
  return { ...tenant, groups: [...groups, ...fresh] };
}

test('from delta links an incremental reading gives the memberships of a full one, byte for byte', async () => {
  const certificates = await issue(await createAuthority(), { dns: ['localhost'], ip: ['127.0.0.1'] });
  let tenant = smallTenant(130);
  const double = await startGraphDouble({ tenant, certificates, now: Date.now, seed: 1 });
  const configuration = `graph:
  tenant: ${double.tenantId}
  endpoint: ${double.endpoint}
  ca: ca.pem
  auth: { kind: token, token: { env: GRAPH_TOKEN } }
`;
  const env = { GRAPH_TOKEN: double.token() };
  const random = randomFrom(7);
  try {
    await inFolder({ 'ca.pem': certificates.ca, 'tallystick.yaml': configuration }, async cwd => {
      const collect = async (...args: readonly string[]) => {
        const before = double.requests.length;
        const ended = await tallystick(['collect', '--incremental', '--members', 'delta', ...args], { cwd, env });
        expect(ended).toMatchObject({ code: 0 });
        const { manifest } = await verifySnapshot(join(cwd, ended.stdout.trim()));
        const delta = double.requests.slice(before).filter(({ path }) => path.includes('/groups/delta'));
        return { ...ended, manifest, delta };
      };
      const first = await collect();
      expect(first.manifest.continues).toBeUndefined();
      const still = await collect();
      // A link for each slice, and no group is listed again.
      expect(still.delta.length).toBe(3);
      expect(still.stderr).not.toContain('Reads in full');
      const member = ({ tables }: typeof still.manifest) => tables.find(({ table }) => table === 'cloud_member');
      expect(member(still.manifest)).toEqual(member(first.manifest));
      for (let round = 0; round < 3; round++) {
        tenant = changed(tenant, random);
        double.replace(tenant);
        const { manifest } = await collect('--prove');
        expect(manifest).toMatchObject({ continues: {}, proven: manifest.end });
      }
      // A link that Microsoft Graph no longer honours: that slice is read anew.
      const stale = { path: '/v1.0/groups/delta', query: /deltatoken/ };
      double.faults.add({ kind: '410-resync', match: stale, inner: true, times: 1000 });
      expect((await collect('--prove')).manifest.continues).toBeDefined();
      expect(double.faults.hits('410-resync')).toBeGreaterThan(0);
    });
  } finally {
    await double.close();
  }
}, 240_000);
