import type { ControlMapping } from '../policy/index.ts';
import type { AuditResult, InvariantResult, ResultGap } from './result.ts';
import { blindInvariants } from './tally.ts';

/** What an invariant says of a control: worst first. `waived` when every violation is; `not-judged` when the profile switches it off or it did not run. */
export const evidenceOutcomes = ['fail', 'unknown', 'waived', 'pass', 'out-of-scope', 'not-judged'] as const;

export type EvidenceOutcome = (typeof evidenceOutcomes)[number];

/** What becomes of a control: the worst of its evidence. Nothing in scope is `not-judged`, no invariant at all `no-evidence`: neither is a pass. */
export const controlOutcomes = ['fail', 'unknown', 'waived', 'pass', 'not-judged', 'no-evidence'] as const;

export type ControlOutcome = (typeof controlOutcomes)[number];

/** Invariants by outcome; they add up to the evidence of the control. */
export type EvidenceCounts = {
  readonly fail: number;
  readonly unknown: number;
  readonly waived: number;
  readonly pass: number;
  readonly outOfScope: number;
  readonly notJudged: number;
};

/** A control of the profile's framework, and what the audit says of it. */
export type ControlResult = {
  readonly id: string;
  readonly title: string;
  readonly outcome: ControlOutcome;
  /** Why no invariant is evidence for it, where the profile says so. */
  readonly noEvidence?: string;
  readonly counts: EvidenceCounts;
  /** Sorted by invariant; `reason` tells why one was not judged. */
  readonly evidence: readonly {
    readonly invariant: string;
    readonly outcome: EvidenceOutcome;
    readonly reason?: string;
  }[];
};

/** The controls of a framework as an audit found them. */
export type ControlReport = Pick<ControlMapping, 'profile' | 'framework' | 'unlisted'> & {
  /** In the order of the profile. */
  readonly controls: readonly ControlResult[];
  /** Invariants that are evidence for no control of the framework, sorted by id. */
  readonly unmapped: readonly string[];
};

/** What the results of invariants say of the controls that they are evidence for. */
export function controlReport(
  { profile, framework, unlisted, unmapped, controls, off }: ControlMapping,
  invariants: readonly Pick<InvariantResult, 'id' | 'counts'>[],
  gaps: readonly Pick<ResultGap, 'object' | 'invariants'>[],
): ControlReport {
  const outcomes = outcomesOf(invariants, gaps);
  const reasons = new Map(off.map(({ id, reason }) => [id, reason]));
  return {
    profile,
    framework,
    controls: controls.map(({ id, title, noEvidence, invariants: supporters }) => {
      const evidence = supporters.map(invariant => {
        const outcome = outcomes.get(invariant) ?? 'not-judged';
        const reason = outcome === 'not-judged' ? reasons.get(invariant) : undefined;
        return { invariant, outcome, ...(reason === undefined ? {} : { reason }) };
      });
      const outcome = worstOf(evidence.map(each => each.outcome));
      const counts = countEvidence(evidence);
      return { id, title, outcome, ...(noEvidence === undefined ? {} : { noEvidence }), counts, evidence };
    }),
    unlisted,
    unmapped: unmapped.map(each => each.id),
  };
}

/** Controls whose outcome, counts or evidence are not what the invariants of the same result say: somebody else may have written it. */
export function contradictedControls({
  controls,
  invariants,
  gaps,
}: Pick<AuditResult, 'controls' | 'invariants' | 'gaps'>): readonly string[] {
  const outcomes = outcomesOf(invariants, gaps);
  return (controls?.controls ?? [])
    .filter(({ outcome, counts, evidence }) => {
      const said = evidence.map(each => each.outcome);
      const due = evidence.map(each => outcomes.get(each.invariant) ?? 'not-judged');
      const fresh = Object.entries(countEvidence(evidence));
      return (
        said.join() !== due.join() ||
        outcome !== worstOf(said) ||
        fresh.some(([name, count]) => !Object.entries(counts).some(([own, stated]) => own === name && stated === count))
      );
    })
    .map(({ id }) => id);
}

function outcomesOf(
  invariants: readonly Pick<InvariantResult, 'id' | 'counts'>[],
  gaps: readonly Pick<ResultGap, 'object' | 'invariants'>[],
): ReadonlyMap<string, EvidenceOutcome> {
  const blind = blindInvariants(invariants, gaps);
  return new Map(invariants.map(each => [each.id, blind.has(each.id) ? 'unknown' : outcomeOf(each)]));
}

/** How many controls came to which outcome, those that occur, worst first. */
export function countControls({
  controls,
}: ControlReport): { readonly outcome: ControlOutcome; readonly count: number }[] {
  return controlOutcomes
    .map(outcome => ({ outcome, count: controls.filter(control => control.outcome === outcome).length }))
    .filter(({ count }) => count > 0);
}

function countEvidence(evidence: readonly { readonly outcome: EvidenceOutcome }[]): EvidenceCounts {
  const count = (outcome: EvidenceOutcome) => evidence.filter(each => each.outcome === outcome).length;
  return {
    fail: count('fail'),
    unknown: count('unknown'),
    waived: count('waived'),
    pass: count('pass'),
    outOfScope: count('out-of-scope'),
    notJudged: count('not-judged'),
  };
}

function worstOf(evidence: readonly EvidenceOutcome[]): ControlOutcome {
  const worst = evidenceOutcomes.find(outcome => evidence.includes(outcome));
  if (worst === undefined) return 'no-evidence';
  return worst === 'out-of-scope' ? 'not-judged' : worst;
}

function outcomeOf({ counts: { fail, waived, unknown, pass } }: Pick<InvariantResult, 'counts'>): EvidenceOutcome {
  if (fail > waived) return 'fail';
  if (unknown > 0) return 'unknown';
  if (fail > 0) return 'waived';
  return pass > 0 ? 'pass' : 'out-of-scope';
}
