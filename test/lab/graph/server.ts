import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { CloudTenant } from '../tenant.ts';
import { isRefusal, openAccess, type TokenRequest } from './access.ts';
import { answerBatch } from './batch.ts';
import { type Answer, type Call, parseQuery, refuse, type Surroundings } from './call.ts';
import { openDelta } from './delta.ts';
import type { FaultKind } from './fault-kinds.ts';
import { type FaultPlan, openFaults } from './faults.ts';
import { readPermissions } from './permission.ts';
import { answerRoute, findRoute } from './routes.ts';
import { send } from './send.ts';
import { openStore } from './store.ts';
import { type Charge, openBucket, quotas } from './throttle.ts';

export type { Claims, TokenRequest } from './access.ts';
export type { Call } from './call.ts';
export { type FaultKind, faultKinds } from './fault-kinds.ts';
export type { Fault, FaultMatch, FaultPlan, FaultRecord } from './faults.ts';
export { readPermissions } from './permission.ts';

/** How to start a double. */
export type GraphDoubleOptions = {
  readonly tenant: CloudTenant;
  /** PEM; the certificate must name 127.0.0.1 (and localhost, for the faults that lead there). */
  readonly certificates: { readonly cert: string; readonly key: string; readonly ca: string };
  /** Milliseconds since 1970; all the double's expiry, dates and throttling follow it. */
  readonly now: () => number;
  readonly seed: number;
  readonly port?: number;
  /** Tenant class, or a number of resource units per ten seconds. Default: no throttling. */
  readonly quota?: keyof typeof quotas | number;
  /** Pause before every answer. */
  readonly latencyMs?: number;
  /** Largest page, whatever `$top` asks for. */
  readonly pageCap?: number;
  /** Most member references on a delta page. Default 500. */
  readonly deltaMembers?: number;
  /** The one secret the token endpoint takes; by default it takes any. */
  readonly clientSecret?: string;
  /** Application permissions that tokens carry. Default: {@link readPermissions}. */
  readonly permissions?: readonly string[];
  readonly tokenLifetimeSeconds?: number;
};

/** One line of the log: a request or a step of a batch. */
export type LoggedRequest = {
  readonly method: string;
  readonly path: string;
  readonly search: string;
  /** Host header: where the client believed to send it. */
  readonly host: string;
  readonly status: number;
  readonly ru: number;
  readonly inner: boolean;
  readonly fault: FaultKind | undefined;
};

/** A running double. */
export type GraphDouble = {
  /** `https://127.0.0.1:port`. */
  readonly endpoint: string;
  /** Authority host for token libraries: the same server. */
  readonly authority: string;
  readonly tenantId: string;
  readonly token: (request?: TokenRequest) => string;
  /** Makes all tokens issued so far unacceptable. */
  readonly revokeTokens: () => void;
  readonly faults: FaultPlan;
  readonly requests: readonly LoggedRequest[];
  /** Changes the tenant; delta links made before see the difference. */
  readonly replace: (tenant: CloudTenant) => void;
  readonly close: () => Promise<void>;
};

const LARGEST_BODY = 4 * 1024 * 1024;
const HOUR_SECONDS = 3599;

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > LARGEST_BODY) throw new RangeError('The request body is too large.');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString();
}

function readCall(request: IncomingMessage, body: string): Call | undefined {
  const [path = '', ...rest] = (request.url ?? '').split('?');
  const search = rest.join('?');
  const version = path.split('/')[1];
  const query = parseQuery(search);
  if ((version !== 'v1.0' && version !== 'beta') || query === undefined) return undefined;
  try {
    return {
      method: request.method ?? 'GET',
      version,
      segments: path
        .split('/')
        .slice(2)
        .filter(part => part !== '')
        .map(decodeURIComponent),
      path,
      search,
      query,
      headers: new Map(Object.entries(request.headers).map(([name, value]) => [name, String(value)])),
      body,
      inner: false,
    };
  } catch {
    return undefined;
  }
}

/** A call to something that is not the API, as far as faults and the log need it. */
function bareCall(request: IncomingMessage, body: string): Call {
  const [path = '', search = ''] = (request.url ?? '').split('?');
  return {
    method: request.method ?? 'GET',
    version: 'v1.0',
    segments: [],
    path,
    search,
    query: new Map(),
    headers: new Map(),
    body,
    inner: false,
  };
}

function charged(answer: Answer, ru: number, charge: Charge | undefined): Answer {
  const limit =
    charge !== undefined && charge.percentage > 0
      ? { 'x-ms-throttle-limit-percentage': charge.percentage.toFixed(2) }
      : {};
  return { ...answer, ru, headers: { ...answer.headers, 'x-ms-resource-unit': String(ru), ...limit } };
}

/** Starts Microsoft Graph and its token endpoint on a loopback port. Rejects when the port is taken or a certificate is bad. */
export async function startGraphDouble(options: GraphDoubleOptions): Promise<GraphDouble> {
  let serial = 0;
  let endpoint = '';
  const { tenant, now, seed } = options;
  const around: Surroundings = {
    get endpoint() {
      return endpoint;
    },
    now,
    seed,
    pageCap: options.pageCap ?? Number.POSITIVE_INFINITY,
    deltaMembers: options.deltaMembers ?? 500,
    nextRequestId: () => {
      serial += 1;
      return `${(seed >>> 0).toString(16).padStart(8, '0')}-0000-4000-8000-${serial.toString(16).padStart(12, '0')}`;
    },
  };
  const history = [openStore(tenant)];
  const { tenantId } = tenant;
  const { permissions = readPermissions, clientSecret, tokenLifetimeSeconds: lifetimeSeconds = HOUR_SECONDS } = options;
  const access = openAccess({ tenantId, permissions, clientSecret, lifetimeSeconds }, around);
  const delta = openDelta(around);
  const { strike, ...faults } = openFaults(around);
  const quota = typeof options.quota === 'string' ? quotas[options.quota] : options.quota;
  const charge = quota === undefined ? undefined : openBucket(quota, now);
  const requests: LoggedRequest[] = [];

  const record = (call: Call, host: string, answer: Answer, fault: FaultKind | undefined): void => {
    const { method, path, search, inner } = call;
    requests.push({ method, path, search, host, status: answer.status, ru: answer.ru, inner, fault });
  };

  const answerCall = (call: Call, authorization: string | undefined, host: string): Answer => {
    const claims = access.judge(authorization);
    if (isRefusal(claims)) return claims;
    if (call.segments.length === 1 && call.segments[0] === '$batch' && !call.inner)
      return answerBatch(call, step => serve(step, authorization, host), around);
    const found = findRoute(call);
    if (found === undefined)
      return refuse(around, 400, 'BadRequest', `Resource not found for the segment '${call.segments.at(-1) ?? ''}'.`);
    const bill = charge?.(found.cost);
    if (bill?.retryAfter !== undefined) {
      const headers = {
        'retry-after': String(bill.retryAfter),
        'x-ms-throttle-scope': `Tenant_Application/ReadWrite/${claims.appid}/${tenantId}`,
      };
      return refuse(around, 429, 'TooManyRequests', 'Too Many Requests', headers);
    }
    return charged(answerRoute(found, call, claims, history, delta, around), found.cost, bill);
  };

  const serve = (call: Call, authorization: string | undefined, host: string): Answer => {
    const { answer, kind } = strike(call, answerCall(call, authorization, host));
    record(call, host, answer, kind);
    return answer;
  };

  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request);
    const host = request.headers.host ?? '';
    const call = readCall(request, body) ?? bareCall(request, body);
    const signIn = access.serve(call.method, call.path, body);
    let answer: Answer;
    if (signIn !== undefined) {
      const struck = strike(call, signIn);
      answer = struck.answer;
      record(call, host, answer, struck.kind);
    } else if (call.segments.length === 0) {
      answer = refuse(around, 400, 'BadRequest', 'The URL has no version, no path, or a query that cannot be read.');
      record(call, host, answer, undefined);
    } else answer = serve(call, request.headers.authorization, host);
    if (options.latencyMs !== undefined) await new Promise(done => setTimeout(done, options.latencyMs));
    const id = request.headers['client-request-id'];
    const headers = {
      date: new Date(now()).toUTCString(),
      'request-id': around.nextRequestId(),
      ...(id === undefined ? {} : { 'client-request-id': String(id) }),
      ...answer.headers,
    };
    await send(request, response, { ...answer, headers });
  };

  const { cert, key } = options.certificates;
  const server = createServer({ cert, key, keepAliveTimeout: 30_000 }, (request, response) => {
    // A client that hangs up, or sends too much, is its own problem.
    respond(request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((ready, failed) => {
    server.once('error', failed);
    server.listen(options.port ?? 0, '127.0.0.1', ready);
  });
  const address = server.address();
  endpoint = `https://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  return {
    endpoint,
    authority: endpoint,
    tenantId,
    token: access.issue,
    revokeTokens: access.revoke,
    faults,
    requests,
    replace: changed => void history.push(openStore(changed)),
    close: () =>
      new Promise(done => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
