import { canonicalJson, type Json, nameInExpressions } from '../base/index.ts';
import type { Evaluation } from '../evaluate/index.ts';
import { unknownCover } from './cover.ts';
import type { AuditResult, Cause, Finding, InvariantResult } from './result.ts';
import { blindInvariants } from './tally.ts';
import { waiversPopulation } from './waiver-checks.ts';

/** The parts of an invariant that decide its verdicts; `when` may be absent, or null as in results. */
export type Judging = Pick<InvariantResult, 'id' | 'over' | 'flavours' | 'expect'> & {
  readonly when?: string | null | undefined;
  readonly params: readonly Pick<InvariantResult['params'][number], 'name' | 'value'>[];
};

/** Ids of the invariants that judge otherwise than in the baseline, or did not run there, sorted; all of them when another version of the program judged. */
export function changedSince(baseline: AuditResult, invariants: readonly Judging[], version: string): string[] {
  const before = new Map(baseline.invariants.map(invariant => [invariant.id, definitionOf(invariant)]));
  const sameProgram = baseline.run.tool.version === version;
  return invariants
    .filter(invariant => !sameProgram || before.get(invariant.id) !== definitionOf(invariant))
    .map(({ id }) => id)
    .sort();
}

/** Only the parameters that the conditions name: a threshold of another invariant of the policy changes nothing here. */
function definitionOf({ over, flavours, when = null, expect, params }: Judging): string {
  const text = `${when ?? ''}\n${expect}`;
  const named = params
    .filter(({ name }) => new RegExp(`\\bparams\\.${nameInExpressions(name)}\\b`).test(text))
    .map(({ name, value }) => ({ name, value }));
  const plain: Json = JSON.parse(JSON.stringify({ over, flavours: [...flavours].sort(), when, expect, named }));
  return canonicalJson(plain);
}

/** What today's policies find in the baseline's snapshot, as of its time. */
export type Rejudged = {
  /** The verdict on a finding there: undefined when it neither fails nor is, or may be hidden by, an unknown. */
  readonly verdictOn: (finding: Finding) => 'fail' | 'unknown' | undefined;
};

/** Reads an evaluation of the baseline's snapshot; `findings` are those that it gives. */
export function rejudgedBy(evaluation: Evaluation, findings: readonly Finding[]): Rejudged {
  const verdicts = new Map(findings.map(({ fingerprint, verdict }) => [fingerprint, verdict]));
  const ran = evaluation.outcomes.map(({ invariant: { id }, counts }) => ({
    id,
    counts: { ...counts, waived: 0 },
  }));
  const blind = blindInvariants(ran, evaluation.gaps);
  const judged = new Set(ran.map(({ id }) => id).filter(id => !blind.has(id)));
  const hidden = unknownCover(findings);
  const verdictOn = (finding: Finding) =>
    verdicts.get(finding.fingerprint) ??
    (!judged.has(finding.invariant) || hidden(finding) ? ('unknown' as const) : undefined);
  return { verdictOn };
}

/** What is known of why a finding is new or fixed. */
export type CauseFacts = {
  readonly changed: ReadonlySet<string>;
  readonly sameSnapshot: boolean;
  readonly rejudged: Rejudged | undefined;
};

/** Why a new or fixed finding is so; nothing of the findings of waivers, which are no matter of policies or directories. */
export function causeOf(finding: Finding, { changed, sameSnapshot, rejudged }: CauseFacts): { readonly cause?: Cause } {
  if (finding.subject.population === waiversPopulation) return {};
  if (!changed.has(finding.invariant)) return { cause: sameSnapshot ? 'time' : 'directory' };
  if (sameSnapshot) return { cause: 'policy' };
  if (rejudged === undefined) return { cause: 'undecided' };
  const then = rejudged.verdictOn(finding);
  const now = finding.state === 'fixed' ? undefined : finding.verdict;
  if (then === now) return { cause: 'policy' };
  return { cause: then === 'unknown' ? 'undecided' : 'both' };
}
