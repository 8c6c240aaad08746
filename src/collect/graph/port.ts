import { Client, type Context } from '@microsoft/microsoft-graph-client';
import type { Dispatcher } from 'undici';
import { AuditError } from '../../base/index.ts';
import { type Journal, noJournal, type Occasion } from '../../journal/index.ts';
import { costOf } from './cost.ts';
import { type Answer, exchangeOnce } from './exchange.ts';
import { badAnswer, GraphFailure, isThrottle, isTransient, triesFor } from './failure.ts';
import type { Governor } from './governor.ts';
import type { Pace } from './pace.ts';
import type { Tokens } from './tokens.ts';

/** Counters of one read, for the snapshot's query records; `since` is when the earliest answer of an interrupted run came, in milliseconds since 1970. */
export type Tally = { pages: number; retries: number; since?: number };

/** How to read one answer: where to count, and a check of its JSON (or text) that throws a GraphFailure `answer` when it is not as documented: it is then asked again. */
export type Reading = {
  readonly tally: Tally;
  readonly headers?: Readonly<Record<string, string>>;
  readonly check?: (content: unknown) => void;
  /** Resource units that the caller has already spent on the first attempt, and corrects itself; each further attempt costs as many again. */
  readonly paid?: number;
  /** Asked of the server also when an interrupted run was answered: what must be of now. */
  readonly live?: boolean;
};

/** Microsoft Graph in three verbs; URLs are absolute. All reject with a GraphFailure once retrying is pointless. */
export type GraphPort = {
  readonly get: (url: string, reading: Reading) => Promise<unknown>;
  readonly post: (url: string, body: object, reading: Reading) => Promise<unknown>;
  readonly count: (url: string, tally: Tally) => Promise<number>;
};

/** What the port needs of the world. */
export type Wiring = {
  readonly origin: string;
  readonly dispatcher: Dispatcher;
  readonly tokens: Tokens;
  readonly pace: Pace;
  readonly governor: Governor;
  readonly attemptTimeoutMs: number;
  readonly signal: AbortSignal;
  /** What an interrupted run was answered; default none. */
  readonly journal?: Journal;
  /** Told of every complete answer: the server's Date header. */
  readonly onAnswer: (date: string | undefined) => void;
};

/** An audit can wait: when the tenant's quota runs short, others go first. */
export const LOW_PRIORITY = { 'x-ms-throttle-priority': 'Low' } as const;
/** Before the host has answered at all, a typing mistake is likelier than a hiccup. */
const FAULTS_AT_FIRST_CONTACT = 3;

type Errand = Reading & {
  readonly url: string;
  readonly expects: 'json' | 'text';
  answer?: Answer;
};

/**
 * The official SDK with one strict middleware in place of its chain, whose retries, paging and parsing lose data without a word. The SDK rebuilds
 * URLs (it reorders and merges parameters), but page links are opaque: the middleware sends the URL exactly as it was given.
 */
export function openPort(wiring: Wiring): GraphPort {
  const { journal = noJournal } = wiring;
  const errands = new WeakMap<object, Errand>();
  let answered = false;
  const middleware = {
    execute: async (context: Context): Promise<void> => {
      const options: Readonly<Record<string, unknown>> = { ...context.options };
      const key = options.errand;
      const errand = typeof key === 'object' && key !== null ? errands.get(key) : undefined;
      if (errand === undefined) throw new GraphFailure('answer', 'a request came from outside the port');
      const body = typeof options.body === 'string' ? options.body : undefined;
      const answer = await insist(wiring, errand, body, {
        isFirst: () => !answered,
        onContact: () => {
          answered = true;
        },
      });
      errand.answer = answer;
      // The SDK would read the same text once more: what it is given is empty.
      context.response = new Response(null, { status: 204 });
    },
  };
  const client = Client.initWithMiddleware({ middleware });
  const send = async (errand: Errand, body?: object): Promise<Answer> => {
    const key = {};
    errands.set(key, errand);
    const request = client.api(errand.url).option('errand', key);
    await (body === undefined ? request.get() : request.post(body));
    if (errand.answer === undefined) throw new GraphFailure('answer', 'a request did not go through the port');
    return errand.answer;
  };
  // Outside of the SDK, which would disguise what goes wrong with the journal.
  const get = async (errand: Errand): Promise<unknown> => {
    const occasion = errand.live === true ? undefined : journal.ask(`${errand.expects} ${errand.url}`);
    const known = occasion === undefined ? undefined : await recallAnswer(occasion, errand.tally, wiring.signal);
    if (known !== undefined) return errand.expects === 'json' ? parseKept(known) : known;
    const { text, json } = await send(errand);
    if (occasion !== undefined && journal !== noJournal) await occasion.keep(Buffer.from(text));
    return errand.expects === 'json' ? json : text;
  };
  return {
    get: (url, reading) => get({ ...reading, url, expects: 'json' }),
    post: async (url, body, reading) => (await send({ ...reading, url, expects: 'json' }, body)).json,
    count: async (url, tally) => {
      // $count exists in the eventually consistent index only.
      const headers = { consistencylevel: 'eventual' };
      const check = (text: unknown) => void readCount(text);
      return readCount(await get({ url, tally, headers, check, expects: 'text' }));
    },
  };
}

/** An answer that was kept, as text; undefined when there is none. */
export async function recallAnswer(occasion: Occasion, tally: Tally, signal: AbortSignal): Promise<string | undefined> {
  const known = await occasion.recall();
  if (known === undefined) return undefined;
  if (signal.aborted) throw new GraphFailure('stopped', 'the collection was stopped');
  tally.since = Math.min(tally.since ?? known.at, known.at);
  return known.content.toString('utf8');
}

/** The JSON of an answer that was kept. */
export function parseKept(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const what = 'the state of the interrupted collection does not verify: an answer is no JSON';
    throw new AuditError('integrity', what, { cause });
  }
}

function readCount(text: unknown): number {
  // Graph puts a byte order mark before the number.
  const digits = typeof text === 'string' ? text.replace(/^\ufeff/, '').trim() : '';
  if (!/^\d{1,12}$/.test(digits)) throw badAnswer('a count that is no number');
  return Number(digits);
}

/** Asks until there is a complete and plausible answer, or until asking again is pointless. */
async function insist(
  wiring: Wiring,
  errand: Errand,
  body: string | undefined,
  contact: { readonly isFirst: () => boolean; readonly onContact: () => void },
): Promise<Answer> {
  const { tokens, pace, governor } = wiring;
  let paid = errand.paid;
  let faults = 0;
  let throttles = 0;
  let signedInAgain = false;
  for (;;) {
    let token = '';
    if (paid === undefined) await governor.spend(errand.paid ?? costOf(errand.url), 'urgent');
    paid = undefined;
    const answered = await governor.admit(errand.url);
    const attempt = async () => {
      token = await tokens.current();
      const answer = await exchange(wiring, errand, body, token);
      contact.onContact();
      wiring.onAnswer(answer.date);
      settle(governor, errand, answer);
      errand.check?.(errand.expects === 'json' ? answer.json : answer.text);
      return answer;
    };
    try {
      return await pace.turn(attempt).finally(answered);
    } catch (thrown) {
      if (!(thrown instanceof GraphFailure)) throw thrown;
      if (thrown.why === 'status') contact.onContact();
      errand.tally.retries++;
      if (thrown.status === 401 && !signedInAgain) {
        signedInAgain = true;
        await tokens.renew(token);
      } else if (isThrottle(thrown)) {
        throttles++;
        if (thrown.status === 429) governor.slowDown();
        await pace.pause(Math.max(thrown.retryAfterMs ?? 0, pace.backoff(throttles)), thrown.message);
      } else {
        faults++;
        const tries = contact.isFirst() ? FAULTS_AT_FIRST_CONTACT : triesFor(thrown);
        if (!isTransient(thrown) || faults >= tries) {
          errand.tally.retries--;
          throw thrown;
        }
        await pace.rest(Math.max(thrown.retryAfterMs ?? 0, pace.backoff(faults)), thrown.message);
      }
    }
  }
}

/** Corrects the estimate of a single request. Whoever paid in advance reads the bills of the parts. */
function settle(governor: Governor, errand: Errand, { billed }: Answer): void {
  if (billed.units !== undefined && errand.paid === undefined) governor.correct(billed.units - costOf(errand.url));
  if (billed.share !== undefined) governor.heed(billed.share);
}

function exchange(wiring: Wiring, errand: Errand, body: string | undefined, token: string): Promise<Answer> {
  // Never hand the token to another host, whatever a page link says.
  if (new URL(errand.url).origin !== wiring.origin) throw badAnswer('a link to another host');
  const headers = {
    ...errand.headers,
    accept: errand.expects === 'json' ? 'application/json' : 'text/plain',
    authorization: `Bearer ${token}`,
    ...LOW_PRIORITY,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  const outgoing = { url: errand.url, method: body === undefined ? 'GET' : 'POST', headers, body } as const;
  return exchangeOnce(
    wiring.dispatcher,
    { ...outgoing, expects: errand.expects },
    wiring.attemptTimeoutMs,
    wiring.signal,
  );
}
