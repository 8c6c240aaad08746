import type { Estate, Label } from '../estate.ts';
import { judgeAuthority } from './authority.ts';
import { judgeChanges } from './changes.ts';
import { judgeEdges } from './edges.ts';
import { readFacts } from './facts.ts';
import { judgeGrants } from './grants.ts';
import { judgeHierarchies } from './hierarchy.ts';
import { judgeIdentity, judgeTakeover } from './identity.ts';
import { judgeMail } from './mail.ts';
import { judgePairs } from './pairs.ts';
import { judgePrivilege } from './privilege.ts';
import { judgeRunning } from './running.ts';
import { judgeScope } from './scope.ts';
import { judgeStrays } from './strays.ts';

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
    ...judgeStrays(facts),
    ...judgeConsequences(estate),
  ];
}

/**
 * The part of it on which drifts have consequences beyond the group that they are planted in: an engine that stood still, people who are reached through
 * other groups, another name. Of these the generator labels what was planted and what follows from it.
 */
export function judgeConsequences(estate: Estate): Label[] {
  const facts = readFacts(estate);
  return [
    ...judgeTakeover(facts),
    ...judgeMail(facts),
    ...judgePrivilege(facts),
    ...judgeChanges(facts),
    ...judgeHierarchies(facts),
    ...judgeRunning(facts),
  ];
}
