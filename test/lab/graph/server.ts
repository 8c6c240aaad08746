import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { CloudTenant } from '../tenant.ts';
import type { TokenRequest } from './access.ts';
import { type Answer, type Call, refuse } from './call.ts';
import type { FaultPlan } from './faults.ts';
import { readBody, readCall } from './intake.ts';
import { send } from './send.ts';
import { type LoggedRequest, openService, type Service, type ServiceOptions } from './service.ts';

export type { Claims, TokenRequest } from './access.ts';
export type { Call } from './call.ts';
export { type FaultKind, faultKinds, isFaultKind } from './fault-kinds.ts';
export type { Fault, FaultMatch, FaultPlan, FaultRecord } from './faults.ts';
export { readPermissions } from './permission.ts';
export type { LoggedRequest } from './service.ts';

/** How to start a double. */
export type GraphDoubleOptions = ServiceOptions & {
  /** PEM; the certificate must name 127.0.0.1 (and localhost, for the faults that lead there). */
  readonly certificates: { readonly cert: string; readonly key: string; readonly ca: string };
  /** Default: any free one. */
  readonly port?: number;
  /** Pause before every answer, or before that of a call. */
  readonly latencyMs?: number | ((call: Call) => number);
};

/** A running double. */
export type GraphDouble = {
  /** `https://127.0.0.1:port`. */
  readonly endpoint: string;
  /** Authority host for token libraries: the same server. */
  readonly authority: string;
  readonly tenantId: string;
  /** A bearer token that the double accepts. */
  readonly token: (request?: TokenRequest) => string;
  /** Makes all tokens issued so far unacceptable. */
  readonly revokeTokens: () => void;
  readonly faults: FaultPlan;
  readonly requests: readonly LoggedRequest[];
  /** Changes the tenant; delta links made before see the difference. */
  readonly replace: (tenant: CloudTenant) => void;
  readonly close: () => Promise<void>;
};

const KEEP_ALIVE_MS = 30_000;

/** An answer in any case: a mistake in the double shows as what it is, not as a broken connection. */
function answerSafely(service: Service, call: Call, host: string): Answer {
  try {
    return service.answer(call, host);
  } catch (error) {
    return refuse(service.around, 500, 'DoubleFailed', `The double itself failed: ${String(error)}`);
  }
}

async function respond(
  service: Service,
  latency: number | ((call: Call) => number),
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const call = readCall(request, await readBody(request));
  const answer = answerSafely(service, call, request.headers.host ?? '');
  const latencyMs = typeof latency === 'number' ? latency : latency(call);
  if (latencyMs > 0) await new Promise(done => setTimeout(done, latencyMs));
  const clientId = call.headers.get('client-request-id');
  const headers = {
    date: new Date(service.around.now()).toUTCString(),
    'request-id': service.around.nextRequestId(),
    ...(clientId === undefined ? {} : { 'client-request-id': clientId }),
    ...answer.headers,
  };
  await send(request, response, { ...answer, headers });
}

/** Starts Microsoft Graph and its token endpoint on a loopback port. Rejects when the port is taken or a certificate is bad. */
export async function startGraphDouble(options: GraphDoubleOptions): Promise<GraphDouble> {
  let endpoint = '';
  const service = openService(options, () => endpoint);
  const { cert, key } = options.certificates;
  const server = createServer({ cert, key, keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    // A client that hangs up, or sends too much, is its own problem.
    respond(service, options.latencyMs ?? 0, request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((ready, failed) => {
    server.once('error', failed);
    server.listen(options.port ?? 0, '127.0.0.1', ready);
  });
  const address = server.address();
  endpoint = `https://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  const { access, faults, requests, replace } = service;
  return {
    endpoint,
    authority: endpoint,
    tenantId: options.tenant.tenantId,
    token: access.issue,
    revokeTokens: access.revoke,
    faults,
    requests,
    replace,
    close: () =>
      new Promise(done => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
