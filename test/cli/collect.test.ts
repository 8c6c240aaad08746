import { readdir, readFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { readResults } from '../../src/findings/index.ts';
import { ending, inFolder, policyText, start, tallystick } from './run.ts';

const env = { AD_PASSWORD: 'Very-Secret-1' };

const configuration = (port: number): string => `ad:
  urls: [ldap://127.0.0.1:${port}]
  starttls: true
  bind: { user: audit@contoso.com, password: { env: AD_PASSWORD } }
  base: DC=contoso,DC=com
  containers: [OU=GroupWriteback,DC=contoso,DC=com]
flavour: connect-v1
`;

const files = (port: number) => ({
  'tallystick.yaml': configuration(port),
  'policies/twins.yaml': policyText('twins', 'group-has-twin'),
});

/** A port on which something accepts connections and never says a word. */
async function silentServer(): Promise<Server> {
  const server = createServer(socket => socket.on('error', () => {}));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return server;
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

/** A port that nobody listens on. */
async function deadPort(): Promise<number> {
  const server = await silentServer();
  const port = portOf(server);
  await new Promise(resolve => server.close(resolve));
  return port;
}

test('a domain controller that is down is exit 4 with one clear sentence, and nothing is left behind', async () => {
  await inFolder(files(await deadPort()), async cwd => {
    const { code, stdout, stderr } = await tallystick(['collect', '--json'], { cwd, env });
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toMatch(/^tallystick: .*127\.0\.0\.1.*\n$/);
    expect(stderr).not.toMatch(/Very-Secret|\n\s+at /);
    expect(await readdir(join(cwd, 'snapshots'))).toEqual([]);
  });
});

test('an audit whose source is down is exit 4, and its reports say that no audit was performed', async () => {
  await inFolder(files(await deadPort()), async cwd => {
    const { code, stderr } = await tallystick(['audit', '--format', 'json,sarif,markdown,summary'], { cwd, env });
    expect(code).toBe(4);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    const [folder = ''] = await readdir(join(cwd, 'reports'));
    expect(folder).toMatch(/^failed-\d{8}T\d{6}Z$/);
    const read = (file: string) => readFile(join(cwd, 'reports', folder, file), 'utf8');
    const { run, invariants } = readResults(await read('results.json'));
    expect(run).toMatchObject({ exitCode: 4, outcome: 'source-failed', snapshot: null });
    expect(run.policies.map(policy => policy.name)).toEqual(['twins']);
    expect(invariants).toEqual([]);
    expect(JSON.parse(await read('results.sarif')).runs[0].invocations[0].executionSuccessful).toBe(false);
    for (const file of ['results.md', 'summary.txt']) expect(await read(file)).toMatch(/[Nn]o audit was performed/);
    expect(await readdir(join(cwd, 'snapshots'))).toEqual([]);
  });
});

test('mistakes in policies are found before anything is read', async () => {
  const server = await silentServer();
  let connections = 0;
  server.on('connection', () => connections++);
  try {
    await inFolder({ ...files(portOf(server)), 'policies/twins.yaml': 'policy: [' }, async cwd => {
      expect(await tallystick(['audit'], { cwd, env })).toMatchObject({ code: 2 });
      expect(connections).toBe(0);
    });
    await inFolder(
      { ...files(portOf(server)), 'policies/twins.yaml': policyText('twins', 'x'), 'empty/a.txt': '' },
      async cwd => {
        expect(await tallystick(['audit', '--policies', 'empty'], { cwd, env })).toMatchObject({ code: 3 });
        expect(connections).toBe(0);
      },
    );
  } finally {
    await new Promise(resolve => server.close(resolve));
  }
});

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s while a server is silent: over within two seconds, no half snapshot',
  async signal => {
    const server = await silentServer();
    const connected = new Promise<void>(resolve => server.once('connection', () => resolve()));
    try {
      await inFolder(files(portOf(server)), async cwd => {
        const child = start(['collect'], { cwd, env });
        const ended = ending(child);
        await connected;
        expect(await readdir(join(cwd, 'snapshots'))).toHaveLength(1);
        const begun = performance.now();
        child.kill(signal);
        const { code, stdout, stderr } = await ended;
        expect(performance.now() - begun).toBeLessThan(2_000);
        expect({ code, stdout }).toEqual({ code: signal === 'SIGINT' ? 130 : 143, stdout: '' });
        expect(stderr).toBe('tallystick: interrupted; nothing was kept\n');
        expect(await readdir(join(cwd, 'snapshots'))).toEqual([]);
      });
    } finally {
      server.close();
    }
  },
);

test('a missing secret is exit 2 and names the variable, not a value', async () => {
  await inFolder(files(1), async cwd => {
    const { code, stderr } = await tallystick(['collect'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(/AD_PASSWORD/);
  });
});

test('what a redacted collection lacks is said before anything is read', async () => {
  const key = 'redact: { key: { env: REDACTION_KEY } }\n';
  const withKey = { ...files(1), 'tallystick.yaml': `${configuration(1)}${key}` };
  await inFolder(files(1), async cwd => {
    const { code, stderr } = await tallystick(['collect', '--redact'], { cwd, env });
    expect([code, stderr]).toEqual([2, expect.stringMatching(/--redact needs a key .*`redact: \{ key/)]);
  });
  await inFolder(withKey, async cwd => {
    const short = await tallystick(['collect', '--redact'], { cwd, env: { ...env, REDACTION_KEY: 'Very-Secret-2' } });
    expect([short.code, short.stderr]).toEqual([2, expect.stringMatching(/redact\.key is too short/)]);
    const resumed = await tallystick(['collect', '--redact', '--resume'], { cwd, env });
    expect([resumed.code, resumed.stderr]).toEqual([2, expect.stringMatching(/cannot be resumed/)]);
    for (const { stderr } of [short, resumed]) expect(stderr).not.toMatch(/Very-Secret/);
    for (const option of ['--redact', '--minimal'])
      expect(await tallystick(['audit', '--snapshot', 'x', option], { cwd, env })).toMatchObject({ code: 2 });
    expect(await tallystick(['collect', '--minimal', '--policies', 'snapshots'], { cwd, env })).toMatchObject({
      code: 3,
    });
  });
});

test('a source of which the policies need nothing is not connected to', async () => {
  const server = await silentServer();
  let connections = 0;
  server.on('connection', () => connections++);
  const tenant = `graph:
  tenant: 00000000-0000-0000-0000-000000000000
  endpoint: https://127.0.0.1:${await deadPort()}
  auth: { kind: token, token: { env: GRAPH_TOKEN } }
  deadline: 1s
`;
  const policy = policyText('twins', 'tenant-only')
    .replace(/over: .*/, 'over: tenant')
    .replace(/( +)(when: .*\n)/, '')
    .replace(/expect: .*/, 'expect: tenant.groupWritebackV2 != true')
    .replace(/message: .*/, 'message: m')
    .replace(/remediation: .*/, 'remediation: r');
  try {
    await inFolder(
      { 'tallystick.yaml': configuration(portOf(server)) + tenant, 'policies/twins.yaml': policy },
      async cwd => {
        // No password for a directory that nobody reads.
        const { code, stderr } = await tallystick(['collect', '--minimal'], {
          cwd,
          env: { GRAPH_TOKEN: 'Very-Secret-3' },
        });
        expect([code, stderr]).toEqual([4, expect.stringMatching(/tallystick: .*127\.0\.0\.1/)]);
        expect(connections).toBe(0);
      },
    );
  } finally {
    server.close();
  }
});
