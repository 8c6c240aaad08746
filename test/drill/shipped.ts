import { fileURLToPath } from 'node:url';
import { type DrillResult, drill, type Fault, faults } from '../../src/drill/index.ts';
import { model } from '../../src/model/index.ts';
import { type CompiledInvariant, loadPolicies } from '../../src/policy/index.ts';
import { openVariants } from '../../src/snapshot/index.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The instant of the tenant, from which ages are measured. */
export const asOf = Date.parse('2026-08-22T09:00:00Z');

/** Where the matrix of the shipped policies stands. */
export const matrixFile = `${root}reports/drill/matrix.md`;

/** The shipped policies with what the tenant declares. */
export function shippedInvariants(): readonly CompiledInvariant[] {
  const loaded = loadPolicies({
    paths: ['policies'],
    cwd: root,
    profile: `${root}test/drill/profile.yaml`,
    params: {},
    model,
    asOf,
  });
  if (loaded.problems.length > 0) throw new Error(JSON.stringify(loaded.problems));
  return [...loaded.compiled.values()];
}

/** Drills the tenant in a folder as `npm run drill` does. */
export async function drillTenant(
  path: string,
  chosen: readonly Fault[] = faults,
  pairs = PAIRS,
): Promise<DrillResult> {
  const variants = await openVariants(path, { threads: 1 });
  try {
    return await drill({ variants, invariants: shippedInvariants(), faults: chosen, seed: 1, pairs });
  } finally {
    await variants.close();
  }
}

/** Pairs of faults in the matrix. */
const PAIRS = 12;
