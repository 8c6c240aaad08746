import type { AdExam } from '../../collect/ad/index.ts';
import type { GraphExam } from '../../collect/graph/index.ts';
import type { Config } from '../../config/index.ts';
import type { LoadedFacts } from '../../declared/index.ts';
import type { FacetName } from '../../snapshot/index.ts';
import { declaredFacets } from '../facts.ts';
import type { Readers } from '../rights.ts';

/** What a check came to: `warn` for what will cost something but keeps nobody from reading. */
export type State = 'ok' | 'warn' | 'fail' | 'skipped';

/** One line of the doctor's table. */
export type Outcome = { readonly state: State; readonly says: string };

/** What the folder of snapshots offers; `bytes` free, null where the system does not tell. */
export type Room = { readonly folder: string; readonly writable: boolean; readonly bytes: number | null };

/** Everything that was found out before the checks look at it. Undefined where a source is not configured, or a secret of it is not there. */
export type Bench = {
  readonly config: Config;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Undefined when the policies have mistakes. */
  readonly readers: Readers | undefined;
  readonly invariants: number;
  /** Why secrets cannot be looked up. */
  readonly secrets: readonly string[];
  readonly room: Room;
  /** Undefined when the configuration names no file of declared facts. */
  readonly facts: LoadedFacts | undefined;
  readonly ad: AdExam | undefined;
  readonly graph: GraphExam | undefined;
};

/** One check: whose failure it is, what it looks at, and what to do when it is not content. */
export type Check = {
  readonly name: string;
  readonly of: 'config' | 'ad' | 'graph';
  readonly run: (bench: Bench) => readonly Outcome[];
  readonly remedy: string;
};

const DAY = 86_400_000;
const SKEW_MS = 5 * 60_000;
const ENDS_SOON = 21;

/** Nothing to do. */
export const ok = (says: string): Outcome => ({ state: 'ok', says });
/** Will cost something, but keeps nobody from reading. */
export const warn = (says: string): Outcome => ({ state: 'warn', says });
/** Keeps a collection, or an invariant of the policies, from what it needs. */
export const fail = (says: string): Outcome => ({ state: 'fail', says });
/** Could not be looked at. */
export const skipped = (says: string): Outcome => ({ state: 'skipped', says });

/** A gap weighs as much as what it costs: nothing that any invariant needs, or that was accepted or declared, is no failure. */
export function weightOf({ readers, config, facts, now }: Bench, facet: FacetName): 'warn' | 'fail' {
  const accepted = config.acceptUnknown.some(one => one.facet === facet && Date.parse(one.until) >= now);
  const declared = declaredFacets(facts?.facts, now).includes(facet);
  return !accepted && !declared && (readers?.get(facet) ?? []).length > 0 ? 'fail' : 'warn';
}

/** A certificate by the days that are left. */
export function endingOf(what: string, ends: number | null, now: number): Outcome {
  if (ends === null) return ok(what);
  if (ends < now) return fail(`${what}, ended on ${new Date(ends).toISOString().slice(0, 10)}`);
  const days = Math.floor((ends - now) / DAY);
  const says = `${what}, ends in ${days} ${days === 1 ? 'day' : 'days'}`;
  return days < ENDS_SOON ? warn(says) : ok(says);
}

/** The clock of a server against ours; null where it told none. */
export function skewOf(ms: number | null): Outcome {
  if (ms === null) return skipped('the server did not tell its time');
  const says = `${Math.abs(ms / 1000).toFixed(0)} s ${ms < 0 ? 'behind' : 'ahead of'} this machine`;
  return Math.abs(ms) > SKEW_MS ? warn(says) : ok(says);
}
