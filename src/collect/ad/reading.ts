import { readAccounts, readAddresses } from './accounts.ts';
import { readContainers } from './containers.ts';
import { readDeleted } from './deleted.ts';
import { readDomainFacts } from './domain.ts';
import type { Reading } from './forest.ts';
import { readGroups } from './groups.ts';
import { readHidden } from './hidden.ts';
import { listingJudge, readViewer } from './listing.ts';
import type { Run } from './run.ts';

/** The facets that a domain answers for by itself. */
export const ownFacets = [
  'ad.domain',
  'ad.exchange',
  'ad.containers',
  'ad.groups',
  'ad.members',
  'ad.replication',
  'ad.users',
  'ad.addresses',
  'ad.acl',
  'ad.deleted',
] as const;

/** Reads everything that one domain shows by itself. A facet that is refused does not stop the others. */
export async function readByItself(run: Run): Promise<Reading> {
  const { coverage } = run;
  const schema = await readDomainFacts(run);
  const judge = listingJudge(await readViewer(run));
  const containers = await readContainers(run, judge);
  await readHidden(run, judge, containers);
  const memberGuids = ['member', 'Membership'].flatMap(name => schema.get(name)?.guid ?? []);
  const book = await readGroups(run, containers, memberGuids);
  const accounts = await readAccounts(run);
  coverage.read('ad.acl', run.dacls.count());
  const addressed = new Set<string>();
  await coverage.attempt(['ad.addresses'], async () => readAddresses(run, addressed));
  await coverage.attempt(['ad.deleted'], async () => readDeleted(run));
  return { run, schema, containers, book, accounts, addressed: run.alone ? new Set() : addressed };
}
