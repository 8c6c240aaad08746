/** The two words of the double: a request as the routes see it, and the answer that is sent back. */

/** Version segment of the URL. */
export type Version = 'v1.0' | 'beta';

/** A request to the API, whether its own or one inside a batch. */
export type Call = {
  readonly method: string;
  readonly version: Version;
  /** Decoded path segments after the version. */
  readonly segments: readonly string[];
  /** Path with version, still encoded. */
  readonly path: string;
  /** Query string without `?`, still encoded. */
  readonly search: string;
  readonly query: ReadonlyMap<string, string>;
  /** Header names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** Whether it came inside a batch. */
  readonly inner: boolean;
};

/** How the bytes of an answer go over the wire; everything but `plain` is broken on purpose. */
export type Wire =
  | 'plain'
  | 'reset-before-headers'
  | 'reset-mid-body'
  | 'reset-mid-chunk'
  | 'hang'
  | 'hang-mid-body'
  | 'close-delimited'
  | 'gzip-truncated'
  | 'gzip-without-trailer';

/** A complete answer. `missing` is for answers that a batch forgets. */
export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
  readonly ru: number;
  readonly wire?: Wire;
  readonly missing?: boolean;
};

/** What the handlers know about the double that they belong to. */
export type Surroundings = {
  /** `https://host:port`, without a trailing slash. */
  readonly endpoint: string;
  readonly now: () => number;
  readonly seed: number;
  /** Largest page the double gives, whatever `$top` asks for. */
  readonly pageCap: number;
  /** Most member references on one page of `/groups/delta`. */
  readonly deltaMembers: number;
  readonly nextRequestId: () => string;
};

/** The content type of Graph's JSON answers. */
export const JSON_TYPE =
  'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8';

/** A successful JSON answer from text that is already JSON. */
export function answerJson(body: string): Answer {
  return { status: 200, headers: { 'content-type': JSON_TYPE, 'odata-version': '4.0' }, body, ru: 0 };
}

/** A plain-text answer, as `/$count` gives. */
export function answerText(body: string): Answer {
  return { status: 200, headers: { 'content-type': 'text/plain', 'odata-version': '4.0' }, body, ru: 0 };
}

/** Graph's error body with its three correlation fields. */
export function errorBody(code: string, message: string, requestId: string, now: number, clientId = requestId): string {
  const date = new Date(now).toISOString().slice(0, 19);
  return JSON.stringify({
    error: { code, message, innerError: { date, 'request-id': requestId, 'client-request-id': clientId } },
  });
}

/** A refusal with Graph's error body. */
export function refuse(
  around: Surroundings,
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const requestId = around.nextRequestId();
  return {
    status,
    headers: { 'content-type': 'application/json', 'request-id': requestId, ...headers },
    body: errorBody(code, message, requestId, around.now()),
    ru: 0,
  };
}

/** Splits a query string into decoded parameters; `undefined` when a parameter is repeated or badly encoded. */
export function parseQuery(search: string): ReadonlyMap<string, string> | undefined {
  const query = new Map<string, string>();
  for (const part of search.split('&')) {
    if (part === '') continue;
    const at = part.indexOf('=');
    try {
      const key = decodeURIComponent((at < 0 ? part : part.slice(0, at)).replaceAll('+', ' '));
      if (query.has(key)) return undefined;
      query.set(key, at < 0 ? '' : decodeURIComponent(part.slice(at + 1).replaceAll('+', ' ')));
    } catch {
      return undefined;
    }
  }
  return query;
}

/** A small seeded generator of numbers in [0, 1) (mulberry32), so that every run of a test draws the same. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
