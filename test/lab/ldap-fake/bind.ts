import type { Socket } from 'node:net';
import type { BerReader } from 'ldapts';
import { signInByCertificate } from './client-certificate.ts';
import type { Line } from './conversation.ts';

const SIMPLE = 0x80;
const SASL = 0xa3;
const WRONG_PASSWORD = '80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 52e, v1db1\0';

/** Checks the credentials of a bind request, whose sequence the reader has just entered, and notes them. */
export function signIn(
  line: Line,
  reader: BerReader,
  socket: Socket,
): { readonly code: number; readonly message: string } {
  reader.readInt();
  reader.readString();
  if (reader.peek() === SASL) {
    reader.readSequence(SASL);
    const mechanism = reader.readString() ?? '';
    line.binds.push({ password: '', encrypted: line.secure, mechanism });
    return signInByCertificate(line, socket, mechanism);
  }
  const password = reader.readString(SIMPLE) ?? '';
  line.binds.push({ password, encrypted: line.secure });
  line.signedIn = password === (line.script.password ?? 'secret');
  line.forgotten &&= !line.signedIn;
  return line.signedIn ? { code: 0, message: '' } : { code: 49, message: WRONG_PASSWORD };
}
