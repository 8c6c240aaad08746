import { canonicalJson, type Json, type Severity } from '../base/index.ts';
import {
  type AuditResult,
  blindInvariants,
  type Finding,
  type InvariantResult,
  openFindings,
  type ResultCounts,
  sentenceOf,
  unknownCover,
} from '../findings/index.ts';

/** Version of the JSON form of an impact. */
export const impactFormat = 'tallystick/impact/v1';

/** One side of the comparison. */
export type Side = {
  readonly run: string;
  readonly asOf: string;
  readonly snapshot: string | null;
  readonly outcome: AuditResult['run']['outcome'];
  readonly exitCode: AuditResult['run']['exitCode'];
};

/** How a finding stands: what a gate looks at. */
export type Standing = { readonly severity: Severity; readonly verdict: 'fail' | 'unknown'; readonly waived: boolean };

/** A finding of one side, as far as a reviewer needs it. */
export type Item = Standing & {
  readonly fingerprint: string;
  readonly invariant: string;
  readonly label: string;
  readonly message: string;
  readonly location: Finding['location'];
};

/** Why a finding is gone: the subject passes or is out of scope, the invariant no longer runs, or facts are missing now. */
export type Gone = 'resolved' | 'invariant-removed' | 'now-unknown';

/** What a change of policies, waivers or data does to the findings. Everything is sorted as in the results. */
export type Impact = {
  readonly format: typeof impactFormat;
  readonly base: Side;
  readonly head: Side;
  /** False when the data differs too, so that a change need not come from the policies. */
  readonly sameSnapshot: boolean;
  readonly invariants: {
    readonly added: readonly string[];
    readonly removed: readonly string[];
    /** Ids with the names of the fields that differ. */
    readonly changed: readonly { readonly id: string; readonly fields: readonly string[] }[];
  };
  readonly findings: {
    readonly appeared: readonly Item[];
    readonly disappeared: readonly (Item & { readonly why: Gone })[];
    readonly changed: readonly (Item & { readonly from: Standing })[];
  };
  /** Invariants whose counts differ; null on the side where the invariant did not run. */
  readonly counts: readonly {
    readonly id: string;
    readonly base: ResultCounts | null;
    readonly head: ResultCounts | null;
  }[];
};

/** Compares two results by fingerprint; fixed findings of either side do not count. */
export function compareResults(base: AuditResult, head: AuditResult): Impact {
  return {
    format: impactFormat,
    base: sideOf(base),
    head: sideOf(head),
    sameSnapshot: base.run.snapshot !== null && base.run.snapshot.id === head.run.snapshot?.id,
    invariants: compareInvariants(base.invariants, head.invariants),
    findings: compareFindings(base, head),
    counts: compareCounts(base.invariants, head.invariants),
  };
}

function sideOf({ run }: AuditResult): Side {
  const { id, asOf, snapshot, outcome, exitCode } = run;
  return { run: id, asOf, snapshot: snapshot?.id ?? null, outcome, exitCode };
}

function compareInvariants(base: readonly InvariantResult[], head: readonly InvariantResult[]): Impact['invariants'] {
  const before = new Map(base.map(invariant => [invariant.id, invariant]));
  const after = new Set(head.map(invariant => invariant.id));
  const changed = head.flatMap(invariant => {
    const old = before.get(invariant.id);
    const fields = old === undefined ? [] : differingFields(old, invariant);
    return fields.length > 0 ? [{ id: invariant.id, fields }] : [];
  });
  return {
    added: head.map(({ id }) => id).filter(id => !before.has(id)),
    removed: base.map(({ id }) => id).filter(id => !after.has(id)),
    changed,
  };
}

function differingFields(a: InvariantResult, b: InvariantResult): string[] {
  // A line that moved changes no verdict.
  const { counts: _a, location: _la, ...before } = a;
  const { counts: _b, location: _lb, ...after } = b;
  const old: Readonly<Record<string, Json>> = before;
  const fields: Readonly<Record<string, Json>> = after;
  return Object.keys(fields)
    .filter(name => canonicalJson(old[name] ?? null) !== canonicalJson(fields[name] ?? null))
    .sort();
}

function compareFindings(base: AuditResult, head: AuditResult): Impact['findings'] {
  const before = new Map(openFindings(base).map(finding => [finding.fingerprint, finding]));
  const open = openFindings(head);
  const after = new Set(open.map(finding => finding.fingerprint));
  const judged = new Set(head.invariants.map(({ id }) => id));
  const covered = unknownCover(open);
  const blind = blindInvariants(head.invariants, head.gaps);
  const why = (finding: Finding): Gone => {
    if (!judged.has(finding.invariant)) return 'invariant-removed';
    return blind.has(finding.invariant) || covered(finding) ? 'now-unknown' : 'resolved';
  };
  return {
    appeared: open.filter(finding => !before.has(finding.fingerprint)).map(itemOf),
    disappeared: [...before.values()]
      .filter(finding => !after.has(finding.fingerprint))
      .map(finding => ({ ...itemOf(finding), why: why(finding) })),
    changed: open.flatMap(finding => {
      const old = before.get(finding.fingerprint);
      if (old === undefined || sameStanding(standingOf(old), standingOf(finding))) return [];
      return [{ ...itemOf(finding), from: standingOf(old) }];
    }),
  };
}

function compareCounts(base: readonly InvariantResult[], head: readonly InvariantResult[]): Impact['counts'] {
  const before = new Map(base.map(({ id, counts }) => [id, counts]));
  const after = new Map(head.map(({ id, counts }) => [id, counts]));
  return [...new Set([...before.keys(), ...after.keys()])]
    .sort()
    .map(id => ({ id, base: before.get(id) ?? null, head: after.get(id) ?? null }))
    .filter(({ base: old, head: now }) => canonicalJson(old) !== canonicalJson(now));
}

function standingOf({ severity, verdict, waiver }: Finding): Standing {
  return { severity, verdict, waived: waiver !== null };
}

function sameStanding(a: Standing, b: Standing): boolean {
  return a.severity === b.severity && a.verdict === b.verdict && a.waived === b.waived;
}

function itemOf(finding: Finding): Item {
  const { fingerprint, invariant, location, subject } = finding;
  const message = sentenceOf(finding);
  return { ...standingOf(finding), fingerprint, invariant, label: subject.label, message, location };
}
