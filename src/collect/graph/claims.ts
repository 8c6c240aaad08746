/** What a token says about itself. Read without verifying: it only explains refusals and names the identity, it never grants anything. */
export type Claims = {
  readonly application: string | undefined;
  readonly tenant: string | undefined;
  /** Application roles, or scopes of a delegated token; undefined when the token is opaque. */
  readonly permissions: readonly string[] | undefined;
  readonly expiresAt: number | undefined;
};

/** Reads the payload of a JWT; an opaque token yields undefined everywhere. */
export function readClaims(token: string): Claims {
  const payload = decodePayload(token);
  const text = (name: string, most = 256) => {
    const value = payload?.[name];
    return typeof value === 'string' && value.length <= most ? value : undefined;
  };
  const roles = strings(payload?.roles);
  // All scopes of a person's token in one text.
  const scopes = text('scp', 65_536)?.split(' ');
  return {
    application: text('appid') ?? text('azp'),
    tenant: text('tid'),
    // A JWT without roles and scopes is an application without any permission, not an opaque token.
    permissions: payload === undefined ? undefined : [...new Set([...roles, ...(scopes ?? [])])].sort(),
    expiresAt: typeof payload?.exp === 'number' ? payload.exp * 1000 : undefined,
  };
}

function decodePayload(token: string): Readonly<Record<string, unknown>> | undefined {
  const [, payload] = token.split('.');
  if (payload === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    return value !== null && typeof value === 'object' && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(item => typeof item === 'string' && item.length <= 256).slice(0, 500) : [];
}
