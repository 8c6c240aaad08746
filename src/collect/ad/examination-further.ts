import type { Row } from '../../snapshot/index.ts';
import { forestOf } from './forest.ts';
import { type Ground, readFurther, readShared } from './further.ts';
import { emptyBook } from './group-book.ts';
import { readIdentityGroups } from './identities.ts';
import type { Run } from './run.ts';
import { readIdentities } from './trustees.ts';

/** Looks at what surrounds the groups of a domain, by the readers of a collection: gaps are left in the run's coverage. What lies in the containers is not listed. */
export async function examineFurther(
  run: Run,
  schema: ReadonlyMap<string, Row<'ad_schema'>>,
  ground: Omit<Ground, 'unreadable'>,
): Promise<void> {
  await readFurther({ ...run, asks: facet => facet !== 'ad.children' }, { ...ground, unreadable: new Set() });
  const reading = {
    run,
    schema,
    book: emptyBook(),
    accounts: new Set<string>(),
    addressed: new Set<string>(),
    listed: new Set<string>(),
  };
  const forest = forestOf([reading], [], run.recorder, run.coverage);
  await readShared(forest);
  await readIdentityGroups(forest, await readIdentities(forest));
}
