import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { writeEstate } from '../evidence/fixture.ts';
import { ending, inFolder, policyText, start, tallystick } from './run.ts';

let home = '';
let snapshot = '';
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'tallystick-question-'));
  snapshot = await writeEstate(home);
});
afterAll(() => rm(home, { recursive: true, force: true }));

const query = (sql: string, ...args: readonly string[]) =>
  tallystick(['query', sql, '--snapshot', snapshot, ...args], { cwd: home });

test('query answers as a table, JSON and CSV', async () => {
  const sql = 'SELECT display_name, 1 - 3 AS below FROM cloud_group ORDER BY id';
  const [table, json, csv] = await Promise.all([query(sql), query(sql, '-f', 'json'), query(sql, '-f', 'csv')]);
  expect(table).toMatchObject({ code: 0, stderr: '' });
  expect(table?.stdout.split('\n').slice(0, 3)).toEqual([
    `${'display_name'.padEnd(33)}  below`,
    `${'-'.repeat(33)}  -----`,
    `${'=cmd|calc!A1'.padEnd(33)}  -2`,
  ]);
  expect(JSON.parse(json?.stdout ?? '')[0]).toEqual({ display_name: '=cmd|calc!A1', below: -2 });
  // No cell is a formula to a spreadsheet, and a number stays a number.
  expect(csv?.stdout.split('\r\n').slice(0, 2)).toEqual(['display_name,below', "'=cmd|calc!A1,-2"]);
});

test('query knows the relations of the model', async () => {
  expect(JSON.parse((await query('SELECT count(*)::INT AS n FROM pair', '-f', 'json')).stdout)).toEqual([{ n: 5 }]);
});

test('--limit says that there is more', async () => {
  const { code, stdout, stderr } = await query('SELECT id FROM cloud_group', '--limit', '2', '-f', 'csv');
  expect({ code, rows: stdout.trim().split('\r\n').length - 1 }).toEqual({ code: 0, rows: 2 });
  expect(stderr).toMatch(/Only the first 2 rows/);
});

test('--timeout ends an endless query', async () => {
  const { code, stderr, ms } = await query(
    'SELECT count(*) FROM range(100000000000) a, range(1000000) b',
    '--timeout',
    '1',
  );
  expect(code).toBe(2);
  expect(stderr).toBe('tallystick: the query took too long and was ended\n');
  expect(ms).toBeLessThan(10_000);
});

test('Ctrl-C ends an endless query at once and leaves nothing in the temporary folder', async () => {
  await inFolder({}, async TMPDIR => {
    const sql = 'SELECT count(*) FROM range(100000000000) a, range(1000000) b';
    const child = start(['query', sql, '--snapshot', snapshot], { cwd: home, env: { TMPDIR } });
    const ended = ending(child);
    // Its private folder is there: the snapshot is being opened or asked.
    while ((await readdir(TMPDIR)).length === 0) await new Promise(resolve => setTimeout(resolve, 20));
    child.kill('SIGINT');
    const { code, stdout } = await ended;
    expect({ code, stdout, left: await readdir(TMPDIR) }).toEqual({ code: 130, stdout: '', left: [] });
  });
});

test.each([
  "SELECT * FROM read_csv('/etc/hosts')",
  "SELECT content FROM read_text('/etc/hosts')",
  "SELECT * FROM '/etc/hosts.csv'",
  "SELECT * FROM glob('/*')",
  "COPY (SELECT 1) TO 'out.csv'",
  "COPY cloud_group TO 'out.parquet'",
  "EXPORT DATABASE 'out'",
  "ATTACH 'out.db'",
  'CREATE TABLE t AS SELECT 1',
  'DROP VIEW cloud_group',
  "SET memory_limit = '90GB'",
  'INSTALL httpfs',
  'LOAD httpfs',
  'PRAGMA version',
  'SELECT 1; SELECT 2',
  'SELECT 1); DROP VIEW cloud_group; (SELECT 2',
  'SELEC 1',
  '',
])('query refuses %j with one line and without a trace', async sql => {
  const before = await readdir(home, { recursive: true });
  const { code, stdout, stderr } = await query(sql);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^tallystick: .+\n$/);
  expect(await readdir(home, { recursive: true })).toEqual(before);
});

test('explain tells of an invariant in 80 columns, and gives SQL that runs by itself', async () => {
  const shipped = new URL('../../policies', import.meta.url).pathname;
  const explain = (...args: readonly string[]) =>
    tallystick(['explain', ...args, '--policies', shipped], { cwd: home });
  const { code, stdout } = await explain('member-missing-in-ad');
  expect(code).toBe(0);
  for (const part of ['Reads\n', 'Needs\n', 'What to do\n', 'Group.Read.All and Member.Read.Hidden', 'nist-800-53r5'])
    expect(stdout).toContain(part);
  for (const line of stdout.split('\n').filter(each => each.trim().includes(' ')))
    expect(line.length).toBeLessThanOrEqual(80);
  const sql = await explain('member-missing-in-ad', '--sql', '--snapshot', snapshot);
  expect(sql.stdout).toMatch(/^CREATE OR REPLACE VIEW .*read_parquet/);
  expect(sql.stdout).toMatch(/ORDER BY verdict, subject;\n/);
  expect((await explain('member-missing-in-ad', '--sql')).stdout).toMatch(/^-- member-missing-in-ad: /);
  expect(await explain('member-missing-in-a')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/did you mean member-missing-in-ad\?/),
  });
});

test('explain tells of a finding by the start of its fingerprint', async () => {
  await inFolder({ 'policies/twins.yaml': policyText('twins', 'group-has-twin') }, async cwd => {
    await tallystick(['audit', '--snapshot', snapshot, '--out', 'out', '-q'], { cwd });
    const audited = await tallystick(['audit', '--snapshot', snapshot, '--out', '-', '--format', 'json', '-q'], {
      cwd,
    });
    const { fingerprint, message } = JSON.parse(audited.stdout).findings[0];
    const told = await tallystick(
      ['explain', fingerprint.slice(0, 10).toUpperCase(), '--results', 'out/results.json'],
      { cwd },
    );
    expect(told).toMatchObject({ code: 0, stderr: '' });
    for (const part of [message, fingerprint, 'policies/twins.yaml:', 'group.writtenBack = false', 'Write it back.'])
      expect(told.stdout).toContain(part);
    expect(await tallystick(['explain', fingerprint], { cwd })).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/give --results/),
    });
    expect(await tallystick(['explain', '00000000', '--results', 'out/results.json'], { cwd })).toMatchObject({
      code: 2,
    });
  });
});
