import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createJournal, type OpenJournal, reopenJournal } from '../../src/journal/journal.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tallystick-journal-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

let files = 0;
const fresh = (): string => join(folder, `journal-${files++}`);
const clock = () => 1_700_000_000_000;

/** One answer: a question that is asked again and again, so that occasions and parts matter. */
type Answer = { readonly question: string; readonly part: string; readonly content: Uint8Array };

const answers = fc.array(
  fc.record({
    question: fc.constantFrom('GET /groups', 'GET /users', 'sub "DC=x" (a=b)', ''),
    part: fc.constantFrom('', 'page 0', 'end'),
    content: fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.nat(600_000).map(size => new Uint8Array(size).fill(size % 251)),
    ),
  }),
  { maxLength: 40 },
);

async function keepAll(journal: OpenJournal, list: readonly Answer[]): Promise<void> {
  for (const { question, part, content } of list) await journal.ask(question).keep(content, part);
}

/** How many of the answers come back, in order; throws when one comes back as something else. */
async function recalled(journal: OpenJournal, list: readonly Answer[]): Promise<readonly boolean[]> {
  const found: boolean[] = [];
  for (const { question, part, content } of list) {
    const back = await journal.ask(question).recall(part);
    if (back !== undefined && (!back.content.equals(content) || back.at !== clock())) throw new Error('another answer');
    found.push(back !== undefined);
  }
  return found;
}

test('every answer comes back at its own occasion and part, also after several runs', () =>
  fc.assert(
    fc.asyncProperty(answers, fc.nat(40), async (list, cut) => {
      const path = fresh();
      const first = await createJournal(path, clock);
      await keepAll(first, list.slice(0, cut));
      await first.close();
      const second = await reopenJournal(path, clock);
      const known = list.slice(0, cut);
      for (const [at, { question, part, content }] of list.entries()) {
        const occasion = second.ask(question);
        const back = await occasion.recall(part);
        expect(back !== undefined).toBe(at < known.length);
        if (back === undefined) await occasion.keep(content, part);
      }
      await second.close();
      const third = await reopenJournal(path, clock);
      expect(await recalled(third, list)).toEqual(list.map(() => true));
      expect(await third.ask('never asked').recall()).toBeUndefined();
      await third.close();
    }),
    { numRuns: 40 },
  ));

/** A file of several blocks, the answers in it, and where its last block begins. */
async function several(): Promise<{ bytes: Buffer; list: readonly Answer[]; ends: readonly number[] }> {
  const path = fresh();
  const list: Answer[] = [];
  const ends: number[] = [];
  let journal = await createJournal(path, clock);
  for (let block = 0; block < 4; block++) {
    const answer = { question: `q${block}`, part: '', content: Buffer.from(`answer ${block} `.repeat(30 + block)) };
    list.push(answer);
    await journal.ask(answer.question).keep(answer.content);
    await journal.close();
    ends.push((await readFile(path)).length);
    if (block < 3) journal = await reopenJournal(path, clock);
  }
  return { bytes: await readFile(path), list, ends };
}

test('cut at any byte, everything before the cut comes back, and the journal goes on', async () => {
  const { bytes, list, ends } = await several();
  const path = fresh();
  for (let cut = 64; cut <= bytes.length; cut++) {
    await writeFile(path, bytes.subarray(0, cut));
    const journal = await reopenJournal(path, clock);
    expect(await recalled(journal, list)).toEqual(ends.map(end => end <= cut));
    await journal.ask('more').keep(Buffer.from('more'));
    await journal.close();
    if (cut % 17 !== 0) continue;
    const again = await reopenJournal(path, clock);
    expect((await again.ask('more').recall())?.content.toString()).toBe('more');
    await again.close();
  }
});

test('a last block of which only some sectors reached the disk is left out', async () => {
  const { bytes, list, ends } = await several();
  const start = ends[2] ?? 0;
  const path = fresh();
  for (let zeros = start; zeros < bytes.length; zeros++) {
    const torn = Buffer.from(bytes);
    // What is written first need not be what comes first.
    if (zeros % 2 === 0) torn.fill(0, zeros);
    else torn.fill(0, start, zeros + 1);
    const whole = torn.equals(bytes);
    await writeFile(path, torn);
    // A header is within one sector: half of it cannot be missing.
    if (zeros % 2 === 1 && zeros + 1 - start < 44) continue;
    if (zeros % 2 === 0 && zeros - start < 44 && zeros > start) continue;
    const journal = await reopenJournal(path, clock);
    expect(await recalled(journal, list)).toEqual([true, true, true, whole]);
    await journal.close();
  }
});

test('one altered byte: refused, or the last block is left out; never another answer', async () => {
  const { bytes, list, ends } = await several();
  const last = ends[2] ?? 0;
  const path = fresh();
  let refused = 0;
  for (let at = 0; at < bytes.length; at++) {
    const altered = Buffer.from(bytes);
    altered[at] = (altered[at] ?? 0) ^ 0x41;
    await writeFile(path, altered);
    try {
      const journal = await reopenJournal(path, clock);
      const found = await recalled(journal, list);
      await journal.close();
      // Bytes that fill up a block say nothing, and the last block may be torn.
      expect(found.slice(0, 3)).toEqual([true, true, true]);
      if (at < last) expect(found[3]).toBe(true);
    } catch (thrown) {
      expect(thrown).toMatchObject({ kind: 'integrity', message: expect.stringMatching(/--discard/) });
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(last / 2);
});

test('blocks in another order, twice, or of another journal are refused', async () => {
  const { bytes, ends } = await several();
  const [a = 0, b = 0, c = 0] = ends;
  const [first, one, two, rest] = [
    [0, a],
    [a, b],
    [b, c],
    [c, bytes.length],
  ].map(([from, to]) => bytes.subarray(from, to)) as [Buffer, Buffer, Buffer, Buffer];
  for (const parts of [
    [first, two, one, rest],
    [first, one, one, two, rest],
    [first, two, rest],
  ]) {
    const path = fresh();
    await writeFile(path, Buffer.concat(parts));
    await expect(reopenJournal(path, clock)).rejects.toMatchObject({ kind: 'integrity' });
  }
  const path = fresh();
  await writeFile(path, 'PAR1');
  await expect(reopenJournal(path, clock)).rejects.toMatchObject({ kind: 'integrity' });
});

test('a block that claims to hold gigabytes is refused before it is unpacked', async () => {
  const { bytes, ends } = await several();
  const path = fresh();
  const { crc32 } = await import('node:zlib');
  const altered = Buffer.from(bytes);
  const at = ends[0] ?? 0;
  altered.writeUInt32LE(0xf0000000, at + 4);
  altered.writeUInt32LE(crc32(altered.subarray(at, at + 8)), at + 8);
  await writeFile(path, altered);
  await expect(reopenJournal(path, clock)).rejects.toMatchObject({ kind: 'integrity' });
});

test('what was kept is on disk within a second, without closing', async () => {
  const path = fresh();
  const journal = await createJournal(path, clock);
  await journal.ask('q').keep(Buffer.from('answer'));
  await new Promise(resolve => setTimeout(resolve, 1000));
  const copy = fresh();
  await writeFile(copy, await readFile(path));
  const crashed = await reopenJournal(copy, clock);
  expect((await crashed.ask('q').recall())?.content.toString()).toBe('answer');
  await Promise.all([crashed.close(), journal.close()]);
});

test('many answers at once keep within bounds of memory and come back', async () => {
  const path = fresh();
  const journal = await createJournal(path, clock);
  const content = Buffer.alloc(100_000, 'x');
  await Promise.all(Array.from({ length: 500 }, (_, at) => journal.ask(`q${at}`).keep(content)));
  await journal.close();
  const back = await reopenJournal(path, clock);
  for (const at of [0, 250, 499]) expect((await back.ask(`q${at}`).recall())?.content.length).toBe(100_000);
  await back.close();
  const file = await open(path);
  expect((await file.stat()).size).toBeLessThan(1_000_000);
  await file.close();
});
