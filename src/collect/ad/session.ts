import { EventEmitter } from 'node:events';
import { isIP, Socket } from 'node:net';
import * as tls from 'node:tls';
import { Client } from 'ldapts';
import type { AdSource } from '../../config/index.ts';
import { authenticate, type Credentials, credentialsOf } from './credentials.ts';
import { isDistrusted, sourceError } from './failure.ts';

const MAX_MESSAGE = 16 * 1024 * 1024;

/** One authenticated, encrypted connection to one server. A session that failed in any way is closed and never used again. */
export type Session = {
  readonly client: Client;
  readonly url: string;
  /** True while the very connection that was authenticated is still up and every message on it could be decoded. */
  readonly usable: () => boolean;
  readonly close: () => Promise<void>;
};

/** Where a server is; `serverName` is what its certificate must name when that is not the host of the URL. */
export type Endpoint = { readonly url: string; readonly serverName: string | undefined };

/** Signs in to one server: TLS first (LDAPS or StartTLS, at least 1.2, name and chain checked), then a simple bind or the client certificate. Rejects with the library's error. */
export async function open(source: AdSource, endpoint: Endpoint, signal: AbortSignal): Promise<Session> {
  // Loading the authorities of the system takes longer than the rest of a sign-in, and where one is named that one mostly suffices.
  if (source.ca !== undefined && kept === undefined)
    try {
      return await openTrusting('the named', source, endpoint, signal);
    } catch (thrown) {
      if (!isDistrusted(thrown) || signal.aborted) throw thrown;
    }
  return openTrusting('all', source, endpoint, signal);
}

/** Which authorities are trusted: the one of the configuration alone, or those of the runtime and of the system too. */
type Trust = 'the named' | 'all';

async function openTrusting(trust: Trust, source: AdSource, endpoint: Endpoint, signal: AbortSignal): Promise<Session> {
  const { url } = endpoint;
  signal.throwIfAborted();
  const secure = /^ldaps:/i.test(url);
  if (!secure && !source.startTls)
    throw sourceError(`refused to sign in without encryption: use ldaps://, or set ad.startTls`);
  const credentials = credentialsOf(source);
  const name = endpoint.serverName ?? new URL(url).hostname.replace(/^\[|\]$/g, '');
  const options = tlsOptions(name, secureContext(trust, source.ca, credentials));
  const client = new Client({
    url,
    timeout: source.timeoutMs,
    connectTimeout: source.timeoutMs,
    ...(secure ? { tlsOptions: options } : {}),
  });
  let undecodable = false;
  const parser = parserOf(client);
  // The library drops the rest of a chunk after a message that it cannot decode and only writes a debug line: here that ends the session.
  parser.on('error', () => {
    undecodable = true;
    socketOf(client)?.destroy();
  });
  const interrupt = () => socketOf(client)?.destroy();
  signal.addEventListener('abort', interrupt, { once: true });
  const close = async () => {
    signal.removeEventListener('abort', interrupt);
    const socket = socketOf(client);
    // On a dead connection the library would wait for its timeout; on one that is still being made it only stops its clock.
    if (!client.isConnected || socket?.destroyed === false) await client.unbind().catch(() => undefined);
    socket?.destroy();
  };
  try {
    await before(source.timeoutMs, signal, signIn(client, secure ? undefined : options, credentials));
  } catch (thrown) {
    await close();
    throw thrown;
  }
  const socket = socketOf(client);
  socket?.setKeepAlive(true, 30_000);
  // The library buffers a message until it is whole, however long it says that it is.
  socket?.on('data', () => {
    const pending: unknown = Reflect.get(parser, 'buffer');
    if (Buffer.isBuffer(pending) && Math.max(pending.length, announcedLength(pending)) > MAX_MESSAGE) socket.destroy();
  });
  // A new connection, which the library would make in silence, has another socket.
  const usable = () => !undecodable && socket !== undefined && socketOf(client) === socket && !socket.destroyed;
  return { client, url, usable, close };
}

async function signIn(
  client: Client,
  upgrade: tls.ConnectionOptions | undefined,
  credentials: Credentials,
): Promise<void> {
  if (upgrade !== undefined) {
    const options: tls.ConnectionOptions = { ...upgrade };
    await client.startTLS(options);
    const socket = socketOf(client);
    // The library watches the raw socket only, which it leaves in `options`: without this a drop would go unnoticed until the timeout.
    socket?.once('close', () => options.socket?.destroy());
    // Without this a connection that fell back to plain text would carry the password in clear.
    if (!(socket instanceof tls.TLSSocket) || socket.destroyed || !socket.authorized)
      throw sourceError('the connection was not encrypted after StartTLS');
    // What came in clear behind the answer to StartTLS would be taken as if it had come encrypted.
    if (Reflect.get(parserOf(client), 'buffer') !== undefined)
      throw sourceError('the server sent more in clear after it agreed to StartTLS: somebody may be in between');
  }
  await authenticate(client, credentials, upgrade === undefined);
}

// The length that the head of a message tells (BER: one byte, or how many bytes it takes); 0 while it is not there yet.
function announcedLength(message: Buffer): number {
  const first = message[1] ?? 0;
  if (first < 0x80) return first;
  const size = first - 0x80;
  if (size > 6) return Number.POSITIVE_INFINITY;
  return size === 0 || message.length < 2 + size ? 0 : message.readUIntBE(2, size);
}

function tlsOptions(name: string, context: tls.SecureContext): tls.ConnectionOptions {
  return {
    secureContext: context,
    rejectUnauthorized: true,
    ...(isIP(name) === 0 ? { servername: name } : {}),
    // Explicit, because with StartTLS there is no host to check against, and a literal address cannot be a server name.
    checkServerIdentity: (_host, certificate) => tls.checkServerIdentity(name, certificate),
  };
}

// Reading the authorities of the system takes longer than the rest of a sign-in, so those of the last sign-in by password are kept.
let kept: { readonly authorities: string | undefined; readonly context: tls.SecureContext } | undefined;

function secureContext(trust: Trust, authorities: string | undefined, credentials: Credentials): tls.SecureContext {
  if (trust === 'the named') return tls.createSecureContext(contextOptions(authorities ?? [], credentials));
  if ('user' in credentials && kept !== undefined && kept.authorities === authorities) return kept.context;
  // Many are in both.
  const known = new Set([...tls.getCACertificates('default'), ...tls.getCACertificates('system')]);
  if (authorities !== undefined) known.add(authorities);
  const context = tls.createSecureContext(contextOptions([...known], credentials));
  if ('user' in credentials) kept = { authorities, context };
  return context;
}

function contextOptions(ca: string | string[], credentials: Credentials): tls.SecureContextOptions {
  const options = { ca, minVersion: 'TLSv1.2' } as const;
  if ('user' in credentials) return options;
  const { cert, key, passphrase } = credentials;
  return { ...options, cert, key, ...(passphrase === undefined ? {} : { passphrase }) };
}

// The library has no time limit for the handshake of StartTLS, and a socket that is destroyed while it connects leaves its caller waiting.
async function before<T>(limitMs: number, signal: AbortSignal, work: Promise<T>): Promise<T> {
  let stop = (_reason: Error) => {};
  const stopped = new Promise<never>((_, reject) => {
    stop = reject;
  });
  const interrupt = () => stop(sourceError('interrupted', signal.reason));
  const timer = setTimeout(() => stop(sourceError(`no answer to the sign-in within ${limitMs * 2} ms`)), limitMs * 2);
  signal.addEventListener('abort', interrupt, { once: true });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', interrupt);
  }
}

function parserOf(client: Client): EventEmitter {
  const parser: unknown = Reflect.get(client, 'messageParser');
  if (!(parser instanceof EventEmitter))
    throw sourceError('the LDAP library has changed: its message parser was not found');
  return parser;
}

/** The socket of a client, raw or secured; undefined while it has none. */
export function socketOf(client: Client): Socket | undefined {
  const socket: unknown = Reflect.get(client, 'socket');
  return socket instanceof Socket ? socket : undefined;
}
