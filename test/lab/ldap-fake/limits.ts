import type { FakePolicies } from './script.ts';

/** What a domain controller allows unless an administrator changed it; names and values are those of AD's LDAP policies. */
export const defaultPolicies: FakePolicies = { MaxPageSize: 1000, MaxValRange: 1500, MaxResultSetsPerConn: 10 };

/** What the root entry lists as `supportedLDAPPolicies` since Windows Server 2016. */
export const policyNames = [
  ...['MaxPoolThreads', 'MaxPercentDirSyncRequests', 'MaxDatagramRecv', 'MaxReceiveBuffer', 'InitRecvTimeout'],
  ...['MaxConnections', 'MaxConnIdleTime', 'MaxPageSize', 'MaxBatchReturnMessages', 'MaxQueryDuration'],
  ...['MaxDirSyncDuration', 'MaxTempTableSize', 'MaxResultSetSize', 'MinResultSets', 'MaxResultSetsPerConn'],
  ...[
    'MaxNotificationPerConn',
    'MaxValRange',
    'MaxValRangeTransitive',
    'ThreadMemoryLimit',
    'SystemMemoryLimitPercent',
  ],
] as const;

/** The cookies that a connection may still come back with. A domain controller keeps as many unfinished searches of it as its policy says, and forgets the oldest. */
export type Cookies = Set<string>;

/** Exchanges the cookie of a page for that of the next one; an empty one ends the search. */
export function exchangeCookie(cookies: Cookies, from: string, to: string, most: number): void {
  cookies.delete(from);
  if (to === '') return;
  cookies.add(to);
  for (const oldest of cookies) {
    if (cookies.size <= most) break;
    cookies.delete(oldest);
  }
}
