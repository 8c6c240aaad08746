import { normalizeDn, reasonOf } from '../../base/index.ts';
import type { AdSource } from '../../config/index.ts';
import type { Coverage } from './coverage.ts';
import type { Referral } from './directory.ts';
import { oneLine } from './failure.ts';

/** Facets that are not whole when a domain was not read; the global catalog may still tell its addresses. */
const WHOLE_FOREST = [
  'ad.domain',
  'ad.exchange',
  'ad.containers',
  'ad.groups',
  'ad.memberOf',
  'ad.users',
  'ad.acl',
  'ad.trustees',
  'ad.deleted',
] as const;

/** Notes what it costs that a domain could not be read: everything about it, and of the groups in the containers that lie in it the members and when they changed. */
export function noteUnread(coverage: Coverage, dn: string, containers: AdSource['containers'], reason: string): void {
  const told = `${oneLine(dn)} could not be read: ${reason}`;
  for (const facet of WHOLE_FOREST) coverage.fail(facet, told);
  if (containers.length > 0) for (const facet of ['ad.members', 'ad.replication'] as const) coverage.fail(facet, told);
}

/** Notes references to places that belong to no naming context of the forest: nobody has read them. */
export function noteReferrals(coverage: Coverage, referrals: readonly Referral[], contexts: readonly string[]): void {
  const known = new Set(contexts.map(normalizeDn));
  for (const { uri, facets } of referrals)
    if (!known.has(normalizeDn(targetOf(uri))))
      for (const facet of facets) coverage.fail(facet, `the server refers to ${uri}, which is not followed`);
}

// ldap://host/DN?attributes?scope, the DN with percent signs (RFC 4516).
function targetOf(uri: string): string {
  const path = /^ldaps?:\/\/[^/]*\/([^?]*)/i.exec(uri)?.[1] ?? '';
  try {
    return decodeURIComponent(path);
  } catch (thrown) {
    return reasonOf(thrown);
  }
}
