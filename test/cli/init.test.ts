import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { loadConfig } from '../../src/config/index.ts';
import { inFolder, tallystick } from './run.ts';

const ID = '11111111-2222-4333-8444-555555555555';

test('what it writes is well-formed without an edit, and it never writes over a file', async () => {
  await inFolder({}, async cwd => {
    const { code, stdout, stderr } = await tallystick(['init'], { cwd });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/tallystick doctor/);
    const text = await readFile(join(cwd, 'tallystick.yaml'), 'utf8');
    expect(await tallystick(['check'], { cwd })).toMatchObject({ code: 0 });
    const again = await tallystick(['init', '--domain', 'fabrikam.com'], { cwd });
    expect(again).toMatchObject({ code: 2, stdout: '' });
    expect(again.stderr).toMatch(/^tallystick: tallystick\.yaml cannot be written: there is one already/);
    expect(await readFile(join(cwd, 'tallystick.yaml'), 'utf8')).toBe(text);
  });
});

test.each([
  ['client-secret', { clientId: ID }],
  ['client-certificate', { clientId: ID }],
  ['managed-identity', { clientId: ID }],
  ['workload-identity', { clientId: ID }],
  ['github-oidc', { clientId: ID }],
  ['azure-cli', {}],
  ['token', {}],
])('with --auth %s and everything given, the configuration holds it', async (kind, more) => {
  await inFolder({}, async cwd => {
    const args = ['--domain', 'corp.fabrikam.com', '--dc', 'a.corp.fabrikam.com', 'b.corp.fabrikam.com'];
    const ids = ['--tenant', ID.toUpperCase(), '--client-id', ID, '--auth', kind];
    const place = `OU="odd": #1,DC=corp,DC=fabrikam,DC=com`;
    const rest = ['--container', place, '--flavour', 'connect-v1', 'cloud-sync', '--out', 'other.yaml'];
    const { code, stdout, stderr } = await tallystick(['init', ...args, ...ids, ...rest], { cwd });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('tallystick doctor --config other.yaml');
    const config = loadConfig(join(cwd, 'other.yaml'), {});
    expect(config.ad).toMatchObject({
      urls: ['ldaps://a.corp.fabrikam.com', 'ldaps://b.corp.fabrikam.com'],
      containers: [{ dn: place }],
    });
    expect(config.graph).toMatchObject({ tenant: ID, auth: { kind, ...more } });
    expect(config.flavours).toEqual(['connect-v1', 'cloud-sync']);
  });
});

test.each([
  [['--tenant', 'contoso'], /--tenant takes a GUID/],
  [['--domain', 'x: y'], /--domain takes a DNS name/],
  [['--dc', 'ldaps://dc1'], /--dc takes a host/],
  [['--container', 'nonsense'], /not a distinguished name/],
])('%j is refused, and leaves no file', async (args, words) => {
  await inFolder({}, async cwd => {
    const { code, stderr } = await tallystick(['init', ...args], { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(words);
    await expect(readFile(join(cwd, 'tallystick.yaml'))).rejects.toThrow(/ENOENT/);
  });
});
