const NIBBLES = new Uint8Array(256).fill(255);
for (const [value, digit] of [...'0123456789abcdef'].entries()) {
  NIBBLES[digit.charCodeAt(0)] = value;
  NIBBLES[digit.toUpperCase().charCodeAt(0)] = value;
}

// Where the 16 pairs of hexadecimal digits stand in GUID text.
const PAIRS = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34] as const;

/**
 * Writes GUID text into 16 bytes of memory as DuckDB holds a UUID: a 128-bit integer, little-endian, whose top bit is flipped so that signed
 * order is text order. False when the text is not a GUID.
 */
export function writeGuid(text: string, into: Uint8Array, offset: number): boolean {
  if (text.length !== 36) return false;
  let wrong = 0;
  for (let index = 0; index < 16; index++) {
    const at = PAIRS[index] ?? 0;
    const high = NIBBLES[text.charCodeAt(at) & 255] ?? 255;
    const low = NIBBLES[text.charCodeAt(at + 1) & 255] ?? 255;
    // & 255 folds characters above U+00FF onto digits: reject them here, and everything that is no digit.
    wrong |= (high | low) & 0xf0;
    wrong |= (text.charCodeAt(at) | text.charCodeAt(at + 1)) & 0xff00;
    into[offset + 15 - index] = (high << 4) | low;
  }
  into[offset + 15] = (into[offset + 15] ?? 0) ^ 0x80;
  const dashes = text[8] === '-' && text[13] === '-' && text[18] === '-' && text[23] === '-';
  return wrong === 0 && dashes;
}

/** Turns ids of 16 bytes in text order into DuckDB's memory layout, `count` of them from id number `from`. */
export function writeIds(ids: Uint8Array, from: number, count: number, into: Uint8Array): void {
  for (let id = 0; id < count; id++) {
    const source = (from + id) * 16;
    const target = id * 16;
    for (let index = 0; index < 16; index++) into[target + 15 - index] = ids[source + index] ?? 0;
    into[target + 15] = (into[target + 15] ?? 0) ^ 0x80;
  }
}

/** GUID texts as 16 bytes each in text order, for `edges`; throws RangeError on a text that is not a GUID. */
export function packIds(guids: readonly string[]): Uint8Array {
  const packed = new Uint8Array(guids.length * 16);
  for (const [index, guid] of guids.entries()) {
    const at = index * 16;
    if (!writeGuid(guid, packed, at)) throw new RangeError(`not a GUID: ${guid.slice(0, 60)}`);
    packed[at + 15] = (packed[at + 15] ?? 0) ^ 0x80;
    packed.subarray(at, at + 16).reverse();
  }
  return packed;
}
