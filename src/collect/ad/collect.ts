import { dnsNameOf, type Flavour } from '../../base/index.ts';
import type { AdSource } from '../../config/index.ts';
import type { Journal } from '../../journal/index.ts';
import type { FacetName, Part, Recorder, SourceRecord } from '../../snapshot/index.ts';
import { readCatalog } from './catalog.ts';
import { type Coverage, coverageOf, type Share, settle } from './coverage.ts';
import { identityOf } from './credentials.ts';
import { ServerChanged } from './directory.ts';
import { isSourceFailure, sourceError } from './failure.ts';
import { forestOf } from './forest.ts';
import { type Held, hold, type IncrementalContext, type World } from './held.ts';
import { joinDomains, jointFacets } from './join.ts';
import { noteReferrals, noteUnread, wholeForest } from './outside.ts';
import { ownFacets } from './reading.ts';
import type { Progress } from './run.ts';
import { type DomainRecord, describeDomain, describeTrials } from './source-record.ts';
import { type Plan, type Survey, survey } from './survey.ts';

/** What a collection needs from outside. `flavours` are those that the configuration declares; `now` is in milliseconds since 1970. */
export type Context = {
  readonly flavours: readonly Flavour[];
  /** The facets to read, with what has to be read before them (withPrerequisites); default all. */
  readonly asked?: ReadonlySet<FacetName> | undefined;
  /** What an interrupted run was answered; default none. */
  readonly journal?: Journal;
  readonly progress: (event: Progress) => void;
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** First pause before a search that failed is tried again, in milliseconds; default half a second. */
  readonly backoffMs?: number;
  /** Set for an incremental collection: what it continues, if anything, and where it leaves marks for the next. */
  readonly incremental?: IncrementalContext | undefined;
};

/** References in the manifest, per domain. */
const MOST_NAMED = 20;

/** How far a collection is: what each domain has shown, which could not be read and why, and what was found between them. */
type Collection = {
  readonly source: AdSource;
  readonly recorder: Recorder;
  readonly context: Context;
  readonly found: Survey;
  readonly held: Map<Plan, Held>;
  readonly unread: Map<Plan, string>;
  joint: Coverage;
};

/**
 * Reads Active Directory over LDAP into the `ad_*` tables: every domain of the forest, each from one of its own servers to the end. Every `ad.*` facet ends
 * as complete or as a gap with its reason; one that is refused does not stop the others, nor does a domain that cannot be read. Throws
 * AuditError('source') when no domain can be read, or when `signal` interrupts. It sends nothing but StartTLS, bind, search and unbind.
 */
export async function collectActiveDirectory(source: AdSource, recorder: Recorder, context: Context): Promise<void> {
  const found = await survey(source, { ...context, recorder });
  const all: Collection = { source, recorder, context, found, held: new Map(), unread: new Map(), joint: coverageOf() };
  try {
    for (const plan of found.plans) await readInto(all, plan);
    const { part, records } = await joinAll(all);
    for (const held of all.held.values()) held.keep();
    part.keep();
    noteOutside(all);
    recorder.source(sourceRecord(all, records));
  } finally {
    settleAll(all);
    for (const held of all.held.values()) await held.directory.close();
    for (const plan of found.plans) await plan.connection?.session.close();
  }
  if (context.signal.aborted)
    throw sourceError('The reading of Active Directory was interrupted', context.signal.reason);
}

// `plan` is the domain that is to be read; without one, everything read lies elsewhere.
function worldOf({ source, recorder, context, found, held }: Collection, plan?: Plan): World {
  return {
    ...context,
    source,
    recorder,
    asks: asksOf(context),
    alone: found.plans.length + found.others.length === 1,
    elsewhere: guid => {
      for (const [other, { reading }] of held)
        if (
          other !== plan &&
          [reading.book.full, reading.accounts, reading.addressed, reading.listed].some(set => set.has(guid))
        )
          return true;
      return false;
    },
  };
}

async function readInto(all: Collection, plan: Plan): Promise<void> {
  const { context, found, held, unread } = all;
  held.delete(plan);
  try {
    held.set(plan, await hold(plan, worldOf(all, plan)));
  } catch (thrown) {
    if (!isSourceFailure(thrown) || context.signal.aborted || found.plans.length === 1) throw thrown;
    unread.set(plan, thrown.message);
  }
}

// Losing a server here takes back what its domain showed and what was found between the domains, but not the other domains.
async function joinAll(all: Collection): Promise<{ readonly part: Part; readonly records: readonly DomainRecord[] }> {
  const { recorder, found, held, unread } = all;
  for (;;) {
    if (held.size === 0) throw sourceError(`No domain could be read. ${[...unread.values()].join('; ')}`);
    const part = recorder.part();
    all.joint = coverageOf();
    try {
      const missing = [...found.others, ...[...unread.keys()].map(({ domain }) => domain.dn)];
      const read = found.plans.flatMap(plan => {
        const one = held.get(plan);
        return one === undefined ? [] : [{ plan, one }];
      });
      const readings = read.map(({ one }) => one.reading);
      const forest = forestOf(readings, missing, part, all.joint);
      await joinDomains(forest);
      const domains = [...found.plans.map(({ domain }) => domain.dn), ...found.others];
      await readCatalog(forest, domains, worldOf(all));
      const records: DomainRecord[] = [];
      for (const { plan, one } of read) records.push(await describeDomain(one, plan.servers));
      return { part, records };
    } catch (thrown) {
      await part.drop();
      if (!(thrown instanceof ServerChanged)) throw thrown;
      for (const [plan, lost] of [...held])
        if (plan.connection !== undefined) {
          await lost.drop(`taken back: ${lost.directory.url} was lost, and the domain was read again`);
          await readInto(all, plan);
        }
    }
  }
}

function noteOutside({ source, found, held, unread, joint }: Collection): void {
  if (found.reason !== undefined)
    for (const facet of source.base === undefined
      ? wholeForest
      : (['ad.domain', 'ad.addresses', 'ad.forestGroups'] as const))
      joint.fail(facet, found.reason);
  for (const [{ domain, containers }, reason] of unread) noteUnread(joint, domain.dn, containers, reason);
  for (const { directory, coverage } of held.values())
    noteReferrals(coverage, directory.referrals(), found.contexts ?? []);
}

function settleAll({ recorder, context, found, held, joint }: Collection): void {
  const own = [...held].map(([{ domain }, { coverage }]): Share => {
    const name = found.plans.length > 1 ? { name: domain.dnsName } : {};
    return { coverage, owes: ownFacets, ...name };
  });
  const ifNotRead = context.signal.aborted
    ? 'interrupted before it was read'
    : 'not read because of an earlier failure';
  settle(recorder, [...own, { coverage: joint, owes: jointFacets }], ifNotRead, asksOf(context));
}

function asksOf({ asked }: Context): World['asks'] {
  return facet => asked?.has(facet) ?? true;
}

// The first domain stands for all where one server is asked for.
function sourceRecord({ source, held, unread }: Collection, domains: readonly DomainRecord[]): SourceRecord {
  const [first] = domains;
  const root = [...held.values()].flatMap(({ reading }) => reading.run.rootDse.rootDomainNamingContext ?? [])[0];
  const { endpoint = '', clockSkewMs = null, ...server } = first ?? {};
  return {
    source: 'ad',
    endpoint,
    identity: identityOf(source),
    server: {
      ...server,
      forest: root === undefined ? null : dnsNameOf(root),
      referralsNotFollowed: [...held.values()].flatMap(({ directory }) =>
        directory
          .referrals()
          .slice(0, MOST_NAMED)
          .map(({ uri }) => uri),
      ),
      domains,
      unread: [...unread].map(([plan, reason]) => ({
        domain: plan.domain.dnsName,
        reason,
        tried: describeTrials(plan.servers),
      })),
    },
    clockSkewMs,
  };
}
