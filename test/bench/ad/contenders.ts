import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { execPath } from 'node:process';
import type { Job, Reading } from './job.ts';

const here = new URL('.', import.meta.url).pathname;
const EXTENDED_DN = '!1.2.840.113556.1.4.529';
const SD_FLAGS = '!1.2.840.113556.1.4.801';

/** Reads with the collector in a process of its own, whose heap has at most `heapMb`, or what Node gives it. Rejects with what it said when it fails. */
export async function readWithCollector(job: Job, heapMb?: number): Promise<Reading> {
  const heap = heapMb === undefined ? [] : [`--max-old-space-size=${heapMb}`];
  const { out } = await finish(execPath, ['--no-warnings', ...heap, join(here, 'reader.ts'), JSON.stringify(job)], {});
  return JSON.parse(out);
}

/**
 * Reads the same with OpenLDAP's `ldapsearch`, which prints everything into a pipe that is emptied and thrown away, or,
 * to `count`, looked through for entries. Needs the package ldap-utils. `passwordFile` holds the password alone.
 */
export async function readWithLdapsearch(job: Job, passwordFile: string, count: boolean): Promise<Reading> {
  const controls = job.plain ? [] : ['-E', `${EXTENDED_DN}=::${integer(1)}`, '-E', `${SD_FLAGS}=::${integer(7)}`];
  const args = [
    ...['-x', '-LLL', '-o', 'ldif_wrap=no', '-H', job.url, '-D', job.user, '-y', passwordFile],
    ...['-b', job.container, '-s', 'sub', '-E', `pr=${job.pageSize}/noprompt`, ...controls, job.filter],
    ...job.attributes,
  ];
  const script = `ldapsearch "$@" | ${count ? "grep -c '^dn:'" : 'cat > /dev/null'}; times`;
  const begun = performance.now();
  const { out } = await finish('bash', ['-o', 'pipefail', '-e', '-c', script, 'bash', ...args], {
    LDAPTLS_CACERT: job.ca,
  });
  const seconds = (performance.now() - begun) / 1000;
  // The last line of `times` is that of the children: user and system.
  const lines = out.trim().split('\n');
  const cpu = [...(lines.at(-1) ?? '').matchAll(/(\d+)m([\d.]+)s/g)].map(([, m, s]) => Number(m) * 60 + Number(s));
  const cpuSeconds = cpu.reduce((sum, one) => sum + one, 0);
  return { objects: count ? Number(lines[0]) : 0, values: 0, seconds, cpuSeconds, peakRssMb: 0 };
}

// SEQUENCE { INTEGER } in base64, for numbers below 128.
function integer(value: number): string {
  return Buffer.from([0x30, 0x03, 0x02, 0x01, value]).toString('base64');
}

function finish(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ readonly out: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let said = '';
    child.stdout.on('data', chunk => {
      out += chunk;
    });
    child.stderr.on('data', chunk => {
      said = (said + chunk).slice(-2000);
    });
    child.on('error', error => reject(new Error(`${program} could not be started: ${error.message}`)));
    child.on('close', code => {
      if (code === 0) resolve({ out });
      else reject(new Error(`${program} ended with ${code}: ${said.trim()}`));
    });
  });
}
