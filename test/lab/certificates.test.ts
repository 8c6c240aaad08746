import { once } from 'node:events';
import { connect, createServer } from 'node:tls';
import { expect, test } from '@jest/globals';
import { createAuthority, type Issued, issue } from './certificates.ts';

/** Connects once to a TLS server that shows `shown`, trusting `trusted`; answers the error code or `secure`. */
async function handshake(shown: Issued, trusted: string, servername?: string): Promise<string> {
  const server = createServer({ cert: shown.cert, key: shown.key }).listen(0, '127.0.0.1');
  server.on('tlsClientError', () => undefined);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const socket = connect({
    host: '127.0.0.1',
    port: address.port,
    ca: trusted,
    ...(servername === undefined ? {} : { servername }),
  });
  try {
    await once(socket, 'secureConnect');
    return socket.authorized ? 'secure' : String(socket.authorizationError);
  } catch (error) {
    // Not `instanceof Error`: under jest, Node's own errors come from another realm.
    return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : String(error);
  } finally {
    socket.destroy();
    server.close();
  }
}

test('a certificate is good for its names and addresses under its own authority, and only there', async () => {
  const authority = await createAuthority();
  const issued = await issue(authority, { dns: ['dc1.lab.test'], ip: ['127.0.0.1', '::1'] });

  expect(await handshake(issued, issued.ca)).toBe('secure');
  expect(await handshake(issued, issued.ca, 'dc1.lab.test')).toBe('secure');
  expect(await handshake(issued, issued.ca, 'other.test')).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  expect(await handshake(issued, (await createAuthority()).ca)).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
});

test('an expired certificate is refused as expired', async () => {
  const authority = await createAuthority();
  const issued = await issue(authority, { dns: [], ip: ['127.0.0.1'], expired: true });

  expect(await handshake(issued, issued.ca)).toBe('CERT_HAS_EXPIRED');
});
