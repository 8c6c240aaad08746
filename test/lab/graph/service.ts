import type { CloudTenant } from '../tenant.ts';
import { type Access, isRefusal, openAccess } from './access.ts';
import { answerBatch } from './batch.ts';
import { type Answer, type Call, refuse, type Surroundings } from './call.ts';
import { openDelta } from './delta.ts';
import type { FaultKind } from './fault-kinds.ts';
import { type FaultPlan, openFaults } from './faults.ts';
import { readPermissions } from './permission.ts';
import { answerRoute, findRoute } from './routes.ts';
import { openStore } from './store.ts';
import { type Charge, openBucket, openWindow, quotas } from './throttle.ts';

/** What the double serves and how, apart from the network. */
export type ServiceOptions = {
  readonly tenant: CloudTenant;
  /** Milliseconds since 1970; all the double's expiry, dates and throttling follow it. */
  readonly now: () => number;
  readonly seed: number;
  /** Tenant class, or a number of resource units per ten seconds. Default: no throttling. */
  readonly quota?: keyof typeof quotas | number;
  /** How many requests audit logs answer in how many milliseconds; documented are five in ten seconds. Default: no limit. */
  readonly logLimit?: { readonly most: number; readonly windowMs: number };
  /** Largest page, whatever `$top` asks for. */
  readonly pageCap?: number;
  /** Most member references on a delta page. Default 500. */
  readonly deltaMembers?: number;
  /** The one secret the token endpoint takes; by default it takes any. */
  readonly clientSecret?: string;
  /** Application permissions that tokens carry. Default: all that a read-only collector may ask for. */
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

/** The double without a network. */
export type Service = {
  readonly access: Access;
  readonly faults: FaultPlan;
  readonly requests: readonly LoggedRequest[];
  readonly replace: (tenant: CloudTenant) => void;
  readonly around: Surroundings;
  /** Answers a request, batches and their steps included, faults applied, and logs it. */
  readonly answer: (call: Call, host: string) => Answer;
};

const HOUR_SECONDS = 3599;
const MEMBERS_ON_A_DELTA_PAGE = 500;

function lookAround(options: ServiceOptions, endpoint: () => string): Surroundings {
  let serial = 0;
  const prefix = (options.seed >>> 0).toString(16).padStart(8, '0');
  return {
    get endpoint() {
      return endpoint();
    },
    now: options.now,
    seed: options.seed,
    pageCap: options.pageCap ?? Number.POSITIVE_INFINITY,
    deltaMembers: options.deltaMembers ?? MEMBERS_ON_A_DELTA_PAGE,
    nextRequestId: () => {
      serial += 1;
      return `${prefix}-0000-4000-8000-${serial.toString(16).padStart(12, '0')}`;
    },
  };
}

function bill(answer: Answer, ru: number, charge: Charge | undefined): Answer {
  const headers: Record<string, string> = { ...answer.headers, 'x-ms-resource-unit': String(ru) };
  if (charge !== undefined && charge.percentage > 0)
    headers['x-ms-throttle-limit-percentage'] = charge.percentage.toFixed(2);
  return { ...answer, ru, headers };
}

/** Opens the double: tokens, rights, throttling, routes, batches and faults over one tenant. `endpoint` may become known later. */
export function openService(options: ServiceOptions, endpoint: () => string): Service {
  const {
    tenant,
    permissions = readPermissions,
    clientSecret,
    tokenLifetimeSeconds: lifetimeSeconds = HOUR_SECONDS,
  } = options;
  const { tenantId } = tenant;
  const around = lookAround(options, endpoint);
  const history = [openStore(tenant)];
  const access = openAccess({ tenantId, permissions, clientSecret, lifetimeSeconds }, around);
  const delta = openDelta(around);
  const { strike, ...faults } = openFaults(around);
  const quota = typeof options.quota === 'string' ? quotas[options.quota] : options.quota;
  const charge = quota === undefined ? undefined : openBucket(quota, options.now);
  const { logLimit } = options;
  const askLogs = logLimit && openWindow(logLimit.most, logLimit.windowMs, options.now);
  const requests: LoggedRequest[] = [];

  const answerApi = (call: Call, authorization: string | undefined, host: string): Answer => {
    const claims = access.judge(authorization);
    if (isRefusal(claims)) return claims;
    if (call.segments.length === 1 && call.segments[0] === '$batch' && !call.inner)
      return answerBatch(call, step => serve(step, () => answerApi(step, authorization, host), host), around);
    const found = findRoute(call);
    if (found === undefined)
      return refuse(around, 400, 'BadRequest', `Resource not found for the segment '${call.segments.at(-1) ?? ''}'.`);
    const charged = charge?.(found.cost);
    const retryAfter = charged?.retryAfter ?? (call.segments[0] === 'auditLogs' ? askLogs?.() : undefined);
    if (retryAfter !== undefined)
      return refuse(around, 429, 'TooManyRequests', 'Too Many Requests', {
        'retry-after': String(retryAfter),
        'x-ms-throttle-scope': `Tenant_Application/ReadWrite/${claims.appid}/${tenantId}`,
      });
    return bill(answerRoute(found, call, claims, history, delta, around), found.cost, charged);
  };

  const serve = (call: Call, make: () => Answer, host: string): Answer => {
    const { answer, kind: fault } = strike(call, make());
    const { method, path, search, inner } = call;
    requests.push({ method, path, search, host, status: answer.status, ru: answer.ru, inner, fault });
    return answer;
  };

  const choose = (call: Call, host: string): Answer => {
    const signIn = access.serve(call.method, call.path, call.body);
    if (signIn !== undefined) return signIn;
    if (call.segments.length > 0) return answerApi(call, call.headers.get('authorization'), host);
    return refuse(around, 400, 'BadRequest', 'The URL has no version, no path, or a query that cannot be read.');
  };

  return {
    access,
    faults,
    requests,
    around,
    replace: changed => {
      history.push(openStore(changed));
    },
    answer: (call, host) => serve(call, () => choose(call, host), host),
  };
}
