import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve, sep } from 'node:path';
import { promisify } from 'node:util';
import { AuditError, reasonOf } from '../base/index.ts';

const run = promisify(execFile);

const LARGEST_FILE = 1024 * 1024;

/** A folder that holds policies, and how to be rid of it when it was made for this run. */
export type PolicyFolder = {
  readonly cwd: string;
  readonly paths: readonly string[];
  /** The git revision that they come from, as the user named it; undefined for a folder. */
  readonly revision: string | undefined;
  readonly release: () => Promise<void>;
};

/**
 * The policies that `--base` or `--head` name: a folder or file as it is, else the policy folders of a git revision, written to a temporary folder.
 * Only blobs are read from git: nothing of the revision is checked out or run. Throws an input error when it is neither.
 */
export async function policyFolder(name: string, policyPaths: readonly string[]): Promise<PolicyFolder> {
  const here = process.cwd();
  if (await stat(name).catch(() => undefined))
    return { cwd: here, paths: [name], revision: undefined, release: async () => {} };
  const commit = await git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`]).catch(
    () => '',
  );
  if (commit.trim() === '')
    throw new AuditError('input', `${JSON.stringify(name)} is neither a folder nor a git revision`);
  const relative = policyPaths
    .map(path => resolve(path))
    .filter(path => path.startsWith(here + sep))
    .map(path =>
      path
        .slice(here.length + 1)
        .split(sep)
        .join('/'),
    );
  if (relative.length === 0)
    throw new AuditError('input', 'with a git revision the policies must lie below the working directory');
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'tallystick-revision-')));
  const release = () => rm(folder, { recursive: true, force: true });
  try {
    await extract(commit.trim(), relative, folder);
    return { cwd: folder, paths: relative, revision: name, release };
  } catch (thrown) {
    await release();
    throw thrown instanceof AuditError
      ? thrown
      : new AuditError('input', `git cannot read ${name}: ${reasonOf(thrown)}`, { cause: thrown });
  }
}

async function extract(commit: string, paths: readonly string[], folder: string): Promise<void> {
  const listing = await git(['ls-tree', '-r', '-z', '-l', commit, '--', ...paths]);
  for (const entry of listing.split('\0')) {
    const match = /^100\d{3} blob ([0-9a-f]{40,64}) +(\d+)\t(.+\.ya?ml)$/s.exec(entry);
    if (!match) continue;
    const [, blob = '', size = '0', path = ''] = match;
    const target = resolve(folder, path);
    if (!target.startsWith(folder + sep))
      throw new AuditError('input', `the revision holds a file outside the policies: ${path}`);
    if (Number(size) > LARGEST_FILE) throw new AuditError('input', `${path} in the revision is larger than 1 MiB`);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, await git(['cat-file', 'blob', blob]));
  }
  for (const path of paths) if (!/\.ya?ml$/.test(path)) await mkdir(join(folder, path), { recursive: true });
}

async function git(args: readonly string[]): Promise<string> {
  // Paths of ls-tree are relative to the working directory, as the policies are.
  const { stdout } = await run('git', ['-c', 'core.quotePath=false', ...args], { maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}
