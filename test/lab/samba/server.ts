import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'ldapts';

const READY_WITHIN = 30_000;
const STOP_WITHIN = 3_000;

/** A server that was started: its process, and the file with what it says. */
export type Server = { readonly process: ChildProcess; readonly pid: number; readonly log: string };

/**
 * Starts the server in one process. Its standard input is a pipe that this process holds: an interactive Samba ends
 * by itself when the pipe closes, and so does not outlive a test run that crashes or is killed.
 */
export async function launch(path: string, address: string): Promise<Server> {
  const log = join(path, 'samba.log');
  const output = await open(log, 'a');
  const args = ['--interactive', '--model=single', `--configfile=${join(path, 'smb.conf')}`, '--debug-stdout'];
  const child = spawn('samba', args, { stdio: ['pipe', output.fd, output.fd], detached: true });
  child.on('error', () => undefined); // told by the missing process id
  child.stdin?.on('error', () => undefined);
  // A run that forgets to stop its server still ends, and the server with it.
  child.unref();
  if (child.stdin !== null && 'unref' in child.stdin && typeof child.stdin.unref === 'function') child.stdin.unref();
  await output.close();
  if (child.pid === undefined) throw new Error(`samba could not be started on ${address}`);
  return { process: child, pid: child.pid, log };
}

/** Waits until the server answers with a certificate of `ca`, or of anybody when that is undefined. Rejects with what it said if it does not. */
export async function untilReady(server: Server, address: string, ca: string | undefined): Promise<void> {
  const give = Date.now() + READY_WITHIN;
  for (;;) {
    if (server.process.exitCode !== null || server.process.signalCode !== null || Date.now() > give) {
      const said = (await readFile(server.log, 'utf8')).slice(-2000).trim();
      throw new Error(`the domain controller on ${address} did not come up: ${said}`);
    }
    if (await isReady(address, ca)) return;
    await delay(25);
  }
}

/** Asks the root entry over LDAPS, which any client may. Its certificate shows that it is this server, unless it was made to be invalid. */
async function isReady(address: string, ca: string | undefined): Promise<boolean> {
  const client = new Client({
    url: `ldaps://${address}:636`,
    timeout: 2000,
    connectTimeout: 2000,
    tlsOptions: ca === undefined ? { rejectUnauthorized: false } : { ca: [ca] },
  });
  try {
    const { searchEntries } = await client.search('', { scope: 'base', attributes: ['isSynchronized'] });
    return searchEntries[0]?.isSynchronized === 'TRUE';
  } catch {
    return false;
  } finally {
    await client.unbind().catch(() => undefined);
  }
}

/** Ends a server and waits for it: gently by closing its input, then with SIGKILL to its whole process group. */
export async function end({ process: child }: Server): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.ref();
  child.stdin?.end();
  child.kill('SIGTERM');
  const late = await Promise.race([gone.then(() => false), delay(STOP_WITHIN, true, { ref: false })]);
  if (!late) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL');
  }
  await gone;
}
