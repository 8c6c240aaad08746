import type { IncomingMessage } from 'node:http';
import { type Call, parseQuery } from './call.ts';

const LARGEST_BODY = 4 * 1024 * 1024;

/** Reads a request body. Rejects when it is larger than 4 MiB or the client hangs up. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > LARGEST_BODY) throw new RangeError('The request body is too large.');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString();
}

function decodeSegments(path: string): readonly string[] | undefined {
  try {
    return path
      .split('/')
      .slice(2)
      .filter(part => part !== '')
      .map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

/** Reads a request. One that is not for the API, or cannot be read, has no segments. */
export function readCall(request: IncomingMessage, body: string): Call {
  const [path = '', ...rest] = (request.url ?? '').split('?');
  const search = rest.join('?');
  const version = path.split('/')[1];
  const query = parseQuery(search);
  const segments = query === undefined ? undefined : decodeSegments(path);
  const readable = version === 'v1.0' || version === 'beta';
  return {
    method: request.method ?? 'GET',
    version: version === 'beta' ? 'beta' : 'v1.0',
    segments: readable && segments !== undefined ? segments : [],
    path,
    search,
    query: query ?? new Map(),
    headers: new Map(Object.entries(request.headers).map(([name, value]) => [name, String(value)])),
    body,
    inner: false,
  };
}
