import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { type AuditError, diskFailure } from '../base/index.ts';
import { damaged, MAX_PLAIN, type Place, readBlock, scanBlocks, startFile, type Tail, writeBlock } from './blocks.ts';

/** What an earlier run was answered, and when (milliseconds since 1970). */
export type Recalled = { readonly at: number; readonly content: Buffer };

/** One time that this run asks something. An answer may come in several parts, each under a name of its own. */
export type Occasion = {
  /** What an earlier run was answered when it asked the same for as many times; undefined when nothing was kept. */
  readonly recall: (part?: string) => Promise<Recalled | undefined>;
  /** Keeps an answer for a later run; resolves when more can be taken. What is kept again replaces what was. Throws AuditError('input') on a full disk. */
  readonly keep: (content: Uint8Array, part?: string) => Promise<void>;
};

/**
 * The answers that a collection got, so that after an interruption it need not ask again. The same question can be asked several times in one run, for
 * a proof: each time is an occasion of its own, so a proof never recalls what it is to prove.
 */
export type Journal = {
  readonly ask: (question: string) => Occasion;
  /** False when there is nothing to recall. */
  readonly resuming: boolean;
};

/** The part of a journal that holds under the same circumstances only. */
export function within(journal: Journal, circumstances: string): Journal {
  return { resuming: journal.resuming, ask: question => journal.ask(`${circumstances} ${question}`) };
}

/** A journal on disk. */
export type OpenJournal = Journal & {
  /** How many answers were kept, by this run and those before it. */
  readonly size: () => number;
  /** How many answers were recalled so far. */
  readonly recalled: () => number;
  /** When the last answer of the runs before this one was kept; undefined when there is none. */
  readonly lastKept: number | undefined;
  /** Makes every further `keep` fail with this. */
  readonly fail: (failure: AuditError) => void;
  /** Forces everything that was kept to disk. */
  readonly flush: () => Promise<void>;
  /** The same, and closes the file. */
  readonly close: () => Promise<void>;
};

type Kept = { readonly key: string; readonly at: number; readonly content: Buffer };

const BLOCK = 2 ** 20;
const WAITING = 16 * BLOCK;
const DELAY_MS = 500;
const HEAD = 28;
const CACHED = 32 * BLOCK;
const LARGEST = MAX_PLAIN - HEAD;
const MOST_KEPT = 20_000_000;

/** A journal that keeps nothing. */
export const noJournal: Journal = {
  resuming: false,
  ask: () => ({ recall: async () => undefined, keep: async () => undefined }),
};

/** Starts a journal in a new file. */
export async function createJournal(path: string, now: () => number): Promise<OpenJournal> {
  const file = await open(path, 'wx+', 0o600).catch(cause => {
    throw diskFailure(cause, path);
  });
  try {
    const tail = await startFile(file);
    return journalOf(path, file, tail, emptyIndex(file), now);
  } catch (cause) {
    await file.close();
    throw diskFailure(cause, path);
  }
}

/** Opens the journal of an earlier run: a torn end is cut off. Throws AuditError('integrity') when anything else is not as it was written. */
export async function reopenJournal(path: string, now: () => number): Promise<OpenJournal> {
  const file = await open(path, 'r+');
  try {
    const index = emptyIndex(file);
    const tail = await scanBlocks(file, index.add);
    if (tail.torn > 0) await file.truncate(tail.end);
    return journalOf(path, file, tail, index, now);
  } catch (thrown) {
    await file.close();
    throw thrown;
  }
}

type Index = {
  readonly add: (plain: Buffer, place: Place) => void;
  readonly find: (key: string) => Promise<Recalled | undefined>;
  readonly size: () => number;
  readonly last: () => number | undefined;
};

/** What a file holds: per key the place of the last answer, in few bytes, for there can be millions. */
function emptyIndex(file: FileHandle): Index {
  const places: Place[] = [];
  // Block number and byte in it as one safe integer.
  const found = new Map<string, number>();
  let last: number | undefined;
  const cache = new Map<number, Buffer>();
  let cached = 0;

  const load = async (number: number): Promise<Buffer> => {
    const known = cache.get(number);
    if (known !== undefined) return known;
    const place = places[number];
    const plain = place === undefined ? undefined : await readBlock(file, place);
    if (plain === undefined) throw damaged('it changed while it was read');
    for (const [old, { length }] of cache) {
      if (cached + plain.length <= CACHED) break;
      cache.delete(old);
      cached -= length;
    }
    if (!cache.has(number)) cached += plain.length;
    cache.set(number, plain);
    return plain;
  };

  return {
    size: () => found.size,
    last: () => last,
    add: (plain, place) => {
      const number = places.push(place) - 1;
      for (let at = 0; at < plain.length; ) {
        if (plain.length - at < HEAD || plain.readUInt32LE(at + 24) > plain.length - at - HEAD)
          throw damaged(`the block at byte ${place.offset} is malformed`);
        found.set(plain.toString('latin1', at, at + 16), number * 2 ** 28 + at);
        if (found.size > MOST_KEPT) throw damaged(`it holds more than ${MOST_KEPT} answers`);
        last = Math.max(last ?? 0, plain.readDoubleLE(at + 16));
        at += HEAD + plain.readUInt32LE(at + 24);
      }
    },
    find: async key => {
      const where = found.get(key);
      if (where === undefined) return undefined;
      const plain = await load(Math.floor(where / 2 ** 28));
      const at = where % 2 ** 28;
      const content = plain.subarray(at + HEAD, at + HEAD + plain.readUInt32LE(at + 24));
      return { at: plain.readDoubleLE(at + 16), content };
    },
  };
}

function journalOf(path: string, file: FileHandle, start: Tail, index: Index, now: () => number): OpenJournal {
  const times = new Map<string, number>();
  let tail = start;
  let waiting: Kept[] = [];
  let bytes = 0;
  let kept = 0;
  let recalled = 0;
  let failure: AuditError | undefined;
  let writing: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  // One block at a time, each forced to disk before the next: so never more than the last can be torn.
  const writeAll = async (): Promise<void> => {
    while (waiting.length > 0 && failure === undefined) {
      const taken = takeBlock(waiting);
      waiting = waiting.slice(taken.length);
      const plain = packed(taken);
      bytes -= plain.length;
      try {
        const next = await writeBlock(file, tail, plain);
        await file.datasync();
        tail = next;
      } catch (cause) {
        failure ??= diskFailure(cause, path);
        // Gives back what half a block took, so that the file stays whole and the disk gets some room.
        await file.truncate(tail.end).catch(() => undefined);
      }
    }
  };
  const write = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    writing ??= writeAll().finally(() => {
      writing = undefined;
      // What came between the last look and now.
      if (waiting.length > 0 && failure === undefined) timer ??= setTimeout(write, 0);
    });
    return writing;
  };
  const keep = async (key: string, content: Uint8Array): Promise<void> => {
    if (failure !== undefined) throw failure;
    // Too much for one block: a later run asks again.
    if (content.length > LARGEST) return;
    waiting.push({ key, at: now(), content: Buffer.from(content.buffer, content.byteOffset, content.byteLength) });
    bytes += HEAD + content.length;
    kept += 1;
    if (bytes >= BLOCK) void write();
    else timer ??= setTimeout(write, DELAY_MS);
    while (bytes > WAITING && failure === undefined) await write();
    if (failure !== undefined) throw failure;
  };

  const flush = async (): Promise<void> => {
    while (waiting.length > 0 && failure === undefined) await write();
    await writing;
    if (failure !== undefined) throw failure;
  };

  return {
    size: () => index.size() + kept,
    resuming: index.size() > 0,
    recalled: () => recalled,
    lastKept: index.last(),
    fail: reason => {
      failure ??= reason;
    },
    ask: question => {
      const base = short(question);
      const time = (times.get(base) ?? 0) + 1;
      times.set(base, time);
      const keyOf = (part: string) => short(`${time} ${part} ${question}`);
      return {
        recall: async (part = '') => {
          const found = await index.find(keyOf(part));
          if (found !== undefined) recalled += 1;
          return found;
        },
        keep: (content, part = '') => keep(keyOf(part), content),
      };
    },
    flush,
    close: async () => {
      try {
        await flush();
      } finally {
        clearTimeout(timer);
        await file.close();
      }
    },
  };
}

function takeBlock(waiting: readonly Kept[]): readonly Kept[] {
  let size = 0;
  const count = waiting.findIndex(({ content }) => {
    size += HEAD + content.length;
    return size > BLOCK;
  });
  return waiting.slice(0, count < 0 ? waiting.length : Math.max(1, count));
}

function packed(taken: readonly Kept[]): Buffer {
  return Buffer.concat(
    taken.flatMap(({ key, at, content }) => {
      const head = Buffer.alloc(HEAD);
      head.write(key, 0, 'latin1');
      head.writeDoubleLE(at, 16);
      head.writeUInt32LE(content.length, 24);
      return [head, content];
    }),
  );
}

function short(text: string): string {
  return createHash('sha256').update(text).digest().toString('latin1', 0, 16);
}
