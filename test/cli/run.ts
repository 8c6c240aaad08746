import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { MAIN } from './built.ts';

/** What a finished command left. */
export type Ended = {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
};

/** Where and with which environment variables a command runs. */
export type Where = { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> };

/** Starts tallystick as a user would. Nothing of this environment but PATH reaches it. */
export function start(args: readonly string[], { cwd = tmpdir(), env = {} }: Where = {}): ChildProcess {
  return spawn(process.execPath, ['--no-warnings', MAIN, ...args], {
    cwd,
    env: { PATH: process.env.PATH ?? '', SystemRoot: process.env.SystemRoot ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Runs tallystick to its end. */
export function tallystick(args: readonly string[], where: Where = {}): Promise<Ended> {
  return ending(start(args, where));
}

/** Waits for a started command. */
export function ending(child: ChildProcess): Promise<Ended> {
  const begun = performance.now();
  const chunks: { stdout: Buffer[]; stderr: Buffer[] } = { stdout: [], stderr: [] };
  child.stdout?.on('data', chunk => chunks.stdout.push(chunk));
  child.stderr?.on('data', chunk => chunks.stderr.push(chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', code => {
      const text = (name: 'stdout' | 'stderr') => Buffer.concat(chunks[name]).toString('utf8');
      resolve({ code, stdout: text('stdout'), stderr: text('stderr'), ms: performance.now() - begun });
    });
  });
}

/** Runs `work` in a new folder with these files, and removes it afterwards. */
export async function inFolder<T>(
  files: Readonly<Record<string, string | Uint8Array>>,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'tallystick-cli-'));
  try {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), content);
    }
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A policy of one invariant over groups that fails for groups without a twin. */
export function policyText(name: string, id: string, more = ''): string {
  return `policy: ${name}
title: Twins
description: A policy of this test.
${more}invariants:
  - id: ${id}
    title: Every security group has a twin
    description: Some have none.
    flavours: [connect-v1, connect-v2, cloud-sync]
    over: groups
    expect: group.writtenBack
    severity: high
    message: "{{group.label}} has no twin"
    remediation: Write it back.
`;
}
