import { EqualityFilter, OrFilter } from 'ldapts';
import { AuditError, instantText } from '../../base/index.ts';
import type { AdSource } from '../../config/index.ts';
import { type Journal, noJournal } from '../../journal/index.ts';
import type { FacetName, Recorder } from '../../snapshot/index.ts';
import type { Entry } from './entry.ts';
import { explainConnection, isPassing, isSignedOut, oneLine, resultCode, sourceError } from './failure.ts';
import { type Attempt, MAX_REFERRALS, readPages } from './paging.ts';
import { recollectionsOf } from './recollection.ts';
import type { Referral } from './referral.ts';
import { identify, isSame } from './replica.ts';
import { queryOf, type Search, type Take } from './search.ts';
import type { Connection } from './servers.ts';
import { open, type Session } from './session.ts';

const MAX_TRIES = 3;
const BACKOFF_MS = 500;
const BATCH = 100;

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
        const pages = { request, done, kept, signal: access.signal, refer: noteReferrals };
        await readPages(await connected(done), pages, take);
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
