import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { evaluate } from '../../src/evaluate/index.ts';
import { fromClause, model, relationStatements } from '../../src/model/index.ts';
import {
  createPseudonyms,
  memorySnapshots,
  type Snapshot,
  type TableName,
  withheldFacets,
} from '../../src/snapshot/index.ts';
import { redactionBy } from '../../src/snapshot/redaction.ts';
import { judgesOf, loadInvariants, openWorld, verdictsOf } from './judging.ts';
import { coverageRow, type World, worldOf } from './world.ts';

// Pseudonyms may make a verdict unknown, never wrong: every fact of every population is held against its value in clear text, and every verdict too.

const pseudonyms = createPseudonyms('a key of at least thirty-two characters');
const redaction = redactionBy(pseudonyms);

function redacted(whole: World): World {
  const rows = Object.fromEntries(
    (Object.keys(whole) as TableName[]).map(table => [table, redaction.rows(table, whole[table])]),
  );
  const withheld: readonly string[] = withheldFacets();
  const coverage = whole.coverage.filter(row => !withheld.includes(row.facet));
  return { ...(rows as World), coverage: [...coverage, ...withheld.map(facet => coverageRow(facet, '', false))] };
}

type Fact = { readonly path: string; readonly fact: string; readonly clear: boolean };

/** What is known of the rows of a population by their subjects: of a name only whether it is there, and how many. Rows of one subject in any order. */
async function factsOf(
  snapshot: Snapshot,
  name: string,
): Promise<readonly { readonly key: string; readonly facts: readonly Fact[] }[]> {
  const population = model.populations.get(name);
  if (population === undefined) throw new Error(`no population ${name}`);
  const columns = [
    `${population.subject.key} AS subject`,
    ...population.fields.flatMap(({ sql, known, clear, type }, at) => {
      const told = clear === undefined ? sql : type === 'string[]' ? `len(${sql})` : `(${sql}) IS NULL`;
      return [
        `CASE WHEN ${known} THEN coalesce(to_json(${told})::VARCHAR, 'absent') ELSE 'unknown' END AS v${at}`,
        `coalesce(${clear?.sql ?? 'true'}, false) AS c${at}`,
      ];
    }),
  ];
  const select = `SELECT ${columns.join(',\n')}\n${fromClause(population, population.relation, columns)}`;
  for (const statement of relationStatements([select])) await snapshot.run(statement);
  const rows = await snapshot.rows(select);
  return rows.map(row => ({
    key: String(row.subject),
    facts: population.fields.map(({ path }, at) => ({
      path,
      fact: String(row[`v${at}`]),
      clear: row[`c${at}`] === true,
    })),
  }));
}

// Only the form of a name cannot be told any more; what its verdicts are is seen below.
const FORM = 'group.ad.nameForm';

type Facts = Awaited<ReturnType<typeof factsOf>>;

const NAMES: ReadonlySet<string> = new Set(['ad.names', 'cloud.names']);

/** Fields that say that they are unknown without names. */
function needingNames(name: string): ReadonlySet<string> {
  const fields = model.populations.get(name)?.fields ?? [];
  return new Set(fields.flatMap(({ path, also }) => (also.some(facet => NAMES.has(facet)) ? [path] : [])));
}

/** Whether a population says that its rows depend on names. */
function rowsNeedNames(name: string): boolean {
  return model.populations.get(name)?.rows.some(facet => NAMES.has(facet)) === true;
}

/** What pseudonyms change and nothing announces: another value, an unknown of a field that does not name ad.names or cloud.names, a row that is gone or new. */
function changes(name: string, clear: Facts, hidden: Facts, under: (key: string) => string): readonly string[] {
  const shy = needingNames(name);
  const loose = rowsNeedNames(name);
  const rows = new Map(hidden.map(({ key, facts }) => [key, facts]));
  return clear.flatMap(({ key, facts }) => {
    const own = rows.get(under(key));
    if (own === undefined) return loose && rows.has('') ? [] : [`${key} is gone`];
    return facts.flatMap(({ path, fact }, at) => {
      const now = own[at]?.fact;
      const announced = now === 'unknown' && (loose || shy.has(path));
      return path === FORM || now === fact || announced ? [] : [`${key} ${path} ${fact} → ${now}`];
    });
  });
}

/** The key of a subject under pseudonyms. */
function keyUnder(population: string, key: string): string {
  if (population === 'addresses' && key !== '') return pseudonyms.address(key);
  return population === 'containers' && key.includes('=') ? pseudonyms.dn(key).toLowerCase() : key;
}

test.each([...model.populations.keys()])(
  'facts of %s keep their values, or are known to be names',
  async name => {
    const names = new Set(
      (model.populations.get(name)?.fields ?? []).flatMap(({ path, clear }) => (clear ? [path] : [])),
    );
    const snapshots = await memorySnapshots();
    try {
      await fc.assert(
        fc.asyncProperty(fc.nat(100_000), async seed => {
          const world = worldOf(seed, 12);
          const clear = await factsOf(await openWorld(snapshots, world), name);
          const hidden = await factsOf(await openWorld(snapshots, redacted(world)), name);
          expect(changes(name, clear, hidden, key => keyUnder(name, key))).toEqual([]);
          if (!rowsNeedNames(name)) expect(hidden.length).toBe(clear.length);
          for (const { path, clear: isClear } of hidden.flatMap(row => row.facts))
            expect([path, isClear]).toEqual([path, !names.has(path)]);
        }),
        { numRuns: 1, seed: 3 },
      );
    } finally {
      await snapshots.close();
    }
  },
  900_000,
);

const shipped = loadInvariants(['policies']);
const extra = loadInvariants(['test/evaluate/extra.yaml']);

test('every verdict stays what it is in clear text, or is unknown for the sake of names', async () => {
  const snapshots = await memorySnapshots();
  const judges = judgesOf([...shipped, ...extra]);
  const told = new Map<string, { same: number; unknown: number }>();
  try {
    for (let seed = 1; seed <= 3; seed += 1) {
      const world = worldOf(seed, 12);
      const clear = await verdictsOf(await openWorld(snapshots, world), judges);
      const hidden = await verdictsOf(await openWorld(snapshots, redacted(world)), judges);
      for (const { population, invariants } of judges) {
        const rows = new Map((clear.get(population.name) ?? []).map(row => [keyUnder(population.name, row.key), row]));
        if (!rowsNeedNames(population.name))
          expect(hidden.get(population.name)?.length).toBe(clear.get(population.name)?.length);
        for (const row of hidden.get(population.name) ?? [])
          for (const [at, { invariant, clears, reads }] of invariants.entries()) {
            // A row that stands for what nobody can tell is new; what is out of its scope depends on no name.
            const code = row.codes[at];
            const was = rows.get(row.key)?.codes[at] ?? (code === 0 ? 0 : 3);
            const tally = told.get(invariant.id) ?? { same: 0, unknown: 0 };
            told.set(invariant.id, tally);
            if (code === was) tally.same += 1;
            else {
              tally.unknown += 1;
              const shy = needingNames(population.name);
              const why = clears.length > 0 || reads.some(path => shy.has(path)) || rowsNeedNames(population.name);
              expect([invariant.id, row.key, code, why]).toEqual([invariant.id, row.key, 3, true]);
            }
          }
      }
    }
  } finally {
    await snapshots.close();
  }
  // Nearly every shipped invariant does without names.
  const shy = shipped.filter(({ invariant }) => (told.get(invariant.id)?.unknown ?? 0) > 0);
  expect(shy.map(({ invariant }) => invariant.id)).toContain('written-name-matches-format');
  expect(shy.length).toBeLessThan(shipped.length / 5);
}, 900_000);

test('a verdict on pseudonyms says that it is for the sake of names, and messages show the pseudonyms', async () => {
  const invariants = loadInvariants(['test/evaluate/names.yaml']);
  const snapshots = await memorySnapshots();
  try {
    const { outcomes, gaps } = await evaluate(await openWorld(snapshots, redacted(worldOf(1, 6))), invariants);
    const [prefix, shared, unnamed] = ['names-prefix', 'names-shared', 'names-present'].map(id =>
      outcomes.find(({ invariant }) => invariant.id === id),
    );
    expect(prefix?.counts).toMatchObject({ pass: 0, fail: 0 });
    expect(shared?.counts).toMatchObject({ pass: 0, fail: 0 });
    for (const { verdict, missing } of [...(prefix?.judgements ?? []), ...(shared?.judgements ?? [])])
      expect([verdict, missing]).toEqual(['unknown', ['cloud.names']]);
    // Whether there is a name is known all the same.
    expect(unnamed?.counts).toMatchObject({ unknown: 0 });
    const failures = unnamed?.judgements ?? [];
    expect(failures.length).toBeGreaterThan(0);
    for (const { message } of failures) expect(message).toMatch(/^(CN=(n-[a-z2-7]{16}|Group_).* has \d+ addresses)$/i);
    expect(gaps.map(({ facet, invariants: affected }) => [facet, affected])).toEqual([
      ['ad.names', []],
      ['cloud.names', ['names-prefix', 'names-shared']],
    ]);
  } finally {
    await snapshots.close();
  }
});
