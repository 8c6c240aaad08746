import { AuditError } from '../../src/base/index.ts';
import { collectGraph } from '../../src/collect/graph/index.ts';
import type { GraphSource, MemberMode } from '../../src/config/index.ts';
import { NOW, sourceOf, startTenant } from '../collect/graph/estate.ts';
import { liesOf } from '../collect/graph/truth.ts';
import { type MemoryRecorder, memoryRecorder } from '../collect/memory-recorder.ts';
import { randomFrom } from '../lab/generator/random.ts';
import { type Fault, type FaultKind, faultKinds, type GraphDouble } from '../lab/graph/server.ts';
import { tenantOfFaults } from './estate.ts';

/** How members are read, and what fails on the way. */
export type GraphPlan = { readonly members: MemberMode; readonly faults: readonly Fault[] };

/** What a run left: what was recorded, the failure if it failed, and the kinds that struck. */
export type GraphRun = {
  readonly recorder: MemoryRecorder;
  readonly failure: AuditError | undefined;
  readonly struck: readonly FaultKind[];
};

const HANG_MS = 250;
const PATIENCE_MS = 20_000;

const tenant = tenantOfFaults();
const names = Object.keys(faultKinds) as readonly FaultKind[];
const hangs: readonly FaultKind[] = names.filter(kind => kind.startsWith('hang'));

/** Whether a kind can strike a request of its own, or a step of a batch. */
function strikes(kind: FaultKind, inner: boolean): boolean {
  // What a server leaves out of a short page without a trace can only be told by counting every group, which doubles the cost of a collection.
  if (inner) return faultKinds[kind].scope !== 'wire' && kind !== 'lost-item';
  return faultKinds[kind].scope !== 'inner';
}

/** One to three random faults, each now and then many times. */
export function graphPlanOf(seed: number, members: MemberMode): GraphPlan {
  const random = randomFrom(seed);
  const isDelta = (kind: FaultKind) => /^410|^delta/.test(kind);
  const suits = (inner: boolean) =>
    names.filter(kind => strikes(kind, inner) && !hangs.includes(kind) && (members === 'delta' || !isDelta(kind)));
  const faults = Array.from({ length: random.between(1, 3) }, (): Fault => {
    const inner = random.chance(0.33);
    const often = random.chance(0.2) ? random.between(1, 12) : random.between(1, 3);
    const kind = !inner && random.chance(0.03) ? random.pick(hangs) : random.pick(suits(inner));
    return {
      kind,
      inner,
      // Far enough to reach the last of the reads.
      skip: random.below(inner ? 30 : 90),
      // An item lost without a trace shows against a count or a second read; lost from both reads of a list that has no count, it does not.
      times: kind === 'lost-item' ? 1 : often,
      retryAfter: 0,
    };
  });
  return { members, faults };
}

/** Starts a double of the tenant, in pages so short that lists, groups and deltas have several. */
export function startGraph(): Promise<GraphDouble> {
  return startTenant(tenant, { pageCap: 6, deltaMembers: 13 });
}

/** How to read the double under a plan, whose faults it is told. */
export async function arrange(
  double: GraphDouble,
  { members, faults }: GraphPlan,
): Promise<{ readonly source: GraphSource; readonly struck: () => readonly FaultKind[] }> {
  double.faults.clear();
  const records = faults.map(fault => double.faults.add(fault));
  const attemptTimeoutMs = faults.some(({ kind }) => hangs.includes(kind)) ? HANG_MS : PATIENCE_MS;
  return {
    source: await sourceOf(double, { attemptTimeoutMs, members }),
    struck: () => records.filter(record => record.hits() > 0).map(({ fault }) => fault.kind),
  };
}

/** Collects under a plan. */
export async function runGraph(double: GraphDouble, plan: GraphPlan): Promise<GraphRun> {
  const { source, struck } = await arrange(double, plan);
  const recorder = memoryRecorder();
  const context = {
    progress: () => {},
    now: () => NOW,
    signal: new AbortController().signal,
    backoffMs: 0.2,
    logWindowMs: 1,
  };
  try {
    await collectGraph(source, recorder, context);
    return { recorder, failure: undefined, struck: struck() };
  } catch (thrown) {
    // Anything else is our own mistake, and ends the test.
    if (!(thrown instanceof AuditError) || thrown.kind !== 'source') throw thrown;
    return { recorder, failure: thrown, struck: struck() };
  }
}

/** Everything untrue that was recorded about the tenant. */
export function liesOfTenant(recorder: MemoryRecorder): readonly string[] {
  return liesOf(recorder, tenant);
}

/** A plan in a few words, enough to play it again. */
export function describeGraphPlan({ members, faults }: GraphPlan): string {
  const told = faults.map(
    ({ kind, inner, skip, times }) => `${kind}${inner ? ' in a batch' : ''} after ${skip}, ${times} times`,
  );
  return `${members}: ${told.join(', ')}`;
}
