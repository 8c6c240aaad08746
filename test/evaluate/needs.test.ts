import { expect, test } from '@jest/globals';
import { model } from '../../src/model/index.ts';
import { type CompiledInvariant, neededFacets } from '../../src/policy/index.ts';
import { type FacetName, facets, memorySnapshots, ownFacets, withPrerequisites } from '../../src/snapshot/index.ts';
import { randomFrom } from '../lab/generator/random.ts';
import { judgesOf, loadInvariants, openWorld, type Verdicts, verdictsOf } from './judging.ts';
import { askedOnly } from './unasked.ts';
import { worldOf } from './world.ts';

// What `collect --minimal` stands on: the facets that policies are said to need are enough for every verdict, and no invariant is said to need everything.

const shipped = loadInvariants(['policies']);
const extra = loadInvariants(['test/evaluate/extra.yaml']);
const neededBy = (invariants: readonly CompiledInvariant[]): ReadonlySet<FacetName> =>
  new Set(withPrerequisites(invariants.flatMap(each => neededFacets(each, model))));

/** Verdicts by population and subject; rows of one subject in any order. */
function comparable(verdicts: Verdicts): unknown {
  return [...verdicts].map(([name, rows]) => [name, rows.map(row => `${row.key} ${row.codes.join(' ')}`).sort()]);
}

async function differing(sets: readonly (readonly CompiledInvariant[])[], seeds: readonly number[]): Promise<string[]> {
  const snapshots = await memorySnapshots();
  try {
    const found: string[] = [];
    for (const seed of seeds) {
      // What a judgement costs is its plan: one large world sees as much as two small ones.
      const world = worldOf(seed, 8);
      for (const invariants of sets) {
        const judges = judgesOf(invariants);
        const whole = comparable(await verdictsOf(await openWorld(snapshots, world), judges));
        const part = askedOnly(world, neededBy(invariants));
        const seen = comparable(await verdictsOf(await openWorld(snapshots, part), judges));
        if (JSON.stringify(seen) !== JSON.stringify(whole))
          found.push(`${invariants.map(each => each.invariant.id).join(' ')} (seed ${seed})`);
      }
    }
    return found;
  } finally {
    await snapshots.close();
  }
}

// What is said of the reading itself is said of that reading, whatever another asks for.
const directories = shipped.filter(({ invariant }) => !['readings', 'snapshots'].includes(invariant.over));

// Those that need the same can be judged at once and still have nothing else to go by.
const alone = [...Map.groupBy([...directories, ...extra], each => [...neededBy([each])].join(' ')).values()];

test('each invariant is judged alike on what it is said to need', async () => {
  expect(alone.length).toBeGreaterThan(20);
  expect(await differing(alone, [4])).toEqual([]);
}, 900_000);

test('random choices of invariants are judged alike on what they are said to need', async () => {
  const random = randomFrom(11);
  const sets = Array.from({ length: 12 }, () => random.sample(directories, random.between(2, 8)));
  expect(await differing(sets, [5])).toEqual([]);
}, 900_000);

test('no invariant needs more than it must', () => {
  const needs = Object.fromEntries(shipped.map(each => [each.invariant.id, neededFacets(each, model)]));
  expect(needs['v2-disabled']).toEqual(['cloud.onPremisesSynchronization', 'cloud.organization']);
  expect(needs['hard-deleted-still-in-ad']).toEqual([
    'ad.containers',
    'ad.groups',
    'cloud.deletedGroups',
    'cloud.groups',
  ]);
  expect(needs['exchange-schema-present']).toEqual(['ad.domain', 'ad.exchange']);
  expect(needs['member-missing-in-ad']).not.toContain('ad.acl');
  const broad = Object.entries(needs).flatMap(([id, { length }]) => (length > 7 ? [`${length} ${id}`] : []));
  expect(broad.sort()).toEqual([
    '10 effective-members-equal',
    '8 nested-cloud-group-expressed',
    '8 one-object-per-target-domain',
    '9 gpad-msds-anchor-present',
    '9 groups-only-empty-membership',
    '9 member-missing-in-ad',
  ]);
});

test('what has to be read first is there, and belongs to the same source', () => {
  for (const name of ownFacets()) {
    const all = withPrerequisites([name]);
    expect(all).toContain(name);
    for (const each of all) expect([each, facets[each].source]).toEqual([each, facets[name].source]);
  }
  expect(withPrerequisites(['ad.trustees'])).toEqual([
    'ad.acl',
    'ad.containers',
    'ad.domain',
    'ad.groups',
    'ad.trustees',
  ]);
});
