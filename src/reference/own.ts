import type { CompiledInvariant, Policy } from '../policy/index.ts';
import { exitCodesPage } from './exit-codes.ts';
import { facetsPage } from './facets.ts';
import { functionsPage } from './functions.ts';
import { controlsPage, invariantPage, invariantsPage, ownControls, readersOf } from './invariants.ts';
import { populationsPage } from './populations.ts';
import { ownSite } from './site.ts';

/** The reference of one's own policies: path below its folder → text. Ids are checked names, so that no path leaves the folder. */
export function ownReference(
  policies: readonly Policy[],
  invariants: Iterable<CompiledInvariant>,
): ReadonlyMap<string, string> {
  const compiled = [...invariants].sort((a, b) => (a.invariant.id < b.invariant.id ? -1 : 1));
  const pathOf = new Map(policies.map(({ name, path }) => [name, path]));
  return new Map([
    ['populations.md', populationsPage(ownSite)],
    ['functions.md', functionsPage(ownSite)],
    ['facets.md', facetsPage(ownSite, readersOf(compiled))],
    ['exit-codes.md', exitCodesPage(ownSite)],
    ['invariants.md', invariantsPage(ownSite, { compiled, policies })],
    ['controls.md', controlsPage(ownSite, compiled)],
    ...compiled.map((each): [string, string] => [
      `invariants/${each.invariant.id}.md`,
      invariantPage(ownSite, each, {
        path: pathOf.get(each.invariant.policy) ?? '',
        tests: undefined,
        controls: ownControls(ownSite, each),
      }),
    ]),
  ]);
}
