import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { evaluate, formatTests, runTests } from '../../src/evaluate/index.ts';
import { relationStatements } from '../../src/model/index.ts';
import { type MemorySnapshots, memorySnapshots, type Row, type Snapshot } from '../../src/snapshot/index.ts';
import { randomFrom } from '../lab/generator/random.ts';
import { compare } from './comparing.ts';
import { degrade } from './degrade.ts';
import { judgesOf, loadInvariants, verdictsOf } from './judging.ts';
import { AS_OF, coverageRow, type World, worldOf } from './world.ts';

const here = dirname(fileURLToPath(import.meta.url));
const invariants = loadInvariants(['test/evaluate/turnover.yaml']);
const judges = judgesOf(invariants);

let snapshots: MemorySnapshots;
beforeAll(async () => {
  snapshots = await memorySnapshots();
});
afterAll(() => snapshots.close());

/** What the same directory looked like a day before: some groups and members were not there yet, others still were. */
function dayBefore(world: World, seed: number): World {
  const random = randomFrom(seed);
  const earlier: World = structuredClone(world);
  earlier.ad_group = earlier.ad_group.filter(() => random.chance(0.8));
  earlier.ad_member = earlier.ad_member.flatMap(row =>
    random.chance(0.7) ? [row] : random.chance(0.5) ? [] : [{ ...row, member_guid: random.pick(world.ad_user).guid }],
  );
  earlier.ad_member = [
    ...new Map(earlier.ad_member.map(row => [`${row.group_guid} ${row.member_guid}`, row])).values(),
  ];
  return earlier;
}

/** And some of them are gone since. */
function dayAfter(world: World, seed: number): World {
  const random = randomFrom(seed);
  return { ...world, ad_group: world.ad_group.filter(() => random.chance(0.8)) };
}

function openBoth(world: World, earlier: World): Promise<Snapshot> {
  const at = (ms: number) => new Date(ms).toISOString();
  const facts = (ms: number) => ({ scope: { flavours: [], containers: [] }, start: at(ms), end: at(ms) });
  return snapshots.open(world, facts(AS_OF), { rows: earlier, facts: facts(AS_OF - 86_400_000) });
}

test('the cases of turnover hold: pass, fail, new, gone, empty, and unknown by a gap in either snapshot', async () => {
  const run = await runTests({ paths: ['turnover.test.yaml'], cwd: here });
  expect({ text: formatTests(run, {}), problems: run.problems }).toMatchObject({
    text: expect.stringContaining('9 cases, 0 failed'),
    problems: [],
  });
});

test('an unknown says what was not read: no snapshot, a gap in the earlier one, or a group that is gone', async () => {
  const world = worldOf(3, 4);
  const alone = await evaluate(
    await snapshots.open(world, {
      scope: { flavours: [], containers: [] },
      ...{ start: '2026-08-01T12:00:00Z', end: '2026-08-01T12:00:00Z' },
    }),
    invariants,
  );
  expect(alone.gaps.filter(({ reason }) => reason.includes('--previous')).map(({ facet }) => facet)).toEqual([
    'ad.earlierGroups',
    'ad.earlierMembers',
  ]);
  for (const { counts, judgements } of alone.outcomes) {
    expect(counts).toEqual({ subjects: 1, outOfScope: 0, pass: 0, fail: 0, unknown: 1 });
    expect(judgements[0]?.message).toMatch(/--previous.* because ad\.earlier/);
  }

  const [group] = world.ad_group.filter(row => row.external_id !== null);
  if (group === undefined) throw new Error('the world has no group of writeback');
  const earlier = structuredClone(world);
  earlier.coverage.push({ ...coverageRow('ad.members', group.guid, false), reason: 'too long' });
  const part = await evaluate(await openBoth({ ...world, ad_group: world.ad_group.slice(0, -3) }, earlier), invariants);
  expect(part.gaps).toContainEqual({
    ...{ facet: 'ad.earlierMembers', source: 'ad', object: group.guid, reason: 'of the earlier snapshot: too long' },
    invariants: ['little-changed', 'never-empty', 'nobody-went', 'written-back-grows'],
  });
  const of = (id: string) => part.outcomes.find(({ invariant }) => invariant.id === id)?.judgements ?? [];
  const unknown = of('nobody-went').find(({ subject }) => subject.key === group.guid);
  expect(unknown).toMatchObject({ verdict: 'unknown', missing: ['ad.earlierMembers'] });
  const gone = of('nothing-gone').find(({ verdict }) => verdict === 'fail');
  const unsaid = of('written-back-grows').find(({ subject }) => subject.key === gone?.subject.key);
  expect(unsaid).toMatchObject({ verdict: 'unknown', missing: [], message: expect.stringMatching(/turnover\.gone/) });
});

const without = (some: Set<string>, others: Set<string>) => [...some].filter(each => !others.has(each)).length;

/** What is expected of two whole snapshots, by other means. */
function expected(world: World, earlier: World): Record<string, unknown>[] {
  const marked = (row: Row<'ad_group'>) =>
    row.object_class === 'group' &&
    (row.in_container ||
      [row.external_id, row.admin_description].some(text => /^group_[0-9a-f-]{36}$/i.test(text ?? '')));
  const membersOf = (of: World, group: string) =>
    new Set(of.ad_member.filter(row => row.group_guid === group).map(row => row.member_guid));
  const guids = new Set([...world.ad_group, ...earlier.ad_group].filter(marked).map(({ guid }) => guid));
  return [...guids].sort().map(guid => {
    const held = (of: World) => of.ad_group.some(row => row.guid === guid);
    const [now, before] = [world, earlier].map(of => (held(of) ? membersOf(of, guid) : new Set<string>()));
    if (now === undefined || before === undefined) throw new Error('two worlds');
    return {
      ...{ guid, new: !held(earlier), gone: !held(world), now: now.size, before: before.size },
      ...{ added: without(now, before), removed: without(before, now) },
    };
  });
}

test('the numbers are those of sets of members', async () => {
  const seen = { new: 0, gone: 0, changed: 0, same: 0 };
  for (const seed of [1, 2, 3]) {
    const whole = worldOf(seed, 6);
    const [world, earlier] = [dayAfter(whole, seed + 50), dayBefore(whole, seed)];
    const snapshot = await openBoth(world, earlier);
    for (const statement of relationStatements(['FROM member_turnover'])) await snapshot.run(statement);
    const rows = await snapshot.rows(
      `SELECT guid::VARCHAR AS guid, "new", gone, now::INT AS now, "before"::INT AS "before", added::INT AS added, removed::INT AS removed
      FROM member_turnover ORDER BY guid`,
    );
    const wanted = expected(world, earlier);
    expect(rows).toEqual(wanted);
    for (const row of wanted) {
      const kind = row.new === true ? 'new' : row.gone === true ? 'gone' : row.now !== row.before ? 'changed' : 'same';
      seen[kind] += 1;
    }
  }
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(0);
});

test('what either snapshot lacks neither invents nor hides a change', async () => {
  const verdicts = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      fc.nat(10_000),
      fc.nat(10_000),
      fc.constantFrom('now', 'before', 'both'),
      async (seed, loss, where) => {
        const whole = worldOf(seed, 3);
        const [world, earlier] = [dayAfter(whole, seed + 50), dayBefore(whole, seed)];
        const truth = await verdictsOf(await openBoth(world, earlier), judges);
        for (const row of truth.get('memberTurnovers') ?? []) for (const code of row.codes) verdicts.add(String(code));
        const seen = await openBoth(
          where === 'before' ? world : degrade(world, loss).world,
          where === 'now' ? earlier : degrade(earlier, loss + 1).world,
        );
        expect(compare(judges, truth, await verdictsOf(seen, judges))).toEqual([]);
      },
    ),
    { numRuns: 16, seed: 11 },
  );
  expect([...verdicts].sort()).toEqual(['0', '1', '2', '3']);
}, 240_000);
