import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { generate } from '../lab/generator/index.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { collectKilled, collectWhole, differingTables, endOf, startCollect } from '../resume/kill.ts';

const MINUTES = 60_000;

let lab: Lab;
let whole: { readonly snapshot: string; readonly ms: number };
beforeAll(async () => {
  lab = await startLab({
    estate: generate({ seed: 7, drift: 'none', groups: 40, users: 120 }),
    graph: { latencyMs: 10, pageCap: 20 },
  });
  whole = await collectWhole(lab, 'whole');
}, 4 * MINUTES);
afterAll(() => lab?.stop());

test(
  'killed at random moments and resumed, a collection of AD and Graph gives equal tables',
  async () => {
    let kills = 0;
    for (let seed = 1; kills < 4; seed++) {
      const killed = await collectKilled(lab, `killed-${seed}`, seed, whole.ms);
      expect(await differingTables(whole.snapshot, killed.snapshot)).toEqual([]);
      kills += killed.kills;
    }
  },
  4 * MINUTES,
);

test(
  'a resumed collection asks AD nothing that it knows, and stays with the same domain controller',
  async () => {
    const child = startCollect(lab, ['--out', 'resumed']);
    const ended = endOf(child);
    const folder = join(lab.folder, 'resumed');
    const state = async () => (await readdir(folder).catch(() => [])).find(name => name.startsWith('.')) ?? '';
    // The whole of AD is read by then, and the tables are being written.
    while (
      !(await readdir(join(folder, await state())).catch((): string[] => [])).includes('snapshot') &&
      child.exitCode === null
    )
      await new Promise(resolve => setTimeout(resolve, 5));
    child.kill('SIGINT');
    const { code, err } = await ended;
    expect({ code, err }).toEqual({
      code: 130,
      err: expect.stringMatching(/interrupted; continue with: tallystick collect .*--resume/),
    });
    const resumed = await endOf(startCollect(lab, ['--out', 'resumed', '--resume', '--quiet']));
    expect(resumed).toMatchObject({ code: 0 });
    const snapshot = join(lab.folder, resumed.out.trim());
    expect(await differingTables(whole.snapshot, snapshot)).toEqual([]);
    const manifests = await Promise.all(
      [whole.snapshot, snapshot].map(async path => JSON.parse(await readFile(join(path, 'manifest.json'), 'utf8'))),
    );
    const [before, after] = manifests;
    expect(after.breaks).toHaveLength(1);
    // Every query is on record with the time when it was answered, which for nearly all is before the interruption.
    type Query = { readonly source: string; readonly request: string; readonly pages: number; readonly ended: string };
    const adQueries = (manifest: { readonly queries: readonly Query[] }) =>
      manifest.queries.filter(query => query.source === 'ad');
    expect(adQueries(after).map(({ request, pages }) => `${request} ${pages}`)).toEqual(
      adQueries(before).map(({ request, pages }) => `${request} ${pages}`),
    );
    const late = adQueries(after).filter(query => query.ended > after.breaks[0].after);
    expect(late.every(({ request }) => /^base ""/.test(request))).toBe(true);
  },
  4 * MINUTES,
);

test(
  'a disk that is full at any stage is exit 2, and after there is room the collection goes on',
  async () => {
    const disk = join(lab.folder, 'disk');
    await mkdir(disk);
    const mount = (...args: string[]) => execFileSync('mount', [...args, disk], { stdio: 'pipe' });
    try {
      mount('-t', 'tmpfs', '-o', 'size=16k', 'tmpfs');
    } catch {
      // Not allowed here: test/cli/resume.test.ts does the same by a limit on the size of files.
      return;
    }
    try {
      let full = 0;
      for (let kib = 16; ; kib = kib * 2) {
        mount('-o', `remount,size=${kib}k`);
        const isState = (await readdir(disk)).some(name => name.startsWith('.collecting-'));
        const ended = await endOf(startCollect(lab, ['--out', 'disk', '--quiet', ...(isState ? ['--resume'] : [])]));
        if (ended.code === 0) {
          expect(await differingTables(whole.snapshot, join(lab.folder, ended.out.trim()))).toEqual([]);
          break;
        }
        expect(ended).toMatchObject({
          code: 2,
          err: expect.stringMatching(/^tallystick: cannot write .*the disk is full.*free some space\n/),
        });
        expect((await readdir(disk)).filter(name => !name.startsWith('.'))).toEqual([]);
        full++;
        expect(full).toBeLessThan(20);
      }
      expect(full).toBeGreaterThan(2);
    } finally {
      execFileSync('umount', [disk]);
    }
  },
  4 * MINUTES,
);
