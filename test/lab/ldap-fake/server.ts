import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';
import { converse } from './conversation.ts';
import type { FakeScript, FakeSearch, FakeServer } from './script.ts';

/** Starts an LDAP server on loopback, LDAPS on one port and plain with StartTLS on another, that can misbehave on demand. */
export async function startFakeLdap(script: FakeScript): Promise<FakeServer> {
  const searches: FakeSearch[] = [];
  const binds: { password: string; encrypted: boolean }[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const accept = (socket: Socket) => {
    const connection = ++connections;
    sockets.add(socket);
    converse(socket, { script, searches, binds, connection, secure: socket instanceof TLSSocket, served: 0 });
  };
  const secure = createTlsServer({ cert: script.tls.cert, key: script.tls.key }, accept);
  secure.on('tlsClientError', () => undefined);
  const plain = createServer(accept);
  const ports = [await listen(secure), await listen(plain)];
  return {
    ldaps: `ldaps://127.0.0.1:${ports[0]}`,
    ldap: `ldap://127.0.0.1:${ports[1]}`,
    searches,
    binds,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await Promise.all([secure, plain].map(server => new Promise(done => server.close(done))));
    },
  };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('no port'));
      else resolve(address.port);
    });
  });
}
