import type { Estate, Label } from '../estate.ts';
import { judgeAuthority } from './authority.ts';
import { judgeEdges } from './edges.ts';
import { readFacts } from './facts.ts';
import { judgeGrants } from './grants.ts';
import { judgeIdentity } from './identity.ts';
import { judgePairs } from './pairs.ts';
import { judgeScope } from './scope.ts';

/** Finds every violation of the shipped invariants in an estate by brute force, without a look at how it was made. */
export function judge(estate: Estate): Label[] {
  const facts = readFacts(estate);
  return [
    ...judgePairs(facts),
    ...judgeEdges(facts),
    ...judgeGrants(facts),
    ...judgeIdentity(facts),
    ...judgeScope(facts),
    ...judgeAuthority(facts),
  ];
}
