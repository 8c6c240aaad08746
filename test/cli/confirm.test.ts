import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { smallTenant, startTenant } from '../collect/graph/estate.ts';
import { createAuthority, issue } from '../lab/certificates.ts';
import type { GraphDouble } from '../lab/graph/server.ts';
import { ending, inFolder, start, tallystick } from './run.ts';

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

const MINUTE = 60_000;

let double: GraphDouble;
let files: Readonly<Record<string, string>>;
let env: Readonly<Record<string, string>>;
beforeAll(async () => {
  const authority = await createAuthority();
  const certificates = await issue(authority, { dns: ['localhost'], ip: ['127.0.0.1'] });
  double = await startTenant(smallTenant(20, 30), { certificates });
  const configuration = `graph:
  tenant: ${double.tenantId}
  endpoint: ${double.endpoint}
  ca: ca.pem
  auth: { kind: token, token: { env: GRAPH_TOKEN } }
flavour: connect-v1
`;
  files = { 'ca.pem': authority.ca, 'tallystick.yaml': configuration, 'policies/accounts.yaml': POLICY };
  env = { GRAPH_TOKEN: double.token() };
});
afterAll(() => double.close());

/** Starts an audit with --confirm and resolves when it waits for changes to settle, which would take an hour. */
async function settling(cwd: string) {
  const child = start(['audit', '--confirm', '--settle', '1h', '--out', 'out'], { cwd, env });
  const ended = ending(child);
  await new Promise<void>((resolve, reject) => {
    let said = '';
    child.stderr?.on('data', chunk => {
      said += String(chunk);
      if (said.includes('changes on their way are given 3600 s')) resolve();
    });
    child.once('exit', () => reject(new Error(`it ended early: ${said}`)));
  });
  return { child, ended };
}

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)(
  '%s while changes are given time to settle: over within two seconds, and the snapshot that is kept can be judged',
  (signal, exitCode) =>
    inFolder(files, async cwd => {
      const { child, ended } = await settling(cwd);
      const asked = double.requests.length;
      const begun = performance.now();
      child.kill(signal);
      const { code, stdout, stderr } = await ended;
      expect(performance.now() - begun).toBeLessThan(2000);
      expect({ code, stdout }).toEqual({ code: exitCode, stdout: '' });
      const [, snapshot = ''] =
        /\ntallystick: interrupted; the snapshot is kept: judge it with tallystick audit --snapshot (snapshots\/\w+-\w+)\n$/.exec(
          stderr,
        ) ?? [];
      // The snapshot alone: no state, no half of another, no report of an audit that did not end.
      expect(await readdir(join(cwd, 'snapshots'))).toEqual([snapshot.replace('snapshots/', '')]);
      expect(await readdir(cwd)).not.toContain('out');
      const judged = await tallystick(['audit', '--snapshot', snapshot, '--out', 'out'], { cwd });
      expect(judged).toMatchObject({ code: 1, stderr: expect.stringMatching(/violations at or above high/) });
      expect(double.requests).toHaveLength(asked);
    }),
  4 * MINUTE,
);

test(
  'Ctrl-C while what differs is read again: over within two seconds, nothing half is left',
  () =>
    inFolder(files, async cwd => {
      const child = start(['audit', '--confirm', '--settle', '3s', '--out', 'out'], { cwd, env });
      const ended = ending(child);
      await new Promise<void>(resolve =>
        child.stderr?.on('data', chunk => String(chunk).includes('changes on their way') && resolve()),
      );
      // From here on nothing is answered any more.
      double.faults.add({ kind: 'hang', times: 1000 });
      const hits = () => double.faults.hits('hang');
      while (hits() === 0 && child.exitCode === null) await new Promise(resolve => setTimeout(resolve, 20));
      const begun = performance.now();
      child.kill('SIGINT');
      const { code, stderr } = await ended;
      expect(performance.now() - begun).toBeLessThan(2000);
      double.faults.clear();
      expect({ code, again: hits() > 0 }).toEqual({ code: 130, again: true });
      expect(stderr).toMatch(
        /interrupted; the snapshot is kept: judge it with tallystick audit --snapshot snapshots\/\w/,
      );
      const left = await readdir(join(cwd, 'snapshots'));
      expect(left.filter(name => !/^\d{8}T\d{6}Z-[0-9a-f]{12}$/.test(name))).toEqual([]);
      expect(left).toHaveLength(1);
      expect(await readdir(cwd)).not.toContain('out');
    }),
  4 * MINUTE,
);
