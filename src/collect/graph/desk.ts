import type { Dispatcher } from 'undici';
import { AuditError, guidText } from '../../base/index.ts';
import type { GraphSource } from '../../config/index.ts';
import { type Journal, noJournal, within } from '../../journal/index.ts';
import type { Recorder } from '../../snapshot/index.ts';
import { type Claims, readClaims } from './claims.ts';
import { type Environment, tokenFetcher } from './credential.ts';
import { type GraphFailure, scrub } from './failure.ts';
import { openGovernor } from './governor.ts';
import type { Ledger } from './ledger.ts';
import { setPace } from './pace.ts';
import type { Place } from './place.ts';
import { openPort } from './port.ts';
import type { Desk, Progress } from './reading.ts';
import { usesAuthority } from './sign-in.ts';
import { keepTokens } from './tokens.ts';

/** What a reading of a tenant needs of the world. */
export type DeskContext = {
  /** What an interrupted run was answered; default none. */
  readonly journal?: Journal;
  readonly progress: (event: Progress) => void;
  /** Wall clock in milliseconds since 1970, for the skew against the server and the end of tokens. */
  readonly now: () => number;
  /** Ends the reading early. */
  readonly signal: AbortSignal;
  /** First pause after a failure for which the server names none; default one second. */
  readonly backoffMs?: number;
  /** In how many milliseconds audit logs are asked five times at most; default the documented ten seconds. */
  readonly logWindowMs?: number;
  /** Environment variables, for sign-in kinds that live on them (github-oidc). */
  readonly environment?: Environment;
};

/** Signs in and sets up everything that the readers work with; `broken` ends them all. `skew` tells the server's clock minus ours in milliseconds, once it has answered. */
export async function openDesk(
  source: GraphSource,
  place: Place,
  ledger: Ledger,
  recorder: Recorder,
  context: DeskContext,
  { dispatcher, broken }: { readonly dispatcher: Dispatcher; readonly broken: AbortController },
): Promise<{ readonly desk: Desk; readonly skew: () => number | null }> {
  const signal = AbortSignal.any([context.signal, broken.signal]);
  const { connections: parallel, deadlineMs, attemptTimeoutMs } = source;
  const onPause = (waitingMs: number) => context.progress({ source: 'graph', waitingMs });
  const pace = setPace({ parallel, deadlineMs, backoffMs: context.backoffMs ?? 1000, signal, onPause });
  const governor = openGovernor(source.tenantClass, signal, context.logWindowMs);
  const tokens = keepTokens(tokenFetcher(source, place, context.environment ?? {}), context.now, signal);
  const claims = readClaims(await tokens.current());
  checkTenant(claims, source);
  let skewMs: number | null = null;
  const onAnswer = (date: string | undefined) => {
    const server = Date.parse(date ?? '');
    if (skewMs === null && !Number.isNaN(server)) skewMs = server - context.now();
  };
  const journal = within(context.journal ?? noJournal, circumstancesOf(source, claims));
  const port = openPort({
    journal,
    origin: place.graph,
    dispatcher,
    tokens,
    pace,
    governor,
    attemptTimeoutMs,
    signal,
    onAnswer,
  });
  const desk: Desk = {
    journal,
    signal,
    port,
    pace,
    governor,
    ledger,
    recorder,
    claims,
    v1: `${place.graph}/v1.0`,
    beta: `${place.graph}/beta`,
    workers: parallel,
    progress: context.progress,
  };
  return { desk, skew: () => skewMs };
}

function checkTenant(claims: Claims, source: GraphSource): void {
  const configured = guidText(source.tenant);
  if (configured !== undefined && claims.tenant !== undefined && guidText(claims.tenant) !== configured)
    throw new AuditError(
      'source',
      `the token is for tenant ${scrub(claims.tenant, 60)}, the configuration names ${configured}: sign in to the tenant to be audited`,
    );
}

/** With other permissions Graph answers otherwise without a word, so what was read with some does not hold for others. */
function circumstancesOf(source: GraphSource, claims: Claims): string {
  return JSON.stringify([
    'graph',
    claims.tenant ?? source.tenant,
    identityOf(source, claims),
    claims.permissions ?? null,
  ]);
}

/** The application that reads, as far as it is known. */
export function identityOf(source: GraphSource, claims: Claims): string {
  const configured = 'clientId' in source.auth ? source.auth.clientId : undefined;
  return scrub(claims.application ?? configured ?? `${source.auth.kind} (unnamed)`, 256);
}

/** One sentence for people: which host, what happened, what to do. */
export function sourceError(failure: GraphFailure, place: Place, source: GraphSource): AuditError {
  const host = new URL(place.graph).host;
  const what = failure.message;
  const say = (message: string) => new AuditError('source', message, { cause: failure });
  if (failure.why === 'stopped') return say(`the reading of ${host} was stopped before its end`);
  if (failure.why === 'sign-in')
    return say(
      `cannot sign in ${usesAuthority(source.auth.kind) ? `at ${new URL(place.authority).host} ` : ''}with ${source.auth.kind}: ${what}`,
    );
  if (failure.why === 'certificate')
    return say(`cannot trust the certificate of ${host}: ${what}: name its authority in graph.ca`);
  if (failure.why === 'network') return say(`cannot reach ${host}: ${what}: check graph.endpoint and the network`);
  if (failure.status === 401)
    return say(`${host} does not accept the token: ${what}: check that it is meant for this host and has not ended`);
  return say(`${host} does not answer like Microsoft Graph: ${what}: is there a proxy in between?`);
}
