import { type Flavour, reasonOf } from '../../base/index.ts';
import type { AdSource } from '../../config/index.ts';
import type { Recorder } from '../../snapshot/index.ts';
import { readAccounts, readAddresses } from './accounts.ts';
import { readContainers } from './containers.ts';
import { coverageOf } from './coverage.ts';
import { daclStore } from './dacl-store.ts';
import { readDeleted } from './deleted.ts';
import { type Directory, directoryOf } from './directory.ts';
import { readDomainFacts } from './domain.ts';
import { sourceError } from './failure.ts';
import { readGroups } from './groups.ts';
import { readHidden } from './hidden.ts';
import { listingJudge, readViewer } from './listing.ts';
import { readAncestors, readProtected } from './nesting.ts';
import type { Domain, Progress, RootDse, Run } from './run.ts';
import { dnsNameOf, readDomain, readInvocationId, readRootDse } from './server.ts';
import { openFirst } from './session.ts';
import { readIdentities, readTrustees } from './trustees.ts';

const RETRY_DELAY_MS = 500;

/** What a collection needs from outside. `flavours` are those that the configuration declares; `now` is in milliseconds since 1970. */
export type Context = {
  readonly flavours: readonly Flavour[];
  readonly progress: (event: Progress) => void;
  readonly now: () => number;
  readonly signal: AbortSignal;
};

/**
 * Reads Active Directory over LDAP into the `ad_*` tables. Every `ad.*` facet ends as complete or as a gap with its reason; one that is refused does
 * not stop the others. Throws AuditError('source') when no server can be reached or none lets us in, when the domain is not held there, or when `signal`
 * interrupts. It sends nothing but StartTLS, bind, search and unbind.
 */
export async function collectActiveDirectory(source: AdSource, recorder: Recorder, context: Context): Promise<void> {
  const session = await openFirst(source, context.signal);
  const directory = directoryOf(session, {
    source,
    recorder,
    now: context.now,
    signal: context.signal,
    retryDelayMs: RETRY_DELAY_MS,
  });
  const atStart = (thrown: unknown): never => {
    throw sourceError(`Cannot read Active Directory from ${directory.url}. ${reasonOf(thrown)}`, thrown);
  };
  try {
    const asked = context.now();
    const rootDse = await readRootDse(directory).catch(atStart);
    const answered = context.now();
    const domain = await readDomain(directory, source, rootDse).catch(atStart);
    const coverage = coverageOf(recorder);
    const run: Run = {
      source,
      recorder,
      directory,
      coverage,
      rootDse,
      domain,
      dacls: daclStore(recorder, coverage),
      progress: (facet, done, note) =>
        context.progress({ source: 'ad', facet, done, ...(note === undefined ? {} : { note }) }),
    };
    try {
      await readEverything(run);
    } finally {
      coverage.settle(
        context.signal.aborted ? 'interrupted before it was read' : 'not read because of an earlier failure',
      );
    }
    // AD tells whole seconds.
    const skew =
      rootDse.currentTime === null ? null : Math.round((rootDse.currentTime - (asked + answered) / 2) / 1000) * 1000;
    recorder.source({
      source: 'ad',
      endpoint: directory.url,
      identity: source.bind.user,
      server: await describeServer(directory, rootDse, domain),
      clockSkewMs: skew,
    });
    if (context.signal.aborted)
      throw sourceError('The reading of Active Directory was interrupted', context.signal.reason);
  } finally {
    await directory.close();
  }
}

async function readEverything(run: Run): Promise<void> {
  const { coverage } = run;
  const { guids, domains } = await readDomainFacts(run);
  const judge = listingJudge(await readViewer(run));
  const containers = await readContainers(run, judge);
  await readHidden(run, judge, containers);
  const memberGuids = ['member', 'Membership'].flatMap(name => guids.get(name) ?? []);
  const book = await readGroups(run, containers, memberGuids);
  await coverage.attempt(['ad.memberOf'], async () => readAncestors(run, book, containers));
  await coverage.attempt(['ad.users'], async () => readAccounts(run, book, containers));
  await coverage.attempt(['ad.groups'], async () => readProtected(run, book, containers));
  coverage.read('ad.acl', run.dacls.count());
  await coverage.attempt(['ad.addresses'], async () => readAddresses(run));
  const identities = await readIdentities(run, domains);
  await coverage.attempt(['ad.trustees'], async () => readTrustees(run, identities, domains));
  await coverage.attempt(['ad.deleted'], async () => readDeleted(run));
}

async function describeServer(directory: Directory, before: RootDse, domain: Domain) {
  // Best effort: the facets have been settled, and what is missing here is visibly null.
  const after = await readRootDse(directory).catch(() => undefined);
  const invocationId = await readInvocationId(directory, before).catch(() => null);
  return {
    dnsHostName: before.dnsHostName,
    invocationId,
    domain: dnsNameOf(domain.dn),
    forest: before.rootDomainNamingContext === null ? null : dnsNameOf(before.rootDomainNamingContext),
    highestCommittedUsnBefore: before.highestCommittedUsn,
    highestCommittedUsnAfter: after?.highestCommittedUsn ?? null,
    referralsNotFollowed: directory.referrals(),
  };
}
