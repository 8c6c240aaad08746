import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { openSnapshot } from '../../src/snapshot/index.ts';
import { guid, inFolder, writeSnapshot } from './estate.ts';

/** One part of a random history: which edges it brings, in which turn it comes, and how it ends. */
type Piece = { readonly edges: readonly number[]; readonly fate: 'keep' | 'drop' | 'forget' };

const row = (n: number) => ({ group_guid: guid(1), member_guid: guid(n) });

test(
  'what is kept of parts is as if it had been added, what is dropped or forgotten as if it had never come',
  () =>
    fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.nat(5000), { maxLength: 40 }),
        fc.array(
          fc.record({
            edges: fc.uniqueArray(fc.nat(5000), { maxLength: 40 }),
            fate: fc.constantFrom('keep', 'drop', 'forget') as fc.Arbitrary<Piece['fate']>,
          }),
          { maxLength: 4 },
        ),
        (plain, pieces) =>
          inFolder(async folder => {
            const parted = await writeSnapshot(folder, async draft => {
              const open = pieces.map(piece => ({ ...piece, part: draft.part() }));
              // All at the same time, as the domains of a forest would be.
              await Promise.all(open.map(({ edges, part }) => part.add('ad_member', edges.map(row))));
              await draft.add('ad_member', plain.map(row));
              for (const { fate, part } of open) {
                if (fate === 'keep') part.keep();
                if (fate === 'drop') await part.drop();
              }
            });
            const kept = pieces.filter(({ fate }) => fate === 'keep').flatMap(({ edges }) => edges);
            const snapshot = await openSnapshot(parted.path);
            const members = await snapshot.rows('SELECT member_guid FROM ad_member ORDER BY ALL');
            await snapshot.close();
            expect(members).toEqual(
              [...new Set([...plain, ...kept].map(guid))].sort().map(member_guid => ({ member_guid })),
            );
            // Equal content, equal bytes, whichever way it came.
            const whole = await writeSnapshot(folder, draft => draft.add('ad_member', [...plain, ...kept].map(row)));
            expect(whole.id).toBe(parted.id);
          }),
      ),
      { numRuns: 6 },
    ),
  240_000,
);

test('a part that is settled takes nothing more, and settling it twice changes nothing', () =>
  inFolder(async folder => {
    const { path } = await writeSnapshot(folder, async draft => {
      const [kept, dropped] = [draft.part(), draft.part()];
      await kept.add('ad_member', [row(1)]);
      await dropped.add('ad_member', [row(2)]);
      kept.keep();
      await dropped.drop();
      await kept.drop();
      dropped.keep();
      for (const part of [kept, dropped])
        await expect(part.add('ad_member', [row(3)])).rejects.toMatchObject({ kind: 'bug' });
    });
    const snapshot = await openSnapshot(path);
    expect(await snapshot.rows('SELECT member_guid FROM ad_member')).toEqual([{ member_guid: guid(1) }]);
    await snapshot.close();
  }));
