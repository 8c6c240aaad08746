import type { FacetName } from '../../snapshot/index.ts';
import type { Judge } from './absence.ts';
import { classOf, type Entry } from './entry.ts';
import { readPlace } from './place.ts';
import type { Run } from './run.ts';
import { configurationOf } from './server.ts';

/** What is read of the configuration of Exchange: objects of a class that lie in a place of each organisation. */
export type ExchangePlace = {
  readonly facet: FacetName;
  /** Where, below an organisation; `*` stands for every object there. */
  readonly path: readonly string[];
  readonly scope?: 'one' | 'sub';
  readonly objectClass: string;
  readonly attributes: readonly string[];
};

/**
 * The objects in a place of the Exchange organisations of the forest, none where there is no Exchange. Absent places are a fact; what may be hidden leaves
 * a gap in the facet. Rejects when that is not certain.
 */
export async function readExchangePlace(run: Run, judge: Judge, place: ExchangePlace): Promise<readonly Entry[]> {
  const root = configurationOf(run.rootDse);
  const { facet, attributes, objectClass, scope = 'one' } = place;
  const below = (base: string) => readPlace(run, judge, { facet, base, root, attributes: [] });
  const organisations = await below(`CN=Microsoft Exchange,CN=Services,${root}`);
  let bases = organisations.flatMap(entry => (classOf(entry) === 'msExchOrganizationContainer' ? [entry.dn] : []));
  for (const step of place.path) {
    const next: string[] = [];
    for (const base of bases)
      if (step === '*') next.push(...(await below(base)).map(({ dn }) => dn));
      else next.push(`CN=${step},${base}`);
    bases = next;
  }
  const found: Entry[] = [];
  for (const base of bases) found.push(...(await readPlace(run, judge, { facet, base, root, scope, attributes })));
  return found.filter(entry => classOf(entry) === objectClass);
}
