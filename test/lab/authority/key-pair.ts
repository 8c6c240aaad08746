import { webcrypto } from 'node:crypto';
import '../reflection.ts';

// Not a static import: jest evaluates CommonJS packages while linking, before reflection.ts has run.
const x509 = await import('@peculiar/x509');
const RSA = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
};
const DAY = 24 * 60 * 60 * 1000;

/** A self-signed certificate of an application with its PKCS #8 key, in PEM. */
export type KeyPair = { readonly certificate: string; readonly key: string };

/** Makes a key pair as an application registers it; `days` until the certificate ends, negative for one that has ended. */
export async function makeKeyPair(days = 30): Promise<KeyPair> {
  const keys = (await webcrypto.subtle.generateKey(RSA, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  x509.cryptoProvider.set(webcrypto);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: ['audit'] }],
    notBefore: new Date(Date.now() - 400 * DAY),
    notAfter: new Date(Date.now() + days * DAY),
    keys,
    signingAlgorithm: RSA,
  });
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { certificate: certificate.toString('pem'), key: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY') };
}
