import { earlierFacets, type FacetName, facets, isFacet, ownFacets, type Snapshot } from '../snapshot/index.ts';
import type { MissingFacets } from './findings-query.ts';
import type { Gap } from './judgement.ts';

/** What the snapshot does not hold. */
export type Coverage = {
  readonly gaps: readonly Omit<Gap, 'invariants'>[];
  readonly missing: MissingFacets;
};

// Objects that no verdict is about (synced groups, groups read only as parents) have gaps by design; reports name those that matter.
const GAPS = `
WITH gap AS (SELECT facet, object, coalesce(reason, 'not read') AS reason, TRY_CAST(object AS UUID) AS id FROM coverage WHERE NOT complete),
subject AS (
  SELECT p.ad_guid AS id FROM pair p SEMI JOIN gap g ON g.id = p.ad_guid WHERE p.anchored
  UNION ALL SELECT p.cloud_id FROM pair p SEMI JOIN gap g ON g.id = p.cloud_id WHERE p.comparable
  UNION ALL SELECT guid FROM ad_container WHERE guid IS NOT NULL
)
SELECT facet, object, reason
FROM gap
WHERE object = ''
  OR facet NOT IN ('cloud.members', 'ad.members', 'ad.acl', 'ad.memberOf', 'ad.replication')
  OR id IN (FROM subject)
  OR (facet = 'ad.memberOf' AND id IN (SELECT parent_guid FROM ad_parent))
ORDER BY facet, object`;

/** Reads what is missing; needs the relation `pair`, and `member_turnover` where the facets of an earlier snapshot are asked for, too. */
export async function readCoverage(snapshot: Snapshot, earlier: boolean): Promise<Coverage> {
  const rows = (await snapshot.rows(GAPS)).map(row => ({
    facet: String(row.facet),
    object: String(row.object),
    reason: String(row.reason),
  }));
  const named = await snapshot.rows("SELECT DISTINCT facet FROM coverage WHERE object = ''");
  const seen = new Set(named.map(row => String(row.facet)));
  const never = ownFacets().filter(facet => !seen.has(facet));
  const before = earlier ? await earlierGaps(snapshot) : [];
  const gaps = [...rows, ...never.map(facet => ({ facet, object: '', reason: 'never read' })), ...before].flatMap(
    gap => (isFacet(gap.facet) ? [{ ...gap, facet: gap.facet, source: facets[gap.facet].source }] : []),
  );
  gaps.sort((a, b) => compare(a.facet, b.facet) || compare(a.object, b.object));
  return { gaps, missing: missingIn(gaps) };
}

/** What an earlier snapshot does not hold, by the facets that are about it. */
async function earlierGaps(
  snapshot: Snapshot,
): Promise<readonly { facet: FacetName; object: string; reason: string }[]> {
  const about = earlierFacets();
  if (snapshot.earlier === undefined) return about.map(({ facet }) => ({ facet, object: '', reason: NOT_GIVEN }));
  const rows = await snapshot.rows(EARLIER_COVERAGE);
  return about.flatMap(({ facet, of }) => {
    const own = rows.filter(row => row.facet === of);
    const gaps = own.filter(row => row.complete !== true);
    if (!own.some(row => row.object === ''))
      return [{ facet, object: '', reason: 'never read for the earlier snapshot' }];
    return gaps.map(({ object, reason }) => ({
      ...{ facet, object: String(object) },
      reason: `of the earlier snapshot: ${String(reason ?? 'not read')}`,
    }));
  });
}

const NOT_GIVEN = 'no earlier snapshot was given: audit with --previous';

const EARLIER_COVERAGE = `SELECT facet, object, complete, reason FROM earlier.coverage
WHERE object = '' OR (NOT complete AND TRY_CAST(object AS UUID) IN (SELECT guid FROM member_turnover))
ORDER BY facet, object`;

function missingIn(gaps: Coverage['gaps']): MissingFacets {
  const whole = new Set(gaps.filter(gap => gap.object === '').map(gap => gap.facet));
  const partial = new Set(gaps.filter(gap => gap.object !== '').map(gap => gap.facet));
  const objects = new Set(gaps.map(gap => `${gap.facet} ${gap.object}`));
  return (candidates, ids) => {
    const exact = candidates.filter(facet => whole.has(facet) || ids.some(id => objects.has(`${facet} ${id}`)));
    if (exact.length > 0) return exact;
    const likely = candidates.filter(facet => partial.has(facet));
    return likely.length > 0 ? likely : candidates;
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
