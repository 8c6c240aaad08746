// What the package ships, for the reference below docs/.

import { model } from '../src/model/index.ts';
import { loadPolicies } from '../src/policy/index.ts';

/** The shipped invariants, compiled, by id; throws when a policy has a mistake. */
export function shippedInvariants(root) {
  const loaded = loadPolicies({ paths: ['policies'], cwd: root, params: {}, model, asOf: 0 });
  const [mistake] = loaded.problems.filter(problem => problem.level === 'error');
  if (mistake) throw new Error(`${mistake.at?.file}:${mistake.at?.line}: ${mistake.message}`);
  const compiled = [...loaded.compiled.values()].sort((a, b) => (a.invariant.id < b.invariant.id ? -1 : 1));
  return { compiled, policies: loaded.policies };
}
