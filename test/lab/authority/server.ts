import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import { isSignedBy, isTimely, namesCertificate, readJwt } from './assertion.ts';

/** A registered application and how it may prove who it is. */
export type Client = {
  readonly secret?: string;
  /** The secret is right, but its time is over. */
  readonly secretExpired?: boolean;
  /** The registered certificate, in PEM. */
  readonly certificate?: string;
  /** A federated credential: tokens of this issuer and subject, signed by this public key, are taken. */
  readonly federated?: { readonly issuer: string; readonly subject: string; readonly key: string };
};

/** How to start a token authority. */
export type AuthorityOptions = {
  /** PEM; the certificate must name 127.0.0.1. */
  readonly certificates: { readonly cert: string; readonly key: string };
  readonly tenantId: string;
  readonly clients: Readonly<Record<string, Client>>;
  /** Only tokens for this resource are given. */
  readonly resource: string;
  /** Makes the access token of an application. */
  readonly issue: (clientId: string) => string;
  readonly now: () => number;
  /** The managed identity that a request with this header gets, at `<endpoint>/msi/token`. */
  readonly managed?: { readonly header: string; readonly clientId: string };
  /** The job's OIDC token that a request with this bearer gets, at `<endpoint>/oidc`. */
  readonly job?: { readonly bearer: string; readonly token: (audience: string) => string };
};

/** A running authority. */
export type Authority = {
  readonly endpoint: string;
  /** What was asked, without what it held: method and path, and how it ended. */
  readonly requests: readonly { readonly line: string; readonly status: number }[];
  readonly close: () => Promise<void>;
};

type Answer = { readonly status: number; readonly body: object };

const AUDIENCE = 'api://AzureADTokenExchange';
const LIFETIME = 3599;

function refuse(status: number, error: string, code: number, text: string): Answer {
  return {
    status,
    body: {
      error,
      error_description: `AADSTS${code}: ${text} Trace ID: 00000000-0000-4000-8000-000000000001 Correlation ID: 00000000-0000-4000-8000-000000000002 Timestamp: 2026-08-22 09:00:00Z`,
      error_codes: [code],
      timestamp: '2026-08-22 09:00:00Z',
      trace_id: '00000000-0000-4000-8000-000000000001',
      correlation_id: '00000000-0000-4000-8000-000000000002',
    },
  };
}

function describe(endpoint: string, tenantId: string): Answer {
  const root = `${endpoint}/${tenantId}`;
  return {
    status: 200,
    body: {
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
    },
  };
}

/** Judges how a client proves who it is; undefined when it does. `seen` holds the assertions that were used. */
function judge(
  form: URLSearchParams,
  id: string,
  client: Client,
  audience: string,
  now: number,
  seen: Set<string>,
): Answer | undefined {
  const secret = form.get('client_secret');
  const assertion = form.get('client_assertion');
  if (secret !== null) {
    if (client.secret === undefined || secret !== client.secret)
      return refuse(
        401,
        'invalid_client',
        7000215,
        `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${id}'.`,
      );
    if (client.secretExpired)
      return refuse(401, 'invalid_client', 7000222, `The provided client secret keys for app '${id}' are expired.`);
    return undefined;
  }
  if (assertion === null)
    return refuse(
      401,
      'invalid_client',
      7000218,
      "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    );
  const jwt = readJwt(assertion);
  if (
    form.get('client_assertion_type') !== 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' ||
    jwt === undefined
  )
    return refuse(401, 'invalid_client', 50027, 'JWT token is invalid or malformed.');
  const { payload } = jwt;
  if (payload.iss === id) {
    const { certificate } = client;
    if (certificate === undefined || !namesCertificate(jwt, certificate) || !isSignedBy(jwt, certificate))
      return refuse(
        401,
        'invalid_client',
        700027,
        "The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found., Thumbprint of key used by client: 'AB12'].",
      );
    if (payload.aud !== audience)
      return refuse(401, 'invalid_client', 700023, 'Client assertion audience claim does not match Realm issuer.');
    if (payload.sub !== id)
      return refuse(401, 'invalid_client', 700021, 'Client assertion application identifier does not match.');
  } else {
    const { federated } = client;
    if (federated === undefined || payload.iss !== federated.issuer)
      return refuse(
        401,
        'invalid_client',
        700211,
        `No matching federated identity record found for presented assertion issuer '${String(payload.iss)}'.`,
      );
    if (payload.sub !== federated.subject)
      return refuse(
        401,
        'invalid_client',
        700213,
        `No matching federated identity record found for presented assertion subject '${String(payload.sub)}'.`,
      );
    if (payload.aud !== AUDIENCE)
      return refuse(
        401,
        'invalid_client',
        700212,
        `No matching federated identity record found for presented assertion audience '${String(payload.aud)}'.`,
      );
    if (!isSignedBy(jwt, federated.key))
      return refuse(401, 'invalid_client', 5000811, 'Unable to verify token signature.');
  }
  if (!isTimely(jwt, now))
    return refuse(401, 'invalid_client', 700024, 'Client assertion is not within its valid time range.');
  const used = typeof payload.jti === 'string' && payload.iss === id ? payload.jti : undefined;
  if (used !== undefined && seen.has(used))
    return refuse(401, 'invalid_client', 700028, 'The assertion was used before.');
  if (used !== undefined) seen.add(used);
  return undefined;
}

/** Starts a double of the token authority: it verifies secrets, signatures, thumbprints, audiences and times as Entra ID does. */
export async function startAuthority(options: AuthorityOptions): Promise<Authority> {
  const { tenantId, clients, resource, issue, now, managed, job } = options;
  const requests: { line: string; status: number }[] = [];
  const seen = new Set<string>();
  let endpoint = '';

  const grant = (form: URLSearchParams): Answer => {
    const id = form.get('client_id') ?? '';
    if (form.get('grant_type') !== 'client_credentials')
      return refuse(400, 'unsupported_grant_type', 70003, 'The app requested an unsupported grant type.');
    if (!(form.get('scope') ?? '').split(' ').includes(`${resource}/.default`))
      return refuse(400, 'invalid_scope', 1002012, 'The provided value for scope is not valid.');
    const client = clients[id];
    if (client === undefined)
      return refuse(
        400,
        'unauthorized_client',
        700016,
        `Application with identifier '${id}' was not found in the directory 'Contoso'.`,
      );
    const refusal = judge(form, id, client, `${endpoint}/${tenantId}/oauth2/v2.0/token`, now(), seen);
    return (
      refusal ?? {
        status: 200,
        body: { token_type: 'Bearer', expires_in: LIFETIME, ext_expires_in: LIFETIME, access_token: issue(id) },
      }
    );
  };

  const answer = (request: IncomingMessage, url: URL, body: string): Answer => {
    if (url.pathname === '/msi/token') {
      if (managed === undefined || request.headers['x-identity-header'] !== managed.header)
        return { status: 401, body: { statusCode: 401, message: 'unauthorized' } };
      if (url.searchParams.get('resource') !== resource)
        return { status: 400, body: { statusCode: 400, message: 'no such resource' } };
      const wanted = url.searchParams.get('client_id');
      if (wanted !== null && wanted !== managed.clientId)
        return {
          status: 400,
          body: {
            statusCode: 400,
            message: 'No User Assigned or Delegated Managed Identity found for specified ClientId.',
          },
        };
      const expires = String(Math.floor(now() / 1000) + LIFETIME);
      return {
        status: 200,
        body: { access_token: issue(managed.clientId), expires_on: expires, resource, token_type: 'Bearer' },
      };
    }
    if (url.pathname === '/oidc') {
      if (job === undefined || request.headers.authorization !== `Bearer ${job.bearer}`)
        return { status: 401, body: { message: 'unauthorized' } };
      return { status: 200, body: { count: 1, value: job.token(url.searchParams.get('audience') ?? '') } };
    }
    const [, tenant = '', ...rest] = url.pathname.split('/');
    if (tenant.toLowerCase() !== tenantId.toLowerCase())
      return refuse(
        400,
        'invalid_request',
        90002,
        `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.`,
      );
    if (rest.join('/') === 'v2.0/.well-known/openid-configuration') return describe(endpoint, tenantId);
    if (rest.join('/') === 'oauth2/v2.0/token' && request.method === 'POST') return grant(new URLSearchParams(body));
    return { status: 404, body: { error: 'not_found' } };
  };

  const server = createServer(options.certificates, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', chunk => chunks.push(chunk));
    request.on('end', () => {
      const url = new URL(request.url ?? '/', endpoint);
      const { status, body } = answer(request, url, Buffer.concat(chunks).toString('utf8'));
      requests.push({ line: `${request.method} ${url.pathname}`, status });
      const text = JSON.stringify(body);
      response
        .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
        .end(text);
    });
  });
  await new Promise<void>((ready, failed) => {
    server.once('error', failed);
    server.listen(0, '127.0.0.1', ready);
  });
  const address = server.address();
  endpoint = `https://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  return {
    endpoint,
    requests,
    close: () =>
      new Promise(done => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
