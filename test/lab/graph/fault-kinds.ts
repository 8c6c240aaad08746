import { type Answer, type Call, errorBody, JSON_TYPE, type Surroundings, type Wire } from './call.ts';

/** What a fault can look at. */
export type Subject = {
  readonly call: Call;
  readonly answer: Answer;
  readonly around: Surroundings;
  /** Value of `Retry-After` where the kind sends one. */
  readonly retryAfter: string;
};

/** One way to fail. Where it does not apply, it leaves the request alone and is not used up. */
export type FaultKindEntry = {
  readonly about: string;
  readonly applies: (subject: Subject) => boolean;
  readonly change: (subject: Subject) => Answer;
  /** `inner`: only steps of a batch; `wire`: only a request of its own, because it breaks the connection or its bytes. */
  readonly scope: 'any' | 'inner' | 'wire';
};

type Page = Record<string, unknown> & { value?: unknown };

function readPage({ body }: Answer): Page | undefined {
  try {
    const parsed: unknown = JSON.parse(body.toString());
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? { ...parsed } : undefined;
  } catch {
    return undefined;
  }
}

function isPage({ answer }: Subject): boolean {
  return answer.status === 200 && Array.isArray(readPage(answer)?.value);
}

function hasNext(subject: Subject): boolean {
  return isPage(subject) && readPage(subject.answer)?.['@odata.nextLink'] !== undefined;
}

function isJson({ answer }: Subject): boolean {
  return answer.status === 200 && readPage(answer) !== undefined;
}

function isDelta({ call }: Subject): boolean {
  return call.segments[1]?.includes('delta') === true;
}

function always(): boolean {
  return true;
}

function rewrite(change: (page: Page, subject: Subject) => unknown): FaultKindEntry['change'] {
  return subject => ({ ...subject.answer, body: JSON.stringify(change(readPage(subject.answer) ?? {}, subject)) });
}

/** A page whose items were changed; everything else stays. */
function items(change: (value: readonly unknown[]) => readonly unknown[]): FaultKindEntry['change'] {
  return rewrite(page => ({ ...page, value: change(Array.isArray(page.value) ? page.value : []) }));
}

function link(make: (subject: Subject, next: string) => string): FaultKindEntry['change'] {
  return rewrite((page, subject) => {
    const { '@odata.deltaLink': _, ...rest } = page;
    const next = page['@odata.nextLink'];
    const fallback = `${subject.around.endpoint}${subject.call.path}?${subject.call.search}`;
    return { ...rest, '@odata.nextLink': make(subject, typeof next === 'string' ? next : fallback) };
  });
}

function refusal(
  status: number,
  code: string,
  message: string,
  retry?: (asked: string) => string,
): FaultKindEntry['change'] {
  return ({ around, retryAfter }) => {
    const requestId = around.nextRequestId();
    const headers = { 'content-type': 'application/json', 'request-id': requestId };
    const body = errorBody(code, message, requestId, around.now());
    return {
      status,
      headers: retry === undefined ? headers : { ...headers, 'retry-after': retry(retryAfter) },
      body,
      ru: 0,
    };
  };
}

function kind(
  about: string,
  change: FaultKindEntry['change'],
  applies: FaultKindEntry['applies'] = always,
  scope: FaultKindEntry['scope'] = 'any',
): FaultKindEntry {
  return { about, change, applies, scope };
}

function wire(about: string, how: Wire): FaultKindEntry {
  return kind(about, ({ answer }) => ({ ...answer, wire: how }), always, 'wire');
}

function inner(
  about: string,
  change: FaultKindEntry['change'],
  applies: FaultKindEntry['applies'] = always,
): FaultKindEntry {
  return kind(about, change, applies, 'inner');
}

function bytes(about: string, change: (body: Buffer) => Buffer): FaultKindEntry {
  const cut: FaultKindEntry['change'] = ({ answer }) => ({ ...answer, body: change(Buffer.from(answer.body)) });
  return kind(about, cut, isJson, 'wire');
}

function html(status: number): FaultKindEntry['change'] {
  return ({ answer }) => ({
    status,
    headers: { 'content-type': 'text/html; charset=utf-8' },
    body: `<!DOCTYPE html><html><title>${status === 200 ? 'Sign in to the network' : 'Server Error'}</title></html>`,
    ru: answer.ru,
  });
}

function withoutType(type?: string): FaultKindEntry['change'] {
  return ({ answer }) => {
    const { 'content-type': _, ...headers } = answer.headers;
    return { ...answer, headers: type === undefined ? headers : { ...headers, 'content-type': type } };
  };
}

function redirect(to: (subject: Subject) => string): FaultKindEntry['change'] {
  return subject => ({ status: 302, headers: { location: to(subject) }, body: '', ru: 0 });
}

/** The same server under a name that is not the endpoint's. */
function elsewhere(url: string): string {
  return url.replace('//127.0.0.1', '//localhost');
}

const TOO_MANY = ['TooManyRequests', 'Too Many Requests'] as const;
const asked = (value: string): string => value;
const INVALID = Buffer.from([0xff, 0xfe]);

function breakText(body: Buffer): Buffer {
  // Into the last string value, so that a decoder which replaces bad bytes still finds valid JSON.
  const at = body.lastIndexOf('"');
  return at < 0 ? Buffer.concat([body, INVALID]) : Buffer.concat([body.subarray(0, at), INVALID, body.subarray(at)]);
}

function withoutNext(page: Page): Page {
  const { '@odata.nextLink': _, ...rest } = page;
  return rest;
}

function isCounted(subject: Subject): boolean {
  if (subject.answer.status !== 200) return false;
  return subject.call.segments.at(-1) === '$count' || readPage(subject.answer)?.['@odata.count'] !== undefined;
}

function miscount(subject: Subject): Answer {
  if (subject.call.segments.at(-1) === '$count')
    return { ...subject.answer, body: String(Number(subject.answer.body) + 1) };
  return rewrite(page => ({ ...page, '@odata.count': Number(page['@odata.count']) + 1 }))(subject);
}

/** Every way the double can fail. */
export const faultKinds = {
  'status-429-retry-after': kind('throttled, with Retry-After', refusal(429, ...TOO_MANY, asked)),
  'status-429-no-retry-after': kind('throttled, without Retry-After', refusal(429, ...TOO_MANY)),
  'status-429-empty-retry-after': kind(
    'throttled, with an empty Retry-After',
    refusal(429, ...TOO_MANY, () => ''),
  ),
  'status-429-garbage-retry-after': kind(
    'throttled, Retry-After makes no sense',
    refusal(429, ...TOO_MANY, () => 'soon'),
  ),
  'status-429-long-retry-after': kind(
    'throttled for longer than three minutes',
    refusal(429, ...TOO_MANY, () => '400'),
  ),
  'status-503': kind('unavailable', refusal(503, 'serviceNotAvailable', 'Service unavailable.')),
  'status-503-retry-after': kind('unavailable, with Retry-After', refusal(503, 'serviceNotAvailable', 'Busy.', asked)),
  'status-504': kind('gateway timeout', refusal(504, 'GatewayTimeout', 'Timed out.')),
  'status-408': kind('request timeout', refusal(408, 'RequestTimeout', 'Timed out.')),
  'status-500': kind('internal error with Graph body', refusal(500, 'InternalServerError', 'Unknown error.')),
  'status-502': kind('bad gateway', refusal(502, 'BadGateway', 'Bad gateway.')),
  'status-507': kind('insufficient storage', refusal(507, 'InsufficientStorage', 'Out of storage.')),
  'status-509': kind('bandwidth limit', refusal(509, 'BandwidthLimitExceeded', 'Too much.')),
  'status-501': kind('not implemented in this cloud', refusal(501, 'NotImplemented', 'Not implemented.')),
  'status-403': kind(
    'refused',
    refusal(403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.'),
  ),
  'status-404': kind('not found', refusal(404, 'Request_ResourceNotFound', 'Resource does not exist.')),
  '401-expired': kind(
    'token expired',
    refusal(401, 'InvalidAuthenticationToken', 'Lifetime validation failed, the token is expired.'),
  ),
  'reset-before-headers': wire('connection cut before the headers', 'reset-before-headers'),
  'reset-mid-body': wire('connection cut half-way through a body of known length', 'reset-mid-body'),
  'reset-mid-chunk': wire('connection cut half-way through a chunked body', 'reset-mid-chunk'),
  hang: wire('no answer at all', 'hang'),
  'hang-mid-body': wire('half a body, then silence', 'hang-mid-body'),
  'bad-gzip': wire('gzip stream cut in half', 'gzip-truncated'),
  'gzip-no-trailer': wire('gzip stream without its check sum', 'gzip-without-trailer'),
  'truncate-json': bytes('clean end, but only half the JSON', body => body.subarray(0, Math.ceil(body.length / 2))),
  'close-delimited': kind(
    'body without length, cut at a place where it is still valid JSON: half the items and no next link',
    subject => ({
      ...items(value => value.slice(0, Math.floor(value.length / 2)))({
        ...subject,
        answer: rewrite(withoutNext)(subject),
      }),
      wire: 'close-delimited',
    }),
    isPage,
    'wire',
  ),
  'invalid-utf8': bytes('two bytes that are no UTF-8', breakText),
  'html-200': kind('a page for people with status 200', html(200), always, 'wire'),
  '500-html': kind('a page for people with status 500', html(500), always, 'wire'),
  'no-content-type': kind('JSON without content type', withoutType(), always, 'wire'),
  'octet-stream': kind('JSON as octet-stream', withoutType('application/octet-stream'), always, 'wire'),
  'empty-body': kind('status 200 and nothing', ({ answer }) => ({ ...answer, body: '' })),
  '204': kind('status 204', ({ answer }) => ({ ...answer, status: 204, body: '' })),
  'error-200': kind('an error body with status 200', subject => ({
    ...refusal(503, 'serviceNotAvailable', 'Service unavailable.')(subject),
    headers: { 'content-type': JSON_TYPE },
    status: 200,
  })),
  'no-value': kind(
    'a page without value',
    rewrite(({ value: _, ...page }) => page),
    isPage,
  ),
  'null-value': kind(
    'a page whose value is null',
    rewrite(page => ({ ...page, value: null })),
    isPage,
  ),
  'empty-object': kind(
    '{} instead of a page',
    rewrite(() => ({})),
    isPage,
  ),
  'missing-nextlink': kind('the list ends too early', rewrite(withoutNext), hasNext),
  'self-nextlink': kind(
    'the next link leads to the same page',
    link(({ call, around }) => `${around.endpoint}${call.path}?${call.search}`),
    isPage,
  ),
  'foreign-nextlink': kind(
    'the next link leads to another host',
    link((_, next) => elsewhere(next)),
    isPage,
  ),
  'http-nextlink': kind(
    'the next link drops TLS',
    link((_, next) => next.replace('https:', 'http:')),
    isPage,
  ),
  'other-version-nextlink': kind(
    'the next link leads to another version',
    link(({ call }, next) => next.replace(`/${call.version}/`, call.version === 'beta' ? '/v1.0/' : '/beta/')),
    isPage,
  ),
  'null-nextlink': kind(
    'the next link is null',
    rewrite(page => ({ ...page, '@odata.nextLink': null })),
    hasNext,
  ),
  'empty-middle-page': kind(
    'an empty page whose next link leads to the real one: legal',
    rewrite(({ '@odata.deltaLink': _, ...page }, { call, around }) => ({
      ...page,
      '@odata.nextLink': `${around.endpoint}${call.path}?${call.search}${call.search === '' ? '' : '&'}empty=1`,
      value: [],
    })),
    subject => isPage(subject) && !subject.call.query.has('empty'),
  ),
  'duplicate-item': kind(
    'the last item twice',
    items(value => [...value, ...value.slice(-1)]),
    isPage,
  ),
  'lost-item': kind(
    'one item less',
    items(value => value.slice(0, -1)),
    isPage,
  ),
  'item-without-id': kind(
    'an item that has no id',
    items(value => value.map((item, index) => (index === 0 ? { displayName: 'nobody' } : item))),
    isPage,
  ),
  'expired-page-token': kind(
    'the page token expired in the middle of a list',
    refusal(
      400,
      'Directory_ExpiredPageToken',
      'The specified page token value has expired and can no longer be included in your request.',
    ),
    ({ call }) => call.query.has('$skiptoken'),
  ),
  redirect: kind(
    'redirected to another host',
    redirect(({ call, around }) => elsewhere(`${around.endpoint}${call.path}?${call.search}`)),
  ),
  'redirect-relative': kind(
    'redirected with a relative Location',
    redirect(({ call }) => `${call.path}?${call.search}`),
  ),
  '410-resync': kind(
    'the delta token is too old',
    subject => {
      const gone = refusal(410, 'resyncRequired', 'Resync required.')(subject);
      const location = `${subject.around.endpoint}${subject.call.path}?$deltatoken=`;
      return { ...gone, headers: { ...gone.headers, location } };
    },
    isDelta,
  ),
  'delta-no-link': kind(
    'a delta page with neither link',
    rewrite(({ '@odata.nextLink': _, '@odata.deltaLink': __, ...page }) => page),
    subject => isDelta(subject) && isPage(subject),
  ),
  'wrong-count': kind('a count that is one too high', miscount, isCounted),
  'inner-429': inner('a step is throttled', refusal(429, ...TOO_MANY, asked)),
  'inner-429-no-retry-after': inner('a step is throttled, without Retry-After', refusal(429, ...TOO_MANY)),
  'inner-503': inner('a step is unavailable', refusal(503, 'serviceNotAvailable', 'Service unavailable.')),
  'inner-504': inner('a step timed out', refusal(504, 'GatewayTimeout', 'Timed out.')),
  'inner-401': inner(
    'a step finds the token expired',
    refusal(401, 'InvalidAuthenticationToken', 'Lifetime validation failed, the token is expired.'),
  ),
  'inner-403': inner(
    'a step is refused',
    refusal(403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.'),
  ),
  'inner-404': inner('a step finds nothing', refusal(404, 'Request_ResourceNotFound', 'Resource does not exist.')),
  'inner-missing': inner('a step is forgotten', ({ answer }) => ({ ...answer, missing: true })),
  'inner-no-value': inner(
    'a step answers without value',
    rewrite(({ value: _, ...page }) => page),
    isPage,
  ),
  'inner-null-body': inner('a step answers null', ({ answer }) => ({ ...answer, body: '' })),
} as const satisfies Readonly<Record<string, FaultKindEntry>>;

/** Name of a kind. */
export type FaultKind = keyof typeof faultKinds;

/** Whether a text names a kind. */
export function isFaultKind(text: string): text is FaultKind {
  return text in faultKinds;
}
