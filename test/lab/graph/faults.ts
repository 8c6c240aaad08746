import { type Answer, type Call, type Surroundings, seededRandom } from './call.ts';
import type { FaultKindEntry } from './fault-effect.ts';
import { type FaultKind, faultKinds } from './fault-kinds.ts';

/** Which requests a fault may hit: a condition on the parts of the request, or a function. */
export type FaultMatch =
  | { readonly method?: string; readonly path?: string | RegExp; readonly query?: RegExp }
  | ((call: Call) => boolean);

/** A programmed fault. */
export type Fault = {
  readonly kind: FaultKind;
  /** Default: every request to the API. A string path matches a whole path with version, such as `/v1.0/groups`. */
  readonly match?: FaultMatch;
  /** Hit steps of batches instead of requests of their own. Implied by the `inner-…` kinds. */
  readonly inner?: boolean;
  /** Let that many suitable requests pass first. Default 0. */
  readonly skip?: number;
  /** How often. Default once, or without end when a probability is given. */
  readonly times?: number;
  /** Chance per suitable request, drawn from `seed`. Default 1. */
  readonly probability?: number;
  readonly seed?: number;
  /** Seconds or a date, for the kinds that send `Retry-After`. Default 1. */
  readonly retryAfter?: number | string;
};

/** What a programmed fault did so far. */
export type FaultRecord = { readonly fault: Fault; readonly hits: () => number };

/** The faults of a double. */
export type FaultPlan = {
  /** Programs one. Throws when a kind that breaks the connection is asked for steps of a batch. */
  readonly add: (fault: Fault) => FaultRecord;
  readonly clear: () => void;
  /** How many requests were hit, in all or by one kind. */
  readonly hits: (kind?: FaultKind) => number;
};

/** What became of an answer. */
export type Faulted = { readonly answer: Answer; readonly kind: FaultKind | undefined };

type Programmed = {
  readonly fault: Fault;
  readonly inner: boolean;
  readonly random: () => number;
  passed: number;
  hits: number;
};

function matches(match: FaultMatch | undefined, call: Call): boolean {
  if (match === undefined) return true;
  if (typeof match === 'function') return match(call);
  const { method, path, query } = match;
  if (method !== undefined && method !== call.method) return false;
  if (query !== undefined && !query.test(call.search)) return false;
  return path === undefined || (typeof path === 'string' ? path === call.path : path.test(call.path));
}

/** Opens an empty plan; `strike` changes an answer by the first fault that suits it. */
export function openFaults(
  around: Surroundings,
): FaultPlan & { readonly strike: (call: Call, answer: Answer) => Faulted } {
  let plan: Programmed[] = [];
  const total = new Map<FaultKind, number>();

  const suits = (entry: Programmed, call: Call): boolean => {
    const { fault, random } = entry;
    if (entry.inner !== call.inner || !matches(fault.match, call)) return false;
    return fault.probability === undefined || random() < fault.probability;
  };

  const strike = (call: Call, answer: Answer): Faulted => {
    for (const entry of plan) {
      const { fault } = entry;
      if (entry.hits >= (fault.times ?? (fault.probability === undefined ? 1 : Number.POSITIVE_INFINITY))) continue;
      const effect: FaultKindEntry = faultKinds[fault.kind];
      const subject = { call, answer, around, retryAfter: String(fault.retryAfter ?? 1) };
      if (!suits(entry, call) || !effect.applies(subject)) continue;
      entry.passed += 1;
      if (entry.passed <= (fault.skip ?? 0)) continue;
      entry.hits += 1;
      total.set(fault.kind, (total.get(fault.kind) ?? 0) + 1);
      return { answer: effect.change(subject), kind: fault.kind };
    }
    return { answer, kind: undefined };
  };

  return {
    strike,
    add: fault => {
      const { scope } = faultKinds[fault.kind];
      if (scope === 'wire' && fault.inner === true) throw new RangeError(`${fault.kind} cannot hit a step of a batch.`);
      const entry: Programmed = {
        fault,
        inner: scope === 'inner' || fault.inner === true,
        random: seededRandom(fault.seed ?? around.seed),
        passed: 0,
        hits: 0,
      };
      plan.push(entry);
      return { fault, hits: () => entry.hits };
    },
    clear: () => {
      plan = [];
    },
    hits: kind =>
      kind === undefined ? [...total.values()].reduce((sum, hits) => sum + hits, 0) : (total.get(kind) ?? 0),
  };
}
