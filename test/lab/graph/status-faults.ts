import {
  elsewhere,
  type FaultKindEntry,
  inner,
  isDelta,
  isPage,
  kind,
  refusal,
  rewrite,
  type Subject,
} from './fault-effect.ts';

const TOO_MANY = ['TooManyRequests', 'Too Many Requests'] as const;
const asked = (value: string): string => value;

function redirect(to: (subject: Subject) => string): FaultKindEntry['change'] {
  return subject => ({ status: 302, headers: { location: to(subject) }, body: '', ru: 0 });
}

/** Kinds that replace the answer by another status. */
export const statusFaults = {
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
} as const satisfies Readonly<Record<string, FaultKindEntry>>;

/** Kinds for steps of batches. */
export const stepFaults = {
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
