import {
  type FacetName,
  facets,
  isFacet,
  isOwnFacet,
  NOT_ASKED,
  ownFacets,
  type Row,
  type TableRows,
} from '../../snapshot/index.ts';
import { guidOf, suggest, within } from './naming.ts';
import type { ReadingDraft, ServerDraft } from './reading-draft.ts';
import { bare, spelled, type World } from './world.ts';

/** Facets that Microsoft Graph gives in beta alone. */
const inBeta: ReadonlySet<FacetName> = new Set([
  'cloud.writebackConfiguration',
  'cloud.syncConfiguration',
  'cloud.agents',
]);

/** The rows of a case with the snapshot's own record of how they were read; `coverage` is there already. */
export function withReadings(world: World, rows: TableRows): TableRows {
  const stated = world.draft.readings ?? {};
  for (const name of Object.keys(stated))
    if (!isOwnFacet(name) && !/^(ad|cloud)\.\*$/.test(name))
      world.notes.note(
        within(world.place, 'readings', name),
        'unknown-facet',
        `there is no facet \`${name}\``,
        suggest(name, ownFacets()),
        'key',
      );
  const of = ({ facet }: Row<'coverage'>) => stated[facet] ?? stated[facet.replace(/\..*/, '.*')];
  return {
    ...rows,
    coverage: (rows.coverage ?? []).map(row => covered(row, of(row))),
    reading: (rows.coverage ?? []).flatMap(row => readingOf(world, row, of(row) ?? {})),
    reading_server: serverRows(world),
  };
}

function covered(row: Row<'coverage'>, draft: ReadingDraft | undefined): Row<'coverage'> {
  if (row.object !== '' || draft === undefined) return row;
  if (draft.wanted === false) return { ...row, complete: false, reason: NOT_ASKED };
  return { ...row, expected: draft.expected ?? null, retrieved: draft.retrieved ?? null };
}

function readingOf(world: World, { facet, object, complete }: Row<'coverage'>, draft: ReadingDraft): Row<'reading'>[] {
  if (object !== '' || !isFacet(facet) || 'withheld' in facets[facet] || draft.wanted === false) return [];
  const { source } = facets[facet];
  if (source === 'import' && !complete) return [];
  const row = (from: Row<'reading'>['source'], versions: readonly string[]): Row<'reading'> => ({
    ...{ facet, source: from, queries: 1, incomplete: complete ? 0 : 1, api_versions: versions },
    ...{ first: world.instant(draft.first ?? '2m ago'), last: world.instant(draft.last ?? '1m ago') },
  });
  const usual = source === 'graph' ? [inBeta.has(facet) ? 'beta' : 'v1.0'] : [];
  return [row(source, draft.api ?? usual), ...(draft.declared === true ? [row('import', [])] : [])];
}

function serverRows({ draft }: World): Row<'reading_server'>[] {
  return [
    ...(draft.servers ?? ['dc1']).map(named => {
      const { id, domain, copy, before, after } = spelled<{ id: string } & ServerDraft>(named, bare);
      return {
        source: 'ad',
        domain: domain ?? 'contoso.com',
        server: `${id}.contoso.com`,
        invocation_id: guidOf('copy', copy ?? id),
        usn_before: before === undefined ? 100 : before,
        usn_after: after === undefined ? 105 : after,
        clock_skew_ms: 0,
      };
    }),
    {
      source: 'graph',
      domain: guidOf('tenant', 'contoso'),
      server: 'https://graph.microsoft.com',
      ...{ invocation_id: null, usn_before: null, usn_after: null },
      clock_skew_ms: (draft.cloudClockAhead ?? 0) * 1000,
    },
  ];
}
