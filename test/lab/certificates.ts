import { webcrypto } from 'node:crypto';
import type { JsonGeneralName, JsonName, X509Certificate } from '@peculiar/x509';
import './reflection.ts';

// Not a static import: jest evaluates CommonJS packages while linking, before reflection.ts has run.
const x509 = await import('@peculiar/x509');

const KEY = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY = 24 * 60 * 60 * 1000;

x509.cryptoProvider.set(webcrypto);

/** A throw-away certificate authority, good for one test run; `ca` is its certificate in PEM. */
export type Authority = {
  readonly ca: string;
  readonly certificate: X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
};

/** What a server certificate is for: DNS names and literal addresses, all of them in the subject alternative name. */
export type CertificateRequest = {
  readonly dns: readonly string[];
  readonly ip: readonly string[];
  /** Issue one that ran out yesterday, for tests of refusal. */
  readonly expired?: boolean;
  /** For a client to sign in with, not for a server. */
  readonly client?: boolean;
};

/** A server certificate with its PKCS #8 key and the certificate of its authority, all in PEM. */
export type Issued = { readonly cert: string; readonly key: string; readonly ca: string };

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(KEY, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>;
}

// Positive and at most 16 bytes, as RFC 5280 wants; OpenSSL and GnuTLS refuse a repeated serial of one issuer.
function newSerial(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}

/** Creates an authority of its own that no machine trusts. Rejects only if the platform has no WebCrypto. */
export async function createAuthority(name = 'Lab authority'): Promise<Authority> {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(),
    name: [{ CN: [name] }],
    notBefore: new Date(Date.now() - 2 * DAY),
    notAfter: new Date(Date.now() + 30 * DAY),
    keys,
    signingAlgorithm: KEY,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { ca: certificate.toString('pem'), certificate, keys };
}

/** Issues a certificate for the given DNS names and addresses, valid for a month from two days ago unless `expired`. */
export function issue(authority: Authority, request: CertificateRequest): Promise<Issued> {
  return certify(request, authority);
}

/** A certificate that vouches for itself, as some servers have. */
export function selfSign(request: CertificateRequest): Promise<Issued> {
  return certify(request, undefined);
}

async function certify(request: CertificateRequest, authority: Authority | undefined): Promise<Issued> {
  const keys = await newKeys();
  const now = Date.now();
  const subject: JsonName = [{ CN: [request.dns[0] ?? request.ip[0] ?? 'lab'] }];
  const names: JsonGeneralName[] = [
    ...request.dns.map(value => ({ type: 'dns' as const, value })),
    ...request.ip.map(value => ({ type: 'ip' as const, value })),
  ];
  const usage = request.client === true ? x509.ExtendedKeyUsage.clientAuth : x509.ExtendedKeyUsage.serverAuth;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: newSerial(),
    subject,
    issuer: authority?.certificate.subjectName ?? subject,
    notBefore: new Date(now - 2 * DAY),
    notAfter: new Date(request.expired === true ? now - DAY : now + 30 * DAY),
    publicKey: keys.publicKey,
    signingKey: authority?.keys.privateKey ?? keys.privateKey,
    signingAlgorithm: KEY,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([usage]),
      new x509.SubjectAlternativeNameExtension(names),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(authority?.certificate.publicKey ?? keys.publicKey),
    ],
  });
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  const cert = certificate.toString('pem');
  return { cert, key: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY'), ca: authority?.ca ?? cert };
}
