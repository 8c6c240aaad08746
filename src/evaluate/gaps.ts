import { facets, isFacet, type Snapshot } from '../snapshot/index.ts';
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

/** Reads what is missing; needs the relation `pair`. */
export async function readCoverage(snapshot: Snapshot): Promise<Coverage> {
  const rows = (await snapshot.rows(GAPS)).map(row => ({
    facet: String(row.facet),
    object: String(row.object),
    reason: String(row.reason),
  }));
  const named = await snapshot.rows("SELECT DISTINCT facet FROM coverage WHERE object = ''");
  const seen = new Set(named.map(row => String(row.facet)));
  const never = Object.keys(facets).filter(facet => !seen.has(facet));
  const gaps = [...rows, ...never.map(facet => ({ facet, object: '', reason: 'never read' }))].flatMap(gap =>
    isFacet(gap.facet) ? [{ ...gap, facet: gap.facet, source: facets[gap.facet].source }] : [],
  );
  gaps.sort((a, b) => compare(a.facet, b.facet) || compare(a.object, b.object));
  return { gaps, missing: missingIn(gaps) };
}

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
