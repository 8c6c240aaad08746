import type { BerReader } from 'ldapts';
import type { Line } from './conversation.ts';

const SIMPLE = 0x80;
const WRONG_PASSWORD = '80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 52e, v1db1\0';

/** Checks the credentials of a bind request, whose sequence the reader has just entered, and notes them. */
export function signIn(line: Line, reader: BerReader): { readonly code: number; readonly message: string } {
  reader.readInt();
  reader.readString();
  const password = reader.readString(SIMPLE) ?? '';
  line.binds.push({ password, encrypted: line.secure });
  return password === (line.script.password ?? 'secret')
    ? { code: 0, message: '' }
    : { code: 49, message: WRONG_PASSWORD };
}
