// Parts of pages made from the tables that the program itself reads: rights, checks, snapshot tables, formats.

import { checks } from '../src/cli/doctor/checks.ts';
import { rightsNeeded } from '../src/evaluate/index.ts';
import { facetLink } from '../src/reference/index.ts';
import { formats } from '../src/report/index.ts';
import { rights, tables } from '../src/snapshot/index.ts';
import { anchorOf, cell, code, page, table } from './markdown.mjs';

/** The permissions of Microsoft Graph that compiled invariants need, for docs/permissions.md. */
export function graphRightsTable(compiled) {
  const rows = rightsNeeded(compiled, [])
    .map(({ right, facets: using }) => ({ ...rights[right], using }))
    .filter(({ source, appRole }) => source === 'graph' && appRole !== undefined);
  return table(
    ['permission', 'id', 'for', 'facets', 'invariants'],
    rows.map(({ name, appRole, about, using }) => [
      code(name),
      code(appRole),
      cell(about),
      using.map(({ facet }) => facetLink(facet, 'reference/')).join(', '),
      String(new Set(using.flatMap(({ invariants }) => invariants)).size),
    ]),
  );
}

/** What `tallystick doctor` checks, for docs/troubleshooting.md. */
export function checksTable() {
  return table(
    ['check', 'exit code when it fails', 'what to do'],
    checks.map(({ name, of, remedy }) => [name, of === 'config' ? '2' : '4', cell(remedy)]),
  );
}

/** docs/reference/snapshot.md. */
export function snapshotPage() {
  const all = Object.entries(tables);
  return page('src/snapshot/tables.ts', [
    '# Tables of a snapshot',
    'Each table is one Parquet file, sorted by its key. Source tables hold what the source said, decoded but not interpreted; all joining happens later. NULL means "read, not set"; whether something was read at all is said by [`coverage`](#coverage) alone. How to ask them: [snapshots](../snapshots.md).',
    table(
      ['table', 'rows'],
      all.map(([name, { about }]) => [`[${code(name)}](#${anchorOf(name)})`, cell(about)]),
    ),
    ...all.flatMap(([name, { about, sortedBy, columns }]) => [
      `## ${name}`,
      `${cell(about)}. Sorted by ${sortedBy.map(code).join(', ')}.`,
      table(
        ['column', 'type', 'always set', 'meaning'],
        Object.entries(columns).map(([column, { type, required, about: what }]) => [
          code(column),
          type,
          required ? 'yes' : '',
          cell(what),
        ]),
      ),
    ]),
  ]);
}

/** The table of output formats, for README.md. */
export function formatsTable() {
  return table(
    ['`--format`', 'file', 'what for'],
    Object.entries(formats).map(([name, { file, about }]) => [code(name), code(file), cell(about)]),
  );
}
