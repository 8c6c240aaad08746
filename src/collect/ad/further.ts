import { readAcceptedDomains } from './accepted-domains.ts';
import { readAddressLists } from './address-lists.ts';
import { readAuditing } from './auditing.ts';
import { readChildren } from './children.ts';
import { readDomainControllers } from './domain-controllers.ts';
import { readExchangeServers } from './exchange-servers.ts';
import { type Forest, runIn } from './forest.ts';
import { listingJudge, readViewer, type Viewer } from './listing.ts';
import type { Run } from './run.ts';
import { readSoaPolicy } from './soa-policy.ts';
import { readForestTier0, readTier0 } from './tier0.ts';

/** The facets besides groups and accounts that a domain answers for by itself. */
export const furtherFacets = [
  'ad.children',
  'ad.tier0',
  'ad.domainControllers',
  'ad.auditing',
  'ad.soaPolicy',
] as const;

/** Those that are read once for the whole forest. */
export const sharedFacets = ['ad.tier0', 'ad.exchangeServers', 'ad.acceptedDomains', 'ad.addressLists'] as const;

/** What is known of a domain by now: as whom we are judged, the configured containers that exist, and the objects in them of which nothing may be read. */
export type Ground = {
  readonly viewer: Viewer;
  readonly containers: readonly string[];
  readonly unreadable: ReadonlySet<string> | undefined;
};

/** Reads what surrounds the groups of a domain: what else lies in the containers, and who and what governs the domain. */
export async function readFurther(run: Run, { viewer, containers, unreadable }: Ground): Promise<void> {
  const judge = listingJudge(viewer);
  if (run.asks('ad.children')) await readChildren(run, judge, containers, unreadable);
  if (run.asks('ad.auditing')) await readAuditing(run, containers);
  if (run.asks('ad.tier0')) await readTier0(run, judge);
  if (run.asks('ad.domainControllers')) await readDomainControllers(run);
  if (run.asks('ad.soaPolicy')) await readSoaPolicy(run, judge, viewer);
}

/** Reads what the domains of a forest share in the configuration partition. */
export async function readShared(forest: Forest): Promise<void> {
  const [first] = forest.readings;
  if (first === undefined) return;
  const run = runIn(forest, first);
  if (run.asks('ad.tier0')) await readForestTier0(forest);
  const readers = [
    ['ad.exchangeServers', readExchangeServers],
    ['ad.acceptedDomains', readAcceptedDomains],
    ['ad.addressLists', readAddressLists],
  ] as const;
  const asked = readers.filter(([facet]) => run.asks(facet));
  if (asked.length === 0) return;
  const judge = listingJudge(await readViewer(run));
  for (const [, read] of asked) await read(run, judge);
}
