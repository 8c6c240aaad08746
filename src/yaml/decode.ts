import type { Problem } from '../base/index.ts';

/** The size in bytes above which a YAML file is refused unless told otherwise. */
export const largestDocument = 1024 * 1024;

/** Text of an untrusted file without its byte order mark, or the one problem that keeps it from being read. */
export type Decoded = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly problem: Problem };

/** Decodes UTF-8 strictly; the size is checked before a byte is looked at. */
export function decodeText(bytes: Uint8Array, file: string, limit: number): Decoded {
  if (bytes.length > limit) return { ok: false, problem: tooLarge(file, bytes.length, limit) };
  try {
    return { ok: true, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return { ok: false, problem: invalidText(bytes, file) };
  }
}

/** The problem of a file above its size limit; both sizes in bytes. */
export function tooLarge(file: string, size: number, limit: number): Problem {
  return {
    code: 'too-large',
    level: 'error',
    message: `the file has ${inUnits(size)}; at most ${inUnits(limit)} are read`,
    at: { file, line: 1, column: 1 },
    hint: 'split it into several files, or check that the path names the file you meant',
  };
}

function inUnits(bytes: number): string {
  return bytes >= 1024 * 1024 ? `${Number((bytes / 1024 / 1024).toFixed(1))} MiB` : `${bytes} bytes`;
}

function invalidText(bytes: Uint8Array, file: string): Problem {
  const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  const { line, column, offset } = firstBadByte(bytes);
  const byte = (bytes[offset] ?? 0).toString(16).padStart(2, '0');
  return {
    code: 'not-utf8',
    level: 'error',
    message: `the file is not UTF-8: byte ${offset + 1} is 0x${byte}`,
    at: { file, line, column },
    hint: utf16 ? 'it looks like UTF-16; save it as UTF-8' : 'save it as UTF-8',
  };
}

/** Decodes leniently and encodes again: the first character that comes out different is the one that was malformed. */
function firstBadByte(bytes: Uint8Array): { line: number; column: number; offset: number } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let offset = 0;
  let line = 1;
  let column = 1;
  for (const character of new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)) {
    const written = Buffer.byteLength(character);
    if (character === '\ufffd' && buffer.toString('hex', offset, offset + 3) !== 'efbfbd') break;
    offset += written;
    if (character === '\n') {
      line++;
      column = 1;
    } else column += character.length;
  }
  return { line, column, offset };
}
