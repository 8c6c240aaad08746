import { canonicalJson, type FailureKind, type Json, sha256 } from '../base/index.ts';
import type { Evaluation, Outcome } from '../evaluate/index.ts';
import type { ControlMapping } from '../policy/index.ts';
import { type AcceptedUnknown, acceptanceOf } from './acceptance.ts';
import { compareWithBaseline } from './baseline.ts';
import { changedSince, type Rejudged, rejudgedBy } from './cause.ts';
import { controlReport } from './controls.ts';
import { breakOff, decide } from './gate.ts';
import { findingOf, invariantResult } from './judged.ts';
import { asOfMs } from './period.ts';
import {
  type AuditResult,
  type Finding,
  type Gate,
  type InvariantResult,
  type ResultGap,
  type Run,
  type RunFacts,
  resultFormat,
} from './result.ts';
import { auditedInvariants, blindInvariants } from './tally.ts';
import { applyWaivers, defaultWaiverLimits, type Ran, type Selected, type Waived, type Waivers } from './waiver.ts';
import { judgeWaivers } from './waiver-checks.ts';

/** Everything besides the verdicts that makes a result: what ran, what it is compared with, what is excepted, and the gate. */
export type SettleContext = Gate & {
  readonly run: RunFacts;
  readonly baseline?: AuditResult;
  /** What today's policies find in the baseline's snapshot as of the baseline; those that have not changed may be left out. */
  readonly rejudged?: Evaluation;
  readonly waivers?: Waivers;
  /** RFC 3339. */
  readonly asOf: string;
  readonly acceptUnknown: readonly AcceptedUnknown[];
  /** The controls that a profile maps invariants to. */
  readonly controls?: ControlMapping | undefined;
};

/** Turns verdicts into the result of an audit: fingerprints, waivers, baseline, counts, exit code. Pure: equal arguments give equal bytes. Throws an input error when `asOf` is no RFC 3339 time. */
export function settle(evaluation: Evaluation, context: SettleContext): AuditResult {
  const now = asOfMs(context.asOf);
  const waived = waive(evaluation.outcomes, context, now);
  const ownChecks =
    context.waivers === undefined ? undefined : judgeWaivers(waived.standing, context.waivers, context.asOf);
  const audited = evaluation.outcomes.map(outcome => invariantResult(outcome, waived.findings));
  const invariants = [...audited, ...(ownChecks?.invariants ?? [])].sort(byId);
  const blind = blindInvariants(audited, evaluation.gaps);
  const readable = new Set(invariants.map(({ id }) => id).filter(id => !blind.has(id)));
  const found = [...waived.findings, ...(ownChecks?.findings ?? [])];
  const changed = changedOf(context, audited);
  const findings =
    context.baseline === undefined
      ? found
      : compareWithBaseline(found, {
          ...{ baseline: context.baseline, judged: readable, changed: new Set(changed) },
          sameSnapshot: context.baseline.run.snapshot?.id === context.run.snapshot?.id,
          rejudged: rejudgedOf(context),
        });
  findings.sort(byInvariantAndKey);
  const gaps = evaluation.gaps
    .map(({ facet, source, object, reason, invariants: affected }) => ({
      facet,
      source,
      object,
      reason,
      invariants: [...affected].sort(),
      accepted: acceptanceOf([facet], context.acceptUnknown, now),
    }))
    .sort((a, b) => compareText(a.facet, b.facet) || compareText(a.object, b.object));
  const ending = decide(context, { invariants, findings, gaps });
  const run = runOf(context, invariants, ending, evaluation.notes ?? []);
  const waivers = waived.standing.map(({ use }) => use);
  return { format: resultFormat, run, invariants, findings, gaps, waivers, ...controlsOf(context, invariants, gaps) };
}

/** The findings of a run with the waivers that cover them. */
function waive(outcomes: readonly Outcome[], context: SettleContext, now: number): Waived {
  const found = outcomes.flatMap((outcome): Selected[] =>
    outcome.judgements.map(judgement => ({
      finding: findingOf(outcome, judgement, context, now),
      selectedBy: judgement.selectedBy ?? [],
    })),
  );
  const ran = new Map(
    outcomes.map(({ invariant: { id, severity }, counts }): [string, Ran] => [
      id,
      { severity, decided: counts.unknown === 0 },
    ]),
  );
  return applyWaivers(found, context.waivers ?? { waivers: [], limits: defaultWaiverLimits }, ran, now);
}

/** The invariants that judge otherwise than in the baseline. */
function changedOf({ baseline, run }: SettleContext, invariants: readonly InvariantResult[]): string[] {
  return baseline === undefined ? [] : changedSince(baseline, invariants, run.tool.version);
}

function rejudgedOf({ baseline, rejudged }: SettleContext): Rejudged | undefined {
  if (baseline === undefined || rejudged === undefined) return undefined;
  const then = { acceptUnknown: [], asOf: baseline.run.asOf };
  const found = rejudged.outcomes.flatMap(outcome =>
    outcome.judgements.map(judgement => findingOf(outcome, judgement, then, asOfMs(then.asOf))),
  );
  return rejudgedBy(rejudged, found);
}

/** The result of a run that broke off before any verdict: empty but for the reason, so that every format can say that no audit was performed. */
export function settleFailure(kind: FailureKind, reason: string, context: SettleContext): AuditResult {
  const run = runOf(context, [], breakOff(kind, reason), []);
  const controls = controlsOf(context, [], []);
  return { format: resultFormat, run, invariants: [], findings: [], gaps: [], waivers: [], ...controls };
}

function controlsOf(
  { controls }: SettleContext,
  invariants: readonly InvariantResult[],
  gaps: readonly ResultGap[],
): Pick<AuditResult, 'controls'> {
  return controls === undefined ? {} : { controls: controlReport(controls, invariants, gaps) };
}

function runOf(
  context: SettleContext,
  invariants: readonly InvariantResult[],
  ending: Pick<Run, 'outcome' | 'exitCode' | 'reason'>,
  notes: readonly string[],
): Run {
  const { tool, snapshot, previous, policies, populations } = context.run;
  const gate = { failOn: context.failOn, maxUnknown: context.maxUnknown };
  const id = digestOf({
    format: resultFormat,
    tool,
    snapshot: snapshot?.id ?? null,
    ...(previous === undefined ? {} : { previous: previous.id }),
    policies: policies.map(({ name, path, sha256: digest }) => ({ name, path, sha256: digest })),
    invariants: invariants.map(({ counts: _, ...definition }) => definition),
    asOf: context.asOf,
    gate,
    acceptUnknown: context.acceptUnknown,
    waivers: digestOf(context.waivers ?? null),
    baseline: context.baseline === undefined ? null : digestOf(context.baseline),
    rejudged: context.rejudged !== undefined,
    ...(context.controls === undefined ? {} : { controls: digestOf(context.controls) }),
    ...(populations === undefined ? {} : { populations: digestOf(populations) }),
  });
  const baseline = context.baseline && {
    run: context.baseline.run.id,
    asOf: context.baseline.run.asOf,
    changed: changedOf(context, auditedInvariants({ invariants })),
    rejudged: context.rejudged !== undefined,
  };
  // Of those that judged anything.
  const apart = invariants.filter(({ counts }) => counts.pass + counts.fail > 0).flatMap(each => each.apartMs ?? []);
  return {
    ...{ id, asOf: context.asOf, tool, snapshot, policies, gate, baseline: baseline ?? null },
    ...(context.waivers === undefined
      ? {}
      : { waivers: { path: context.waivers.path, sha256: context.waivers.sha256 } }),
    ...(previous === undefined ? {} : { previous }),
    ...(populations === undefined ? {} : { populations }),
    ...(apart.length === 0 ? {} : { apartMs: Math.max(...apart) }),
    ...ending,
    notes,
  };
}

// Results are plain data without undefined; JSON is how the digest sees them.
function digestOf(value: unknown): string {
  const plain: Json = JSON.parse(JSON.stringify(value));
  return sha256(canonicalJson(plain));
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return compareText(a.id, b.id);
}

function byInvariantAndKey(a: Finding, b: Finding): number {
  return compareText(a.invariant, b.invariant) || compareText(a.subject.key, b.subject.key);
}
