import { expect, test } from '@jest/globals';
import { memorySnapshot, memorySnapshots, type TableRows } from '../../src/snapshot/index.ts';
import { end, guid, scope, start } from './estate.ts';

const facts = { scope, start, end };
const one: TableRows = { cloud_managed_group: [{ group_id: guid(1) }], scope_flavour: [{ flavour: 'connect-v1' }] };

test('the id depends on the content, not on its order, its repetition or empty tables', async () => {
  const snapshots = await memorySnapshots();
  const idOf = async (rows: TableRows) => (await snapshots.open(rows, facts)).id;
  const two = { cloud_managed_group: [{ group_id: guid(1) }, { group_id: guid(2) }] };
  const id = await idOf(two);
  expect(await idOf({ cloud_managed_group: [{ group_id: guid(2) }, { group_id: guid(1) }], ad_user: [] })).toBe(id);
  expect(await idOf({ cloud_managed_group: [...two.cloud_managed_group, { group_id: guid(2) }] })).toBe(id);
  expect(await idOf(one)).not.toBe(id);
  await snapshots.close();
  const alone = await memorySnapshot(two, facts);
  expect(alone.id).toBe(id);
  await alone.close();
});

test('a snapshot knows nothing of the one before: no rows, no temporary tables', async () => {
  const snapshots = await memorySnapshots();
  const first = await snapshots.open(one, facts);
  await first.run('CREATE TEMP TABLE leftover AS SELECT 1');
  const second = await snapshots.open({}, facts);
  expect(
    await second.rows('SELECT (SELECT count(*) FROM cloud_managed_group) + (SELECT count(*) FROM scope_flavour) AS n'),
  ).toEqual([{ n: 0 }]);
  await expect(second.rows('FROM leftover')).rejects.toMatchObject({ kind: 'bug' });
  await expect(first.rows('SELECT 1')).rejects.toThrow();
  await first.close();
  expect(await second.rows('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await snapshots.close();
});

test('a case that fails leaves the next one usable', async () => {
  const snapshots = await memorySnapshots();
  const odd = { cloud_setting: ['1', '2'].map(value => ({ template: 'T', name: 'n', value })) };
  await expect(snapshots.open(odd, facts)).rejects.toMatchObject({
    kind: 'bug',
    message: /cloud_setting got different rows/,
  });
  const misfit = { ...one, ad_schema: [{ name: 'member', kind: 'attribute', guid: 'no guid' }] };
  await expect(snapshots.open(misfit, facts)).rejects.toMatchObject({ kind: 'bug', message: /ad_schema: column guid/ });
  const next = await snapshots.open(one, facts);
  expect(await next.rows('FROM cloud_managed_group')).toEqual([{ group_id: guid(1) }]);
  expect(await next.rows('FROM ad_schema')).toEqual([]);
  await snapshots.close();
});
