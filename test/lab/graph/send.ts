import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip as gzipCallback, gzipSync } from 'node:zlib';
import type { Answer } from './call.ts';

const gzip = promisify(gzipCallback);
/** Smaller answers are not worth compressing. */
const SMALLEST_GZIP = 1024;
/** Length of the CRC and size at the end of a gzip stream. */
const GZIP_TRAILER = 8;
const FAST = { level: 1 } as const;

function sendWhole(response: ServerResponse, status: number, headers: Record<string, string>, body: Buffer): void {
  const bare = status === 204 || status === 304;
  response.writeHead(status, bare ? headers : { ...headers, 'content-length': String(body.length) });
  response.end(bare ? undefined : body);
}

function sendHalf(
  response: ServerResponse,
  headers: Record<string, string>,
  body: Buffer,
  status: number,
  then: () => void,
): void {
  response.writeHead(status, headers);
  response.write(body.subarray(0, Math.ceil(body.length / 2)), () => setTimeout(then, 5));
}

/** Writes an answer to the wire, compressed when the client accepts it, or broken in the way the answer asks for. */
export async function send(request: IncomingMessage, response: ServerResponse, answer: Answer): Promise<void> {
  const body = typeof answer.body === 'string' ? Buffer.from(answer.body) : answer.body;
  const headers = { ...answer.headers };
  const cut = (): void => void request.socket.destroy();
  switch (answer.wire ?? 'plain') {
    case 'reset-before-headers':
      return cut();
    case 'reset-mid-body':
      return sendHalf(response, { ...headers, 'content-length': String(body.length) }, body, answer.status, cut);
    case 'reset-mid-chunk':
      return sendHalf(response, headers, body, answer.status, cut);
    case 'hang':
      return;
    case 'hang-mid-body':
      return sendHalf(response, { ...headers, 'content-length': String(body.length) }, body, answer.status, () => {});
    case 'close-delimited':
      response.shouldKeepAlive = false;
      response.useChunkedEncodingByDefault = false;
      response.removeHeader('transfer-encoding');
      response.writeHead(answer.status, { ...headers, connection: 'close' });
      response.end(body);
      return;
    case 'gzip-truncated': {
      const packed = gzipSync(body, FAST);
      const half = packed.subarray(0, Math.ceil(packed.length / 2));
      return sendWhole(response, answer.status, { ...headers, 'content-encoding': 'gzip' }, half);
    }
    case 'gzip-without-trailer': {
      const packed = gzipSync(body, FAST);
      return sendWhole(
        response,
        answer.status,
        { ...headers, 'content-encoding': 'gzip' },
        packed.subarray(0, -GZIP_TRAILER),
      );
    }
    case 'plain':
      break;
  }
  if (body.length < SMALLEST_GZIP || !/\bgzip\b/.test(String(request.headers['accept-encoding'] ?? '')))
    return sendWhole(response, answer.status, headers, body);
  const packed = await gzip(body, FAST);
  // Chunked, as Graph sends it.
  response.writeHead(answer.status, { ...headers, 'content-encoding': 'gzip' });
  response.end(packed);
}
