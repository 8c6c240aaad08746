import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { memorySnapshot, openSnapshot, type Snapshot, verifySnapshot } from '../../src/snapshot/index.ts';
import { end, guid, inFolder, recordSample, scope, start, writeSnapshot } from './estate.ts';

let path = '';
let outside = '';
const open = new Map<string, Snapshot>();
let done: () => void = () => {};
let released: Promise<unknown> = Promise.resolve();

beforeAll(async () => {
  await new Promise<void>((ready, failed) => {
    released = inFolder(async folder => {
      path = (await writeSnapshot(join(folder, 'snapshots'), recordSample)).path;
      outside = join(folder, 'outside.csv');
      await writeFile(outside, 'a\n1\n');
      open.set('files', await openSnapshot(path));
      open.set('memory', await memorySnapshot({}, { scope, start, end }));
      ready();
      await new Promise<void>(finish => {
        done = finish;
      });
    }).catch(failed);
  });
});

afterAll(async () => {
  for (const snapshot of open.values()) await snapshot.close();
  done();
  await released;
});

const forbidden = () => [
  `SELECT * FROM read_text('${outside}')`,
  `SELECT * FROM read_csv('${outside}')`,
  "SELECT * FROM read_blob('/etc/passwd')",
  `SELECT * FROM '${outside}'`,
  `SELECT * FROM read_text('${path}/../../outside.csv')`,
  "SELECT * FROM glob('/etc/*')",
  "SELECT * FROM sniff_csv('/etc/passwd')",
  "SELECT * FROM read_parquet('https://example.com/x.parquet')",
  `COPY (SELECT 1) TO '${outside}.out'`,
  `EXPORT DATABASE '${outside}.d'`,
  `ATTACH '${outside}.db' AS other`,
  'INSTALL httpfs',
  'LOAD httpfs',
  "SET memory_limit = '9GB'",
  'SET threads = 64',
  'SET enable_external_access = true',
  "SET allowed_directories = ['/']",
  'SET lock_configuration = false',
  'RESET lock_configuration',
  "SET temp_directory = '/'",
  "PRAGMA memory_limit = '9GB'",
];

test.each(['files', 'memory'])(
  'from %s nothing outside can be read, written, attached, installed or set',
  async kind => {
    const snapshot = open.get(kind);
    for (const sql of forbidden()) {
      await expect(snapshot?.run(sql)).rejects.toThrow();
      await expect(snapshot?.query(sql)).rejects.toMatchObject({ kind: 'input' });
    }
    expect(await readdir(join(outside, '..'))).toEqual(['outside.csv', 'snapshots']);
  },
);

test('a query of a person cannot write at all, not even into the snapshot', async () => {
  const snapshot = open.get('files');
  for (const sql of [
    `COPY (SELECT 1) TO '${path}/ad_user.parquet'`,
    `EXPLAIN ANALYZE COPY (SELECT 1) TO '${path}/ad_user.parquet'`,
    `EXPORT DATABASE '${path}/x'`,
    'CREATE TABLE t AS SELECT 1',
    'DROP VIEW ad_user',
    'PRAGMA enable_profiling',
    "SELECT 1); EXPORT DATABASE 'x' (FORMAT csv",
    'SELECT 1; SELECT 2',
    '',
    'SELECT',
    'SELECT nothing FROM ad_user',
  ])
    await expect(snapshot?.query(sql)).rejects.toMatchObject({ kind: 'input' });
  await verifySnapshot(path);
});

test('a query of a person yields columns, rows and whether that is all', async () => {
  const snapshot = open.get('files');
  expect(await snapshot?.query('FROM cloud_managed_group ORDER BY ALL')).toEqual({
    columns: [{ name: 'group_id', type: 'UUID' }],
    rows: [[guid(1)], [guid(2)]],
    complete: true,
  });
  for (const sql of [
    'DESCRIBE ad_user',
    'SHOW TABLES;',
    'SUMMARIZE coverage ; ',
    'WITH a AS (SELECT 1) FROM a -- all',
    'VALUES (1)',
  ])
    expect((await snapshot?.query(sql))?.rows.length).toBeGreaterThan(0);
  const cut = await snapshot?.query('FROM range(1000000)', { limit: 10 });
  expect([cut?.rows.length, cut?.complete]).toEqual([10, false]);
  expect((await snapshot?.query('FROM range(10)', { limit: 10 }))?.complete).toBe(true);
});

test('a runaway query is ended by its signal, a statement by interrupt, and the snapshot stays usable', async () => {
  const snapshot = open.get('files');
  const runaway = 'SELECT count(*) FROM range(100000000000) a WHERE hash(a.range) = 1';
  await expect(snapshot?.query(runaway, { signal: AbortSignal.timeout(100) })).rejects.toMatchObject({
    kind: 'input',
    message: /too long/,
  });
  await expect(snapshot?.query('SELECT 1', { signal: AbortSignal.abort() })).rejects.toMatchObject({ kind: 'input' });
  const running = snapshot?.run(runaway);
  setTimeout(() => snapshot?.interrupt(), 100);
  await expect(running).rejects.toMatchObject({ kind: 'input' });
  expect(await snapshot?.rows('SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test(
  'a locked snapshot makes temporary tables, spills beyond its memory limit and cleans up',
  () =>
    inFolder(async folder => {
      const snapshot = await openSnapshot(path, { memory: '60MB', threads: 2, temporary: folder });
      await snapshot.run(
        'CREATE TEMP TABLE wide AS SELECT hash(range) AS h, md5(range::VARCHAR) AS m FROM range(2000000)',
      );
      const sorted = '(FROM wide ORDER BY m LIMIT 1500000)';
      expect(await snapshot.rows(`SELECT count(*) AS n, count(m) AS m FROM ${sorted}`)).toEqual([
        { n: 1.5e6, m: 1.5e6 },
      ]);
      expect(await snapshot.rows('SELECT sum(size) > 0 AS spilled FROM duckdb_temporary_files()')).toEqual([
        { spilled: true },
      ]);
      expect(await readdir(folder)).toEqual([expect.stringMatching(/^tallystick-/)]);
      await snapshot.close();
      expect(await readdir(folder)).toEqual([]);
    }),
  240_000,
);

test('a failing statement of ours is our bug, and limits that make no sense are wrong input', async () => {
  await expect(open.get('files')?.rows('SELECT nothing FROM ad_user')).rejects.toMatchObject({ kind: 'bug' });
  await expect(openSnapshot(path, { memory: 'lots' })).rejects.toMatchObject({ kind: 'input' });
  await expect(openSnapshot(path, { threads: 0 })).rejects.toMatchObject({ kind: 'input' });
  await expect(openSnapshot(path, { temporary: `${path}/nowhere` })).rejects.toMatchObject({ kind: 'input' });
  await rm(outside, { force: true });
});
