import { readdir, readFile, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { Agent, request } from 'undici';
import { readDeltaLinks, verifySnapshot } from '../../src/snapshot/index.ts';
import { smallTenant } from '../collect/graph/estate.ts';
import { createAuthority, issue } from '../lab/certificates.ts';
import { startGraphDouble } from '../lab/graph/server.ts';
import { differingTables } from '../resume/kill.ts';
import { inFolder, tallystick } from './run.ts';

test('a collection by delta has the tables of one by batch, and keeps its delta links beside them', async () => {
  const certificates = await issue(await createAuthority(), { dns: ['localhost'], ip: ['127.0.0.1'] });
  const double = await startGraphDouble({ tenant: smallTenant(130), certificates, now: Date.now, seed: 1 });
  const configuration = `graph:
  tenant: ${double.tenantId}
  endpoint: ${double.endpoint}
  ca: ca.pem
  auth: { kind: token, token: { env: GRAPH_TOKEN } }
`;
  const token = double.token();
  const dispatcher = new Agent({ connect: { ca: certificates.ca } });
  const env = { GRAPH_TOKEN: token };
  try {
    await inFolder({ 'ca.pem': certificates.ca, 'tallystick.yaml': configuration }, async cwd => {
      const collect = async (members: string) => {
        const out = join(cwd, members);
        const { code } = await tallystick(['collect', '--quiet', '--members', members, '--out', out], { cwd, env });
        expect(code).toBe(0);
        const [name = ''] = await readdir(out);
        return join(out, name);
      };
      const [batch, delta] = [await collect('batch'), await collect('delta')];
      expect(await differingTables(delta, batch)).toEqual([]);

      const verified = await verifySnapshot(delta);
      expect(await readDeltaLinks(await verifySnapshot(batch))).toBeUndefined();
      const links = await readDeltaLinks(verified);
      expect(links).toMatchObject({ endpoint: double.endpoint, tenant: double.tenantId });
      expect(links?.slices.map(({ groups }) => groups.length).sort()).toEqual([18, 50, 50]);
      const file = join(delta, '.graph-delta.json');
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      const text = await readFile(file, 'utf8');
      expect(text).not.toContain(token.slice(0, 30));

      // Each link is taken up by the server: nothing has changed since.
      for (const { link } of links?.slices ?? []) {
        const headers = { authorization: `Bearer ${double.token()}` };
        const { statusCode, body } = await request(link, { headers, dispatcher });
        expect({ statusCode, json: await body.json() }).toMatchObject({ statusCode: 200, json: { value: [] } });
      }

      // Whatever is altered is noticed, by commands too: one id of a group, one character of a link, its end.
      const { slices } = JSON.parse(text);
      const forgeries: readonly (readonly [string, string])[] = [
        [double.endpoint, 'https://graph.example.com'],
        [slices[0].groups[0], slices[0].groups[0].replace(/.$/, (last: string) => (last === '0' ? '1' : '0'))],
        [slices[0].link, `${slices[0].link}x`],
        ['\n', ''],
      ];
      for (const [from, to] of forgeries) {
        expect(text).toContain(from);
        await writeFile(file, text.replace(from, to));
        await expect(readDeltaLinks(verified)).rejects.toMatchObject({ kind: 'integrity' });
      }
      await unlink(file);
      expect(await readDeltaLinks(verified)).toBeUndefined();
    });
  } finally {
    await dispatcher.destroy();
    await double.close();
  }
});
