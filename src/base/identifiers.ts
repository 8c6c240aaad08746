const GUID_TEXT = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const SID_TEXT = /^S-1-\d{1,15}(-\d{1,10}){0,15}$/;

/** Lower-case GUID text, or undefined when the text is not a GUID. Accepts braces and any case. */
export function guidText(text: string): string | undefined {
  const bare = text
    .trim()
    .replace(/^\{|\}$/g, '')
    .toLowerCase();
  return GUID_TEXT.test(bare) ? bare : undefined;
}

// Where in the 16 bytes the pairs of digits come from, and where in the text they go.
const FROM = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
const TO = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
const DIGITS = Buffer.from('0123456789abcdef');
const written = Buffer.alloc(36, '-');

/** GUID text of 16 bytes as AD sends them: the first three groups little-endian (MS-DTYP 2.3.4). */
export function guidFromBytes(bytes: Uint8Array): string {
  if (bytes.length !== 16) throw new RangeError(`a GUID has 16 bytes, not ${bytes.length}`);
  for (let index = 0; index < 16; index++) {
    const byte = bytes[FROM[index] ?? 0] ?? 0;
    const at = TO[index] ?? 0;
    written[at] = DIGITS[byte >> 4] ?? 0;
    written[at + 1] = DIGITS[byte & 15] ?? 0;
  }
  // In one piece: text put together from parts takes several times the memory for as long as it is kept.
  return written.toString('latin1');
}

/** The 16 bytes of a GUID in AD's order; the inverse of guidFromBytes. */
export function guidToBytes(guid: string): Buffer {
  const hex = guid.replaceAll('-', '');
  const bytes = Buffer.from(hex, 'hex');
  if (bytes.length !== 16) throw new RangeError(`not a GUID: ${guid}`);
  return Buffer.from([3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15].map(index => bytes[index] ?? 0));
}

/** SID text of a binary SID (MS-DTYP 2.4.2.2). Throws RangeError on a malformed value. */
export function sidFromBytes(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const count = buffer[1] ?? 0;
  if (buffer.length < 8 || buffer[0] !== 1 || count > 15 || buffer.length < 8 + count * 4)
    throw new RangeError('malformed SID');
  const parts = Array.from({ length: count }, (_, index) => buffer.readUInt32LE(8 + index * 4));
  return ['S', 1, buffer.readUIntBE(2, 6), ...parts].join('-');
}

/** The binary form of SID text; throws RangeError when the text is not a SID. */
export function sidToBytes(sid: string): Buffer {
  if (!SID_TEXT.test(sid)) throw new RangeError(`not a SID: ${sid}`);
  const [authority = 0, ...parts] = sid.split('-').slice(2).map(Number);
  const buffer = Buffer.alloc(8 + parts.length * 4);
  buffer.writeUInt8(1, 0);
  buffer.writeUInt8(parts.length, 1);
  buffer.writeUIntBE(authority, 2, 6);
  parts.forEach((part, index) => {
    buffer.writeUInt32LE(part, 8 + index * 4);
  });
  return buffer;
}

/** True for SID text such as S-1-5-21-1-2-3-500. */
export function isSid(text: string): boolean {
  return SID_TEXT.test(text);
}
