import { readOtherMembers } from './accounts.ts';
import { noteUnreadMembers, readBelow } from './below.ts';
import { type Forest, runIn } from './forest.ts';
import { readShared, sharedFacets } from './further.ts';
import { readIdentityGroups } from './identities.ts';
import { readAncestors, readProtected } from './nesting.ts';
import type { Run } from './run.ts';
import { readTypeNames } from './schema.ts';
import { readIdentities, readTrustees } from './trustees.ts';

/** The facets that are answered for by all domains together. */
export const jointFacets = ['ad.memberOf', 'ad.trustees', 'ad.identities', ...sharedFacets] as const;

/** Follows what leads from one domain into another, after each has been read by itself: nesting, members, names of trustees. */
export async function joinDomains(forest: Forest): Promise<void> {
  const { coverage, readings } = forest;
  const asks: Run['asks'] = facet => readings.some(({ run }) => run.asks(facet));
  if (asks('ad.memberOf')) await coverage.attempt(['ad.memberOf'], async () => readAncestors(forest));
  if (asks('ad.users')) await coverage.attempt(['ad.users'], async () => readOtherMembers(forest));
  // They are there so that nesting into them can be told.
  if (asks('ad.memberOf'))
    for (const reading of readings) await coverage.attempt(['ad.groups'], async () => readProtected(forest, reading));
  // What is nested is told from what is not by what the members are.
  if (asks('ad.members') && asks('ad.users')) await readBelow(forest);
  noteUnreadMembers(forest);
  await readShared(forest);
  if (asks('ad.trustees')) {
    const identities = await readIdentities(forest);
    if (asks('ad.identities')) await readIdentityGroups(forest, identities);
    const sids = new Set(identities.flatMap(({ sid }) => sid ?? []));
    await coverage.attempt(['ad.trustees'], async () => readTrustees(forest, sids));
  }
  // The schema is one for the whole forest.
  const schema = new Map(readings.flatMap(reading => [...reading.schema]));
  await forest.recorder.add('ad_schema', [...schema.values()]);
  const types = new Set(readings.flatMap(({ run }) => [...run.dacls.types()]));
  const [first] = readings;
  if (first !== undefined && asks('ad.acl'))
    await coverage.attempt(['ad.domain'], async () => readTypeNames(runIn(forest, first), types, schema));
}
