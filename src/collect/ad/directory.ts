import { AndFilter, type Control, EqualityFilter, type Filter, OrFilter, type SearchResult } from 'ldapts';
import { AuditError, instantText } from '../../base/index.ts';
import type { AdSource } from '../../config/index.ts';
import { type Journal, noJournal } from '../../journal/index.ts';
import type { FacetName, QueryRecord, Recorder } from '../../snapshot/index.ts';
import { cookieFor, pagingControl } from './controls.ts';
import { type Entry, entryOf } from './entry.ts';
import {
  explainConnection,
  isPassing,
  isSignedOut,
  isSourceFailure,
  oneLine,
  resultCode,
  sourceError,
} from './failure.ts';
import { everyAttributeRaw } from './raw-values.ts';
import { type Recollection, recollectionsOf } from './recollection.ts';
import { isAstray, type Referral } from './referral.ts';
import { identify, isSame } from './replica.ts';
import type { Connection } from './servers.ts';
import { open, type Session } from './session.ts';

const PAGE_SIZE = 1000;
const MAX_PAGES = 1_000_000;
const MAX_TRIES = 3;
const BACKOFF_MS = 500;
const BATCH = 100;
const MAX_REFERRALS = 1000;

/** One search. `controls` makes fresh ones for every page; `absent` says what a missing base means: an error, or simply no entries. */
export type Search = {
  readonly facet: FacetName;
  readonly base: string;
  readonly scope: 'base' | 'one' | 'sub';
  readonly filter: string | Filter;
  readonly attributes: readonly string[];
  readonly controls?: () => readonly Control[];
  /** Entries per page, at most 1,000 (AD's own limit) and that by default; fewer where entries are big, since a page is held in memory. */
  readonly pageSize?: number;
  readonly absent?: 'error' | 'empty';
  /** Asked of the server also when an interrupted run was answered: what must be of now. */
  readonly live?: boolean;
  /** Without paging: for a search that another control cuts into pieces. */
  readonly whole?: true;
};

/** Takes a page of entries. After a lost connection a search starts again, so the same object can come twice: key by objectGUID. */
export type Take = (entries: readonly Entry[]) => Promise<void> | void;

/** Thrown out of a search when its server is gone for good and another one is ready: everything read from the first has to be read again. */
export class ServerChanged extends Error {
  /** Its text is for us: whoever reads a domain catches it. */
  constructor() {
    super('another server has to be asked, from the beginning');
    this.name = 'ServerChanged';
  }
}

/** Searches on one server, one at a time, each read to its proven end or rejected with an AuditError that says why not. */
export type Directory = {
  readonly url: string;
  /** All entries, page by page; resolves with how many came in the attempt that ended well. */
  readonly search: (search: Search, take: Take) => Promise<number>;
  /** The base object itself, or undefined when it does not exist and `absent` is 'empty'. */
  readonly readOne: (search: Omit<Search, 'scope' | 'filter'>) => Promise<Entry | undefined>;
  /** Like search, for objects whose binary `attribute` equals one of `values`, in batches. */
  readonly searchValues: (
    search: Omit<Search, 'filter'>,
    attribute: string,
    values: readonly Buffer[],
    take: Take,
  ) => Promise<void>;
  /** Continuation references seen and not followed, bounded. */
  readonly referrals: () => readonly Referral[];
  /** Hands the connection over as it stands; the directory must not be used any more. */
  readonly leave: () => Connection | undefined;
  readonly close: () => Promise<void>;
};

type Access = {
  readonly source: AdSource;
  readonly recorder: Pick<Recorder, 'query'>;
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** First pause before a search is tried again, in milliseconds; default half a second. */
  readonly backoffMs?: number;
  /** Asked when the server stays away: resolves to true when another one of the domain is ready to take its place. */
  readonly replace: (reason: string) => Promise<boolean>;
  /** What an interrupted run was answered; default none. */
  readonly journal?: Journal;
};

type Attempt = {
  pages: number;
  entries: number;
  /** Set when no session could be opened. */
  unconnected: boolean;
  /** What the caller's own code threw, which is no failure of the source. */
  foreign: unknown;
  referrals: string[];
};

type Page = { readonly answer: Promise<SearchResult>; readonly paging: Control | undefined };

/**
 * Wraps a connection; after any transport failure a new session to the same copy of the directory takes its place and the search starts again, a bounded
 * number of times. When that copy stays away, a search rejects with ServerChanged if another server is ready, and else with an AuditError from then on.
 */
export function directoryOf({ endpoint, session: first, replica }: Connection, access: Access): Directory {
  let session: Session | undefined = first;
  let lost: string | undefined;
  const referrals = new Map<string, Set<FacetName>>();
  const recollectionOf = recollectionsOf(access.journal ?? noJournal, replica);
  const noteReferrals = (uris: readonly string[], facet: FacetName): void => {
    for (const uri of uris) {
      const known = referrals.size < MAX_REFERRALS || referrals.has(uri) ? uri : `more than ${MAX_REFERRALS} places`;
      referrals.set(known, (referrals.get(known) ?? new Set()).add(facet));
    }
  };

  const reopen = async (): Promise<Session> => {
    const again = await open(access.source, endpoint, access.signal);
    try {
      if (isSame(replica, await identify(again))) return again;
      throw sourceError('another copy of the directory answers there now (its NTDS settings or invocationId differ)');
    } catch (thrown) {
      await again.close();
      throw thrown;
    }
  };

  const connected = async (done: Attempt): Promise<Session> => {
    if (lost !== undefined) throw sourceError(lost);
    if (session?.usable()) return session;
    await session?.close();
    session = undefined;
    done.unconnected = true;
    session = await reopen();
    done.unconnected = false;
    return session;
  };

  const attempt = async (search: Search, take: Take, done: Attempt, kept: Recollection): Promise<void> => {
    const { client, usable } = await connected(done);
    const seen = new Set<string>();
    const ask = (cookie: Buffer): Page => {
      access.signal.throwIfAborted();
      if (!usable()) throw new Error('the connection was lost between two pages');
      const paging =
        search.scope === 'base' || search.whole ? undefined : pagingControl(search.pageSize ?? PAGE_SIZE, cookie);
      const answer = client.search(
        search.base,
        {
          scope: search.scope,
          filter: search.filter,
          attributes: [...search.attributes],
          explicitBufferAttributes: everyAttributeRaw,
          timeLimit: 0,
        },
        [...(search.controls?.() ?? []), ...(paging === undefined ? [] : [paging])],
      );
      // It is looked at when the page before it has been taken, which may be after it failed.
      answer.catch(() => undefined);
      return { answer, paging };
    };
    const turn = async ({ answer, paging }: Page): Promise<Page | undefined> => {
      const result = await answer;
      if (!usable()) throw new Error('the server sent something that could not be decoded');
      done.pages += 1;
      done.entries += result.searchEntries.length;
      const astray = result.searchReferences.find(uri => isAstray(uri, search.base));
      if (astray === undefined) done.referrals.push(...result.searchReferences.slice(0, MAX_REFERRALS).map(oneLine));
      noteReferrals(done.referrals, search.facet);
      const cookie = paging === undefined ? undefined : nextCookie(cookieFor(paging), result.searchEntries, seen);
      if (done.pages >= MAX_PAGES) throw sourceError(`the server sent more than ${MAX_PAGES} pages`);
      // The server makes the next page while this one is taken.
      const next = cookie === undefined || cookie.length === 0 ? undefined : ask(cookie);
      await handOver(async () => {
        const entries = result.searchEntries.map(entryOf);
        await take(entries);
        await kept.page(done.pages - 1, entries);
      }, done);
      if (astray !== undefined) throw sourceError(`the server refers to ${oneLine(astray)}, which is not followed`);
      return next;
    };
    let page: Page | undefined = ask(Buffer.alloc(0));
    while (page !== undefined) page = await turn(page);
  };

  const search = async (request: Search, take: Take): Promise<number> => {
    const kept = recollectionOf(request);
    const recalled = await kept.replay(async entries => {
      if (access.signal.aborted) throw sourceError('interrupted', access.signal.reason);
      await take(entries);
    });
    if (recalled !== undefined) {
      noteReferrals(recalled.referrals, request.facet);
      const { referrals: _, ...counts } = recalled;
      access.recorder.query(queryOf(request, counts, null));
      return recalled.retrieved;
    }
    const started = access.now();
    const done: Attempt = { pages: 0, entries: 0, unconnected: false, foreign: undefined, referrals: [] };
    let tries = 0;
    const counts = () => ({
      pages: done.pages,
      retrieved: done.entries,
      retries: Math.max(0, tries - 1),
      begun: instantText(started),
      // A clock that was set back must not turn the interval around.
      ended: instantText(Math.max(started, access.now())),
    });
    const record = (reason: string | null) => access.recorder.query(queryOf(request, counts(), reason));
    const succeed = async (): Promise<number> => {
      record(null);
      await kept.end({ ...counts(), referrals: done.referrals });
      return done.entries;
    };
    for (;;) {
      tries += 1;
      done.pages = 0;
      done.entries = 0;
      done.referrals = [];
      try {
        await attempt(request, take, done, kept);
      } catch (thrown) {
        if (done.foreign !== undefined) throw done.foreign;
        if (request.absent === 'empty' && resultCode(thrown) === 32 && !(thrown instanceof AuditError)) {
          done.pages = 0;
          return succeed();
        }
        if (resultCode(thrown) === undefined || isSignedOut(thrown)) await session?.close();
        if (!access.signal.aborted && isPassing(thrown) && tries < MAX_TRIES) {
          await pause((access.backoffMs ?? BACKOFF_MS) * tries, access.signal);
          continue;
        }
        const reason = access.signal.aborted ? 'interrupted' : explainConnection(thrown);
        const where = `${oneLine(request.base) || 'the root DSE'}: ${reason}`;
        if (done.unconnected) lost = `the connection to ${endpoint.url} was lost and could not be restored: ${reason}`;
        record(lost ?? reason);
        if (done.unconnected && !access.signal.aborted && (await access.replace(reason))) throw new ServerChanged();
        throw sourceError(lost ?? where, thrown);
      }
      return succeed();
    }
  };

  return {
    url: endpoint.url,
    search,
    readOne: async request => {
      let found: Entry | undefined;
      let answered = false;
      await search({ ...request, scope: 'base', filter: '(objectClass=*)' }, entries => {
        answered = true;
        found = entries[0];
      });
      // An answer without the object says nothing of it: what is not there is refused with a code.
      if (found === undefined && (answered || request.absent !== 'empty'))
        throw sourceError(`${oneLine(request.base) || 'the root DSE'} could not be read: the server answered nothing`);
      return found;
    },
    searchValues: async (request, attribute, values, take) => {
      for (let at = 0; at < values.length; at += BATCH) {
        // Buffers, because the library re-encodes binary text in a string filter and then nothing matches.
        const filters = values.slice(at, at + BATCH).map(value => new EqualityFilter({ attribute, value }));
        await search({ ...request, filter: new OrFilter({ filters }) }, take);
      }
    },
    referrals: () => [...referrals].map(([uri, facets]) => ({ uri, facets: [...facets] })),
    leave: () => (session === undefined ? undefined : { endpoint, session, replica }),
    close: async () => {
      await session?.close();
    },
  };
}

// What the codecs refuse is the server's fault and no new connection will mend it; anything else that the caller throws is not ours to explain.
async function handOver(work: () => Promise<void> | void, done: Attempt): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    if (thrown instanceof RangeError) throw sourceError(`the server sent a malformed value: ${thrown.message}`, thrown);
    if (!isSourceFailure(thrown)) done.foreign = thrown ?? new Error('unknown failure');
    throw thrown;
  }
}

// A cookie is opaque: some servers (Samba) send one and the same for every page of a search, so only a page that comes again under the same cookie, or
// brings nothing under it, is a circle.
function nextCookie(
  answered: Buffer | undefined,
  entries: readonly { readonly dn: string }[],
  seen: Set<string>,
): Buffer {
  if (answered === undefined)
    throw sourceError('the server ignored the paging control, so the end of the list is not proven');
  const key = `${answered.toString('base64')} ${entries.length} ${entries[0]?.dn ?? ''} ${entries.at(-1)?.dn ?? ''}`;
  if (answered.length > 0 && seen.has(key))
    throw sourceError('the server repeated a page under the same paging cookie: the list would never end');
  seen.add(key);
  return Buffer.from(answered);
}

function queryOf(
  request: Search,
  counts: Pick<QueryRecord, 'pages' | 'retrieved' | 'retries' | 'begun' | 'ended'>,
  reason: string | null,
): QueryRecord {
  return {
    source: 'ad',
    facet: request.facet,
    request: describe(request),
    ...counts,
    expected: null,
    durationMs: Math.max(0, Date.parse(counts.ended) - Date.parse(counts.begun)),
    complete: reason === null,
    reason,
    objects: [],
  };
}

function describe(search: Search): string {
  const filter = typeof search.filter === 'string' ? search.filter : describeFilter(search.filter);
  return `${search.scope} "${search.base}" ${filter} [${search.attributes.join(', ')}]`;
}

function describeFilter(filter: Filter): string {
  if (filter instanceof AndFilter) return `(&${filter.filters.map(describeFilter).join('')})`;
  if (!(filter instanceof OrFilter)) return oneLine(filter.toString());
  const [first] = filter.filters;
  // Values may be binary; a filter of attributes alone says it all.
  if (!filter.filters.every(one => one instanceof EqualityFilter)) return oneLine(filter.toString());
  return `(one of ${filter.filters.length} values of ${first instanceof EqualityFilter ? first.attribute : 'several attributes'})`;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const finish = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    signal.addEventListener('abort', finish, { once: true });
  });
}
