import { JSON_TYPE } from './call.ts';
import {
  always,
  bytes,
  type FaultKindEntry,
  isPage,
  items,
  kind,
  refusal,
  rewrite,
  wire,
  withoutNext,
} from './fault-effect.ts';

const INVALID = Buffer.from([0xff, 0xfe]);

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

function breakText(body: Buffer): Buffer {
  // Into the last string value, so that a decoder which replaces bad bytes still finds valid JSON.
  const at = body.lastIndexOf('"');
  return at < 0 ? Buffer.concat([body, INVALID]) : Buffer.concat([body.subarray(0, at), INVALID, body.subarray(at)]);
}

/** Kinds that break the connection, its framing, or the bytes and type of a body. */
export const wireFaults = {
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
} as const satisfies Readonly<Record<string, FaultKindEntry>>;
