import { instantMs } from '../base/index.ts';
import { type CauseFacts, causeOf } from './cause.ts';
import { unknownCover } from './cover.ts';
import type { AuditResult, Finding } from './result.ts';

const DAY_MS = 86_400_000;

/** What findings are compared with: the invariants that could judge, and what is known of the causes of differences. */
export type Comparison = CauseFacts & { readonly baseline: AuditResult; readonly judged: ReadonlySet<string> };

/**
 * Tells new, unchanged and fixed findings apart, carries on since when they are seen, and says what made the difference. A violation that was only unknown
 * before is new: nobody has been told of it yet. One that cannot be judged any more is not fixed, nor is one whose invariant did not run; neither is
 * carried over.
 */
export function compareWithBaseline(
  findings: readonly Finding[],
  { baseline, judged, ...facts }: Comparison,
): Finding[] {
  const before = new Map(openFindings(baseline).map(finding => [finding.fingerprint, finding]));
  const now = new Set(findings.map(finding => finding.fingerprint));
  const unknown = unknownCover(findings);
  const known = findings.map((finding): Finding => {
    const old = before.get(finding.fingerprint);
    const unchanged = old !== undefined && !(old.verdict === 'unknown' && finding.verdict === 'fail');
    const seen = old === undefined ? finding : seenSince(finding, old.firstSeen);
    return unchanged ? { ...seen, state: 'unchanged' } : { ...seen, state: 'new', ...causeOf(seen, facts) };
  });
  const fixed = [...before.values()]
    .filter(old => old.verdict === 'fail' && judged.has(old.invariant) && !now.has(old.fingerprint) && !unknown(old))
    .map(({ cause: _, ...old }): Finding => {
      const gone: Finding = { ...old, state: 'fixed', waiver: null };
      return { ...gone, ...causeOf(gone, facts) };
    });
  return [...known, ...fixed];
}

function seenSince(finding: Finding, firstSeen: string): Finding {
  const days = ((instantMs(finding.lastSeen) ?? 0) - (instantMs(firstSeen) ?? 0)) / DAY_MS;
  // A baseline may be of a later time than this run.
  return { ...finding, firstSeen, ageDays: Math.max(0, Math.floor(days)) };
}

/** The findings that hold: all but the fixed ones. */
export function openFindings(result: AuditResult): Finding[] {
  return result.findings.filter(finding => finding.state !== 'fixed');
}
