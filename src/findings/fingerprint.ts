import { sha256 } from '../base/index.ts';

/**
 * The identity of a finding over time: SHA-256 in hex of the invariant's id, a line feed, and the subject's key.
 * Both are immutable, so a renamed or moved group, a re-worded message or a re-graded severity keeps its fingerprint.
 */
export function fingerprintOf(invariant: string, subjectKey: string): string {
  return sha256(`${invariant}\n${subjectKey}`);
}
