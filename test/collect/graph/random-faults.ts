import { AuditError } from '../../../src/base/index.ts';
import { collectGraph } from '../../../src/collect/graph/index.ts';
import type { MemberMode } from '../../../src/config/index.ts';
import { type Fault, type FaultKind, faultKinds, type GraphDouble } from '../../lab/graph/server.ts';
import type { CloudTenant } from '../../lab/tenant.ts';
import { memoryRecorder } from '../memory-recorder.ts';
import { NOW, smallTenant, sourceOf, startTenant } from './estate.ts';
import { gapsOf, liesOf } from './truth.ts';

/** How a run under faults ended. Anything else is a lie, and throws. */
export type Ending = 'right' | 'gaps' | 'failed';

/** A tenant read in pages so short that lists, groups and deltas have several. */
export const faultyTenant: CloudTenant = smallTenant(23, 20);

/** The double that the faults are added to. */
export function startFaulty(): Promise<GraphDouble> {
  return startTenant(faultyTenant, { pageCap: 6, deltaMembers: 13 });
}

/** Mulberry32: the same faults for the same seed on every machine. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return below => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

// Left out: hangs (each costs a timeout; the fault table has them), and `lost-item` within a batch: a server that leaves out a member of a
// short page without a trace can only be told by counting every group, which doubles the cost of a collection.
const outer = (Object.keys(faultKinds) as FaultKind[]).filter(
  kind => faultKinds[kind].scope !== 'inner' && !/^hang|^410|^delta|long-retry/.test(kind),
);
const inner = (Object.keys(faultKinds) as FaultKind[]).filter(
  kind => faultKinds[kind].scope !== 'wire' && kind !== 'lost-item' && !/long-retry/.test(kind),
);

function faultsOf(seed: number): Fault[] {
  const random = randomOf(seed);
  const pick = <T>(from: readonly [T, ...T[]] | readonly T[]): T => from[random(from.length)] as T;
  return Array.from({ length: 1 + random(3) }, () => {
    const isInner = random(3) === 0;
    const often = random(5) === 0 ? 1 + random(12) : 1 + random(3);
    const kind = pick(isInner ? inner : outer);
    return {
      kind,
      inner: isInner,
      skip: random(isInner ? 12 : 24),
      // An item lost without a trace shows against a count or a second read; lost from both reads of a list that has no count, it does not.
      times: kind === 'lost-item' ? 1 : often,
      retryAfter: 0,
    };
  });
}

/** Collects under one to three random faults; every second seed reads members by delta. Throws when the outcome is neither the truth, nor a gap, nor a clear failure. */
export async function runSeed(double: GraphDouble, seed: number): Promise<Ending> {
  double.faults.clear();
  const faults = faultsOf(seed);
  for (const fault of faults) double.faults.add(fault);
  const members: MemberMode = seed % 2 === 0 ? 'delta' : 'batch';
  const recorder = memoryRecorder();
  const source = await sourceOf(double, { attemptTimeoutMs: 2000, members });
  const context = { progress: () => {}, now: () => NOW, signal: new AbortController().signal, backoffMs: 0.2 };
  const error: unknown = await collectGraph(source, recorder, context).catch((thrown: unknown) => thrown);
  const lies = liesOf(recorder, faultyTenant);
  if (error !== undefined && !(error instanceof AuditError && error.kind === 'source'))
    lies.push(`not a clear failure: ${String(error)}`);
  if (lies.length > 0) throw new Error(`seed ${seed}, ${members}, ${JSON.stringify(faults)}: ${lies.join('; ')}`);
  if (error !== undefined) return 'failed';
  return gapsOf(recorder).length > 1 || recorder.queries.some(({ objects }) => objects.length > 0) ? 'gaps' : 'right';
}
