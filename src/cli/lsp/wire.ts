/** A message of JSON-RPC 2.0 as far as it was looked at. */
export type Message = {
  readonly id?: number | string | null;
  readonly method?: string;
  readonly params?: unknown;
};

/** A message that cannot be what the protocol allows: nothing after it can be trusted. */
export class BrokenStream extends Error {}

const LONGEST_HEADER = 8 * 1024;
const LARGEST_MESSAGE = 8 * 1024 * 1024;
const BLANK_LINE = Buffer.from('\r\n\r\n');

/** Takes what arrives in pieces of any size and gives the texts of whole messages; throws BrokenStream. Holds no more than one message. */
export function messageReader(): (piece: Buffer) => readonly string[] {
  let held = Buffer.alloc(0);
  let wanted: number | undefined;
  return piece => {
    held = Buffer.concat([held, piece]);
    const found: string[] = [];
    for (;;) {
      if (wanted === undefined) {
        const end = held.indexOf(BLANK_LINE);
        if (end > LONGEST_HEADER || (end < 0 && held.length > LONGEST_HEADER))
          throw new BrokenStream('a message has too long a header');
        if (end < 0) return found;
        wanted = lengthIn(held.toString('latin1', 0, end));
        held = held.subarray(end + BLANK_LINE.length);
      }
      if (held.length < wanted) return found;
      found.push(held.toString('utf8', 0, wanted));
      held = held.subarray(wanted);
      wanted = undefined;
    }
  };
}

function lengthIn(header: string): number {
  const length = /^content-length:[ \t]*(\d{1,9})[ \t]*$/im.exec(header)?.[1];
  if (length === undefined) throw new BrokenStream('a message has no Content-Length');
  if (Number(length) > LARGEST_MESSAGE) throw new BrokenStream(`a message has ${length} bytes`);
  return Number(length);
}

/** A message as it goes over the wire. */
export function framed(message: object): string {
  const text = JSON.stringify({ jsonrpc: '2.0', ...message });
  return `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
}
