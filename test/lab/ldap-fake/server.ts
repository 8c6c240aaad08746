import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';
import { signsInByHandshake, tlsOptionsOf } from './client-certificate.ts';
import { converse } from './conversation.ts';
import type { FakeBind, FakePort, FakeScript, FakeSearch, FakeServer } from './script.ts';

/** Starts an LDAP server on loopback that can misbehave on demand: LDAPS on one port, plain with StartTLS on another, the global catalog over LDAPS on a third. */
export async function startFakeLdap(script: FakeScript): Promise<FakeServer> {
  const searches: FakeSearch[] = [];
  const binds: FakeBind[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const acceptOn = (port: FakePort) => (socket: Socket) => {
    const connection = ++connections;
    sockets.add(socket);
    const secure = socket instanceof TLSSocket;
    const line = { script, searches, binds, connection, secure, port, cookies: new Set<string>(), served: 0 };
    converse(socket, { ...line, ldaps: secure, signedIn: signsInByHandshake(script, socket), forgotten: false });
  };
  const overTls = (port: FakePort) => {
    const server = createTlsServer({ ...tlsOptionsOf(script), ...script.tlsVersions }, acceptOn(port));
    return server.on('tlsClientError', () => undefined);
  };
  const servers = [overTls('domain'), createServer(acceptOn('domain')), overTls('catalog')];
  const [ldaps, ldap, catalog] = await Promise.all(servers.map(listen));
  return {
    ldaps: `ldaps://127.0.0.1:${ldaps}`,
    ldap: `ldap://127.0.0.1:${ldap}`,
    catalog: `ldaps://127.0.0.1:${catalog}`,
    searches,
    binds,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await Promise.all(servers.map(server => new Promise(done => server.close(done))));
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
