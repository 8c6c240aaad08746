import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { expect, test } from '@jest/globals';
import { createSnapshot, openSnapshot, type QueryRecord, type Row } from '../../src/snapshot/index.ts';
import { end, guid, inFolder, recordSample, scope, start, writeSnapshot } from './estate.ts';

const visible = async (folder: string) => (await readdir(folder)).filter(name => !name.startsWith('.'));

test('a snapshot is named after its start and its id, private, and leaves no temporary files', () =>
  inFolder(async folder => {
    const { path, id } = await writeSnapshot(folder, recordSample);
    expect(path).toBe(join(folder, `20260822T090000Z-${id.slice(0, 12)}`));
    expect(await readdir(folder)).toEqual([`20260822T090000Z-${id.slice(0, 12)}`]);
    expect((await stat(path)).mode & 0o077).toBe(0);
    const snapshot = await openSnapshot(path);
    expect([snapshot.id, snapshot.manifest.start, snapshot.manifest.end]).toEqual([id, start, end]);
    await snapshot.close();
    await snapshot.close();
  }));

test('the same snapshot can be written twice, another one never takes its place', () =>
  inFolder(async folder => {
    const one = await writeSnapshot(folder, recordSample);
    expect(await writeSnapshot(folder, recordSample)).toEqual(one);
    await writeFile(join(one.path, 'manifest.json'), 'altered');
    await expect(writeSnapshot(folder, recordSample)).rejects.toMatchObject({ kind: 'input' });
    expect(await readFile(join(one.path, 'manifest.json'), 'utf8')).toBe('altered');
  }));

test(
  'a process that is killed while it writes leaves no snapshot',
  () =>
    inFolder(async folder => {
      const room = new URL('../../src/snapshot/index.ts', import.meta.url).href;
      const script = `
      import { createSnapshot } from ${JSON.stringify(room)};
      const draft = await createSnapshot({ directory: ${JSON.stringify(folder)}, start: '${start}', version: '1', scope: { flavours: [], containers: [] } });
      const ids = crypto.getRandomValues(new Uint8Array(65536));
      for (let i = 0; i < 400; i++) { ids[i] ^= i; await draft.edges('ad_member', ids.slice().reverse(), ids); }
      console.log('finishing');
      await draft.finish('${end}');
      console.log('finished');`;
      for (const delay of [0, 60, 150]) {
        const child = spawn(execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
        const said: string[] = [];
        const closed = new Promise(resolve => child.on('close', resolve));
        child.stdout.on('data', data => {
          said.push(String(data));
          if (said.length === 1) setTimeout(() => child.kill('SIGKILL'), delay);
        });
        await closed;
        expect(said.join('')).toMatch(/^finishing/);
        if (!said.join('').includes('finished')) expect(await visible(folder)).toEqual([]);
        else for (const name of await visible(folder)) await (await openSnapshot(join(folder, name))).close();
      }
    }),
  240_000,
);

test('abort removes everything, at any time, and nothing can be added afterwards', () =>
  inFolder(async folder => {
    const draft = await createSnapshot({ directory: join(folder, 'new'), start, version: '1', scope });
    await draft.add('cloud_managed_group', [{ group_id: guid(1) }]);
    await draft.abort();
    await draft.abort();
    expect(await readdir(join(folder, 'new'))).toEqual([]);
    await expect(draft.add('cloud_managed_group', [{ group_id: guid(1) }])).rejects.toMatchObject({ kind: 'bug' });
    await expect(draft.finish(end)).rejects.toMatchObject({ kind: 'bug' });
  }));

test('a signal ends the sorting and hashing of a large table at once, and a lent folder stays', () =>
  inFolder(async folder => {
    const lent = join(folder, 'lent');
    await mkdir(lent);
    const ids = Uint8Array.from({ length: 1 << 20 }, (_, at) => (at * 2654435761) >>> 13);
    for (const delay of [0, 40, 150]) {
      const stop = new AbortController();
      const options = { directory: folder, folder: lent, start, version: '1', scope, signal: stop.signal };
      const draft = await createSnapshot(options);
      for (let round = 0; round < 40; round++) {
        ids[round] = round;
        await draft.edges('ad_member', ids, ids.slice().reverse());
      }
      const finishing = draft.finish(end).catch((thrown: unknown) => thrown);
      await new Promise(resolve => setTimeout(resolve, delay));
      const begun = performance.now();
      const reason = new Error('enough');
      stop.abort(reason);
      expect(await finishing).toBe(reason);
      expect(performance.now() - begun).toBeLessThan(1500);
      expect(await readdir(lent)).toEqual([]);
      expect(await readdir(folder)).toEqual(['lent']);
    }
  }));

test('a directory that cannot be written is wrong input', () =>
  inFolder(async folder => {
    await writeFile(join(folder, 'file'), '');
    const options = { directory: join(folder, 'file', 'below'), start, version: '1', scope };
    await expect(createSnapshot(options)).rejects.toMatchObject({ kind: 'input' });
  }));

test('paths with quotes, brackets, stars and blanks are only paths', () =>
  inFolder(async folder => {
    const { path } = await writeSnapshot(join(folder, "it's [a] * {b} ü?"), recordSample);
    const snapshot = await openSnapshot(path);
    expect(await snapshot.rows('SELECT count(*) AS n FROM cloud_member')).toEqual([{ n: 3 }]);
    await snapshot.close();
  }));

const misfits: [string, Record<string, unknown>][] = [
  ['group_id', { group_id: 'no guid', enabled: null, on_premises_group_type: null }],
  ['group_id', { group_id: null, enabled: null, on_premises_group_type: null }],
  ['group_id', { group_id: `${guid(1).slice(0, 35)}ı`, enabled: null, on_premises_group_type: null }],
  ['group_id', { group_id: guid(1).replaceAll('-', '0'), enabled: null, on_premises_group_type: null }],
  ['enabled', { group_id: guid(1), enabled: 1, on_premises_group_type: null }],
  ['enabled', { group_id: guid(1), on_premises_group_type: null }],
  ['on_premises_group_type', { group_id: guid(1), enabled: null, on_premises_group_type: 5 }],
];

test.each(misfits)('a row whose %s does not fit is refused with table and column: %j', (column, row) =>
  inFolder(async folder => {
    const record = writeSnapshot(folder, draft => draft.add('cloud_writeback', [row as Row<'cloud_writeback'>]));
    await expect(record).rejects.toMatchObject({
      kind: 'bug',
      message: expect.stringMatching(`table cloud_writeback: column ${column} `),
    });
    expect(await readdir(folder)).toEqual([]);
  }),
);

test('numbers beyond their column, kinds that do not exist and edges of unequal length are refused', () =>
  inFolder(async folder => {
    const setting = {
      acl: guid(1),
      ordinal: 2 ** 31,
      allow: true,
      conditional: false,
      trustee_sid: 'S-1-1-0',
      mask: 1,
    };
    const ace = {
      ...setting,
      object_type: null,
      no_propagate: false,
      inherited_object_type: null,
      inherited: false,
      inherit_only: false,
      flags: 0,
    };
    await expect(writeSnapshot(folder, draft => draft.add('ad_ace', [ace]))).rejects.toMatchObject({ kind: 'bug' });
    const odd = { group_id: guid(1), member_id: guid(2), kind: 'toaster' };
    await expect(writeSnapshot(folder, draft => draft.add('cloud_member', [odd]))).rejects.toMatchObject({
      kind: 'bug',
    });
    const ids = new Uint8Array(32);
    for (const [groups, members, kinds] of [
      [ids, ids.subarray(16), undefined],
      [ids.subarray(1), ids.subarray(1), undefined],
      [ids, ids, new Uint8Array(2)],
    ] as const)
      await expect(
        writeSnapshot(folder, draft => draft.edges('ad_member', groups, members, kinds)),
      ).rejects.toMatchObject({ kind: 'bug' });
    for (const kinds of [undefined, new Uint8Array(1), Uint8Array.of(0, 6)])
      await expect(writeSnapshot(folder, draft => draft.edges('cloud_member', ids, ids, kinds))).rejects.toMatchObject({
        kind: 'bug',
      });
  }));

test('a gap is never taken back, a facet that nobody mentions has no row', () =>
  inFolder(async folder => {
    const { path } = await writeSnapshot(folder, async draft => {
      draft.complete('cloud.groups', '', { expected: 3, retrieved: 2 });
      draft.complete('cloud.groups', '', { expected: 3, retrieved: 3 });
      draft.gap('cloud.members', 'throttled', guid(1), { retrieved: 7 });
      draft.complete('cloud.members', guid(1));
      draft.gap('cloud.members', 'later', guid(1));
      draft.complete('cloud.members');
      await Promise.resolve();
    });
    const snapshot = await openSnapshot(path);
    // Whether names are in clear is a matter of the snapshot itself, not of what was read.
    const read = "FROM coverage WHERE NOT ends_with(facet, '.names') ORDER BY facet, object";
    expect(await snapshot.rows(read)).toEqual([
      { facet: 'cloud.groups', object: '', complete: true, reason: null, expected: 3, retrieved: 3 },
      { facet: 'cloud.members', object: '', complete: true, reason: null, expected: null, retrieved: null },
      { facet: 'cloud.members', object: guid(1), complete: false, reason: 'throttled', expected: null, retrieved: 7 },
    ]);
    await snapshot.close();
  }));

test('a gap needs a reason, and only facets known per object take one', () =>
  inFolder(async folder => {
    for (const speak of [
      (draft: Awaited<ReturnType<typeof createSnapshot>>) => draft.gap('cloud.groups', ' '),
      (draft: Awaited<ReturnType<typeof createSnapshot>>) => draft.complete('cloud.groups', guid(1)),
    ])
      await expect(writeSnapshot(folder, async draft => speak(draft))).rejects.toMatchObject({ kind: 'bug' });
  }));

test(
  'a million queries make a manifest that can be read: the rest is summed up, and what failed stays visible',
  () =>
    inFolder(async folder => {
      const query = (index: number, complete: boolean): QueryRecord => ({
        source: 'graph',
        facet: 'cloud.members',
        request: `GET /groups/${index}/members`,
        pages: 2,
        expected: null,
        retrieved: 10,
        retries: 1,
        begun: new Date(Date.UTC(2026, 0) + index).toISOString(),
        ended: new Date(Date.UTC(2026, 0) + index + 5).toISOString(),
        durationMs: 1,
        complete,
        reason: complete ? null : 'throttled',
        objects: complete ? [] : [guid(index)],
      });
      const { path } = await writeSnapshot(folder, async draft => {
        for (let index = 0; index < 1_000_000; index++) draft.query(query(index, index % 400 !== 0));
        await Promise.resolve();
      });
      const { manifest, close } = await openSnapshot(path);
      await close();
      const sum = (pick: (query: QueryRecord) => number) =>
        manifest.queries.reduce((total, one) => total + pick(one), 0);
      expect(manifest.queries.length).toBe(1002);
      expect([sum(one => one.pages), sum(one => one.retrieved), sum(one => one.retries)]).toEqual([2e6, 1e7, 1e6]);
      expect(sum(one => (one.complete ? 0 : one.objects.length))).toBe(500 + 1000);
      const [lost] = manifest.queries.filter(one => !one.complete && one.request.startsWith('2000 more like'));
      expect(lost?.reason).toBe('throttled (and 1999 more queries; 2000 objects)');
      expect([lost?.begun, lost?.ended]).toEqual(['2026-01-01T00:03:20.000Z', '2026-01-01T00:16:39.605Z']);
      expect(manifest.times).toEqual({
        facets: [{ facet: 'cloud.members', first: '2026-01-01T00:00:00.000Z', last: '2026-01-01T00:16:40.004Z' }],
        pairs: [],
        apartMs: null,
      });
    }),
  240_000,
);
