import { guidSet } from '../../base/index.ts';
import { readAccounts, readAddresses } from './accounts.ts';
import { openCarrier } from './carrying.ts';
import { readContainers } from './containers.ts';
import { readDeleted } from './deleted.ts';
import { readDomainFacts } from './domain.ts';
import type { Reading } from './forest.ts';
import { readForestGroups } from './forest-groups.ts';
import { furtherFacets, readFurther } from './further.ts';
import { emptyBook } from './group-book.ts';
import { readGroups } from './groups.ts';
import { DOMAIN_WIDE, readHidden } from './hidden.ts';
import { listingJudge, readViewer } from './listing.ts';
import { beginDelta } from './marking.ts';
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
  'ad.forestGroups',
  'ad.acl',
  'ad.deleted',
  ...furtherFacets,
] as const;

/** Reads everything that one domain shows by itself. A facet that is refused does not stop the others. */
export async function readByItself(given: Run): Promise<Reading> {
  const { coverage, asks, incremental } = given;
  const searched = DOMAIN_WIDE.some(asks);
  const viewer = await readViewer(given);
  const delta = await beginDelta(given, viewer);
  const judge = listingJudge(viewer);
  const schema = await readDomainFacts(given, judge);
  const containers = asks('ad.containers') ? await readContainers(given, judge) : [];
  const visible = new Map<string, string>();
  const see = delta === undefined ? undefined : (guid: string, dn: string) => void visible.set(guid, dn);
  const unreadable = searched ? await readHidden(given, judge, containers, { see }) : undefined;
  const carrier =
    delta !== undefined &&
    incremental?.continuing !== undefined &&
    DOMAIN_WIDE.every(facet => coverage.told(facet).reasons.length === 0)
      ? await openCarrier(given, incremental.continuing, delta, visible, incremental.because)
      : undefined;
  const run: Run = carrier === undefined ? given : { ...given, carrier };
  const memberGuids = ['member', 'Membership'].flatMap(name => schema.get(name)?.guid ?? []);
  const book = asks('ad.groups') ? await readGroups(run, containers, memberGuids) : emptyBook();
  const accounts = asks('ad.users') ? await readAccounts(run) : guidSet();
  coverage.read('ad.acl', run.dacls.count());
  const addressed = guidSet();
  if (asks('ad.addresses')) await coverage.attempt(['ad.addresses'], async () => readAddresses(run, addressed));
  const listed = asks('ad.forestGroups') ? await readForestGroups(run) : guidSet();
  for (const member of (await run.carrier?.members()) ?? []) if (!accounts.has(member)) book.members.add(member);
  if (asks('ad.deleted')) await coverage.attempt(['ad.deleted'], async () => readDeleted(run));
  await readFurther(run, { viewer, containers, unreadable });
  return {
    run,
    schema,
    book,
    accounts,
    addressed: run.alone ? guidSet() : addressed,
    listed: run.alone ? guidSet() : listed,
  };
}
