import { ResultCodeError } from 'ldapts';
import { AuditError } from '../../base/index.ts';

const LONGEST_REASON = 400;

const connectionTroubles: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there: check the port and that the domain controller is up',
  ENOTFOUND: 'the name does not resolve: check ad.urls and DNS',
  EAI_AGAIN: 'the name could not be resolved now: check DNS',
  ETIMEDOUT: 'no answer: check the address and the firewall',
  EHOSTUNREACH: 'the host cannot be reached: check the address and the route',
  ENETUNREACH: 'the network cannot be reached: check the address and the route',
  ECONNRESET: 'the server closed the connection: it may have no certificate for LDAPS, or a firewall intervened',
  EPROTO: 'TLS failed: the port may not speak TLS, or only a version older than 1.2',
  DEPTH_ZERO_SELF_SIGNED_CERT:
    'its certificate is self-signed: give the domain controller one of an authority, or name this one in ad.ca',
  INVALID_PURPOSE: 'its certificate is not meant for a server: issue one for server authentication',
  CERT_HAS_EXPIRED: 'its certificate has expired: renew it on the domain controller',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet: check the clocks',
  CERT_REVOKED: 'its certificate is revoked: issue a new one for the domain controller',
};

const distrusted = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'CERT_UNTRUSTED',
  'CERT_SIGNATURE_FAILURE',
  'INVALID_CA',
]);

const oldTls = new Set([
  'ERR_SSL_UNSUPPORTED_PROTOCOL',
  'ERR_SSL_WRONG_SSL_VERSION',
  'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
]);
const refusedCertificate =
  /^ERR_SSL_.*ALERT_(BAD_CERTIFICATE|CERTIFICATE_|UNKNOWN_CA|UNSUPPORTED_CERTIFICATE|ACCESS_DENIED)/;

// The "data" code of AcceptSecurityContext errors (Windows error codes in hexadecimal).
const logonTroubles: Readonly<Record<string, string>> = {
  '525': 'no such user: check ad.bind.user',
  '52e': 'wrong user name or password: check ad.bind',
  '52f': 'the account is restricted (for instance an empty password, or Protected Users)',
  '530': 'the account may not sign in at this time',
  '531': 'the account may not sign in from here',
  '532': 'the password of the account has expired',
  '533': 'the account is disabled',
  '701': 'the account has expired',
  '773': 'the password of the account must be changed first',
  '775': 'the account is locked out',
};

/** Text of a server or library, made fit for one line of a report: no control characters, bounded. */
export function oneLine(text: string): string {
  const flat = text.replace(/[\p{Cc}\s]+/gu, ' ').trim();
  return flat.length > LONGEST_REASON ? `${flat.slice(0, LONGEST_REASON)}…` : flat;
}

/** The LDAP result code behind anything thrown, or undefined when the server did not answer with one. */
export function resultCode(thrown: unknown): number | undefined {
  if (thrown instanceof ResultCodeError) return thrown.code;
  return thrown instanceof Error && thrown.cause !== undefined ? resultCode(thrown.cause) : undefined;
}

/** What went wrong while connecting or signing in, and what to do, in one clause; never holds a secret. */
export function explainConnection(thrown: unknown): string {
  if (thrown instanceof AuditError) return oneLine(thrown.message);
  const code = errorCode(thrown);
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  if (distrusted.has(code))
    return `its certificate is not signed by an authority we trust (${code}): give the authority in ad.ca`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return `its certificate is for another name (${oneLine(message)}): use a name of the certificate in ad.urls, or set ad.serverName`;
  if (message === 'Connection timeout') return 'no answer in time: check the address and the firewall';
  const trouble = connectionTroubles[code];
  if (trouble !== undefined) return `${trouble} (${code})`;
  if (oldTls.has(code))
    return `it offers only TLS versions older than 1.2 (${code}): enable TLS 1.2 or 1.3 on the domain controller`;
  if (refusedCertificate.test(code))
    return `it does not accept the client certificate (${code}): check ad.bind.certificate and that the domain controller trusts its authority`;
  if (code.startsWith('ERR_SSL')) return `TLS failed (${code}): the port may not speak TLS 1.2 or newer`;
  return resultCode(thrown) === undefined ? oneLine(message) : explainResult(thrown);
}

// What an LDAP result code means for the reader of a report.
function explainResult(thrown: unknown): string {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const code = resultCode(thrown);
  const logon = /\bdata ([0-9a-f]{2,4})\b/i.exec(message)?.[1]?.toLowerCase() ?? '';
  if (code === 49) return logonTroubles[logon] ?? `sign-in refused: check ad.bind (${oneLine(message)})`;
  if (code === 8) return 'the server wants an encrypted connection or stronger sign-in: use ldaps:// or startTls';
  if (code === 10) return 'the server refers to another server, which is not followed (code 10)';
  if (code === 32) return 'no such object, or no right to see it (code 32)';
  if (code === 50) return 'no right to read it (code 50)';
  if (code === 3) return 'the server gave up: time limit exceeded (code 3)';
  if (code === 4) return 'the server cut the answer: size limit exceeded (code 4)';
  if (code === 11) return 'the server gave up: administrative limit exceeded (code 11)';
  if (code === 12) return 'the server does not support a control that a complete reading needs (code 12)';
  return code === undefined ? oneLine(message) : `${oneLine(message)} (code ${code})`;
}

/** How far a connection came before it failed: to the server, through TLS, or up to the sign-in. */
export type Stage = 'connect' | 'tls' | 'sign-in';

/** The stage at which a connection failed. */
export function stageOf(thrown: unknown): Stage {
  if (resultCode(thrown) !== undefined || thrown instanceof AuditError) return 'sign-in';
  const code = errorCode(thrown);
  return distrusted.has(code) || /^(CERT_|ERR_TLS|ERR_SSL|EPROTO|ECONNRESET)/.test(code) ? 'tls' : 'connect';
}

/** True when the server's certificate was not accepted for its chain of authorities, which others than those that were trusted could mend. */
export function isDistrusted(thrown: unknown): boolean {
  const code = errorCode(thrown);
  return distrusted.has(code) || code.startsWith('CERT_') || code === 'DEPTH_ZERO_SELF_SIGNED_CERT';
}

/** True when the server has lost the sign-in of the connection: AD answers every search with an operations error then. */
export function isSignedOut(thrown: unknown): boolean {
  return resultCode(thrown) === 1 && thrown instanceof Error && /\b000004DC\b/.test(thrown.message);
}

/** True when a new connection may help: the transport failed, the sign-in was lost, or the server was only busy (51) or unavailable (52). */
export function isPassing(thrown: unknown): boolean {
  if (thrown instanceof AuditError) return false;
  const code = resultCode(thrown);
  return code === undefined || code === 51 || code === 52 || isSignedOut(thrown);
}

/** True for a failure of the source, which is a gap. What fails here, such as a full disk, is none: what cannot be recorded must end the run. */
export function isSourceFailure(thrown: unknown): thrown is AuditError {
  return thrown instanceof AuditError && thrown.kind === 'source';
}

/** A source error with the reason in one sentence. */
export function sourceError(message: string, cause?: unknown): AuditError {
  return new AuditError('source', message, cause === undefined ? {} : { cause });
}

function errorCode(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return '';
  return typeof thrown.code === 'string' ? thrown.code : '';
}
