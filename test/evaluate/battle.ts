import type { CompiledInvariant } from '../../src/policy/index.ts';
import { memorySnapshots } from '../../src/snapshot/index.ts';
import { type Breach, compare } from './comparing.ts';
import { degrade } from './degrade.ts';
import { type Judge, judgesOf, openWorld, type Verdicts, verdictsOf } from './judging.ts';
import { referee } from './reference.ts';
import { type World, worldOf } from './world.ts';

/** Islands of one judged world; each is a small world of its own. What a judgement costs is mostly its plan: many are cheap, but they share one tenant. */
export const ISLANDS = 30;

/** Which worlds: those of the seeds `from`, `from` + 1, … */
type Worlds = { readonly from: number; readonly worlds: number; readonly islands?: number };

/** What came of a battle. */
export type Tally = {
  /** Islands judged: worlds, or degradations of worlds. */
  readonly islands: number;
  readonly breaches: readonly string[];
  /** Verdicts on the whole worlds, per invariant as [out of scope, pass, fail, unknown]. */
  readonly verdicts: ReadonlyMap<string, readonly number[]>;
};

/** Degrades each world and holds what is then said against what was said before. */
export async function battleSoundness(
  invariants: readonly CompiledInvariant[],
  { from, worlds, islands = ISLANDS, degradations }: Worlds & { readonly degradations: number },
): Promise<Tally> {
  const judges = judgesOf(invariants);
  const snapshots = await memorySnapshots();
  const breaches: string[] = [];
  const verdicts = new Map<string, number[]>();
  try {
    for (let seed = from; seed < from + worlds; seed += 1) {
      const world = worldOf(seed, islands);
      const truth = await verdictsOf(await openWorld(snapshots, world), judges);
      count(verdicts, judges, truth);
      for (let at = 0; at < degradations; at += 1) {
        const { world: less, loss } = degrade(world, seed * 1000 + at);
        const seen = await verdictsOf(await openWorld(snapshots, less), judges);
        const lost = [...loss.whole, ...loss.objects.map(object => object.join(' '))].join(', ');
        breaches.push(
          ...compare(judges, truth, seen).map(
            breach => `${described(breach)} (seed ${seed}, degradation ${at}: ${lost})`,
          ),
        );
      }
    }
  } finally {
    await snapshots.close();
  }
  return { islands: worlds * degradations * islands, breaches, verdicts };
}

function described({ rule, invariant, subject, what }: Breach): string {
  return `(${rule}) ${invariant} ${subject}: ${what}`;
}

/** Holds the engine's verdicts on whole worlds against those of the independent reference. */
export async function battleReference(
  invariants: readonly CompiledInvariant[],
  { from, worlds, islands = ISLANDS }: Worlds,
): Promise<Tally> {
  const judges = judgesOf(invariants);
  const snapshots = await memorySnapshots();
  const breaches: string[] = [];
  const verdicts = new Map<string, number[]>();
  try {
    for (let seed = from; seed < from + worlds; seed += 1) {
      const world = worldOf(seed, islands);
      const engine = await verdictsOf(await openWorld(snapshots, world), judges);
      count(verdicts, judges, engine);
      breaches.push(...disagreements(judges, engine, world).map(text => `${text} (seed ${seed})`));
    }
  } finally {
    await snapshots.close();
  }
  return { islands: worlds * islands, breaches, verdicts };
}

const WORDS = ['out of scope', 'pass', 'fail', 'unknown'];

function disagreements(judges: readonly Judge[], engine: Verdicts, world: World): string[] {
  const reference = referee(world);
  return judges.flatMap(({ population, invariants }) =>
    invariants.flatMap(({ invariant }, at) => {
      const said = new Map((engine.get(population.name) ?? []).map(row => [row.key, WORDS[row.codes[at] ?? 3] ?? '']));
      const twice = (engine.get(population.name) ?? []).length - said.size;
      const wanted = reference.get(invariant.id);
      if (wanted === undefined) return [`${invariant.id}: the reference does not know it`];
      const keys = new Set([...said.keys(), ...wanted.keys()]);
      return [
        ...(twice === 0 ? [] : [`${invariant.id}: ${twice} subjects are judged twice`]),
        ...[...keys].flatMap(key => {
          // What is not even a subject is out of scope.
          const [ours, theirs] = [said.get(key) ?? 'out of scope', wanted.get(key) ?? 'out of scope'];
          return ours === theirs ? [] : [`${invariant.id} ${key}: the engine says ${ours}, the reference ${theirs}`];
        }),
      ];
    }),
  );
}

function count(tally: Map<string, number[]>, judges: readonly Judge[], verdicts: Verdicts): void {
  for (const { population, invariants } of judges)
    for (const [at, { invariant }] of invariants.entries()) {
      const counts = tally.get(invariant.id) ?? [0, 0, 0, 0];
      tally.set(invariant.id, counts);
      for (const row of verdicts.get(population.name) ?? []) {
        const code = row.codes[at] ?? 3;
        counts[code] = (counts[code] ?? 0) + 1;
      }
    }
}
