import { compareSeverity, type Severity, severities } from '../base/index.ts';
import type { AuditResult, Finding, InvariantResult, ResultCounts, ResultGap } from './result.ts';
import { waiversPopulation } from './waiver-checks.ts';

/** Counts over a set of invariants, in the words of one. */
export function sumCounts(invariants: readonly Pick<InvariantResult, 'counts'>[]): ResultCounts {
  const sum = { subjects: 0, outOfScope: 0, pass: 0, fail: 0, unknown: 0, waived: 0 };
  for (const { counts } of invariants) {
    sum.subjects += counts.subjects;
    sum.outOfScope += counts.outOfScope;
    sum.pass += counts.pass;
    sum.fail += counts.fail;
    sum.unknown += counts.unknown;
    sum.waived += counts.waived;
  }
  return sum;
}

/** The invariants over the directories: all but those over waivers. */
export function auditedInvariants<T extends Pick<InvariantResult, 'over'>>({
  invariants,
}: {
  readonly invariants: readonly T[];
}): T[] {
  return invariants.filter(({ over }) => over !== waiversPopulation);
}

/** Ids of invariants that have no subject because a whole facet was not read: an unread population is not an empty one, so their silence means nothing. */
export function blindInvariants(
  invariants: readonly Pick<InvariantResult, 'id' | 'counts'>[],
  gaps: readonly Pick<ResultGap, 'object' | 'invariants'>[],
): ReadonlySet<string> {
  const affected = new Set(gaps.filter(gap => gap.object === '').flatMap(gap => gap.invariants));
  return new Set(invariants.filter(({ id, counts }) => counts.subjects === 0 && affected.has(id)).map(({ id }) => id));
}

/** Counts per severity, worst first, of the severities that some invariant has. */
export function countsBySeverity(
  result: AuditResult,
): { readonly severity: Severity; readonly counts: ResultCounts }[] {
  return severities
    .map(severity => ({ severity, of: result.invariants.filter(invariant => invariant.severity === severity) }))
    .filter(({ of }) => of.length > 0)
    .map(({ severity, of }) => ({ severity, counts: sumCounts(of) }));
}

/** Counts per policy (theme), by name. */
export function countsByPolicy(result: AuditResult): { readonly policy: string; readonly counts: ResultCounts }[] {
  const policies = [...new Set(result.invariants.map(invariant => invariant.policy))].sort();
  return policies.map(policy => ({
    policy,
    counts: sumCounts(result.invariants.filter(invariant => invariant.policy === policy)),
  }));
}

/** Invariants with something to say, worst first: open violations before unknowns, then severity, number and id. */
export function worstInvariants(result: AuditResult): InvariantResult[] {
  const open = ({ counts }: InvariantResult) => counts.fail - counts.waived;
  return result.invariants
    .filter(({ counts }) => counts.fail + counts.unknown > 0)
    .sort(
      (a, b) =>
        Number(open(b) > 0) - Number(open(a) > 0) ||
        compareSeverity(a.severity, b.severity) ||
        open(b) - open(a) ||
        b.counts.unknown - a.counts.unknown ||
        (a.id < b.id ? -1 : 1),
    );
}

/** Violations that stand: certain, neither fixed nor waived; the worst severity first, then by invariant and subject key. */
export function violations(result: AuditResult): Finding[] {
  return worstFirst(
    result.findings.filter(({ verdict, state, waiver }) => verdict === 'fail' && state !== 'fixed' && waiver === null),
  );
}

/** Findings that could not be judged, in the order of violations(). */
export function unknowns(result: AuditResult): Finding[] {
  return worstFirst(result.findings.filter(({ verdict, state }) => verdict === 'unknown' && state !== 'fixed'));
}

// Array.sort is stable, so findings of one severity keep the order of the result.
function worstFirst(findings: Finding[]): Finding[] {
  return findings.sort((a, b) => compareSeverity(a.severity, b.severity));
}
