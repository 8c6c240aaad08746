import type { Finding } from './result.ts';

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
