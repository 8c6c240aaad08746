import type { Control, SearchResult } from 'ldapts';
import type { FacetName } from '../../snapshot/index.ts';
import { cookieFor, pagingControl } from './controls.ts';
import { entryOf } from './entry.ts';
import { isSourceFailure, oneLine, sourceError } from './failure.ts';
import { everyAttributeRaw } from './raw-values.ts';
import type { Recollection } from './recollection.ts';
import { isAstray } from './referral.ts';
import type { Search, Take } from './search.ts';
import type { Session } from './session.ts';

const PAGE_SIZE = 1000;
const MAX_PAGES = 1_000_000;
/** Continuation references of a search that are kept. */
export const MAX_REFERRALS = 1000;

/** How far one attempt of a search has come. */
export type Attempt = {
  pages: number;
  entries: number;
  /** Set when no session could be opened. */
  unconnected: boolean;
  /** What the caller's own code threw, which is no failure of the source. */
  foreign: unknown;
  referrals: string[];
};

/** One search that is being read: where its pages are kept, and who is told of continuation references. */
export type Pages = {
  readonly request: Search;
  readonly done: Attempt;
  readonly kept: Recollection;
  readonly signal: AbortSignal;
  readonly refer: (uris: readonly string[], facet: FacetName) => void;
};

type Page = { readonly answer: Promise<SearchResult>; readonly paging: Control | undefined };

/** Reads all pages of a search over one session; rejects with whatever went wrong, and notes in `done.foreign` what the taker threw. */
export async function readPages({ client, usable }: Session, pages: Pages, take: Take): Promise<void> {
  const { request, done, kept, signal, refer } = pages;
  const seen = new Set<string>();
  const ask = (cookie: Buffer): Page => {
    signal.throwIfAborted();
    if (!usable()) throw new Error('the connection was lost between two pages');
    const paging =
      request.scope === 'base' || request.whole ? undefined : pagingControl(request.pageSize ?? PAGE_SIZE, cookie);
    const answer = client.search(
      request.base,
      {
        scope: request.scope,
        filter: request.filter,
        attributes: [...request.attributes],
        explicitBufferAttributes: everyAttributeRaw,
        timeLimit: 0,
      },
      [...(request.controls?.() ?? []), ...(paging === undefined ? [] : [paging])],
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
    const astray = result.searchReferences.find(uri => isAstray(uri, request.base));
    if (astray === undefined) done.referrals.push(...result.searchReferences.slice(0, MAX_REFERRALS).map(oneLine));
    refer(done.referrals, request.facet);
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
