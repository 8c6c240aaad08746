import { constants, createHash, sign, verify, X509Certificate } from 'node:crypto';

/** A decoded JWT, not yet verified. */
export type Jwt = {
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly signed: string;
  readonly signature: Buffer;
};

/** Splits a compact JWT; undefined when it is none. */
export function readJwt(text: string): Jwt | undefined {
  const [header, payload, signature, ...more] = text.split('.');
  if (header === undefined || payload === undefined || signature === undefined || more.length > 0) return undefined;
  const json = (part: string): Record<string, unknown> => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  try {
    return {
      header: json(header),
      payload: json(payload),
      signed: `${header}.${payload}`,
      signature: Buffer.from(signature, 'base64url'),
    };
  } catch {
    return undefined;
  }
}

/** Signs a JWT with an RSA key in PEM, as an issuer of federated tokens does. */
export function writeJwt(payload: object, key: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ typ: 'JWT', alg: 'RS256' })}.${part(payload)}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
}

/** True when the signature is that of the key, by the algorithm that the header names (RS256 or PS256; nothing else, "none" least of all). */
export function isSignedBy({ header, signed, signature }: Jwt, key: string): boolean {
  const bytes = Buffer.from(signed);
  if (header.alg === 'RS256') return verify('sha256', bytes, key, signature);
  if (header.alg !== 'PS256') return false;
  const pss = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  return verify('sha256', bytes, pss, signature);
}

/** True when the header names the certificate by its thumbprint (x5t: SHA-1, x5t#S256: SHA-256), and by no other. */
export function namesCertificate({ header }: Jwt, certificate: string): boolean {
  const der = new X509Certificate(certificate).raw;
  const print = (algorithm: string) => createHash(algorithm).update(der).digest('base64url');
  const claims = [
    [header['x5t#S256'], print('sha256')],
    [header.x5t, print('sha1')],
  ] as const;
  const given = claims.filter(([claim]) => claim !== undefined);
  return given.length > 0 && given.every(([claim, expected]) => String(claim).replaceAll('=', '') === expected);
}

/** True when `now` (milliseconds since 1970) lies between nbf and exp, and the assertion lives an hour at most. */
export function isTimely({ payload }: Jwt, now: number): boolean {
  const seconds = now / 1000;
  const [from, until] = [Number(payload.nbf ?? payload.iat), Number(payload.exp)];
  return from <= seconds + 300 && until > seconds && until - from <= 3600;
}
