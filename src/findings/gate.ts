import { type ExitCode, exitCodes, exitPrecedence, type FailureKind, isAtLeast } from '../base/index.ts';
import type { Finding, Gate, InvariantResult, OutcomeWord, ResultGap, Run } from './result.ts';
import { auditedInvariants, blindInvariants, sumCounts } from './tally.ts';

type Ending = Pick<Run, 'outcome' | 'exitCode' | 'reason'>;
type Judged = {
  readonly invariants: readonly InvariantResult[];
  readonly findings: readonly Finding[];
  readonly gaps: readonly ResultGap[];
};

/** The one place where verdicts become an exit code (design: 1 findings, 3 could not judge enough, 0 clean; precedence in base). */
export function decide(gate: Gate, judged: Judged): Ending {
  // What is said of waivers decides like anything else, but is no audit of a directory.
  const audited = auditedInvariants(judged);
  const { pass, unknown, ...certain } = sumCounts(audited);
  if (pass + certain.fail + unknown === 0) return notPerformed(audited.length);
  const { fail, waived } = sumCounts(judged.invariants);

  const deciding = judged.findings.filter(finding => decides(finding, gate)).length;
  const unaccepted = unacceptedUnknowns(judged);
  const applicable: ExitCode[] = [
    ...(deciding > 0 ? [exitCodes.findings] : []),
    ...(unaccepted > gate.maxUnknown ? [exitCodes.unjudged] : []),
  ];
  const exitCode = exitPrecedence.find(code => applicable.includes(code)) ?? exitCodes.clean;
  const open = fail - waived;
  const rest = open - deciding;
  const details = [
    rest > 0 && deciding > 0 ? `${rest} below the threshold` : '',
    waived > 0 ? `${waived} waived` : '',
    unknown > 0
      ? `${unknown} ${unknown === 1 ? 'verdict' : 'verdicts'} unknown, ${unknown - Math.min(unknown, unaccepted)} of them accepted`
      : '',
  ].filter(detail => detail !== '');
  const reason = `${headline(exitCode, { gate, deciding, open, unaccepted, judged: pass + certain.fail })}${details.length > 0 ? ` (${details.join('; ')})` : ''}.`;
  return { outcome: wordOf(exitCode, open), exitCode, reason };
}

/** How a run ends that broke off: no verdict was drawn, and the reason says why. */
export function breakOff(kind: FailureKind, reason: string): Ending {
  return { outcome: failureWords[kind], exitCode: exitCodes[kind], reason: `No audit was performed: ${reason}` };
}

const failureWords = {
  input: 'input-error',
  unjudged: 'not-performed',
  source: 'source-failed',
  integrity: 'integrity-failed',
  bug: 'bug',
} as const satisfies Record<FailureKind, OutcomeWord>;

/** True for a finding that fails the run: certain, not waived, not fixed, and bad enough. */
export function decides(finding: Finding, gate: Gate): boolean {
  return (
    finding.verdict === 'fail' &&
    finding.state !== 'fixed' &&
    finding.waiver === null &&
    gate.failOn !== 'none' &&
    isAtLeast(finding.severity, gate.failOn)
  );
}

/**
 * Unknown verdicts that nobody accepted. Counts, not findings, are the measure, so that a finding that was left out cannot hide an unknown;
 * a blind invariant counts as one.
 */
function unacceptedUnknowns({ invariants, findings, gaps }: Judged): number {
  const accepted = findings.filter(finding => finding.verdict === 'unknown' && finding.accepted !== null);
  const rows = accepted.reduce((sum, finding) => sum + (finding.rows ?? 1), 0);
  const unread = blindInvariants(
    invariants,
    gaps.filter(gap => gap.accepted === null),
  ).size;
  return Math.max(0, sumCounts(invariants).unknown - rows) + unread;
}

function notPerformed(invariants: number): Ending {
  const why = invariants === 0 ? 'no invariant was loaded' : 'nothing that was read is in the scope of any invariant';
  return { outcome: 'not-performed', exitCode: exitCodes.unjudged, reason: `No audit was performed: ${why}.` };
}

type Figures = {
  readonly gate: Gate;
  readonly deciding: number;
  readonly open: number;
  readonly unaccepted: number;
  readonly judged: number;
};

function headline(exitCode: ExitCode, { gate, deciding, open, unaccepted, judged }: Figures): string {
  if (exitCode === exitCodes.findings)
    return `${deciding} ${deciding === 1 ? 'violation' : 'violations'} at or above ${gate.failOn}`;
  if (exitCode === exitCodes.unjudged)
    return `Too little could be judged: ${unaccepted} unknown, ${gate.maxUnknown} allowed`;
  if (judged === 0) return 'Nothing could be judged, and every gap is accepted';
  const verdicts = `${judged} ${judged === 1 ? 'verdict' : 'verdicts'}`;
  if (open === 0) return `No violation in ${verdicts}`;
  const violations = `${open} ${open === 1 ? 'violation' : 'violations'} in ${verdicts}`;
  return gate.failOn === 'none'
    ? `${violations}; none fails the run (fail-on none)`
    : `${violations}, none at or above ${gate.failOn}`;
}

// The word says what was found, the exit code what to do about it: violations that do not fail the run are no clean outcome.
function wordOf(exitCode: ExitCode, open: number): OutcomeWord {
  if (exitCode === exitCodes.unjudged) return 'unjudged';
  return open > 0 ? 'findings' : 'clean';
}
