import type { ClientSecretCredentialOptions, TokenCredential } from '@azure/identity';
import { AuditError, reasonOf } from '../../base/index.ts';
import type { GraphAuth, GraphSource } from '../../config/index.ts';
import { readClaims } from './claims.ts';
import { exchangeOnce, openAgent } from './exchange.ts';
import { scrub } from './failure.ts';
import type { Place } from './place.ts';
import { checkKeyPair, explainSignIn } from './sign-in.ts';
import { trustedAuthorities } from './trust.ts';

/** A bearer token and when it ends, in milliseconds since 1970; Infinity when that is unknown. */
export type Token = { readonly token: string; readonly expiresAt: number };

/** Environment variables that sign-in may need (GitHub's OIDC endpoint). */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Fetches one fresh token: every call builds a new credential, because the library cannot be told to forget a cached one (those of managed identities it keeps for the process all the same). Rejects with an AuditError in one sentence. */
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
    try {
      return await within(source.attemptTimeoutMs, signal, async abortSignal => {
        const credential = await openCredential(auth, source, place, environment, abortSignal);
        const token = await credential.getToken(`${place.graph}/.default`, { abortSignal });
        if (token === null) throw new Error('the sign-in returned no token');
        return { token: token.token, expiresAt: token.expiresOnTimestamp };
      });
    } catch (thrown) {
      if (signal.aborted) throw thrown;
      throw new AuditError('source', await explainSignIn(thrown, source, place, signal), { cause: thrown });
    }
  };
}

type PipelinePolicy = NonNullable<ClientSecretCredentialOptions['additionalPolicies']>[number]['policy'];

async function openCredential(
  auth: Exclude<GraphAuth, { kind: 'token' }>,
  source: GraphSource,
  place: Place,
  environment: Environment,
  signal: AbortSignal,
): Promise<TokenCredential> {
  const { tenant: tenantId, ca } = source;
  const identity = await import('@azure/identity');
  const trust = ca === undefined ? {} : { tlsOptions: { ca: trustedAuthorities(ca) } };
  // Without this the library waits for a silent server for ever, and the process with it.
  const bounded: PipelinePolicy = {
    name: 'bounded',
    sendRequest: (request, next) => {
      request.timeout = source.attemptTimeoutMs;
      request.abortSignal = signal;
      return next(request);
    },
  };
  const bounds = {
    retryOptions: { maxRetries: 2 },
    additionalPolicies: [{ policy: bounded, position: 'perRetry' as const }],
  };
  // The authority is known, so nothing has to be discovered at a host that is not in the configuration.
  const options = {
    ...trust,
    authorityHost: place.authority,
    disableInstanceDiscovery: true,
    ...bounds,
  };
  const client = 'clientId' in auth && auth.clientId !== undefined ? { clientId: auth.clientId } : {};
  switch (auth.kind) {
    case 'client-secret':
      return new identity.ClientSecretCredential(tenantId, auth.clientId, auth.secret.reveal(), options);
    case 'client-certificate': {
      const certificate = auth.certificate.reveal();
      checkKeyPair(certificate, auth.certificate.from, Date.now());
      return new identity.ClientCertificateCredential(tenantId, auth.clientId, { certificate }, options);
    }
    case 'managed-identity':
      return new identity.ManagedIdentityCredential({ ...client, ...trust, ...bounds });
    case 'workload-identity':
      return new identity.WorkloadIdentityCredential({ ...options, tenantId, ...workloadOf(auth, environment) });
    case 'github-oidc':
      return new identity.ClientAssertionCredential(
        tenantId,
        auth.clientId,
        githubAssertion(source, environment, signal),
        options,
      );
    case 'azure-cli':
      return new identity.AzureCliCredential({ tenantId });
  }
}

/** What the platform put into the environment of the workload; the configuration goes before it. */
function workloadOf(auth: { readonly clientId: string | undefined }, environment: Environment) {
  const clientId = auth.clientId ?? environment.AZURE_CLIENT_ID;
  const tokenFilePath = environment.AZURE_FEDERATED_TOKEN_FILE;
  if (clientId === undefined || tokenFilePath === undefined)
    throw new AuditError(
      'source',
      `workload-identity needs ${tokenFilePath === undefined ? 'AZURE_FEDERATED_TOKEN_FILE' : 'graph.auth.clientId or AZURE_CLIENT_ID'}, which the platform sets where workload identity is on`,
    );
  return { clientId, tokenFilePath };
}

/** GitHub's OIDC token of the running job, for the audience that Entra's federated credentials expect. */
function githubAssertion(
  { ca, attemptTimeoutMs }: GraphSource,
  environment: Environment,
  signal: AbortSignal,
): () => Promise<string> {
  const url = URL.parse(environment.ACTIONS_ID_TOKEN_REQUEST_URL ?? '');
  const bearer = environment.ACTIONS_ID_TOKEN_REQUEST_TOKEN;
  if (url?.protocol !== 'https:' || bearer === undefined)
    throw new AuditError('source', 'github-oidc works inside a GitHub job with "permissions: id-token: write" only');
  url.searchParams.set('audience', 'api://AzureADTokenExchange');
  const headers = { authorization: `Bearer ${bearer}`, accept: 'application/json' };
  return async () => {
    const dispatcher = openAgent(ca, 1, attemptTimeoutMs);
    try {
      const outgoing = { url: url.href, method: 'GET', headers, body: undefined, expects: 'json' } as const;
      const { json } = await exchangeOnce(dispatcher, outgoing, attemptTimeoutMs, signal);
      const value = json !== null && typeof json === 'object' && 'value' in json ? json.value : undefined;
      if (typeof value === 'string') return value;
      throw new Error('its answer holds no token');
    } catch (thrown) {
      throw new AuditError('source', `GitHub gave no OIDC token for the job: ${scrub(reasonOf(thrown))}`, {
        cause: thrown,
      });
    } finally {
      await dispatcher.destroy();
    }
  };
}

/** Rejects when signing in takes longer than one attempt may, or when the run is stopped: the identity library heeds neither in every case. */
async function within<T>(limitMs: number, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
  return new Promise((resolve, reject) => {
    const stop = () => reject(new Error(`no answer to the sign-in within ${limitMs / 1000} s`));
    if (limit.aborted) stop();
    limit.addEventListener('abort', stop, { once: true });
    work(limit)
      .then(resolve, reject)
      .finally(() => limit.removeEventListener('abort', stop));
  });
}
