import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openSnapshot } from '../../src/snapshot/index.ts';
import { MAIN } from '../cli/built.ts';
import { randomFrom } from '../lab/generator/random.ts';
import type { Lab } from '../lab/lab.ts';

const MOST_RUNS = 12;

/** How the repeated killing of one collection went. */
export type Killed = {
  readonly kills: number;
  /** Kills after which there was no state yet, so that the next run began anew. */
  readonly early: number;
  /** The finished snapshot. */
  readonly snapshot: string;
};

type Ended = {
  readonly code: number | null;
  readonly signal: string | null;
  readonly out: string;
  readonly err: string;
};

/** Starts `collect` as a process of its own, as users do. */
export function startCollect(lab: Lab, args: readonly string[]): ChildProcess {
  const env = { ...process.env, ...lab.env, NO_COLOR: '1', NODE_OPTIONS: '' };
  return spawn(process.execPath, ['--no-warnings', MAIN, 'collect', '--config', lab.configPath, ...args], {
    cwd: lab.folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Waits for a process and what it said. */
export function endOf(child: ChildProcess): Promise<Ended> {
  const texts = { out: '', err: '' };
  child.stdout?.on('data', (data: Buffer) => {
    texts.out += data.toString('utf8');
  });
  child.stderr?.on('data', (data: Buffer) => {
    texts.err += data.toString('utf8');
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, ...texts }));
  });
}

/** Collects once without interruption; resolves to the snapshot and how long it took. */
export async function collectWhole(
  lab: Lab,
  folder: string,
  more: readonly string[] = [],
): Promise<{ readonly snapshot: string; readonly ms: number }> {
  const begun = performance.now();
  const { code, out, err } = await endOf(startCollect(lab, ['--quiet', '--out', folder, ...more]));
  if (code !== 0) throw new Error(`an uninterrupted collection ended with ${code}: ${err}`);
  return { snapshot: join(lab.folder, out.trim()), ms: performance.now() - begun };
}

/**
 * Collects and kills the process at a random moment of the time that a whole collection takes, then resumes it, and kills that too as long as the dice
 * say so. Nobody ever gets a chance to clean up.
 */
export async function collectKilled(
  lab: Lab,
  folder: string,
  seed: number,
  wholeMs: number,
  more: readonly string[] = [],
): Promise<Killed> {
  const random = randomFrom(seed).next;
  let kills = 0;
  let early = 0;
  for (let run = 0; ; run++) {
    const resume = (await readdir(join(lab.folder, folder)).catch(() => [])).some(name =>
      name.startsWith('.collecting-'),
    );
    const child = startCollect(lab, ['--quiet', '--out', folder, ...more, ...(resume ? ['--resume'] : [])]);
    const ending = endOf(child);
    const mayKill = run === 0 || (run < MOST_RUNS && random() < 0.4);
    const timer = mayKill ? setTimeout(() => child.kill('SIGKILL'), random() * wholeMs * 0.95) : undefined;
    const { code, signal, out, err } = await ending;
    clearTimeout(timer);
    if (signal === 'SIGKILL') {
      kills++;
      continue;
    }
    if (code === 2 && /there is no interrupted collection to resume/.test(err)) {
      // Killed before its journal had a beginning.
      early++;
      await rm(join(lab.folder, folder), { recursive: true, force: true });
      continue;
    }
    if (code !== 0) throw new Error(`seed ${seed}, run ${run}: a resumed collection ended with ${code}: ${err}`);
    return { kills, early, snapshot: join(lab.folder, out.trim()) };
  }
}

/** What of these tables tells of the collection's own time and of how often it asked; the rest of their columns is the same in equal snapshots. */
const OF_THE_TIME: Readonly<Record<string, string>> = {
  cloud_log_window: 'since, until',
  reading: 'queries, first, last',
  reading_server: 'usn_before, usn_after, clock_skew_ms',
};

/** Names of the tables that differ between two snapshots, but for the time of the collection; what only one of them has, differs. */
export async function differingTables(one: string, other: string): Promise<readonly string[]> {
  const isTable = (name: string) => name.endsWith('.parquet');
  const names = new Set([...(await readdir(one)), ...(await readdir(other))].filter(isTable));
  const differing: string[] = [];
  for (const name of [...names].sort()) {
    const [a, b] = await Promise.all([one, other].map(folder => contentOf(folder, name).catch(() => undefined)));
    if (a === undefined || b === undefined || a !== b) differing.push(name);
  }
  return differing;
}

async function contentOf(folder: string, name: string): Promise<string> {
  const ofTheTime = OF_THE_TIME[name.replace('.parquet', '')];
  if (ofTheTime === undefined)
    return createHash('sha256')
      .update(await readFile(join(folder, name)))
      .digest('hex');
  const snapshot = await openSnapshot(folder);
  try {
    const rows = await snapshot.rows(
      `SELECT * EXCLUDE (${ofTheTime}) FROM ${name.replace('.parquet', '')} ORDER BY ALL`,
    );
    return JSON.stringify(rows, (_, value) => (typeof value === 'bigint' ? String(value) : value));
  } finally {
    await snapshot.close();
  }
}
