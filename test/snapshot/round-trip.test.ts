import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  memorySnapshots,
  openSnapshot,
  packIds,
  type Row,
  type TableName,
  type TableRows,
  tables,
  viewsSql,
} from '../../src/snapshot/index.ts';
import { end, guid, inFolder, keyOf, recordSample, rowOf, scope, start, writeSnapshot } from './estate.ts';

const names = Object.keys(tables) as TableName[];
const facts = { scope, start, end };

/** Any contents of any few tables, with unique keys. */
const contents = fc
  .uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 4 })
  .chain(chosen =>
    fc.record(
      Object.fromEntries(
        chosen.map(name => [name, fc.uniqueArray(rowOf(name), { maxLength: 6, selector: row => keyOf(name, row) })]),
      ) as Record<TableName, fc.Arbitrary<Row<TableName>[]>>,
    ),
  );

function sorted(table: TableName, rows: readonly object[]): readonly object[] {
  return [...rows].sort((a, b) => (keyOf(table, a) < keyOf(table, b) ? -1 : 1));
}

test('any row of any table comes back as it was written', async () => {
  await fc.assert(
    fc.asyncProperty(contents, given =>
      inFolder(async folder => {
        const entries = Object.entries(given) as [TableName, Row<TableName>[]][];
        const { path } = await writeSnapshot(folder, async draft => {
          for (const [table, rows] of entries) if (table !== 'coverage') await draft.add(table, rows);
        });
        const snapshot = await openSnapshot(path);
        try {
          for (const [table, rows] of entries) {
            if (table === 'coverage') continue;
            expect(sorted(table, await snapshot.rows(`SELECT * FROM ${table}`))).toEqual(sorted(table, rows));
          }
        } finally {
          await snapshot.close();
        }
      }),
    ),
    { numRuns: 12 },
  );
}, 240_000);

test('any row of any table comes back from memory', async () => {
  const snapshots = await memorySnapshots();
  try {
    await fc.assert(
      fc.asyncProperty(contents, async given => {
        const snapshot = await snapshots.open(given as TableRows, facts);
        for (const [table, rows] of Object.entries(given) as [TableName, Row<TableName>[]][])
          expect(sorted(table, await snapshot.rows(`SELECT * FROM ${table}`))).toEqual(sorted(table, rows));
      }),
      { numRuns: 60 },
    );
  } finally {
    await snapshots.close();
  }
}, 240_000);

test('half of a surrogate pair, which UTF-8 cannot hold, becomes the replacement character', () =>
  inFolder(async folder => {
    const { path } = await writeSnapshot(folder, draft =>
      draft.add('cloud_setting', [{ template: 'a\ud800b', name: '\udc00', value: null }]),
    );
    const snapshot = await openSnapshot(path);
    expect(await snapshot.rows('FROM cloud_setting')).toEqual([{ template: 'a\ufffdb', name: '\ufffd', value: null }]);
    await snapshot.close();
  }));

test(
  'chunk borders lose nothing: 0, 1, 2047, 2048, 2049 and 6,000 rows with lists and nulls',
  () =>
    inFolder(async folder => {
      for (const count of [0, 1, 2047, 2048, 2049, 6000]) {
        const rows = Array.from({ length: count }, (_, index) => ({
          id: guid(index),
          display_name: index % 3 === 0 ? null : `group ${index}`,
          deleted: index % 2 === 0 ? null : index,
          group_types: Array.from({ length: index % 4 }, (_, item) => `${index}/${item}`),
          security_enabled: index % 5 === 0 ? null : index % 2 === 0,
          mail_enabled: null,
        }));
        const { path } = await writeSnapshot(folder, async draft => {
          for (let from = 0; from < count; from += 777)
            await draft.add('cloud_deleted_group', rows.slice(from, from + 777));
        });
        const snapshot = await openSnapshot(path);
        expect(await snapshot.rows('FROM cloud_deleted_group ORDER BY id')).toEqual(rows);
        await snapshot.close();
      }
    }),
  240_000,
);

test('raw ids are the same edges as rows', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(rowOf('cloud_member'), { maxLength: 50, selector: row => keyOf('cloud_member', row) }),
      rows =>
        inFolder(async folder => {
          const kinds = Uint8Array.from(rows.map(row => ['user', 'group', '', '', '', 'other'].indexOf(row.kind)));
          const groups = packIds(rows.map(row => row.group_id));
          const members = packIds(rows.map(row => row.member_id));
          const one = await writeSnapshot(`${folder}/1`, draft => draft.add('cloud_member', rows));
          const two = await writeSnapshot(`${folder}/2`, draft => draft.edges('cloud_member', groups, members, kinds));
          expect(two.id).toBe(one.id);
        }),
    ),
    { numRuns: 4 },
  );
}, 240_000);

test('stock DuckDB reads a snapshot through viewsSql', () =>
  inFolder(async folder => {
    const { path } = await writeSnapshot(folder, recordSample);
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    await connection.run(viewsSql(`${path}/`));
    const result = await connection.runAndReadAll('SELECT group_id::VARCHAR, kind FROM cloud_member ORDER BY ALL');
    expect(result.getRows()).toEqual([
      [guid(1), 'group'],
      [guid(1), 'servicePrincipal'],
      [guid(2), 'user'],
    ]);
    connection.closeSync();
  }));

test('values arrive as JavaScript numbers, texts, arrays and objects', () =>
  inFolder(async folder => {
    const { path } = await writeSnapshot(folder, recordSample);
    const snapshot = await openSnapshot(path);
    const sql = `SELECT 9007199254740991::BIGINT AS safe, 9007199254740992::HUGEINT AS large, 1.5::DECIMAL(4,2) AS fraction,
      TIMESTAMP '1969-12-31 23:59:59.9995' AS instant, [1, NULL] AS list, {'a': UUID '${guid(10)}'} AS struct, DATE '2026-01-02' AS day`;
    expect(await snapshot.rows(sql)).toEqual([
      {
        safe: 2 ** 53 - 1,
        large: '9007199254740992',
        fraction: 1.5,
        instant: -1,
        list: [1, null],
        struct: { a: guid(10) },
        day: '2026-01-02',
      },
    ]);
    const batches: number[] = [];
    for await (const batch of snapshot.stream('SELECT * FROM range(5000)')) batches.push(batch.length);
    expect(batches.reduce((sum, size) => sum + size, 0)).toBe(5000);
    for await (const batch of snapshot.stream('SELECT * FROM range(500000)')) if (batch.length > 0) break;
    expect(await snapshot.rows('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await snapshot.close();
  }));

test('nothing can be asked while a stream is open, so that no stream ends early in silence', () =>
  inFolder(async folder => {
    const { path } = await writeSnapshot(folder, recordSample);
    const snapshot = await openSnapshot(path);
    let rows = 0;
    for await (const batch of snapshot.stream('FROM range(300000)')) {
      rows += batch.length;
      for (const ask of [snapshot.run, snapshot.rows, snapshot.query])
        await expect(ask('SELECT 1')).rejects.toMatchObject({ kind: 'bug' });
      await expect(snapshot.stream('SELECT 1')[Symbol.asyncIterator]().next()).rejects.toMatchObject({ kind: 'bug' });
    }
    expect(rows).toBe(300_000);
    expect(await snapshot.rows('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await snapshot.close();
  }));
