import type { Dispatcher } from 'undici';
import { AuditError } from '../../base/index.ts';
import type { GraphSource } from '../../config/index.ts';
import { type DeltaLinks, type DeltaSlice, type FacetName, facetsFrom, type Recorder } from '../../snapshot/index.ts';
import { readAppGrants } from './app-grants.ts';
import { readAuditLog } from './audit-log.ts';
import { continuingOf, type DeltaContinuing } from './delta-base.ts';
import { type DeskContext, identityOf, openDesk, sourceError } from './desk.ts';
import {
  readCloudManaged,
  readDeletedGroups,
  readGroupSettings,
  readGroups,
  readUsers,
  readWriteback,
} from './directory.ts';
import { readEligibility } from './eligibility.ts';
import { readErrors } from './errors.ts';
import { openAgent } from './exchange.ts';
import { GraphFailure } from './failure.ts';
import { readJobAssignments } from './job-assignments.ts';
import { readJobs } from './jobs.ts';
import { type Ledger, openLedger } from './ledger.ts';
import { logWindow } from './log-window.ts';
import { readMailSettings } from './mail-settings.ts';
import { type MembershipOptions, openRoster, readMembers } from './membership.ts';
import { readOwners } from './owners.ts';
import { type Place, placeOf } from './place.ts';
import { readProvisioningLog } from './provisioning-log.ts';
import type { Desk } from './reading.ts';
import { foreseenGaps, missingRights, type TokenReport } from './rights.ts';
import { readRoles } from './roles.ts';
import { readAgents, readDomains, readLicences, readLifecyclePolicies } from './setup.ts';
import { readSyncConfiguration } from './sync-configuration.ts';
import { readOrganization, readSyncFeatures } from './tenant.ts';

/** What the caller lends to a collection. */
export type CollectContext = DeskContext & {
  /** When the collection began, also where it goes on after an interruption (milliseconds since 1970): logs are read up to then. Default now. */
  readonly start?: number;
  /** The facets to read, with what has to be read before them (withPrerequisites); default all. */
  readonly asked?: ReadonlySet<FacetName> | undefined;
  /** Told what the token holds and lacks, before the first read. */
  readonly onToken?: (report: TokenReport) => void;
  /** Where an earlier collection by delta ended: its members are taken over but for what has changed. */
  readonly continuing?: DeltaContinuing | undefined;
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
    ledger.closeRest('not read: this version has no reader for it');
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
  const { desk, skew } = await openDesk(source, place, ledger, recorder, context, { dispatcher, broken });
  const { claims } = desk;
  const missing = missingRights(claims, facetsFrom('graph').filter(ledger.asks));
  context.onToken?.({ identity: identityOf(source, claims), permissions: claims.permissions, missing });
  ledger.foresee(foreseenGaps(missing));
  try {
    await readOrganization(desk, source.tenant);
    const first = ledger.failures.get('cloud.organization');
    if (first !== undefined && isFatalAtFirst(first)) throw first;
    const slices: DeltaSlice[] = [];
    const continuing = await continuingOf(context.continuing, place, claims.tenant ?? source.tenant);
    const keepDelta = (slice: DeltaSlice) => void slices.push(slice);
    await readFacets(desk, broken, { mode: source.members, keepDelta, continuing }, context.start ?? context.now());
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
      clockSkewMs: skew(),
    });
  }
}

/** Reads everything else at once: lists are chains of pages, one request each at a time; the pace bounds them all together. */
async function readFacets(
  desk: Desk,
  broken: AbortController,
  membership: MembershipOptions,
  start: number,
): Promise<void> {
  const roster = openRoster();
  const lists = Promise.all([readGroups(desk, roster.add), readCloudManaged(desk, roster.convert)]);
  const listed = lists.then(([complete]) => complete);
  const plans = new Set<string>();
  const licences = readLicences(desk, plan => void plans.add(plan));
  const window = licences.then(complete => logWindow(start, complete ? plans : undefined));
  const jobs = readJobs(desk);
  const reads = [
    listed,
    // Members are read while the list of groups is: both take long.
    readMembers(desk, roster, listed, membership),
    readOwners(desk, roster, listed),
    readMailSettings(desk, roster, listed),
    readEligibility(desk, roster, listed),
    readUsers(desk),
    readWriteback(desk),
    readDeletedGroups(desk),
    readErrors(desk),
    readGroupSettings(desk),
    readSyncFeatures(desk),
    readSyncConfiguration(desk),
    readRoles(desk),
    readAppGrants(desk),
    readDomains(desk),
    readLifecyclePolicies(desk),
    readAgents(desk),
    jobs,
    readJobAssignments(desk, jobs),
    window,
    readProvisioningLog(desk, jobs, window),
    readAuditLog(desk, roster, listed, window),
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
