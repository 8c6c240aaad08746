import { spanText } from '../base/index.ts';
import type { Cause, Confirmation, Finding } from './result.ts';

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

/** What reading again has shown, in one line. */
export function confirmationText({ confirmed, inFlight, standing, settledMs, again }: Confirmation): string {
  const after = again === null ? 'nothing was read again' : `read again after ${spanText(settledMs)}`;
  const rest = standing.length === 0 ? '' : `, ${standing.length} not confirmed`;
  return `${after}: ${confirmed} confirmed, ${inFlight.length} in flight${rest}`;
}

const causeWords = {
  policy: 'from the policy',
  directory: 'from the directory',
  both: 'from policy and directory',
  time: 'from the time that passed',
  undecided: 'from policy or directory',
} as const satisfies Record<Cause, string>;

/** What made a finding new or fixed, in words; undefined where nothing is known of it. */
export function causeText({ cause }: Pick<Finding, 'cause'>): string | undefined {
  return cause === undefined ? undefined : causeWords[cause];
}

/** How findings of one state came to it: "2 from the policy, 1 from the directory"; empty where nothing is known of them. */
export function causeCounts(findings: readonly Finding[]): string {
  const counts = Map.groupBy(findings, causeText);
  return Object.values(causeWords)
    .flatMap(words => (counts.get(words) === undefined ? [] : [`${counts.get(words)?.length} ${words}`]))
    .join(', ');
}
