import type { Finding } from './result.ts';

/** A finding in one sentence. The policy's message states a violation, so an unknown verdict gets a sentence of its own. Untrusted text: escape it for where it goes. */
export function sentenceOf(finding: Finding): string {
  if (finding.verdict === 'fail') return finding.message;
  const rows = finding.rows === undefined ? '' : ` (${finding.rows} rows)`;
  const why = finding.missing.length > 0 ? `, because ${finding.missing.join(', ')} was not read` : '';
  const accepted = finding.accepted === null ? '' : `; accepted until ${finding.accepted.until}`;
  return `${finding.subject.label}${rows}: could not be judged${why}${accepted}`;
}

/** What to do about the violations of an invariant, for all of them: the places that differ from finding to finding are named, <group.ad.dn>. */
export function remedyOf(remediation: string): string {
  return remediation.replace(/\{\{\s*([^{}]*?)\s*\}\}/g, '<$1>').trimEnd();
}
