import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { amendSnapshot, openSnapshot, type SnapshotDraft, verifySnapshot } from '../../src/snapshot/index.ts';
import { end, guid, inFolder, recordSample, start, writeSnapshot } from './estate.ts';

const again = '2026-08-22T09:10:00.000Z';
const later = '2026-08-22T09:11:00.000Z';
const options = { version: '0.1.0', again };

/** Groups with the members of each, and which of them show a gap. */
type Groups = ReadonlyMap<number, { readonly members: readonly number[]; readonly gap: boolean }>;

const group = fc.record({ members: fc.uniqueArray(fc.integer({ min: 20, max: 26 })), gap: fc.boolean() });
const groups: fc.Arbitrary<Groups> = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 6 }), group), { selector: ([id]) => id })
  .map(entries => new Map(entries));

async function record(draft: SnapshotDraft, all: Groups): Promise<void> {
  const part = draft.part();
  for (const [id, { members, gap }] of all) {
    await part.add(
      'cloud_member',
      members.map(member => ({ group_id: guid(id), member_id: guid(member), kind: 'user' as const })),
    );
    await draft.add('cloud_managed_group', [{ group_id: guid(id) }]);
    if (gap) draft.gap('cloud.members', 'refused', guid(id));
  }
  part.keep();
}

const tablesOf = async (path: string) =>
  (await verifySnapshot(path)).manifest.tables.map(({ table, rows, sha256 }) => `${table} ${rows} ${sha256}`);

test(
  'an amended snapshot holds what one would that was written anew: new rows for what was replaced, the rest as it was, byte for byte',
  () =>
    inFolder(folder =>
      fc.assert(
        fc.asyncProperty(
          groups,
          groups,
          fc.uniqueArray(fc.integer({ min: 1, max: 6 })),
          async (before, now, restored) => {
            const one = await writeSnapshot(folder, draft => record(draft, before));
            const draft = await amendSnapshot(await verifySnapshot(one.path), { directory: folder, ...options });
            for (const table of ['cloud_member', 'coverage'] as const) draft.replace(table, [...now.keys()].map(guid));
            await record(draft, now);
            draft.restore(restored.map(guid));
            const amended = await draft.finish(later);
            const kept = [...now].filter(([id]) => !restored.includes(id));
            const expected: Groups = new Map([...before, ...kept]);
            const anew = await writeSnapshot(folder, async plain => {
              await record(plain, expected);
              // Rows of no single object are only added to.
              for (const id of now.keys()) await plain.add('cloud_managed_group', [{ group_id: guid(id) }]);
            });
            expect(await tablesOf(amended.path)).toEqual(await tablesOf(anew.path));
          },
        ),
        { numRuns: 4 },
      ),
    ),
  240_000,
);

test('an amended snapshot says what it continues, and begins with it', () =>
  inFolder(async folder => {
    const one = await writeSnapshot(folder, recordSample);
    const draft = await amendSnapshot(await verifySnapshot(one.path), { directory: folder, ...options });
    draft.replace('cloud_member', [guid(2)]);
    const { path } = await draft.finish(later);
    const { manifest } = await verifySnapshot(path);
    expect(manifest).toMatchObject({ start, end: later, continues: { snapshot: one.id, again } });
    expect(manifest.sources).toHaveLength(1);
    const snapshot = await openSnapshot(path);
    expect(await snapshot.rows('SELECT DISTINCT group_id::VARCHAR AS id FROM cloud_member')).toEqual([{ id: guid(1) }]);
    expect(await snapshot.rows("SELECT complete, retrieved FROM coverage WHERE facet = 'cloud.groups'")).toEqual([
      { complete: true, retrieved: 2 },
    ]);
    await snapshot.close();
    expect((await verifySnapshot(one.path)).manifest.end).toBe(end);
  }));
