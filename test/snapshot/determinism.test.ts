import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Row, snapshotFiles } from '../../src/snapshot/index.ts';
import { guid, inFolder, keyOf, rowOf, writeSnapshot } from './estate.ts';

test('the order of rows, the size of batches and the number of threads leave no trace', async () => {
  const rows = fc.uniqueArray(rowOf('cloud_group'), { maxLength: 40, selector: row => keyOf('cloud_group', row) });
  await fc.assert(
    fc.asyncProperty(rows, fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 4 }), (given, batch, threads) =>
      inFolder(async folder => {
        const one = await writeSnapshot(`${folder}/1`, draft => draft.add('cloud_group', given), { threads: 1 });
        const two = await writeSnapshot(
          `${folder}/2`,
          async draft => {
            const shuffled = [...given].reverse();
            for (let from = 0; from < shuffled.length; from += batch)
              await draft.add('cloud_group', shuffled.slice(from, from + batch));
          },
          { threads },
        );
        expect(two.id).toBe(one.id);
        expect(await readFile(join(two.path, 'manifest.json'))).toEqual(
          await readFile(join(one.path, 'manifest.json')),
        );
        expect(await snapshotFiles(two.path)).toEqual(await snapshotFiles(one.path));
      }),
    ),
    { numRuns: 6 },
  );
}, 240_000);

test(
  '400,000 memberships over several row groups, in two orders and with 1, 2 and 4 threads, spilled or not, give the same bytes',
  () =>
    inFolder(async folder => {
      const count = 400_000;
      const ids: string[] = [];
      for (const [threads, backwards, memory] of [
        [1, false, '1GB'],
        [2, true, '1GB'],
        [4, false, '60MB'],
      ] as const) {
        const groups = new Uint8Array(count * 16);
        const members = new Uint8Array(count * 16);
        const words = { groups: new DataView(groups.buffer), members: new DataView(members.buffer) };
        for (let index = 0; index < count; index++) {
          const edge = backwards ? count - 1 - index : index;
          words.groups.setUint32(index * 16, Math.imul(Math.floor(edge / 7), 2_654_435_761) >>> 0);
          words.members.setUint32(index * 16 + 12, Math.imul(edge, 2_246_822_519) >>> 0);
        }
        const { id } = await writeSnapshot(
          `${folder}/${threads}`,
          async draft => {
            for (let from = 0; from < groups.length; from += 16 * 30_011)
              await draft.edges(
                'ad_member',
                groups.subarray(from, from + 16 * 30_011),
                members.subarray(from, from + 16 * 30_011),
              );
          },
          { threads, memory },
        );
        ids.push(id);
      }
      expect(new Set(ids).size).toBe(1);
    }),
  240_000,
);

test('equal rows are written once, wherever they stand', () =>
  inFolder(async folder => {
    const setting = (value: string | null): Row<'cloud_setting'> => ({ template: 'Group.Unified', name: 'x', value });
    const other: Row<'cloud_setting'> = { template: 'A', name: 'b', value: null };
    const once = await writeSnapshot(`${folder}/1`, draft => draft.add('cloud_setting', [other, setting('1')]));
    const thrice = await writeSnapshot(`${folder}/2`, draft =>
      draft.add('cloud_setting', [setting('1'), other, setting('1'), other, setting('1')]),
    );
    expect(thrice.id).toBe(once.id);
  }));

test('null keys and repeated first rows are handled: identities without a SID', () =>
  inFolder(async folder => {
    const row: Row<'ad_identity'> = { role: 'sync', name: 'MSOL_1', sid: null, guessed: false };
    const one = await writeSnapshot(`${folder}/1`, draft => draft.add('ad_identity', [row]));
    const two = await writeSnapshot(`${folder}/2`, draft => draft.add('ad_identity', [row, row]));
    expect(two.id).toBe(one.id);
  }));

test('different rows of one key are refused with table and key, and nothing is left behind', () =>
  inFolder(async folder => {
    const rows: Row<'cloud_setting'>[] = ['1', '2', '1'].map(value => ({ template: 'T', name: 'n', value }));
    await expect(writeSnapshot(folder, draft => draft.add('cloud_setting', rows))).rejects.toMatchObject({
      kind: 'bug',
      message: 'table cloud_setting got different rows with the key template = T, name = n',
    });
    const kinds = ['user', 'group'].map(kind => ({ group_id: guid(1), member_id: guid(2), kind }));
    await expect(writeSnapshot(folder, draft => draft.add('cloud_member', kinds))).rejects.toMatchObject({
      message: `table cloud_member got different rows with the key group_id = ${guid(1)}, member_id = ${guid(2)}`,
    });
  }));
