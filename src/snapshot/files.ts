import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';

const PIECE = 2 ** 20;

/** Size and SHA-256 of a file, read in pieces; `signal` ends it. */
export async function digestFile(
  path: string,
  signal?: AbortSignal,
): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const file = await open(path, 'r');
  try {
    const hash = createHash('sha256');
    const read = async (buffer: Buffer) =>
      buffer.subarray(0, (await file.read(buffer, 0, buffer.length, null)).bytesRead);
    const buffers = [Buffer.allocUnsafe(PIECE), Buffer.allocUnsafe(PIECE)] as const;
    let bytes = 0;
    let piece = await read(buffers[0]);
    for (let turn = 1; piece.length > 0; turn++) {
      signal?.throwIfAborted();
      // The next piece is read while this one is digested.
      const next = read(turn % 2 === 0 ? buffers[0] : buffers[1]);
      hash.update(piece);
      bytes += piece.length;
      piece = await next;
    }
    return { sha256: hash.digest('hex'), bytes };
  } finally {
    await file.close();
  }
}

/** Forces a file or a folder to disk. */
export async function forceToDisk(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Writes a new file and forces it to disk. */
export async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
