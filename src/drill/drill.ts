import { sha256 } from '../base/index.ts';
import { evaluate, type Outcome } from '../evaluate/index.ts';
import type { CompiledInvariant } from '../policy/index.ts';
import type { Snapshot, SqlRow, TableName, Variants } from '../snapshot/index.ts';
import type { Fault } from './fault.ts';
import { lastingRelations, reached } from './reach.ts';

/** What is drilled: by which policies, with which faults, and which of the places and pairs. */
export type DrillRequest = {
  readonly variants: Variants;
  readonly invariants: readonly CompiledInvariant[];
  readonly faults: readonly Fault[];
  /** Chooses the places of the faults, and the pairs; equal seeds choose equally. */
  readonly seed: number;
  /** How many pairs of faults are injected together. */
  readonly pairs: number;
  readonly progress?: (done: number, of: number) => void;
};

/** One fault as it was injected; `noticed` are the ids of the invariants that told of something new, sorted. */
export type Drilled = {
  readonly fault: Fault;
  /** Where it was injected; undefined when the snapshot has no place for it. */
  readonly place: string | undefined;
  /** The same, column by column. */
  readonly picked: Place | undefined;
  readonly noticed: readonly string[];
};

/** Two faults at once; `masked` are those of them that nothing noticed any more which noticed them alone. */
export type DrilledPair = { readonly faults: readonly [string, string]; readonly masked: readonly string[] };

/** The whole drill. */
export type DrillResult = {
  readonly snapshot: string;
  readonly seed: number;
  readonly faults: readonly Drilled[];
  readonly pairs: readonly DrilledPair[];
  /** Invariants that were judged and that no fault tripped, sorted. */
  readonly idle: readonly string[];
};

/** Snapshots that have the relations of the model already. */
const lasting = new WeakSet<Variants>();

/** Injects every fault into a snapshot, one at a time and in pairs, and sees which invariants notice. The snapshot on disk stays as it is. */
export async function drill(request: DrillRequest): Promise<DrillResult> {
  const { variants, invariants, faults, seed } = request;
  if (!lasting.has(variants)) {
    await variants.keep(lastingRelations());
    lasting.add(variants);
  }
  const base = await variants.open([], []);
  const places = await placesOf(base, faults, seed);
  const before = new Set((await evaluate(base, invariants, { relations: 'made' })).outcomes.flatMap(signs));
  const ready = faults.filter(fault => places.has(fault.id));
  const pairs = chosenPairs(ready, request.pairs, seed);
  let done = 0;
  const judge = async (together: readonly Fault[]) => {
    const snapshot = await injected(variants, together, places);
    const altered = [...new Set(together.flatMap(({ tables }) => tables))];
    const concerned = await reached(snapshot, altered, invariants);
    const { outcomes } = await evaluate(snapshot, concerned, { relations: 'made' });
    request.progress?.(++done, ready.length + pairs.length);
    const noticed = outcomes.filter(outcome => signs(outcome).some(sign => !before.has(sign)));
    return noticed.map(({ invariant }) => invariant.id);
  };
  const drilled: Drilled[] = [];
  for (const fault of faults) {
    const place = places.get(fault.id);
    drilled.push({
      fault,
      place: place && placeText(place),
      picked: place,
      noticed: place ? await judge([fault]) : [],
    });
  }
  const alone = new Map(drilled.map(({ fault, noticed }) => [fault.id, noticed]));
  const paired: DrilledPair[] = [];
  for (const [first, second] of pairs) {
    const noticed = new Set(await judge([first, second]));
    const masked = [first, second].filter(({ id }) => {
      const own = alone.get(id) ?? [];
      return own.length > 0 && !own.some(invariant => noticed.has(invariant));
    });
    paired.push({ faults: [first.id, second.id], masked: masked.map(({ id }) => id) });
  }
  const tripped = new Set(drilled.flatMap(({ noticed }) => noticed));
  const idle = invariants.map(({ invariant }) => invariant.id).filter(id => !tripped.has(id));
  return { snapshot: base.id, seed, faults: drilled, pairs: paired, idle: idle.sort() };
}

/** One text per finding, the number of its rows included. */
function signs({ invariant, judgements }: Outcome): readonly string[] {
  return judgements.map(({ verdict, subject, rows }) => JSON.stringify([invariant.id, verdict, subject.key, rows]));
}

type Place = Readonly<Record<string, string | null>>;

/** Where each fault happens; a fault for which there is no place is left out. */
async function placesOf(
  snapshot: Snapshot,
  faults: readonly Fault[],
  seed: number,
): Promise<ReadonlyMap<string, Place>> {
  const places = new Map<string, Place>();
  for (const { id, candidates } of faults) {
    const salt = sha256(`${seed} ${id}`);
    const [row] = await snapshot.rows(
      `SELECT COLUMNS(*)::VARCHAR FROM (${candidates}) c ORDER BY md5(c::VARCHAR || '${salt}'), c::VARCHAR LIMIT 1`,
    );
    if (row !== undefined) places.set(id, textsOf(row));
  }
  return places;
}

function textsOf(row: SqlRow): Place {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value === null ? null : String(value)]));
}

function placeText(place: Place): string {
  return Object.values(place)
    .map(value => value ?? '')
    .join(', ');
}

async function injected(
  variants: Variants,
  faults: readonly Fault[],
  places: ReadonlyMap<string, Place>,
): Promise<Snapshot> {
  const tables = new Set<TableName>(faults.flatMap(fault => fault.tables));
  const statements = faults.flatMap(({ id, changes }) => [
    'DROP TABLE IF EXISTS picked',
    `CREATE TEMP TABLE picked AS SELECT ${Object.entries(places.get(id) ?? {})
      .map(([name, value]) => `${value === null ? 'NULL::VARCHAR' : literal(value)} AS "${name}"`)
      .join(', ')}`,
    ...changes,
  ]);
  return variants.open(tables, statements);
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Pairs by the seed: all of them sorted by a digest, and the first ones taken. */
function chosenPairs(faults: readonly Fault[], count: number, seed: number): readonly (readonly [Fault, Fault])[] {
  if (count === 0) return [];
  const all = faults.flatMap((first, index) =>
    faults
      .slice(index + 1)
      .map(second => ({ pair: [first, second] as const, rank: sha256(`${seed} ${first.id} ${second.id}`) })),
  );
  return all
    .sort((a, b) => (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : 0))
    .slice(0, count)
    .map(({ pair }) => pair);
}
