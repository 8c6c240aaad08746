import type { Dispatcher } from 'undici';
import { AuditError, guidText } from '../../base/index.ts';
import type { GraphSource, MemberMode } from '../../config/index.ts';
import { type Journal, noJournal, within } from '../../journal/index.ts';
import { type DeltaLinks, type DeltaSlice, type FacetName, facetsFrom, type Recorder } from '../../snapshot/index.ts';
import { type Claims, readClaims } from './claims.ts';
import { type Environment, tokenFetcher } from './credential.ts';
import {
  readCloudManaged,
  readDeletedGroups,
  readGroupSettings,
  readGroups,
  readUsers,
  readWriteback,
} from './directory.ts';
import { openAgent } from './exchange.ts';
import { GraphFailure, scrub } from './failure.ts';
import { openGovernor } from './governor.ts';
import { readJobs } from './jobs.ts';
import { type Ledger, openLedger } from './ledger.ts';
import { openRoster, readMembers } from './membership.ts';
import { setPace } from './pace.ts';
import { type Place, placeOf } from './place.ts';
import { openPort } from './port.ts';
import type { Desk, Progress } from './reading.ts';
import { foreseenGaps, missingRights, type TokenReport } from './rights.ts';
import { usesAuthority } from './sign-in.ts';
import { readOrganization, readSyncFeatures } from './tenant.ts';
import { keepTokens } from './tokens.ts';

/** What the caller lends to a collection. */
export type CollectContext = {
  /** What an interrupted run was answered; default none. */
  readonly journal?: Journal;
  readonly progress: (event: Progress) => void;
  /** Wall clock in milliseconds since 1970, for the skew against the server and the end of tokens. */
  readonly now: () => number;
  /** Ends the collection early. */
  readonly signal: AbortSignal;
  /** The facets to read, with what has to be read before them (withPrerequisites); default all. */
  readonly asked?: ReadonlySet<FacetName> | undefined;
  /** First pause after a failure for which the server names none; default one second. */
  readonly backoffMs?: number;
  /** Environment variables, for sign-in kinds that live on them (github-oidc). */
  readonly environment?: Environment;
  /** Told what the token holds and lacks, before the first read. */
  readonly onToken?: (report: TokenReport) => void;
  /** Told once where the deltas ended, when members are read by delta: the start of a later, incremental reading. */
  readonly keepDelta?: (links: Pick<DeltaLinks, 'endpoint' | 'tenant' | 'slices'>) => void;
};

/**
 * Reads one tenant through Microsoft Graph into the recorder. Every facet of Graph ends as complete or as a gap, whatever happens. Throws
 * AuditError('source') when nothing can be read at all: sign-in, network, TLS, the wrong tenant, every read refused, or a stop.
 */
export async function collectGraph(source: GraphSource, recorder: Recorder, context: CollectContext): Promise<void> {
  const ledger = openLedger(recorder, context.now, context.asked);
  const place = placeOf(source);
  const dispatcher = openAgent(source.ca, source.connections, source.attemptTimeoutMs);
  try {
    await collectFrom(source, place, recorder, context, ledger, dispatcher);
    if (ledger.complete.size === 0)
      throw new AuditError(
        'source',
        `${new URL(place.graph).host} refused or failed every read: grant the application the permissions that the policies need, Group.Read.All and User.Read.All at least`,
      );
  } catch (thrown) {
    const failure = thrown instanceof GraphFailure ? sourceError(thrown, place, source) : thrown;
    ledger.closeRest(failure instanceof AuditError ? failure.message : 'the collection broke off');
    throw failure;
  } finally {
    await dispatcher.destroy();
  }
}

async function collectFrom(
  source: GraphSource,
  place: Place,
  recorder: Recorder,
  context: CollectContext,
  ledger: Ledger,
  dispatcher: Dispatcher,
): Promise<void> {
  const broken = new AbortController();
  const signal = AbortSignal.any([context.signal, broken.signal]);
  const { connections: parallel, deadlineMs, attemptTimeoutMs } = source;
  const onPause = (waitingMs: number) => context.progress({ source: 'graph', waitingMs });
  const pace = setPace({ parallel, deadlineMs, backoffMs: context.backoffMs ?? 1000, signal, onPause });
  const governor = openGovernor(source.tenantClass, signal);
  const tokens = keepTokens(tokenFetcher(source, place, context.environment ?? {}), context.now, signal);
  const claims = readClaims(await tokens.current());
  checkTenant(claims, source);
  const missing = missingRights(claims, facetsFrom('graph').filter(ledger.asks));
  context.onToken?.({ identity: identityOf(source, claims), permissions: claims.permissions, missing });
  ledger.foresee(foreseenGaps(missing));
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
  try {
    await readOrganization(desk, source.tenant);
    const first = ledger.failures.get('cloud.organization');
    if (first !== undefined && isFatalAtFirst(first)) throw first;
    const slices: DeltaSlice[] = [];
    await readFacets(desk, broken, source.members, slice => void slices.push(slice));
    if (slices.length > 0)
      context.keepDelta?.({ endpoint: place.graph, tenant: claims.tenant ?? source.tenant, slices });
  } finally {
    recorder.source({
      source: 'graph',
      endpoint: place.graph,
      identity: identityOf(source, claims),
      server: {
        tenant: claims.tenant ?? source.tenant,
        cloud: source.cloud,
        permissions: claims.permissions ?? null,
      },
      clockSkewMs: skewMs,
    });
  }
}

/** Reads everything else at once: lists are chains of pages, one request each at a time; the pace bounds them all together. */
async function readFacets(
  desk: Desk,
  broken: AbortController,
  mode: MemberMode,
  keepDelta: (slice: DeltaSlice) => void,
): Promise<void> {
  const roster = openRoster();
  const lists = Promise.all([readGroups(desk, roster.add), readCloudManaged(desk, roster.convert)]);
  const reads = [
    lists,
    // Members are read while the list of groups is: both take long.
    readMembers(
      desk,
      roster,
      lists.then(([complete]) => complete),
      { mode, keepDelta },
    ),
    readUsers(desk),
    readWriteback(desk),
    readDeletedGroups(desk),
    readGroupSettings(desk),
    readSyncFeatures(desk),
    readJobs(desk),
  ];
  // Whatever breaks one read (a stop, a full disk) ends them all, but nothing may still run when this returns.
  for (const read of reads) (read as Promise<unknown>).catch(() => broken.abort());
  const endings = await Promise.allSettled(reads);
  const failed = endings.filter(ending => ending.status === 'rejected').map((ending): unknown => ending.reason);
  const cause = failed.find(reason => !(reason instanceof GraphFailure)) ?? failed[0];
  if (cause !== undefined) throw cause;
}

/** The first request decides whether there is a Microsoft Graph to talk to at all; a refusal of one thing is not such a failure. */
function isFatalAtFirst(failure: GraphFailure): boolean {
  return failure.status === 401 || ['network', 'certificate', 'answer', 'sign-in'].includes(failure.why);
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

function identityOf(source: GraphSource, claims: Claims): string {
  const configured = 'clientId' in source.auth ? source.auth.clientId : undefined;
  return scrub(claims.application ?? configured ?? `${source.auth.kind} (unnamed)`, 256);
}

/** One sentence for people: which host, what happened, what to do. */
function sourceError(failure: GraphFailure, place: Place, source: GraphSource): AuditError {
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
