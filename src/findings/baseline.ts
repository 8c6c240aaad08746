import type { AuditResult, Finding } from './result.ts';

/**
 * Tells new, unchanged and fixed findings apart. A violation that was only unknown before is new: nobody has been told of it yet.
 * One that cannot be judged any more is not fixed, nor is one whose invariant did not run; neither is carried over.
 */
export function compareWithBaseline(
  findings: readonly Finding[],
  baseline: AuditResult,
  judged: ReadonlySet<string>,
): Finding[] {
  const before = new Map(openFindings(baseline).map(finding => [finding.fingerprint, finding]));
  const now = new Set(findings.map(finding => finding.fingerprint));
  const unknown = unknownCover(findings);
  const known = findings.map((finding): Finding => {
    const old = before.get(finding.fingerprint);
    const unchanged = old !== undefined && !(old.verdict === 'unknown' && finding.verdict === 'fail');
    return { ...finding, state: unchanged ? 'unchanged' : 'new' };
  });
  const fixed = [...before.values()]
    .filter(old => old.verdict === 'fail' && judged.has(old.invariant) && !now.has(old.fingerprint) && !unknown(old))
    .map((old): Finding => ({ ...old, state: 'fixed', waiver: null }));
  return [...known, ...fixed];
}

/** The findings that hold: all but the fixed ones. */
export function openFindings(result: AuditResult): Finding[] {
  return result.findings.filter(finding => finding.state !== 'fixed');
}

/**
 * A test whether an absent finding may merely be hidden: unknown memberships are reported once per group, so an edge that is no longer
 * listed is covered by an unknown finding of its invariant that shares an id with it and contradicts none.
 */
export function unknownCover(findings: readonly Finding[]): (absent: Finding) => boolean {
  const index = new Map<string, Finding[]>();
  for (const finding of findings) {
    if (finding.verdict !== 'unknown') continue;
    for (const key of idKeys(finding)) {
      const same = index.get(key);
      if (same) same.push(finding);
      else index.set(key, [finding]);
    }
  }
  return absent => idKeys(absent).some(key => (index.get(key) ?? []).some(finding => !contradicts(finding, absent)));
}

function idKeys(finding: Finding): string[] {
  return Object.entries(finding.subject.ids).map(([name, id]) => `${finding.invariant}\n${name}\n${id}`);
}

function contradicts(a: Finding, b: Finding): boolean {
  const other = new Map(Object.entries(b.subject.ids));
  return Object.entries(a.subject.ids).some(([name, id]) => other.has(name) && other.get(name) !== id);
}
