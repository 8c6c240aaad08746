import { existsSync } from 'node:fs';
import { lstat, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AuditError, exitCodes } from '../base/index.ts';
import { ownReference } from '../reference/index.ts';
import { whyUnwritable } from './files.ts';
import { type Command, type CommonOptions, configOf } from './options.ts';
import { type PolicyOptions, policiesFor } from './policies.ts';
import { say, tell } from './terminal.ts';

/** Options of `docs`. */
export type DocsOptions = CommonOptions & PolicyOptions & { readonly out: string; readonly check?: boolean };

/** `docs`: writes the reference of the policies; with --check exit 2 when what is there is stale. */
export const docs: Command<DocsOptions> = async options => {
  // Nothing in the pages is measured from the instant.
  const { policies, compiled } = await policiesFor(options, configOf(options), 0);
  if (compiled.size === 0) throw new AuditError('unjudged', 'there is no policy, so there is nothing to describe');
  const pages = ownReference(policies, compiled.values());
  const left = await leftOver(options.out, pages);
  const stale: string[] = [];
  for (const [name, text] of pages) if ((await textAt(join(options.out, name))) !== text) stale.push(name);
  if (options.check === true) return told(options.out, [...stale, ...left].sort());
  try {
    for (const name of stale) await write(join(options.out, name), pages.get(name) ?? '');
    for (const name of left) await rm(join(options.out, name));
  } catch (thrown) {
    throw new AuditError('input', `${options.out} cannot be written: ${whyUnwritable(thrown)}`, { cause: thrown });
  }
  say(options.quiet, `${pages.size} pages are in ${options.out}, ${stale.length} of them new or changed.`);
  return exitCodes.clean;
};

function told(folder: string, stale: readonly string[]): number {
  for (const name of stale) tell(`${join(folder, name)} is stale`);
  if (stale.length === 0) return exitCodes.clean;
  tell('Run tallystick docs with the same options.');
  return exitCodes.input;
}

/** The text of a regular file; of anything else, and of what cannot be read, none. */
async function textAt(path: string): Promise<string | undefined> {
  try {
    return (await lstat(path)).isFile() ? await readFile(path, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}

/** A link would lead out of the folder: what it stands for is replaced, not what it names. */
async function write(path: string, text: string): Promise<void> {
  const folder = dirname(path);
  if (existsSync(folder) && (await lstat(folder)).isSymbolicLink())
    throw new AuditError('input', `${folder} is a link; the reference is written into folders only`);
  await mkdir(folder, { recursive: true });
  await rm(path, { force: true });
  await writeFile(path, text);
}

const MADE = '<!-- Generated from ';

/** Pages of invariants that are gone; what was not generated is left alone. */
async function leftOver(folder: string, pages: ReadonlyMap<string, string>): Promise<readonly string[]> {
  const below = join(folder, 'invariants');
  const names = existsSync(below) ? await readdir(below) : [];
  const found: string[] = [];
  for (const name of names.filter(each => each.endsWith('.md') && !pages.has(`invariants/${each}`)).sort())
    if ((await textAt(join(below, name)))?.startsWith(MADE) === true) found.push(`invariants/${name}`);
  return found;
}
