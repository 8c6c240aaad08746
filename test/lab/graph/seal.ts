import { createHash } from 'node:crypto';

// Leading bytes that base64 turns into "+/+/", so that clients which mangle a link's encoding are found out.
const AWKWARD = Buffer.from([0xfb, 0xff, 0xbf]);
const MARK_LENGTH = 9;

function mark(seed: number, text: string): Buffer {
  return createHash('sha256').update(`${seed}\n${text}`).digest().subarray(0, MARK_LENGTH);
}

/** Makes an opaque page or delta token: base64 with `+`, `/` and `=`, which {@link unseal} recognises. */
export function seal(seed: number, text: string): string {
  const padded = text.padEnd(text.length + ((4 - (text.length % 3)) % 3), ' ');
  return Buffer.concat([AWKWARD, mark(seed, padded), Buffer.from(padded)]).toString('base64');
}

/** What a token says, or `undefined` when this double did not make it or it was altered on the way. */
export function unseal(seed: number, token: string): string | undefined {
  if (!/^\+\/\+\/[A-Za-z0-9+/]+=*$/.test(token)) return undefined;
  const bytes = Buffer.from(token, 'base64').subarray(AWKWARD.length);
  const text = bytes.subarray(MARK_LENGTH).toString();
  return mark(seed, text).equals(bytes.subarray(0, MARK_LENGTH)) ? text.trimEnd() : undefined;
}

/** A short digest of text, for binding a token to the query it was made for. */
export function fingerprint(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
