import { readdirSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Problem } from '../base/index.ts';
import { whyUnreadable } from '../yaml/index.ts';

/** A file to load: `path` is absolute, `shown` relative to the working directory with forward slashes. */
export type FoundFile = { readonly path: string; readonly shown: string };

/** Files in a stable order, and what could not be looked at. */
export type Found = { readonly files: readonly FoundFile[]; readonly problems: readonly Problem[] };

const MOST_FILES = 1000;
const DEEPEST_FOLDER = 16;

/** Policy files named by `paths`: files as they are, folders recursively without tests, profiles and waivers. */
export function findPolicies(paths: readonly string[], cwd: string): Found {
  return find(paths, cwd, name => /\.ya?ml$/.test(name) && !isTest(name) && !/(^|\.)waivers?\.ya?ml$/.test(name));
}

/** Policy tests (`*.test.yaml`) named by `paths` or below them. */
export function findTests(paths: readonly string[], cwd: string): Found {
  return find(paths, cwd, isTest);
}

function isTest(name: string): boolean {
  return /\.test\.ya?ml$/.test(name);
}

type Search = {
  readonly cwd: string;
  readonly wanted: (name: string) => boolean;
  /** Absolute path → file, so that a path named twice is loaded once. */
  readonly files: Map<string, FoundFile>;
  readonly problems: Problem[];
};

function find(paths: readonly string[], cwd: string, wanted: (name: string) => boolean): Found {
  const search: Search = { cwd, wanted, files: new Map(), problems: [] };
  for (const path of paths) look(search, resolve(cwd, path));
  const files = [...search.files.values()].sort((a, b) => (a.shown < b.shown ? -1 : a.shown > b.shown ? 1 : 0));
  if (files.length > MOST_FILES) {
    const message = `more than ${MOST_FILES} files were found`;
    search.problems.push({ code: 'too-many', level: 'error', message, hint: 'name fewer or smaller folders' });
  }
  return { files: files.slice(0, MOST_FILES), problems: search.problems };
}

function look(search: Search, path: string): void {
  try {
    const real = realpathSync(path);
    if (statSync(real).isDirectory()) walk(search, path, real, 0);
    else if (search.wanted(path) || !isTest(path)) add(search, path);
  } catch (thrown) {
    refuse(
      search,
      path,
      'unreadable',
      `cannot be read: ${whyUnreadable(thrown)}`,
      'check the path, and that you may read it',
    );
  }
}

/** Walks a folder without following links to folders; a link to a file outside is refused, since its text would appear in messages. */
function walk(search: Search, folder: string, root: string, depth: number): void {
  if (depth > DEEPEST_FOLDER) {
    refuse(search, folder, 'too-deep', 'folders are nested too deeply', 'move the policies up');
    return;
  }
  if (search.files.size > MOST_FILES) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
    if (entry.isDirectory()) {
      if (entry.name !== 'profiles' && entry.name !== 'waivers') walkSafely(search, path, root, depth + 1);
    } else if (search.wanted(entry.name)) {
      if (entry.isFile() || leadsInside(path, root)) add(search, path);
      else
        refuse(
          search,
          path,
          'link',
          'this link leads out of the policy folder, or to nothing',
          'put the file itself there',
        );
    }
  }
}

function walkSafely(search: Search, path: string, root: string, depth: number): void {
  try {
    walk(search, path, root, depth);
  } catch (thrown) {
    refuse(search, path, 'unreadable', `cannot be read: ${whyUnreadable(thrown)}`, 'check that you may read it');
  }
}

function leadsInside(path: string, root: string): boolean {
  try {
    const real = realpathSync(path);
    return real.startsWith(root + sep) && statSync(real).isFile();
  } catch {
    return false;
  }
}

function add({ files, cwd }: Search, path: string): void {
  files.set(path, { path, shown: shownPath(path, cwd) });
}

function refuse(search: Search, path: string, code: string, message: string, hint: string): void {
  const at = { file: shownPath(path, search.cwd), line: 1, column: 1 };
  search.problems.push({ code, level: 'error', message, at, hint });
}

// The package's own folder; from src/policy/ and from dist/policy/ alike.
const packageRoot = fileURLToPath(new URL('../../', import.meta.url));

/**
 * A path as reports print it: relative to the working directory, with forward slashes. The policies of the package are `policies/…` wherever the package
 * is installed, so that results are the same on every machine.
 */
export function shownPath(path: string, cwd: string): string {
  const short = relative(cwd, path);
  const outside = short === '' || short.startsWith('..') || isAbsolute(short);
  if (outside && path.startsWith(join(packageRoot, 'policies') + sep))
    return relative(packageRoot, path).split(sep).join('/');
  return (short === '' || isAbsolute(short) ? path : short).split(sep).join('/');
}
