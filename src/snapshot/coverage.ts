import { AuditError } from '../base/index.ts';
import { type FacetName, facets } from './facets.ts';
import type { Recorder } from './recorder.ts';
import type { Row } from './tables.ts';

/** What was said about the facets so far. A gap is never taken back: it wins over `complete` for the same facet and object, and the first gap is kept. */
export type CoverageLedger = Pick<Recorder, 'complete' | 'gap'> & { rows(): Row<'coverage'>[] };

/** An empty ledger; a facet that is never mentioned gets no row, which means "never read". */
export function createLedger(): CoverageLedger {
  const said = new Map<string, Row<'coverage'>>();
  const note = (row: Row<'coverage'>) => {
    checkFacet(row.facet, row.object);
    const key = `${row.facet}\n${row.object}`;
    if (said.get(key)?.complete !== false) said.set(key, row);
  };
  return {
    complete: (facet, object = '', counts = {}) =>
      note({ facet, object, complete: true, reason: null, ...numbers(counts) }),
    gap: (facet, reason, object = '', counts = {}) => {
      if (reason.trim() === '') throw new AuditError('bug', `a gap of ${facet} needs a reason`);
      note({ facet, object, complete: false, reason, ...numbers(counts) });
    },
    rows: () => [...said.values()],
  };
}

function checkFacet(facet: string, object: string): void {
  if (!Object.hasOwn(facets, facet)) throw new AuditError('bug', `there is no facet ${facet}`);
  if (object !== '' && !facets[facet as FacetName].perObject)
    throw new AuditError('bug', `facet ${facet} is known as a whole, not per object`);
}

function numbers(counts: { readonly expected?: number; readonly retrieved?: number }) {
  return { expected: counts.expected ?? null, retrieved: counts.retrieved ?? null };
}
