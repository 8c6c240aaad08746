import { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { TLSSocket, type TlsOptions } from 'node:tls';
import { sidToBytes } from '../../../src/base/index.ts';
import type { Line } from './conversation.ts';
import type { FakeEntry, FakeScript } from './script.ts';

const ANONYMOUS = ['S-1-5-7', 'S-1-1-0'].map(sidToBytes);

/** What the server offers in a handshake; with `clients` it asks for a certificate but does not insist on one, as AD does. */
export function tlsOptionsOf({ tls, clients }: FakeScript): TlsOptions {
  const asking = clients === undefined ? {} : { requestCert: true, rejectUnauthorized: false, ca: clients.ca };
  return { cert: tls.cert, key: tls.key, ...asking };
}

/** Whether the handshake of LDAPS alone has signed the client in. */
export function signsInByHandshake({ clients }: FakeScript, socket: Socket): boolean {
  return clients?.style === 'active-directory' && shows(socket, clients.ca);
}

/** Answers a SASL bind on an encrypted connection. */
export function signInByCertificate(line: Line, socket: Socket, mechanism: string) {
  const { clients } = line.script;
  if (mechanism !== 'EXTERNAL' || clients === undefined)
    return { code: 7, message: '00002027: LdapErr: no such method' };
  line.signedIn = shows(socket, clients.ca) && !(clients.style === 'active-directory' && line.ldaps);
  return line.signedIn
    ? { code: 0, message: '' }
    : { code: 49, message: '8009030C: LdapErr: DSID-0C0905F7, comment: AcceptSecurityContext error, data 0, v4563\0' };
}

// The TLS library tells a server whether it trusts the client only where the server listens by TLS from the start.
function shows(socket: Socket, authority: string): boolean {
  const raw = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
  return raw?.verify(new X509Certificate(authority).publicKey) ?? false;
}

/** What stands in the way of a search by somebody who is not signed in: all but the root entry. */
export function needsSignIn(line: Line, base: string): boolean {
  return (line.forgotten || (line.script.clients !== undefined && !line.signedIn)) && base !== '';
}

/** The forest as somebody who may not be signed in sees it: the root entry tells whoever asks who he is. */
export function seenBy(line: Line, entries: readonly FakeEntry[]): readonly FakeEntry[] {
  if (line.script.clients === undefined || line.signedIn) return entries;
  return entries.map(entry =>
    entry.dn === '' ? { ...entry, attributes: { ...entry.attributes, tokenGroups: ANONYMOUS } } : entry,
  );
}
