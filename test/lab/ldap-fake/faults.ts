import type { Socket } from 'node:net';
import type { Fault } from './script.ts';

// A well-formed message that the library cannot make sense of.
const ODD = Buffer.from([0x30, 0x05, 0x02, 0x01, 0x63, 0x7f, 0x00]);
// The beginning of a message of nearly two gigabytes.
const ENDLESS = Buffer.from([0x30, 0x84, 0x7f, 0xff, 0xff, 0xff]);
const CHUNK = Buffer.alloc(1024 * 1024);

/** Sends an answer with what the fault does to its bytes; false when it does nothing to them, and nothing was sent. */
export function sendSpoilt(socket: Socket, fault: Fault | undefined, entries: readonly Buffer[], end: Buffer): boolean {
  const [first = Buffer.alloc(0), ...rest] = entries;
  const whole = Buffer.concat([...entries, end]);
  const last = (bytes: Buffer) => socket.write(bytes, () => socket.destroy());
  if (fault === 'drop-midway') last(first);
  else if (fault === 'drop-mid-entry') last(whole.subarray(0, Math.ceil((first.length || whole.length) / 2)));
  else if (fault === 'drop-after') last(whole);
  else if (fault === 'garbage') socket.write(Buffer.concat([first, Buffer.alloc(64, 0xff)]));
  else if (fault === 'oversized') pour(socket, Buffer.concat([first, ENDLESS]));
  else if (fault === 'odd-message') {
    // Between two entries of one chunk; the end comes in a chunk of its own.
    socket.write(Buffer.concat([first, ODD, ...rest]));
    setTimeout(() => socket.write(end), 20);
  } else return false;
  return true;
}

function pour(socket: Socket, bytes: Buffer): void {
  if (!socket.destroyed) socket.write(bytes, failure => (failure ? undefined : pour(socket, CHUNK)));
}
