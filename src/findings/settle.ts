import { canonicalJson, type FailureKind, type Json, sha256, truncate } from '../base/index.ts';
import type { Evaluation, Judgement, Outcome } from '../evaluate/index.ts';
import type { ControlMapping } from '../policy/index.ts';
import { type AcceptedUnknown, acceptanceOf } from './acceptance.ts';
import { compareWithBaseline } from './baseline.ts';
import { controlReport } from './controls.ts';
import { fingerprintOf } from './fingerprint.ts';
import { breakOff, decide } from './gate.ts';
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
import { blindInvariants } from './tally.ts';
import { applyWaivers, type Waiver } from './waiver.ts';

/** Everything besides the verdicts that makes a result: what ran, what it is compared with, what is excepted, and the gate. */
export type SettleContext = Gate & {
  readonly run: RunFacts;
  readonly baseline?: AuditResult;
  readonly waivers?: readonly Waiver[];
  /** RFC 3339. */
  readonly asOf: string;
  readonly acceptUnknown: readonly AcceptedUnknown[];
  /** The controls that a profile maps invariants to. */
  readonly controls?: ControlMapping | undefined;
};

// Names come from a directory that anyone may have written to; a message is for reading, facts stay whole.
const MESSAGE_LIMIT = 4_000;
const LABEL_LIMIT = 1_000;

/** Turns verdicts into the result of an audit: fingerprints, waivers, baseline, counts, exit code. Pure: equal arguments give equal bytes. Throws an input error when `asOf` is no RFC 3339 time. */
export function settle(evaluation: Evaluation, context: SettleContext): AuditResult {
  const now = asOfMs(context.asOf);
  const judged = new Set(evaluation.outcomes.map(outcome => outcome.invariant.id));
  const found = evaluation.outcomes.flatMap(outcome =>
    outcome.judgements.map(judgement => findingOf(outcome, judgement, context.acceptUnknown, now)),
  );
  const waived = applyWaivers(found, context.waivers ?? [], judged, now);
  const invariants = evaluation.outcomes.map(outcome => invariantResult(outcome, waived.findings)).sort(byId);
  const blind = blindInvariants(invariants, evaluation.gaps);
  const readable = new Set([...judged].filter(id => !blind.has(id)));
  const findings = context.baseline
    ? compareWithBaseline(waived.findings, context.baseline, readable)
    : [...waived.findings];
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
  const controls = controlsOf(context, invariants, gaps);
  return { format: resultFormat, run, invariants, findings, gaps, waivers: waived.uses, ...controls };
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
  const { tool, snapshot, policies, populations } = context.run;
  const gate = { failOn: context.failOn, maxUnknown: context.maxUnknown };
  const id = digestOf({
    format: resultFormat,
    tool,
    snapshot: snapshot?.id ?? null,
    policies: policies.map(({ name, path, sha256: digest }) => ({ name, path, sha256: digest })),
    invariants: invariants.map(({ counts: _, ...definition }) => definition),
    asOf: context.asOf,
    gate,
    acceptUnknown: context.acceptUnknown,
    waivers: digestOf(context.waivers ?? []),
    baseline: context.baseline === undefined ? null : digestOf(context.baseline),
    ...(context.controls === undefined ? {} : { controls: digestOf(context.controls) }),
    ...(populations === undefined ? {} : { populations: digestOf(populations) }),
  });
  const baseline = context.baseline && { run: context.baseline.run.id, asOf: context.baseline.run.asOf };
  // Of those that judged anything.
  const apart = invariants.filter(({ counts }) => counts.pass + counts.fail > 0).flatMap(each => each.apartMs ?? []);
  return {
    ...{ id, asOf: context.asOf, tool, snapshot, policies, gate, baseline: baseline ?? null },
    ...(populations === undefined ? {} : { populations }),
    ...(apart.length === 0 ? {} : { apartMs: Math.max(...apart) }),
    ...ending,
    notes,
  };
}

function findingOf(
  { invariant }: Outcome,
  judgement: Judgement,
  acceptUnknown: readonly AcceptedUnknown[],
  now: number,
): Finding {
  const { verdict, subject, facts, missing, rows } = judgement;
  return {
    fingerprint: fingerprintOf(invariant.id, subject.key),
    invariant: invariant.id,
    severity: invariant.severity,
    verdict,
    state: 'new',
    waiver: null,
    accepted: verdict === 'unknown' ? acceptanceOf(missing, acceptUnknown, now) : null,
    subject: {
      population: subject.population,
      key: subject.key,
      label: truncate(subject.label, LABEL_LIMIT),
      ids: subject.ids,
    },
    message: truncate(judgement.message, MESSAGE_LIMIT),
    facts: Object.fromEntries(Object.entries(facts).sort(([a], [b]) => compareText(a, b))),
    missing: [...missing].sort(),
    ...(rows > 1 ? { rows } : {}),
    location: invariant.location,
  };
}

function invariantResult(
  { invariant, counts, facets, apartMs }: Outcome,
  findings: readonly Finding[],
): InvariantResult {
  const { id, policy, title, description, severity, flavours, over, expect, remediation, references } = invariant;
  const waived = findings
    .filter(finding => finding.invariant === id && finding.waiver !== null)
    .reduce((sum, finding) => sum + (finding.rows ?? 1), 0);
  return {
    ...{ id, policy, title, description, severity, flavours, over },
    when: invariant.when ?? null,
    ...{ expect, remediation, references },
    controls: invariant.controls,
    params: invariant.params.map(({ name, value, from }) => ({ name, value, from })),
    facets: [...facets].sort(),
    ...(apartMs === null ? {} : { apartMs }),
    location: invariant.location,
    counts: {
      subjects: counts.subjects,
      outOfScope: counts.outOfScope,
      pass: counts.pass,
      fail: counts.fail,
      unknown: counts.unknown,
      waived,
    },
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
