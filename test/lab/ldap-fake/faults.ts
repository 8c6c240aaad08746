import type { Socket } from 'node:net';
import type { Fault } from './script.ts';

/** Sends an answer with what the fault does to its bytes; false when it does nothing to them, and nothing was sent. */
export function sendSpoilt(socket: Socket, fault: Fault | undefined, entries: readonly Buffer[], end: Buffer): boolean {
  const [first = Buffer.alloc(0), ...rest] = entries;
  if (fault === 'drop-midway') socket.write(first, () => socket.destroy());
  else if (fault === 'garbage') socket.write(Buffer.concat([first, Buffer.alloc(64, 0xff)]));
  else if (fault === 'odd-message') {
    // A well-formed message that the library cannot make sense of, between two entries of one chunk; the end comes in a chunk of its own.
    const odd = Buffer.from([0x30, 0x05, 0x02, 0x01, 0x63, 0x7f, 0x00]);
    socket.write(Buffer.concat([first, odd, ...rest]));
    setTimeout(() => socket.write(end), 20);
  } else return false;
  return true;
}
