import { normalizeDn } from '../../base/index.ts';
import type { AdSource } from '../../config/index.ts';
import type { FacetName } from '../../snapshot/index.ts';
import type { Coverage } from './coverage.ts';
import { oneLine } from './failure.ts';
import { type Referral, targetOf } from './referral.ts';

/** Facets that look at all of a forest. */
export const wholeForest = [
  'ad.domain',
  'ad.exchange',
  'ad.containers',
  'ad.groups',
  'ad.memberOf',
  'ad.users',
  'ad.addresses',
  'ad.forestGroups',
  'ad.acl',
  'ad.trustees',
  'ad.deleted',
  'ad.identities',
  'ad.tier0',
  'ad.domainControllers',
  'ad.soaPolicy',
] as const;

/** What else the searches for a facet bring, and lack when they were cut short: hidden places are looked for on behalf of users and addresses too. */
const alsoSearched: Readonly<Partial<Record<FacetName, readonly FacetName[]>>> = {
  'ad.domain': ['ad.acl'],
  'ad.groups': [
    'ad.members',
    'ad.memberOf',
    'ad.acl',
    'ad.replication',
    'ad.users',
    'ad.addresses',
    'ad.forestGroups',
    'ad.children',
  ],
};

/** Notes what it costs that a domain could not be read: everything about it, and of the groups in the containers that lie in it the members and when they changed. */
export function noteUnread(coverage: Coverage, dn: string, containers: AdSource['containers'], reason: string): void {
  const told = `${oneLine(dn)} could not be read: ${reason}`;
  // The global catalog may still tell its addresses.
  for (const facet of wholeForest) if (facet !== 'ad.addresses') coverage.fail(facet, told);
  if (containers.length > 0)
    for (const facet of ['ad.members', 'ad.replication', 'ad.children', 'ad.auditing'] as const)
      coverage.fail(facet, told);
}

/** Notes references to places that belong to no naming context of the forest, of which `contexts` are those that are known: nobody has read them. */
export function noteReferrals(coverage: Coverage, referrals: readonly Referral[], contexts: readonly string[]): void {
  const known = new Set(contexts.map(normalizeDn));
  for (const { uri, facets } of referrals)
    if (!known.has(normalizeDn(targetOf(uri) ?? '')))
      for (const facet of facets.flatMap(searched => [searched, ...(alsoSearched[searched] ?? [])]))
        coverage.fail(facet, `the server refers to ${uri}, which is not followed`);
}
