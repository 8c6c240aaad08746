import { isWithin, splitDn } from '../../base/index.ts';
import type { FacetName } from '../../snapshot/index.ts';
import { securityControl } from './controls.ts';
import type { Entry } from './entry.ts';
import type { Listing } from './listing.ts';
import type { Run } from './run.ts';

/** Says whether what lies in an object is shown to us. */
export type Judge = (entry: Entry) => Listing;

/**
 * True when it is certain that there is nothing at a place of the partition `root` that was not found. A server does not tell what is hidden from what
 * is not there: only a list of everything above the place proves it.
 */
export async function isAbsent(
  { directory }: Pick<Run, 'directory'>,
  judge: Judge,
  facet: FacetName,
  dn: string,
  root: string,
): Promise<boolean> {
  for (let parts = splitDn(dn).slice(1); isWithin(parts.join(','), root); parts = parts.slice(1)) {
    const above = await directory.readOne({
      facet,
      base: parts.join(','),
      attributes: ['nTSecurityDescriptor'],
      controls: () => [securityControl()],
      absent: 'empty',
    });
    if (above !== undefined) return judge(above) === 'whole';
  }
  return !isWithin(dn, root);
}
