import { GraphClientError } from '@microsoft/microsoft-graph-client';

/**
 * Why a request did not yield an answer: the server's status, the network, an answer that is not what Graph sends, sign-in, the deadline, or a stop
 * asked for by the caller.
 */
export type FailureCause = 'status' | 'network' | 'certificate' | 'answer' | 'sign-in' | 'late' | 'stopped';

/** What is known about a failure besides its sentence. */
export type FailureDetails = {
  readonly status?: number;
  readonly code?: string | undefined;
  /** How long the server asked to wait, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
};

/** A failed exchange with Microsoft Graph; `message` is one sentence without secrets. The SDK passes on its own error class untouched, hence the parent. */
export class GraphFailure extends GraphClientError {
  readonly why: FailureCause;
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(why: FailureCause, message: string, details: FailureDetails = {}) {
    super(message);
    // GraphClientError's constructor resets the prototype to its own.
    Object.setPrototypeOf(this, GraphFailure.prototype);
    this.name = 'GraphFailure';
    this.why = why;
    this.status = details.status;
    this.code = details.code;
    this.retryAfterMs = details.retryAfterMs;
    if (details.cause !== undefined) this.cause = details.cause;
  }
}

const RETRYABLE = new Set([408, 429, 500, 502, 503, 504, 507, 509]);

/** Statuses of a service that is away, rather than of a request that it cannot answer. */
const OUTAGES = new Set([408, 502, 503, 504, 509]);

/** True when asking again may help. */
export function isTransient(failure: GraphFailure): boolean {
  if (failure.why === 'status') return RETRYABLE.has(failure.status ?? 0);
  return failure.why === 'network' || failure.why === 'answer';
}

/** How often a request is tried before its failure is believed. An outage of some minutes must not cost a collection of hours, an answer that is wrong stays wrong. */
export function triesFor(failure: GraphFailure): number {
  const outage = failure.why === 'network' || OUTAGES.has(failure.status ?? 0);
  return outage ? 14 : 6;
}

/** True when the server asked us to slow down: waited out until the deadline, never counted as a fault. */
export function isThrottle(failure: GraphFailure): boolean {
  return failure.status === 429 || (failure.status === 503 && failure.retryAfterMs !== undefined);
}

/** True when a page link died and the list has to be read again from its start. */
export function isExpiredPage(failure: GraphFailure): boolean {
  return failure.status === 410 || /ExpiredPageToken|InvalidPageToken|resyncRequired/i.test(failure.code ?? '');
}

/** An answer that is not what Graph documents. */
export function badAnswer(what: string, cause?: unknown): GraphFailure {
  return new GraphFailure('answer', `the answer is not what Microsoft Graph sends: ${what}`, { cause });
}

const CONTROL = /[\p{Cc}\u2028\u2029]+/gu;

/** Text from a server made fit for a report: one line, at most `limit` characters, nothing that looks like a token or assertion. */
export function scrub(text: string, limit = 240): string {
  const line = text
    .slice(0, 20_000)
    .replace(/eyJ[\w-]{4,}(\.[\w-]*){0,2}/g, '[token]')
    .replace(/\b(bearer|client_secret|client_assertion|password)\b(\s*[=:]?\s*)[^\s&,;]+/gi, '$1$2[secret]')
    .replace(CONTROL, ' ')
    .trim();
  return line.length > limit ? `${line.slice(0, limit)}…` : line;
}
