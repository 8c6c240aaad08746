import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type ProgressBook, progressBook } from '../../src/cli/progress.ts';

/** Tells the book of a facet that grows evenly; one event in a tenth of a second. */
function grow(book: ProgressBook, facet: string, perSecond: number, from: number, to: number, expected?: number): void {
  for (let at = from; at <= to; at += 100) {
    const done = Math.round((at / 1000) * perSecond);
    book.take({ source: facet.startsWith('ad') ? 'ad' : 'graph', facet, done, ...(expected && { expected }) }, at);
  }
}

test('one line per source: what is read, how much, how fast and how long it still takes', () => {
  const book = progressBook();
  expect(book.lines(0)).toEqual([]);
  grow(book, 'ad.groups', 1200, 0, 10_000);
  grow(book, 'cloud.members', 100, 0, 10_000, 5000);
  expect(book.lines(10_000)).toEqual([
    'Active Directory groups 12,000 · 1,200/s',
    'Microsoft Graph  members 1,000 of 5,000 · 100/s · about 40 s left',
  ]);
});

test('a pause is told in seconds and goes by itself', () => {
  const book = progressBook();
  grow(book, 'cloud.users', 100, 0, 5000, 10_000);
  book.take({ source: 'graph', waitingMs: 12_000 }, 5000);
  expect(book.lines(5000)[0]).toMatch(/users 500 of 10,000 · 100\/s · throttled, waiting 12 s$/);
  expect(book.lines(16_000)[0]).toMatch(/waiting 1 s$/);
  expect(book.lines(17_001)[0]).not.toMatch(/waiting/);
  const silent = progressBook();
  silent.take({ source: 'graph', waitingMs: 3000 }, 0);
  expect(silent.lines(0)).toEqual(['Microsoft Graph  throttled, waiting 3 s']);
  expect(silent.lines(3000)).toEqual(['Microsoft Graph  waiting for the first answer']);
});

test('facets that are over make room for those that go on; a list read again is no step back', () => {
  const book = progressBook();
  grow(book, 'cloud.groups', 10, 0, 1000);
  grow(book, 'cloud.users', 10, 0, 9000);
  expect(book.lines(9000)[0]).toBe('Microsoft Graph  users 90 · 11/s');
  book.take({ source: 'graph', facet: 'cloud.users', done: 5, note: 'read again' }, 9100);
  expect(book.lines(9100)[0]).toMatch(/users 5 \(read again\) · \d+\/s/);
});

test('whatever comes, every line is one line with sensible figures', () =>
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          facet: fc.constantFrom('ad.groups', 'ad.users', 'cloud.members', 'cloud.users'),
          done: fc.nat(1e9),
          expected: fc.option(fc.nat(1e9), { nil: undefined }),
          after: fc.nat(60_000),
        }),
      ),
      events => {
        const book = progressBook();
        let now = 0;
        for (const { facet, done, expected, after } of events) {
          now += after;
          const source = facet.startsWith('ad') ? 'ad' : 'graph';
          book.take({ source, facet, done, ...(expected === undefined ? {} : { expected }) }, now);
          for (const line of book.lines(now)) expect(line).toMatch(/^(Active Directory|Microsoft Graph) [^\n]+$/);
          for (const line of book.lines(now)) expect(line).not.toMatch(/NaN|Infinity|-\d|undefined/);
        }
      },
    ),
  ));

const screen = new URL('../../src/cli/progress-screen.ts', import.meta.url).href;
const script = `
  import { showProgress } from ${JSON.stringify(screen)};
  const progress = showProgress(process.argv.includes('quiet'), () => 3);
  for (let n = 1; n <= 12; n++) {
    progress.show({ source: 'ad', facet: 'ad.groups', done: n * 1000, note: 'evil \\u001b[31m name '.repeat(20) });
    progress.show({ source: 'graph', facet: 'cloud.members', done: n, expected: 20 });
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  progress.end();
  process.stderr.write('after\\n');`;

/** What a program writes to a terminal of 60 columns. */
function onTerminal(...more: string[]): string | undefined {
  if (spawnSync('script', ['--version']).error) return undefined;
  const command = `stty cols 60; "${process.execPath}" --no-warnings --input-type=module -e "$SCRIPT" ${more.join(' ')}`;
  const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH ?? '', SCRIPT: script, TERM: 'xterm' },
    cwd: fileURLToPath(new URL('.', import.meta.url)),
  });
  return stdout;
}

/** What stands on a screen after these bytes; knows only what progress uses. */
function render(bytes: string): readonly string[] {
  const lines = [''];
  let [row, column] = [0, 0];
  for (const [token] of bytes.replaceAll('\u001b', '␛').matchAll(/␛\[\d*[A-Z]|[\s\S]/g)) {
    const up = /^␛\[(\d+)A$/.exec(token)?.[1];
    if (up !== undefined) row = Math.max(0, row - Number(up));
    else if (token === '␛[J') {
      lines.length = row + 1;
      lines[row] = (lines[row] ?? '').slice(0, column);
    } else if (token === '\r') column = 0;
    else if (token === '\n') lines[++row] ??= '';
    else {
      const line = (lines[row] ?? '').padEnd(column);
      lines[row] = line.slice(0, column) + token + line.slice(column + 1);
      column++;
    }
  }
  return lines.map(line => line.trimEnd());
}

test('on a terminal the lines are redrawn in place, never wider than it, and gone at the end', () => {
  const written = onTerminal();
  if (written === undefined) return;
  const frames = written.split('\u001b[J');
  expect(frames.length).toBeGreaterThan(3);
  const last = render(frames.slice(0, -1).join('\u001b[J'));
  expect(last).toHaveLength(3);
  for (const line of last) expect(line.length).toBeLessThan(60);
  expect(last[0]).toMatch(/^Active Directory groups \d+,000 \(evil /);
  expect(last[1]).toMatch(/^Microsoft Graph {2}members \d+ of 20/);
  expect(last[2]).toBe('Resumed          3 answers of the interrupted run');
  expect(written).not.toContain('\u001b[31m');
  expect(render(written)).toEqual(['after', '']);
});

test('quiet is quiet, on a terminal too', () => {
  const written = onTerminal('quiet');
  if (written !== undefined) expect(written).toBe('after\r\n');
});
