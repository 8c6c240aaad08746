import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './run.ts';

/** The oldest Samba that the lab knows how to provision. */
export const OLDEST: SambaVersion = { major: 4, minor: 17 };

/** The first Samba with functional level 2016 and the 2019 schema. */
export const MODERN: SambaVersion = { major: 4, minor: 19 };

const PACKAGES = [
  'samba',
  'samba-ad-dc',
  'samba-ad-provision',
  'samba-dsdb-modules',
  'samba-vfs-modules',
  'winbind',
  'ldb-tools',
  'python3-samba',
  'python3-markdown',
] as const;

/** A release of Samba as far as the lab cares. */
export type SambaVersion = { readonly major: number; readonly minor: number };

/** An installed Samba that can be provisioned as a domain controller; `text` is the version as it prints it. */
export type SambaInstall = { readonly version: SambaVersion; readonly text: string };

/** Says whether `version` is `other` or newer. */
export function atLeast(version: SambaVersion, other: SambaVersion): boolean {
  return version.major > other.major || (version.major === other.major && version.minor >= other.minor);
}

/** Reads `Version 4.22.6-Debian-…` as printed by `samba --version`; undefined if it is something else. */
export function parseVersion(printed: string): SambaVersion | undefined {
  const match = /^Version (\d+)\.(\d+)\./.exec(printed);
  return match === null ? undefined : { major: Number(match[1]), minor: Number(match[2]) };
}

/**
 * Finds a Samba that can be a domain controller, installing the distribution's own packages where it is missing and
 * this process may. Rejects with one sentence that says what to install.
 */
export async function ensureSamba(): Promise<SambaInstall> {
  const found = await findSamba();
  if (typeof found !== 'string') return found;
  if (process.getuid?.() !== 0 || (await aptDistribution()) === undefined) {
    throw new Error(`${found}; install these packages as root: ${PACKAGES.join(' ')}`);
  }
  await install();
  const installed = await findSamba();
  if (typeof installed === 'string') throw new Error(`${installed}, although its packages were just installed`);
  return installed;
}

/** Answers what is installed, or a clause that says what is wrong with it. */
async function findSamba(): Promise<SambaInstall | string> {
  const printed = await run('samba', ['--version']).catch(() => undefined);
  if (printed === undefined) return 'Samba is not installed';
  const version = parseVersion(printed);
  if (version === undefined || !atLeast(version, OLDEST)) {
    return `the lab needs Samba ${OLDEST.major}.${OLDEST.minor} or newer and found ${printed.trim()}`;
  }
  // The Python binding belongs to the distribution's Python, never to another one that comes first in PATH.
  const parts = [
    run('/usr/bin/python3', ['-c', 'import samba.provision, samba.netcmd.domain']),
    run('ldbadd', ['--help']),
    run('samba-tool', ['--version']),
  ];
  const missing = (await Promise.allSettled(parts)).some(part => part.status === 'rejected');
  return missing ? 'Samba is installed without its domain controller parts' : { version, text: printed.trim() };
}

/** The code name of a Debian or Ubuntu (`bookworm`), undefined elsewhere. */
async function aptDistribution(): Promise<string | undefined> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  if (!/^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(release)) return undefined;
  return /^VERSION_CODENAME="?([a-z]+)"?$/m.exec(release)?.[1];
}

async function install(): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'tallystick-apt-'));
  try {
    const backports = (await aptDistribution()) === 'bookworm' ? await backportsOptions(scratch) : undefined;
    if (backports === undefined) await installFrom([], []);
    else await installFrom(backports, ['-t', 'bookworm-backports']).catch(() => installFrom([], []));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Installs without starting a daemon: the packages would otherwise bring up file and name servers of their own. */
async function installFrom(options: readonly string[], target: readonly string[]): Promise<void> {
  const env = { DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_SUSPEND: '1' };
  const quiet = ['-q', '-y', '-o', 'DPkg::Lock::Timeout=120', ...options];
  const restore = await forbidDaemons();
  try {
    const wanted = ['install', '--no-install-recommends', ...target, ...PACKAGES];
    const attempt = () => run('apt-get', [...quiet, ...wanted], { env, timeout: 600_000 });
    if (options.length > 0) await attempt();
    else {
      await attempt().catch(async () => {
        await run('apt-get', [...quiet, 'update'], { env, timeout: 300_000 });
        await attempt();
      });
    }
  } finally {
    await restore();
  }
}

/** Puts the distribution's own switch in place, and answers how to take it away again; an existing switch is kept. */
async function forbidDaemons(): Promise<() => Promise<void>> {
  const path = '/usr/sbin/policy-rc.d';
  try {
    await writeFile(path, '#!/bin/sh\nexit 101\n', { mode: 0o755, flag: 'wx' });
    return () => rm(path, { force: true });
  } catch {
    return async () => undefined;
  }
}

/**
 * Debian 12 ships 4.17, its backports 4.22, which is faster and has the 2016 functional level. They are read from
 * the mirror that the machine already uses, through lists of our own so that its configuration stays as it is.
 * Answers undefined when that mirror has no backports.
 */
async function backportsOptions(scratch: string): Promise<readonly string[] | undefined> {
  const mirror = findMirror(await readSources(), 'bookworm');
  if (mirror === undefined) return undefined;
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
  const suites = ['bookworm', 'bookworm-updates', 'bookworm-backports'];
  await writeFile(join(scratch, 'list'), suites.map(s => `deb [signed-by=${keyring}] ${mirror} ${s} main\n`).join(''));
  await mkdir(join(scratch, 'lists', 'partial'), { recursive: true });
  const options = [
    `Dir::Etc::SourceList=${join(scratch, 'list')}`,
    'Dir::Etc::SourceParts=/nonexistent',
    `Dir::State::Lists=${join(scratch, 'lists')}`,
    'Acquire::http::Timeout=15',
    'Acquire::https::Timeout=15',
    'Acquire::Retries=1',
    'APT::Update::Error-Mode=any',
  ].flatMap(option => ['-o', option]);
  const updated = await run('apt-get', ['-q', ...options, 'update'], { timeout: 90_000 }).catch(() => undefined);
  return updated === undefined ? undefined : options;
}

/** The mirror that carries the plain `suite`, from one-line (`deb [..] URI suite ..`) or deb822 sources (`URIs:`, `Suites:`). */
export function findMirror(sources: string, suite: string): string | undefined {
  for (const stanza of sources.split(/\n\s*\n/)) {
    const suites = /^Suites:(.*)$/im.exec(stanza)?.[1]?.trim().split(/\s+/) ?? [];
    const uri = /^URIs:\s*(https?:\/\/\S+)/im.exec(stanza)?.[1];
    if (uri !== undefined && suites.includes(suite)) return uri;
  }
  for (const line of sources.split('\n')) {
    const [, uri, name] = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(https?:\/\/\S+)\s+(\S+)/.exec(line) ?? [];
    if (uri !== undefined && name === suite) return uri;
  }
  return undefined;
}

/** All configured package sources, one-line and deb822 alike, as one text. */
async function readSources(): Promise<string> {
  const parts = '/etc/apt/sources.list.d';
  const names = await readdir(parts).catch(() => []);
  const files = ['/etc/apt/sources.list', ...names.map(name => join(parts, name))];
  const texts = await Promise.all(files.map(file => readFile(file, 'utf8').catch(() => '')));
  return `${texts.join('\n\n')}\n`.replaceAll(/^\s*#.*\n/gm, '');
}
