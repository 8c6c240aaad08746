import { escapeTerminal, sha256, truncate } from '../base/index.ts';

/** GitHub cuts descriptions at 1,024 characters. */
export const sarifTextLimit = 1_024;

/**
 * Text of unknown origin as a SARIF message: one line without control characters, never empty (GitHub takes an empty string for a missing one),
 * and without what SARIF would read in it: embedded links `[text](target)` and placeholders `{0}` (SARIF 2.1.0 §3.11.5 and §3.11.6).
 */
export function sarifText(text: string, limit: number = sarifTextLimit): string {
  const plain = escapeTerminal(truncate(text, limit * 4))
    .replaceAll('](', '] (')
    .replace(/\{(?=\d+\})/g, '{ ');
  const short = truncate(plain.trim(), limit);
  return short === '' ? '-' : short;
}

/** A path as a relative URI reference with forward slashes, percent-encoded: what GitHub resolves against the repository. */
export function sarifUri(path: string): string {
  const segments = path
    .replace(/^[A-Za-z]:(?=[\\/])/, '')
    .split(/[\\/]+/)
    .filter(segment => segment !== '' && segment !== '.' && segment !== '..');
  return segments.map(segment => encodeURIComponent(escapeTerminal(segment))).join('/') || 'policy';
}

/** A GUID that depends on nothing but the name, in the form of RFC 9562 version 8. */
export function guidOf(name: string): string {
  const hex = sha256(name);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
