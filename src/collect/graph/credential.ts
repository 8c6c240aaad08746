import type { TokenCredential } from '@azure/identity';
import { request } from 'undici';
import { AuditError } from '../../base/index.ts';
import type { GraphAuth, GraphSource } from '../../config/index.ts';
import { readClaims } from './claims.ts';
import type { Place } from './place.ts';
import { trustedAuthorities } from './trust.ts';

/** A bearer token and when it ends, in milliseconds since 1970; Infinity when that is unknown. */
export type Token = { readonly token: string; readonly expiresAt: number };

/** Environment variables that sign-in may need (GitHub's OIDC endpoint). */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Fetches one fresh token: every call builds a new credential, because the libraries cannot be told to forget a cached one. */
export type FetchToken = (signal: AbortSignal) => Promise<Token>;

/** How to get tokens for a source. The identity library (45 MB) is loaded when the kind needs it. Tokens are for `<graph>/.default`. */
export function tokenFetcher(source: GraphSource, place: Place, environment: Environment): FetchToken {
  const { auth } = source;
  if (auth.kind === 'token')
    return async () => {
      const token = auth.token.reveal().trim();
      if (!/^[\x21-\x7e]{1,65536}$/.test(token)) throw new Error(`${auth.token.from} does not hold a token`);
      return { token, expiresAt: readClaims(token).expiresAt ?? Number.POSITIVE_INFINITY };
    };
  return async signal => {
    const credential = await openCredential(auth, source, place, environment);
    const token = await credential.getToken(`${place.graph}/.default`, { abortSignal: signal });
    if (token === null) throw new Error('the sign-in returned no token');
    return { token: token.token, expiresAt: token.expiresOnTimestamp };
  };
}

async function openCredential(
  auth: Exclude<GraphAuth, { kind: 'token' }>,
  { tenant: tenantId, ca }: GraphSource,
  place: Place,
  environment: Environment,
): Promise<TokenCredential> {
  const identity = await import('@azure/identity');
  const trust = ca === undefined ? {} : { tlsOptions: { ca: trustedAuthorities(ca) } };
  // The authority is known, so nothing has to be discovered at a host that is not in the configuration.
  const options = {
    ...trust,
    authorityHost: place.authority,
    disableInstanceDiscovery: true,
    retryOptions: { maxRetries: 2 },
  };
  const client = 'clientId' in auth && auth.clientId !== undefined ? { clientId: auth.clientId } : {};
  switch (auth.kind) {
    case 'client-secret':
      return new identity.ClientSecretCredential(tenantId, auth.clientId, auth.secret.reveal(), options);
    case 'client-certificate':
      return new identity.ClientCertificateCredential(
        tenantId,
        auth.clientId,
        { certificatePath: auth.certificate },
        options,
      );
    case 'managed-identity':
      return new identity.ManagedIdentityCredential(client);
    case 'workload-identity':
      return new identity.WorkloadIdentityCredential({ ...options, tenantId, ...client });
    case 'github-oidc':
      return new identity.ClientAssertionCredential(tenantId, auth.clientId, githubAssertion(environment), options);
    case 'azure-cli':
      return new identity.AzureCliCredential({ tenantId });
  }
}

/** GitHub's OIDC token of the running job, for the audience that Entra's federated credentials expect. */
function githubAssertion(environment: Environment): () => Promise<string> {
  const url = environment.ACTIONS_ID_TOKEN_REQUEST_URL;
  const bearer = environment.ACTIONS_ID_TOKEN_REQUEST_TOKEN;
  if (url === undefined || bearer === undefined)
    throw new AuditError('source', 'github-oidc works inside a GitHub job with "permissions: id-token: write" only');
  return async () => {
    const { statusCode, body } = await request(`${url}&audience=api://AzureADTokenExchange`, {
      headers: { authorization: `Bearer ${bearer}` },
      headersTimeout: 30_000,
      bodyTimeout: 30_000,
    });
    const answer: unknown = statusCode === 200 ? await body.json() : await body.dump();
    const value = answer !== null && typeof answer === 'object' && 'value' in answer ? answer.value : undefined;
    if (typeof value !== 'string') throw new Error(`GitHub refused an OIDC token (${statusCode})`);
    return value;
  };
}
