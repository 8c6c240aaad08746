import type { Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import { BerReader } from 'ldapts';
import { signIn } from './bind.ts';
import { tlsOptionsOf } from './client-certificate.ts';
import type { Cookies } from './limits.ts';
import { resultPacket } from './packet.ts';
import type { FakePort, FakeScript, FakeSearch, FakeServer } from './script.ts';
import { answerSearch } from './search.ts';

const OP = { bind: 0x60, search: 0x63, unbind: 0x42, extended: 0x77 } as const;

/** One connection: what it is to play, where it notes what it saw, and how far it came. */
export type Line = {
  readonly script: FakeScript;
  readonly searches: FakeSearch[];
  readonly binds: FakeServer['binds'];
  readonly connection: number;
  readonly secure: boolean;
  readonly port: FakePort;
  readonly cookies: Cookies;
  /** Whether it was encrypted from the start. */
  readonly ldaps: boolean;
  signedIn: boolean;
  /** Set once the server has lost the sign-in of the connection. */
  forgotten: boolean;
  served: number;
};

/** Answers whatever comes over `socket` until it ends; StartTLS goes on with the same line, encrypted. */
export function converse(socket: Socket, line: Line): void {
  let pending: Buffer = Buffer.alloc(0);
  socket.on('error', () => undefined);
  socket.on('data', chunk => {
    pending = Buffer.concat([pending, chunk]);
    for (;;) {
      const reader = new BerReader(pending);
      if (reader.readSequence() === null || reader.remain < reader.length) return;
      const end = reader.offset + reader.length;
      const message = pending.subarray(0, end);
      pending = pending.subarray(end);
      answer(socket, line, message);
    }
  });
}

function answer(socket: Socket, line: Line, message: Buffer): void {
  const reader = new BerReader(message);
  reader.readSequence();
  const id = reader.readInt() ?? 0;
  const op = reader.peek();
  if (op === OP.unbind) socket.end();
  else if (op === OP.bind) {
    reader.readSequence(OP.bind);
    const { code, message } = signIn(line, reader, socket);
    socket.write(resultPacket(id, 0x61, code, message));
  } else if (op === OP.extended) {
    socket.write(resultPacket(id, 0x78, 0, ''), () => {
      socket.removeAllListeners('data');
      const { requestCert = false, rejectUnauthorized = false, ...context } = tlsOptionsOf(line.script);
      const secureContext = createSecureContext(context);
      const options = { isServer: true, secureContext, requestCert, rejectUnauthorized };
      converse(new TLSSocket(socket, options), { ...line, secure: true });
    });
  } else if (op === OP.search) answerSearch(socket, line, id, reader);
}
