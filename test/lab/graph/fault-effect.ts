import { type Answer, type Call, errorBody, type Surroundings, type Wire } from './call.ts';

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

/** A JSON object with, as a rule, `value`. */
export type Page = Record<string, unknown> & { value?: unknown };

/** The body as a JSON object, copied; `undefined` when it is none. */
export function readPage({ body }: Answer): Page | undefined {
  try {
    const parsed: unknown = JSON.parse(body.toString());
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? { ...parsed } : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the answer is a page of a list. */
export function isPage({ answer }: Subject): boolean {
  return answer.status === 200 && Array.isArray(readPage(answer)?.value);
}

/** Whether the answer is a page that is not the last. */
export function hasNext(subject: Subject): boolean {
  return isPage(subject) && readPage(subject.answer)?.['@odata.nextLink'] !== undefined;
}

/** Whether the answer is a JSON object. */
export function isJson({ answer }: Subject): boolean {
  return answer.status === 200 && readPage(answer) !== undefined;
}

/** Whether the delta function was asked. */
export function isDelta({ call }: Subject): boolean {
  return call.segments[1]?.includes('delta') === true;
}

/** For kinds that suit every request. */
export function always(): boolean {
  return true;
}

/** Changes the JSON of an answer. */
export function rewrite(change: (page: Page, subject: Subject) => unknown): FaultKindEntry['change'] {
  return subject => ({ ...subject.answer, body: JSON.stringify(change(readPage(subject.answer) ?? {}, subject)) });
}

/** A page whose items were changed; everything else stays. */
export function items(change: (value: readonly unknown[]) => readonly unknown[]): FaultKindEntry['change'] {
  return rewrite(page => ({ ...page, value: change(Array.isArray(page.value) ? page.value : []) }));
}

/** Gives a page another next link; a page that was the last gets one too. */
export function link(make: (subject: Subject, next: string) => string): FaultKindEntry['change'] {
  return rewrite((page, subject) => {
    const { '@odata.deltaLink': _, ...rest } = page;
    const next = page['@odata.nextLink'];
    const fallback = `${subject.around.endpoint}${subject.call.path}?${subject.call.search}`;
    return { ...rest, '@odata.nextLink': make(subject, typeof next === 'string' ? next : fallback) };
  });
}

/** Replaces the answer by a refusal with Graph's error body; `retry` makes the Retry-After header. */
export function refusal(
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

/** A kind for requests and steps of batches, unless the scope says otherwise. */
export function kind(
  about: string,
  change: FaultKindEntry['change'],
  applies: FaultKindEntry['applies'] = always,
  scope: FaultKindEntry['scope'] = 'any',
): FaultKindEntry {
  return { about, change, applies, scope };
}

/** A kind that breaks the connection or the framing. */
export function wire(about: string, how: Wire): FaultKindEntry {
  return kind(about, ({ answer }) => ({ ...answer, wire: how }), always, 'wire');
}

/** A kind for steps of batches. */
export function inner(
  about: string,
  change: FaultKindEntry['change'],
  applies: FaultKindEntry['applies'] = always,
): FaultKindEntry {
  return kind(about, change, applies, 'inner');
}

/** A kind that spoils the bytes of a JSON body. */
export function bytes(about: string, change: (body: Buffer) => Buffer): FaultKindEntry {
  const cut: FaultKindEntry['change'] = ({ answer }) => ({ ...answer, body: change(Buffer.from(answer.body)) });
  return kind(about, cut, isJson, 'wire');
}

/** The same server under a name that is not the endpoint's. */
export function elsewhere(url: string): string {
  return url.replace('//127.0.0.1', '//localhost');
}

/** A page without its next link. */
export function withoutNext(page: Page): Page {
  const { '@odata.nextLink': _, ...rest } = page;
  return rest;
}
