import {
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  rmdir,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { AuditError, diskFailure, reasonOf } from '../base/index.ts';
import { EMPTY } from './blocks.ts';
import { type Description, describe, describedIn, differences } from './description.ts';
import { createJournal, type OpenJournal, reopenJournal } from './journal.ts';

/** Between two runs of one collection nothing was read: from the last answer of the one to the start of the next, in milliseconds since 1970. */
export type Break = { readonly after: number; readonly until: number };

/** A collection under way: its private folder, and what it was answered. */
export type State = {
  readonly folder: string;
  readonly journal: OpenJournal;
  /** When the first run began, RFC 3339. */
  readonly start: string;
  readonly breaks: readonly Break[];
  /** Leaves everything for a later run; resolves to whether there is anything to leave, else nothing stays. */
  readonly leave: () => Promise<boolean>;
  readonly remove: () => Promise<void>;
};

/** Who works on a state, and how to tell whether somebody still does. `self` is one line of text that names this process. */
export type Owner = { readonly self: string; readonly isRunning: (other: string) => boolean | undefined };

/** What beginning and resuming need of the world. */
export type World = { readonly owner: Owner; readonly now: () => number };

/** An unfinished collection on disk. */
export type Unfinished = {
  readonly path: string;
  /** When it was last written to, in milliseconds since 1970. */
  readonly changed: number;
  /** True while a process works on it. */
  readonly busy: boolean;
  /** True when it was interrupted before anything was kept. */
  readonly empty: boolean;
};

const PREFIX = '.collecting-';
const JOURNAL = 'journal';
const LOCK = 'lock';
const BEAT_MS = 5_000;
const LONGEST_SILENCE_MS = 60_000;

/** Begins a collection in a new private folder of `directory` (made when missing). Throws AuditError('input') when that cannot be written. */
export async function beginState(directory: string, description: Description, world: World): Promise<State> {
  const folder = await makeFolder(resolve(directory));
  try {
    await writeFile(join(folder, LOCK), world.owner.self, { flag: 'wx', mode: 0o600 });
    const journal = await createJournal(join(folder, JOURNAL), world.now);
    await journal.ask('description').keep(Buffer.from(describe(description)));
    await journal.flush();
    await force(folder);
    await force(dirname(folder));
    return stateOf({ folder, journal, start: description.start, breaks: [] }, 1, world.now);
  } catch (thrown) {
    await rm(folder, { recursive: true, force: true });
    throw diskFailure(thrown, folder);
  }
}

/**
 * Takes over an unfinished collection. Throws AuditError('input') when another process works on it or it is of another configuration (naming what
 * differs), AuditError('integrity') when its journal does not verify.
 */
export async function resumeState(path: string, expected: Omit<Description, 'start'>, world: World): Promise<State> {
  const found = resolve(path);
  if (!basename(found).startsWith(PREFIX) || !(await isFolder(found)))
    throw new AuditError('input', `${path} is no interrupted collection`);
  const folder = await takeOver(found, world);
  let journal: OpenJournal | undefined;
  try {
    // What was spilled and half written is of no use; the tables are built again from the journal.
    for (const name of await readdir(folder))
      if (name !== JOURNAL && name !== LOCK) await rm(join(folder, name), { recursive: true, force: true });
    journal = await reopenJournal(join(folder, JOURNAL), world.now);
    if (journal.size() === 0)
      throw new AuditError('input', `nothing was read yet in ${path}; collect anew without --resume`);
    const description = describedIn((await journal.ask('description').recall())?.content);
    const odd = differences(description, expected);
    if (odd.length > 0)
      throw new AuditError(
        'input',
        `the interrupted collection was begun with other settings: ${odd.join(', ')} ${odd.length === 1 ? 'differs' : 'differ'}; restore what it was, or collect anew without --resume`,
      );
    const breaks = await recordBreak(journal, world.now());
    return stateOf({ folder, journal, start: description.start, breaks }, 0, world.now);
  } catch (thrown) {
    await journal?.close().catch(() => undefined);
    await rm(join(folder, LOCK), { force: true });
    if (thrown instanceof AuditError) throw thrown;
    throw new AuditError('input', `cannot resume from ${path}: ${reasonOf(thrown)}`, { cause: thrown });
  }
}

/** The unfinished collections of a folder of snapshots, the one that was last written to first. */
export async function listUnfinished(directory: string, world: World): Promise<readonly Unfinished[]> {
  const names = await readdir(resolve(directory)).catch(() => []);
  const found: Unfinished[] = [];
  for (const name of names.filter(one => one.startsWith(PREFIX))) {
    const path = join(resolve(directory), name);
    if (!(await isFolder(path))) continue;
    const journal = await stat(join(path, JOURNAL)).catch(() => undefined);
    found.push({
      path,
      changed: journal?.mtimeMs ?? 0,
      busy: await isBusy(path, world),
      empty: (journal?.size ?? 0) <= EMPTY,
    });
  }
  return found.sort((a, b) => b.changed - a.changed);
}

/** Removes an unfinished collection. */
export async function discardState(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
}

type Facts = Pick<State, 'folder' | 'journal' | 'start' | 'breaks'>;

/** `own` is how many records of the journal are no answers; a state without answers is not worth leaving. */
function stateOf(facts: Facts, own: number, now: () => number): State {
  const { folder, journal } = facts;
  const lock = join(folder, LOCK);
  // Also the proof, on disks that several machines share, that somebody is alive.
  const beat = setInterval(() => {
    const seconds = now() / 1000;
    utimes(lock, seconds, seconds).catch(() => {
      journal.fail(new AuditError('input', `${folder} was removed or taken over by another process`));
    });
  }, BEAT_MS);
  beat.unref();
  let over = false;
  const end = async (): Promise<void> => {
    over = true;
    clearInterval(beat);
    // A journal that could not take the last pages still holds those before.
    await journal.close().catch(() => undefined);
  };
  const remove = async (): Promise<void> => {
    if (over) return;
    await end();
    await rm(folder, { recursive: true, force: true });
  };
  return {
    ...facts,
    remove,
    leave: async () => {
      if (over) return false;
      if (journal.size() > own) {
        await end();
        await rm(lock, { force: true });
        return true;
      }
      await remove();
      return false;
    },
  };
}

/** Adds the break that ends now to those that the journal tells of. */
async function recordBreak(journal: OpenJournal, until: number): Promise<readonly Break[]> {
  const breaks: Break[] = [];
  for (;;) {
    const occasion = journal.ask('break');
    const known = await occasion.recall();
    if (known === undefined) {
      const after = journal.lastKept ?? until;
      await occasion.keep(Buffer.from(JSON.stringify([after, until])));
      return [...breaks, { after, until }];
    }
    const [after, end]: unknown[] = JSON.parse(known.content.toString('utf8'));
    if (typeof after !== 'number' || typeof end !== 'number') throw new AuditError('integrity', 'malformed break');
    breaks.push({ after, until: end });
  }
}

/** Gives a free state a new name, which only one process can succeed in, and takes it. */
async function takeOver(path: string, world: World): Promise<string> {
  const busy = (cause?: unknown): AuditError =>
    new AuditError('input', `another process is collecting in ${path}; wait for it, or end it`, { cause });
  const before = await lockOf(path);
  if (await isBusy(path, world)) throw busy();
  const folder = await mkdtemp(join(dirname(path), PREFIX)).catch(cause => {
    throw diskFailure(cause, dirname(path));
  });
  await rmdir(folder);
  await rename(path, folder).catch(cause => {
    throw busy(cause);
  });
  if ((await lockOf(folder)) !== before) {
    // Somebody took it between the look and the new name.
    await rename(folder, path);
    throw busy();
  }
  await writeFile(join(folder, LOCK), world.owner.self, { mode: 0o600 });
  return folder;
}

async function isBusy(path: string, { owner, now }: World): Promise<boolean> {
  const text = await lockOf(path);
  if (text === undefined) return false;
  const running = owner.isRunning(text);
  if (running !== undefined) return running;
  const beat = await stat(join(path, LOCK)).catch(() => undefined);
  return beat !== undefined && now() - beat.mtimeMs < LONGEST_SILENCE_MS;
}

async function lockOf(path: string): Promise<string | undefined> {
  const text = await readFile(join(path, LOCK), 'utf8').catch(() => undefined);
  return text?.slice(0, 1000);
}

async function isFolder(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined))?.isDirectory() === true;
}

async function makeFolder(directory: string): Promise<string> {
  try {
    await mkdir(directory, { recursive: true });
    return await mkdtemp(join(directory, PREFIX));
  } catch (cause) {
    throw new AuditError('input', `cannot write snapshots to ${directory}: ${reasonOf(cause)}`, { cause });
  }
}

async function force(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
