import { createHmac, randomUUID } from 'node:crypto';
import { type Answer, errorBody, type Surroundings } from './call.ts';

/** What a token says about its bearer. `scp` makes it a delegated token, without it the token is an application's. */
export type Claims = {
  readonly tid: string;
  readonly appid: string;
  readonly exp: number;
  readonly roles: readonly string[];
  readonly scp: string | undefined;
};

/** What to put into a token; everything has a default. */
export type TokenRequest = {
  readonly roles?: readonly string[];
  /** Delegated permissions, separated by spaces. */
  readonly scp?: string;
  readonly appId?: string;
  readonly lifetimeSeconds?: number;
  /** A token that cannot be decoded by the client. */
  readonly opaque?: boolean;
};

/** Issues and judges bearer tokens. */
export type Access = {
  readonly issue: (request?: TokenRequest) => string;
  /** Makes every token issued so far unacceptable. */
  readonly revoke: () => void;
  readonly judge: (authorization: string | undefined) => Claims | Answer;
  /** Serves the token endpoint and the OpenID configuration; `undefined` for other paths. */
  readonly serve: (method: string, path: string, body: string) => Answer | undefined;
};

/** How the token endpoint is set up. */
export type AccessOptions = {
  readonly tenantId: string;
  readonly permissions: readonly string[];
  readonly clientSecret: string | undefined;
  readonly lifetimeSeconds: number;
};

const DEFAULT_APP = '5a7e1a55-0000-4000-8000-00000000c11e';
const JSON_HEADERS = { 'content-type': 'application/json; charset=utf-8' } as const;
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function plain(status: number, body: unknown): Answer {
  return { status, headers: JSON_HEADERS, body: JSON.stringify(body), ru: 0 };
}

function signInError(status: number, error: string, code: number, text: string): Answer {
  return plain(status, { error, error_description: `AADSTS${code}: ${text}`, error_codes: [code] });
}

/** Whether what {@link Access.judge} gave is a refusal. */
export function isRefusal(judged: Claims | Answer): judged is Answer {
  return 'status' in judged;
}

function describeOpenId(tenantId: string, endpoint: string): Answer {
  const root = `${endpoint}/${tenantId}`;
  return plain(200, {
    token_endpoint: `${root}/oauth2/v2.0/token`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt'],
    jwks_uri: `${root}/discovery/v2.0/keys`,
    issuer: `${root}/v2.0`,
    authorization_endpoint: `${root}/oauth2/v2.0/authorize`,
    response_types_supported: ['code', 'id_token'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    scopes_supported: ['openid'],
    tenant_region_scope: null,
  });
}

function checkSignIn(form: URLSearchParams, options: AccessOptions): Answer | undefined {
  if (form.get('grant_type') !== 'client_credentials')
    return signInError(400, 'unsupported_grant_type', 70003, 'Only client_credentials is served.');
  if ((form.get('client_id') ?? '') === '')
    return signInError(400, 'invalid_request', 900144, "The request body must contain: 'client_id'.");
  if (!(form.get('scope') ?? '').split(' ').some(scope => /^https:\/\/[^ ]+\/\.default$/.test(scope)))
    return signInError(400, 'invalid_scope', 1002012, 'The scope of client credentials must end with /.default.');
  const assertion = form.get('client_assertion');
  if (assertion !== null) {
    if (form.get('client_assertion_type') === ASSERTION_TYPE && assertion.split('.').length === 3) return undefined;
    return signInError(401, 'invalid_client', 700027, 'The client assertion is not a signed JWT.');
  }
  if (form.get('client_secret') === null)
    return signInError(
      401,
      'invalid_client',
      7000218,
      "The request body must contain 'client_assertion' or 'client_secret'.",
    );
  if (options.clientSecret !== undefined && form.get('client_secret') !== options.clientSecret)
    return signInError(401, 'invalid_client', 7000215, 'Invalid client secret provided.');
  return undefined;
}

/** Opens an issuer for one tenant. Tokens look like JWTs and carry a mark of this issuer instead of a real signature. */
export function openAccess(options: AccessOptions, around: Surroundings): Access {
  const opaque = new Map<string, string>();
  const key = `${around.seed}:${randomUUID()}`;
  let generation = 0;
  const mark = (text: string): string => createHmac('sha256', `${key}:${generation}`).update(text).digest('base64url');

  const issue = (request: TokenRequest = {}): string => {
    const seconds = Math.floor(around.now() / 1000);
    const delegated = request.scp !== undefined;
    const claims = {
      aud: 'https://graph.microsoft.com',
      iss: `https://sts.windows.net/${options.tenantId}/`,
      iat: seconds,
      nbf: seconds,
      exp: seconds + (request.lifetimeSeconds ?? options.lifetimeSeconds),
      appid: request.appId ?? DEFAULT_APP,
      tid: options.tenantId,
      idtyp: delegated ? 'user' : 'app',
      ...(delegated ? { scp: request.scp } : { roles: request.roles ?? options.permissions }),
    };
    const text = `${encode({ typ: 'JWT', alg: 'none' })}.${encode(claims)}`;
    const token = `${text}.${mark(text)}`;
    if (request.opaque !== true) return token;
    const handle = `opaque-${opaque.size}-${mark(`${opaque.size}`)}`;
    opaque.set(handle, token);
    return handle;
  };

  const deny = (message: string): Answer => {
    const requestId = around.nextRequestId();
    const headers = {
      'content-type': 'application/json',
      'request-id': requestId,
      'www-authenticate': `Bearer realm="", authorization_uri="${around.endpoint}/${options.tenantId}/oauth2/v2.0/authorize"`,
    };
    const body = errorBody('InvalidAuthenticationToken', message, requestId, around.now());
    return { status: 401, headers, body, ru: 0 };
  };

  const judge = (authorization: string | undefined): Claims | Answer => {
    const bearer = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1];
    if (bearer === undefined) return deny('Access token is empty.');
    const token = opaque.get(bearer) ?? bearer;
    const cut = token.lastIndexOf('.');
    if (cut < 0 || mark(token.slice(0, cut)) !== token.slice(cut + 1)) return deny('Access token validation failure.');
    const claims: Record<string, unknown> = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    const exp = Number(claims.exp);
    if (exp * 1000 <= around.now()) return deny('Lifetime validation failed, the token is expired.');
    const roles = Array.isArray(claims.roles) ? claims.roles.map(String) : [];
    const scp = typeof claims.scp === 'string' ? claims.scp : undefined;
    return { tid: String(claims.tid), appid: String(claims.appid), exp, roles, scp };
  };

  const serve = (method: string, path: string, body: string): Answer | undefined => {
    const match = /^\/([^/]+)(\/oauth2\/v2\.0\/token|\/v2\.0\/\.well-known\/openid-configuration)$/.exec(path);
    if (match === null) return undefined;
    if (match[1]?.toLowerCase() !== options.tenantId.toLowerCase())
      return signInError(400, 'invalid_request', 90002, `Tenant '${match[1] ?? ''}' not found.`);
    if (match[2]?.endsWith('openid-configuration') === true) return describeOpenId(options.tenantId, around.endpoint);
    if (method !== 'POST')
      return signInError(405, 'invalid_request', 900561, 'The endpoint only accepts POST requests.');
    const form = new URLSearchParams(body);
    const refusal = checkSignIn(form, options);
    if (refusal !== undefined) return refusal;
    return plain(200, {
      token_type: 'Bearer',
      expires_in: options.lifetimeSeconds,
      ext_expires_in: options.lifetimeSeconds,
      access_token: issue({ appId: form.get('client_id') ?? DEFAULT_APP }),
    });
  };

  const revoke = (): void => {
    generation += 1;
  };

  return { issue, revoke, judge, serve };
}
