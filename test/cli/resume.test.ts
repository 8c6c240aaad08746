import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { cp, open, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readResults } from '../../src/findings/index.ts';
import { scanBlocks } from '../../src/journal/blocks.ts';
import { smallTenant, startTenant } from '../collect/graph/estate.ts';
import { createAuthority, issue } from '../lab/certificates.ts';
import type { GraphDouble } from '../lab/graph/server.ts';
import { differingTables } from '../resume/kill.ts';
import { MAIN } from './built.ts';
import { type Ended, ending, inFolder, start, tallystick } from './run.ts';

let double: GraphDouble;
let files: Readonly<Record<string, string>>;
let env: Readonly<Record<string, string>>;
let requestsOfWhole = 0;
beforeAll(async () => {
  const authority = await createAuthority();
  const certificates = await issue(authority, { dns: ['localhost'], ip: ['127.0.0.1'] });
  double = await startTenant(smallTenant(60, 90), { certificates, latencyMs: 15, pageCap: 3 });
  files = { 'ca.pem': authority.ca, 'tallystick.yaml': configuration('connect-v1') };
  env = { GRAPH_TOKEN: double.token() };
});
afterAll(() => double.close());

const configuration = (flavour: string): string => `graph:
  tenant: ${double.tenantId}
  endpoint: ${double.endpoint}
  ca: ca.pem
  auth: { kind: token, token: { env: GRAPH_TOKEN } }
flavour: ${flavour}
`;

const POLICY = `policy: accounts
title: Accounts
invariants:
  - id: account-enabled
    title: Every account is enabled
    flavours: [connect-v1]
    over: users
    expect: has(user.cloud.enabled) && user.cloud.enabled
    severity: high
    message: "{{user.label}} is disabled"
    remediation: Enable or delete it.
`;

const states = async (cwd: string): Promise<string[]> =>
  (await readdir(join(cwd, 'snapshots')).catch(() => [])).filter(name => name.startsWith('.'));

// How many go into one batch is a matter of the moment.
const reads = (): number => double.requests.filter(({ path }) => !path.endsWith('$batch')).length;

/** Collects without interruption. */
async function whole(cwd: string): Promise<string> {
  const before = reads();
  const { code, stdout, stderr } = await tallystick(['collect', '--out', 'whole', '--quiet'], { cwd, env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  requestsOfWhole = reads() - before;
  return join(cwd, stdout.trim());
}

/** Waits until a running collection has some answers on disk. */
async function wellUnderWay(cwd: string, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error('the collection ended too early');
    const [state] = await states(cwd);
    const size =
      state === undefined ? 0 : ((await stat(join(cwd, 'snapshots', state, 'journal')).catch(() => null))?.size ?? 0);
    if (size > 3000) return;
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}

/** Begins to collect and ends the process by a signal in the middle. */
async function interrupted(
  cwd: string,
  signal: NodeJS.Signals,
  args: readonly string[] = ['collect', '--quiet'],
): Promise<Ended> {
  const child = start(args, { cwd, env });
  const ended = ending(child);
  await wellUnderWay(cwd, child);
  const begun = performance.now();
  child.kill(signal);
  return { ...(await ended), ms: performance.now() - begun };
}

async function breaksOf(snapshot: string): Promise<number> {
  const manifest = JSON.parse(await readFile(join(snapshot, 'manifest.json'), 'utf8'));
  return manifest.breaks?.length ?? 0;
}

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)(
  '%s: over within two seconds with one line, whose command continues to an equal snapshot',
  (signal, exitCode) =>
    inFolder(files, async cwd => {
      const { code, stdout, stderr, ms } = await interrupted(cwd, signal);
      expect({ code, stdout }).toEqual({ code: exitCode, stdout: '' });
      expect(ms).toBeLessThan(2000);
      const [, command = ''] =
        /^tallystick: interrupted; continue with: tallystick (collect --quiet --resume snapshots\/\.collecting-\w+)\n$/.exec(
          stderr,
        ) ?? [];
      expect(command).not.toBe('');
      const [state = ''] = await states(cwd);
      expect(await readdir(join(cwd, 'snapshots', state))).toEqual(['journal']);
      expect((await stat(join(cwd, 'snapshots', state))).mode & 0o077).toBe(0);
      const before = reads();
      const resumed = await tallystick(command.split(' '), { cwd, env });
      const asked = reads() - before;
      expect(resumed).toMatchObject({ code: 0, stderr: '' });
      const snapshot = join(cwd, resumed.stdout.trim());
      expect(await differingTables(await whole(cwd), snapshot)).toEqual([]);
      expect(asked).toBeLessThan(requestsOfWhole);
      expect(await breaksOf(snapshot)).toBe(1);
      expect(await states(cwd)).toEqual([]);
    }),
  240_000,
);

test('an audit that was interrupted while it read goes on with --resume, to the findings of one that was not', () =>
  inFolder({ ...files, 'policies/accounts.yaml': POLICY }, async cwd => {
    const resultsIn = async (folder: string) =>
      readResults(await readFile(join(cwd, folder, 'results.json'), 'utf8'), folder);
    const { code, stdout, stderr, ms } = await interrupted(cwd, 'SIGINT', ['audit', '--quiet', '--out', 'resumed']);
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(ms).toBeLessThan(2000);
    const [, command = ''] =
      /^tallystick: interrupted; continue with: tallystick (audit --quiet --out resumed --resume snapshots\/\.collecting-\w+)\n$/.exec(
        stderr,
      ) ?? [];
    expect(command).not.toBe('');
    // No report says anything of a run that did not end.
    expect(await readdir(cwd)).not.toContain('resumed');
    const before = reads();
    expect(await tallystick(command.split(' '), { cwd, env })).toMatchObject({ code: 1, stdout: '', stderr: '' });
    const asked = reads() - before;
    expect(await states(cwd)).toEqual([]);
    const atOnce = reads();
    expect(await tallystick(['audit', '--quiet', '--out', 'once'], { cwd, env })).toMatchObject({ code: 1 });
    expect(asked).toBeLessThan(reads() - atOnce);
    const [resumed, once] = await Promise.all(['resumed', 'once'].map(resultsIn));
    expect(once?.findings.length).toBeGreaterThan(10);
    // Each says that its findings were seen first when it read them.
    const untimed = (result: typeof once) => result?.findings.map(({ firstSeen, lastSeen, ...finding }) => finding);
    for (const { firstSeen, lastSeen } of resumed?.findings ?? [])
      expect([firstSeen, lastSeen]).toEqual([resumed?.run.asOf, resumed?.run.asOf]);
    expect(untimed(resumed)).toEqual(untimed(once));
    expect(resumed?.invariants).toEqual(once?.invariants);
    const state = await tallystick(['audit', '--resume'], { cwd, env });
    expect(state).toMatchObject({ code: 2, stderr: expect.stringMatching(/there is no interrupted collection/) });
  }));

test('after kill -9, --resume finds the state by itself; a token that was in use is nowhere in it', () =>
  inFolder(files, async cwd => {
    expect((await interrupted(cwd, 'SIGKILL')).code).toBeNull();
    const [state = ''] = await states(cwd);
    const journal = await open(join(cwd, 'snapshots', state, 'journal'));
    let content = '';
    await scanBlocks(journal, plain => {
      content += plain.toString('latin1');
    });
    await journal.close();
    expect(content).toContain('@odata.context');
    expect(content).not.toContain(env.GRAPH_TOKEN);
    const resumed = await tallystick(['collect', '--resume', '--json'], { cwd, env });
    expect(resumed).toMatchObject({ code: 0 });
    expect(await differingTables(await whole(cwd), join(cwd, JSON.parse(resumed.stdout).snapshot))).toEqual([]);
  }));

test('a collection that is left behind is told of, left alone, and removed by --discard', () =>
  inFolder(files, async cwd => {
    await interrupted(cwd, 'SIGKILL');
    const [state = ''] = await states(cwd);
    const anew = await tallystick(['collect'], { cwd, env });
    expect(anew).toMatchObject({ code: 0 });
    expect(anew.stderr).toMatch(
      /^An interrupted collection of .*Z lies in snapshots\/\.collecting-.*--resume.*--discard\.\n/,
    );
    expect(await states(cwd)).toEqual([state]);
    expect(await tallystick(['collect', '--discard', '--resume'], { cwd, env })).toMatchObject({ code: 2 });
    expect(await tallystick(['collect', '--discard'], { cwd, env })).toMatchObject({ code: 0, stdout: '' });
    expect(await states(cwd)).toEqual([]);
    const none = await tallystick(['collect', '--resume'], { cwd, env });
    expect(none).toMatchObject({
      code: 2,
      stderr: 'tallystick: there is no interrupted collection to resume in snapshots\n',
    });
    expect(await tallystick(['collect', '--resume', 'nowhere'], { cwd, env })).toMatchObject({ code: 2 });
  }));

test('other settings are refused by name; settings of manner may change', () =>
  inFolder(files, async cwd => {
    await interrupted(cwd, 'SIGKILL');
    await writeFile(join(cwd, 'tallystick.yaml'), configuration('cloud-sync'));
    const other = await tallystick(['collect', '--resume', '--members', 'delta'], { cwd, env });
    expect(other.code).toBe(2);
    expect(other.stderr).toMatch(/other settings: flavours, graph\.members differ;/);
    expect(await states(cwd)).toHaveLength(1);
    await writeFile(
      join(cwd, 'tallystick.yaml'),
      configuration('connect-v1').replace('graph:\n', 'graph:\n  connections: 3\n'),
    );
    expect(await tallystick(['collect', '--resume', '--quiet'], { cwd, env })).toMatchObject({ code: 0, stderr: '' });
  }));

test('two processes never share a state: one goes on, the other is told', () =>
  inFolder(files, async cwd => {
    const first = start(['collect'], { cwd, env });
    const ended = ending(first);
    await wellUnderWay(cwd, first);
    first.kill('SIGSTOP');
    const busy = await tallystick(['collect', '--resume'], { cwd, env });
    expect(busy).toMatchObject({ code: 2 });
    expect(busy.stderr).toMatch(/still running/);
    const [state = ''] = await states(cwd);
    const taken = await tallystick(['collect', '--resume', join('snapshots', state)], { cwd, env });
    expect(taken).toMatchObject({ code: 2 });
    expect(taken.stderr).toMatch(/another process is collecting/);
    first.kill('SIGKILL');
    await ended;
    const both = await Promise.all(
      [1, 2].map(() => tallystick(['collect', '--resume', join('snapshots', state)], { cwd, env })),
    );
    expect(both.map(({ code }) => code).sort()).toEqual([0, 2]);
  }));

test('an altered state is exit 5, says what to do, and stays as it is', () =>
  inFolder(files, async cwd => {
    await interrupted(cwd, 'SIGKILL');
    const [state = ''] = await states(cwd);
    const path = join(cwd, 'snapshots', state, 'journal');
    const bytes = await readFile(path);
    bytes[120] = (bytes[120] ?? 0) ^ 1;
    await writeFile(path, bytes);
    const { code, stderr } = await tallystick(['collect', '--resume'], { cwd, env });
    expect(code).toBe(5);
    expect(stderr).toMatch(/does not verify.*--discard/);
    expect(await states(cwd)).toHaveLength(1);
  }));

/** Runs tallystick where no file may become larger than some KiB: the way to have a full disk without being root. */
function cramped(kib: number, args: readonly string[], cwd: string): Promise<Ended> {
  const command = `ulimit -f ${kib} && exec "$0" --no-warnings "$@"`;
  const child = spawn('bash', ['-c', command, process.execPath, MAIN, ...args], {
    cwd,
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return ending(child);
}

test(
  'a full disk is one clear error wherever it happens, and what was read is not lost',
  () =>
    inFolder(files, async cwd => {
      const reference = await whole(cwd);
      const seen: number[] = [];
      // From a journal that can hardly begin to tables that do not fit.
      for (const kib of [1, 4, 12]) {
        const full = await cramped(kib, ['collect', '--quiet'], cwd);
        expect(full.stderr).toMatch(/^tallystick: cannot write to .*the disk is full.*free some space\n/);
        expect(full.code).toBe(2);
        expect(full.stderr).not.toMatch(/bug|\n\s+at /);
        const kept = await states(cwd);
        seen.push(kept.length);
        if (kept.length === 0) continue;
        expect(full.stderr).toMatch(
          /What was read so far is kept; continue with: tallystick collect --quiet --resume /,
        );
        const resumed = await tallystick(['collect', '--resume', '--quiet'], { cwd, env });
        expect(resumed).toMatchObject({ code: 0, stderr: '' });
        expect(await differingTables(reference, join(cwd, resumed.stdout.trim()))).toEqual([]);
      }
      expect(seen).toContain(1);
    }),
  240_000,
);

test('when both sources fail, both failures are told', async () => {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  await new Promise(resolve => server.close(resolve));
  const text = `ad:
  urls: [ldaps://127.0.0.1:${port}]
  bind: { user: audit@contoso.com, password: { env: GRAPH_TOKEN } }
${configuration('connect-v1').replace(/endpoint: .*/, `endpoint: https://localhost:${port}`)}`;
  await inFolder({ ...files, 'tallystick.yaml': text }, async cwd => {
    const { code, stderr } = await tallystick(['collect'], { cwd, env });
    expect(code).toBe(4);
    expect(stderr).toMatch(/Cannot connect to Active Directory.*Also: cannot reach localhost/);
    expect(await states(cwd)).toEqual([]);
  });
});

test('a copy of a state resumes as well as the original', () =>
  inFolder(files, async cwd => {
    await interrupted(cwd, 'SIGKILL');
    const [state = ''] = await states(cwd);
    const copy = join(cwd, 'snapshots', '.collecting-copy');
    await cp(join(cwd, 'snapshots', state), copy, { recursive: true });
    const resumed = await Promise.all(
      [state, '.collecting-copy'].map(name =>
        tallystick(['collect', '--resume', join('snapshots', name), '--quiet'], { cwd, env }),
      ),
    );
    expect(resumed.map(({ code }) => code)).toEqual([0, 0]);
    const [one = '', two = ''] = resumed.map(({ stdout }) => join(cwd, stdout.trim()));
    expect(await differingTables(one, two)).toEqual([]);
  }));
