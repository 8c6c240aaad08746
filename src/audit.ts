import { type Evaluation, evaluate, type Selections } from './evaluate/index.ts';
import { type AuditResult, type SettleContext, type SnapshotSummary, settle } from './findings/index.ts';
import { modelWith } from './model/index.ts';
import type { Loaded } from './policy/index.ts';
import type { OwnPopulation } from './populations/index.ts';
import type { Manifest, Snapshot } from './snapshot/index.ts';

/** What a run judges, against what it compares, and the gate. Clock and environment are no part of it: equal values give equal bytes. */
export type AuditRequest = Omit<SettleContext, 'run' | 'controls'> & {
  readonly snapshot: Snapshot;
  readonly policies: Pick<Loaded, 'policies' | 'compiled' | 'controls'>;
  /** What the conditions of the waivers come to; loadWaivers gives it. */
  readonly selections?: Selections;
  /** Populations that a user wrote, with which the policies were loaded. */
  readonly populations?: readonly OwnPopulation[];
  readonly tool: { readonly name: 'tallystick'; readonly version: string };
};

/** The result for reports, and the verdicts behind it for evidence. */
export type Audited = { readonly result: AuditResult; readonly evaluation: Evaluation };

/** The whole run: judge the snapshot by the policies, then settle the verdicts into a result. */
export async function audit(request: AuditRequest): Promise<Audited> {
  const { snapshot, policies, populations = [], selections, tool, ...context } = request;
  const evaluation = await evaluate(snapshot, [...policies.compiled.values()], {
    model: modelWith(populations.map(({ population }) => population)),
    ...(selections === undefined ? {} : { selections }),
  });
  const run = {
    tool,
    snapshot: summaryOf(snapshot.id, snapshot.manifest),
    ...(snapshot.earlier === undefined ? {} : { previous: previousOf(snapshot.earlier) }),
    policies: policies.policies.map(({ name, path, sha256 }) => ({ name, path, sha256 })),
    ...(populations.length === 0
      ? {}
      : { populations: populations.map(({ name, path, sha256 }) => ({ name, path, sha256 })) }),
  };
  return { evaluation, result: settle(evaluation, { ...context, run, controls: policies.controls?.mapping }) };
}

/** The snapshot as results name it. */
export function summaryOf(id: string, manifest: Manifest): SnapshotSummary {
  const sources = manifest.sources.map(({ source, endpoint, identity }) => ({ source, endpoint, identity }));
  return { id, start: manifest.start, end: manifest.end, sources };
}

function previousOf({
  id,
  manifest: { start, end },
}: NonNullable<Snapshot['earlier']>): Omit<SnapshotSummary, 'sources'> {
  return { id, start, end };
}
