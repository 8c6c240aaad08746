import { createSecureContext } from 'node:tls';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Agent, type Dispatcher, request } from 'undici';
import { reasonOf } from '../../base/index.ts';
import { badAnswer, GraphFailure, scrub } from './failure.ts';
import { trustedAuthorities } from './trust.ts';

/** One request, ready to send. */
export type Outgoing = {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly expects: 'json' | 'text';
};

/** A complete answer: read to its end, decompressed, valid UTF-8, of the expected type, and JSON where that is expected. */
export type Answer = {
  readonly text: string;
  readonly json: unknown;
  readonly date: string | undefined;
  readonly billed: Billed;
};

/** What an answer says of its price: the resource units it cost, and the share of the quota that is used up; undefined when it says nothing usable. */
export type Billed = { readonly units: number | undefined; readonly share: number | undefined };

const MAX_BODY_BYTES = 64 * 1024 * 1024;
const unzip = promisify(gunzip);

/** Sockets to one origin: bounded, HTTP/1.1, trusting the usual roots and the extra authorities. Throws an input error on a PEM that is none. */
export function openAgent(ca: string | undefined, connections: number, attemptTimeoutMs: number): Agent {
  const secureContext = createSecureContext({ ca: trustedAuthorities(ca) });
  return new Agent({
    connections,
    pipelining: 1,
    // HTTP/1.1 says in plain sight whether an answer's end is proven (length or chunks).
    allowH2: false,
    connect: { secureContext, timeout: Math.min(attemptTimeoutMs, 30_000) },
  });
}

/** Sends once and reads the whole answer, or throws a GraphFailure; never follows a redirect. */
export async function exchangeOnce(
  dispatcher: Dispatcher,
  outgoing: Outgoing,
  timeoutMs: number,
  stop: AbortSignal,
): Promise<Answer> {
  const attempt = new AbortController();
  const onStop = () => attempt.abort();
  stop.addEventListener('abort', onStop);
  const timer = setTimeout(onStop, timeoutMs);
  try {
    if (stop.aborted) attempt.abort();
    const { url, method, headers, body } = outgoing;
    const response = await request(url, {
      dispatcher,
      method,
      headers: { ...headers, 'accept-encoding': 'gzip', 'user-agent': 'tallystick' },
      body: body ?? null,
      signal: attempt.signal,
    });
    const bytes = await readBody(response);
    return judge(response, await decode(response, bytes), outgoing.expects);
  } catch (thrown) {
    if (thrown instanceof GraphFailure) throw thrown;
    if (stop.aborted) throw new GraphFailure('stopped', 'the collection was stopped');
    if (attempt.signal.aborted) throw new GraphFailure('network', `no complete answer within ${timeoutMs / 1000} s`);
    throw networkFailure(thrown);
  } finally {
    clearTimeout(timer);
    stop.removeEventListener('abort', onStop);
  }
}

async function readBody(response: Dispatcher.ResponseData): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) {
      response.body.destroy();
      throw badAnswer(`more than ${MAX_BODY_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  const length = header(response, 'content-length');
  const proven = length === undefined ? /chunked/i.test(header(response, 'transfer-encoding') ?? '') : true;
  if (response.statusCode === 200 && !proven) throw badAnswer('neither a length nor chunks prove its end');
  if (length !== undefined && Number(length) !== size) throw badAnswer(`${size} of ${length} bytes`);
  return Buffer.concat(chunks);
}

async function decode(response: Dispatcher.ResponseData, bytes: Buffer): Promise<string> {
  const encoding = header(response, 'content-encoding')?.trim().toLowerCase() ?? 'identity';
  try {
    if (encoding !== 'gzip' && encoding !== 'identity' && encoding !== '')
      throw badAnswer(`encoding ${scrub(encoding, 40)}`);
    const plain = encoding === 'gzip' ? await unzip(bytes, { maxOutputLength: MAX_BODY_BYTES }) : bytes;
    return new TextDecoder('utf-8', { fatal: true }).decode(plain);
  } catch (thrown) {
    // An error page may be mangled without harm: its status says enough.
    if (response.statusCode >= 400) return '';
    throw thrown instanceof GraphFailure ? thrown : badAnswer('broken compression or characters', thrown);
  }
}

function judge(response: Dispatcher.ResponseData, text: string, expects: 'json' | 'text'): Answer {
  const status = response.statusCode;
  if (status >= 300 && status < 400) throw new GraphFailure('status', 'the server redirects elsewhere', { status });
  if (status >= 400) throw refusal(response, text);
  if (status !== 200) throw badAnswer(`status ${status}`);
  const type = header(response, 'content-type')?.split(';')[0]?.trim().toLowerCase();
  const date = header(response, 'date');
  const billed = billedBy(name => header(response, name));
  if (expects === 'text') {
    if (type !== 'text/plain') throw badAnswer(`content type ${scrub(type ?? 'none', 60)}`);
    return { text, json: undefined, date, billed };
  }
  if (type !== 'application/json') throw badAnswer(`content type ${scrub(type ?? 'none', 60)}`);
  const json = parse(text);
  if (json === undefined) throw badAnswer('no valid JSON');
  const code = errorOf(json)?.code;
  if (code !== undefined) throw badAnswer(`an error inside a success: ${code}`);
  return { text, json, date, billed };
}

function refusal(response: Dispatcher.ResponseData, text: string): GraphFailure {
  const status = response.statusCode;
  const error = errorOf(parse(text));
  const words = [error?.code, error?.message].filter(part => part !== undefined && part !== '').join(': ');
  return new GraphFailure('status', `status ${status}${words === '' ? '' : ` ${words}`}`, {
    status,
    code: error?.code,
    retryAfterMs: retryAfter(header(response, 'retry-after'), header(response, 'date')),
  });
}

/** Graph's error object of an answer, scrubbed; undefined when there is none. */
export function errorOf(json: unknown): { readonly code: string; readonly message: string } | undefined {
  if (json === null || typeof json !== 'object' || !('error' in json)) return undefined;
  const { error } = json;
  const field = (name: string): unknown =>
    error !== null && typeof error === 'object' ? (error as Readonly<Record<string, unknown>>)[name] : undefined;
  const text = (value: unknown, limit: number) => (typeof value === 'string' ? scrub(value, limit) : '');
  return { code: text(field('code'), 80) || 'unnamed', message: text(field('message'), 200) };
}

/** Reads the price of an answer, or of a part of a batch, from its headers by their names in lower case. */
export function billedBy(header: (name: string) => unknown): Billed {
  const read = (name: string, most: number) => {
    const value = Number(header(name) ?? Number.NaN);
    return value > 0 && value <= most ? value : undefined;
  };
  return { units: read('x-ms-resource-unit', 1000), share: read('x-ms-throttle-limit-percentage', 100) };
}

/** Milliseconds to wait by a Retry-After header (seconds or a date, measured from the server's own Date); undefined when it says nothing usable. */
export function retryAfter(value: string | undefined, serverDate: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^\s*\d{1,9}\s*$/.test(value)) return Number(value) * 1000;
  const until = Date.parse(value);
  const from = Date.parse(serverDate ?? '');
  return Number.isNaN(until) || Number.isNaN(from) || until <= from ? undefined : until - from;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function header(response: Dispatcher.ResponseData, name: string): string | undefined {
  const value = response.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function networkFailure(thrown: unknown): GraphFailure {
  const code = isCoded(thrown) && typeof thrown.code === 'string' ? thrown.code : '';
  const certificate = /CERT|ISSUER|SELF_SIGNED|ALTNAME|UNABLE_TO_VERIFY|^ERR_(TLS|SSL)|^EPROTO/.test(code);
  const words = wordsOf(thrown) || code;
  const text = code !== '' && !words.includes(code) ? `${words} (${code})` : words;
  return new GraphFailure(certificate ? 'certificate' : 'network', text, { code, cause: thrown });
}

function isCoded(thrown: unknown): thrown is { readonly code: unknown } {
  return thrown !== null && typeof thrown === 'object' && 'code' in thrown;
}

function wordsOf(thrown: unknown): string {
  return scrub(reasonOf(thrown));
}
