import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { AuditError, sha256 } from '../base/index.ts';

const LONGEST_PEM = 4_096;

/** A new Ed25519 key pair as PEM: the private key in PKCS#8, which stays with the signer, and the public key in SPKI, which auditors get. */
export function newKeyPair(): { readonly privateKey: string; readonly publicKey: string } {
  return generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
}

/** The id of a public key (PEM): SHA-256 of its SPKI in DER, lower-case hex. Throws AuditError('input') when it is no Ed25519 key. */
export function keyIdOf(publicKey: string): string {
  return idOf(readPublicKey(publicKey, 'the public key'));
}

/** A private Ed25519 key. Throws AuditError('input') without a word of what the text holds. */
export function readPrivateKey(pem: string): KeyObject {
  const key = attempt(() => createPrivateKey(pem.slice(0, LONGEST_PEM)));
  if (key?.asymmetricKeyType === 'ed25519') return key;
  throw new AuditError(
    'input',
    'the signing key is not an unencrypted Ed25519 private key in PEM (PKCS#8); `tallystick evidence keygen` makes one',
  );
}

/** A public Ed25519 key; `what` names it in the error. Throws AuditError('input'). */
export function readPublicKey(pem: string, what: string): KeyObject {
  // createPublicKey would derive a public key from a private one: whoever passes that here has mixed up the files.
  const key = pem.includes('PRIVATE') ? undefined : attempt(() => createPublicKey(pem.slice(0, LONGEST_PEM)));
  if (key?.asymmetricKeyType === 'ed25519') return key;
  throw new AuditError('input', `${what} is not an Ed25519 public key in PEM (SPKI)`);
}

/** The public half of a key, as PEM in the one form in which packs hold it. */
export function publicPem(key: KeyObject): string {
  const half = key.type === 'private' ? createPublicKey(key) : key;
  return half.export({ type: 'spki', format: 'pem' }).toString();
}

/** The id of a key, as keyIdOf. */
export function idOf(key: KeyObject): string {
  const half = key.type === 'private' ? createPublicKey(key) : key;
  return sha256(half.export({ type: 'spki', format: 'der' }));
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
