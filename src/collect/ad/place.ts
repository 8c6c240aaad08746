import type { FacetName } from '../../snapshot/index.ts';
import { isAbsent, type Judge } from './absence.ts';
import { securityControl } from './controls.ts';
import { bytesOf, type Entry } from './entry.ts';
import { oneLine, sourceError } from './failure.ts';
import { explanations, named } from './hidden.ts';
import type { Run } from './run.ts';

/** What lies in an object: right below it, or with `sub` anywhere below. `root` is the DN of the partition. */
export type Place = {
  readonly facet: FacetName;
  readonly base: string;
  readonly root: string;
  readonly scope?: 'one' | 'sub';
  readonly attributes: readonly string[];
};

/**
 * Everything that lies in a place, also none when it is certain that the place does not exist. What cannot be read, or may be hidden from us there, leaves
 * a gap in the facet. Rejects when the place may exist and is not shown.
 */
export async function readPlace(run: Run, judge: Judge, place: Place): Promise<readonly Entry[]> {
  const { directory, coverage } = run;
  const { facet, base, root, scope = 'one', attributes } = place;
  const controls = () => [securityControl()];
  const above = await directory.readOne({
    facet,
    base,
    attributes: ['nTSecurityDescriptor'],
    controls,
    absent: 'empty',
  });
  if (above === undefined) {
    if (await isAbsent(run, judge, facet, base, root)) return [];
    throw sourceError(`${oneLine(base)} may exist: it was not found, but what lies above it cannot be listed`);
  }
  const found: Entry[] = [];
  const closed = new Set<string>();
  const judged = (entry: Entry, dn: string) => {
    const listing = judge(entry);
    if (listing !== 'whole') coverage.fail(facet, `what lies in ${oneLine(dn)} ${explanations[listing]}`);
  };
  judged(above, base);
  // An object whose class may not be read matches no filter but this one.
  await directory.search(
    {
      facet,
      base,
      scope,
      filter: '(objectClass=*)',
      attributes: [
        ...new Set(['objectClass', 'objectGUID', 'distinguishedName', ...attributes, 'nTSecurityDescriptor']),
      ],
      controls,
    },
    entries => {
      for (const entry of entries) {
        if (scope === 'sub' && entry.dn.toLowerCase() === base.toLowerCase()) continue;
        if (bytesOf(entry, 'objectClass').length === 0 || bytesOf(entry, 'objectGUID').length === 0)
          closed.add(entry.dn);
        else found.push(entry);
        if (scope === 'sub') judged(entry, entry.dn);
      }
    },
  );
  if (closed.size > 0) coverage.fail(facet, `${named([...closed])} cannot be read: it needs Read`);
  return uniqueOf(found);
}

// After a lost connection a search starts again, so the same object can come twice.
function uniqueOf(entries: readonly Entry[]): readonly Entry[] {
  return [...new Map(entries.map(entry => [bytesOf(entry, 'objectGUID')[0]?.toString('hex') ?? '', entry])).values()];
}
