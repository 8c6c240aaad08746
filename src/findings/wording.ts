import { spanText } from '../base/index.ts';
import type { Confirmation, Finding } from './result.ts';

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
