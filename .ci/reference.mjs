// Reference pages made from the tables that the program itself reads: populations, functions, facets, snapshot tables, formats.

import { checks } from '../src/cli/doctor/checks.ts';
import { rightsNeeded } from '../src/evaluate/index.ts';
import { populations } from '../src/model/index.ts';
import { functions } from '../src/policy/expression/index.ts';
import { operatorRows } from '../src/policy/expression/operators.ts';
import { LIMITS } from '../src/policy/index.ts';
import { formats } from '../src/report/index.ts';
import { facets, rights, rightsText, tables } from '../src/snapshot/index.ts';
import { cell, code, page, sentence, table } from './markdown.mjs';

const facetLink = (name, from = '') => `[${code(name)}](${from}facets.md#${anchorOf(name)})`;

/** The anchor that GitHub gives to a heading. */
export function anchorOf(heading) {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');
}

/** docs/reference/populations.md. */
export function populationsPage() {
  const all = Object.values(populations);
  return page('src/model/', [
    '# Populations and fields',
    'An invariant speaks `over` one population: a typed relation with one row per subject. Its expressions may name the fields below, the parameters of the policy (`params.…`) and `asOf`, the instant from which ages are measured.',
    '*May be absent*: the field was read and is not set; test it with `has(…)` before using it. A field whose facet was not read is not absent but unknown; see [verdicts](../verdicts.md).',
    table(
      ['population', 'what a row is'],
      all.map(({ name, about }) => [`[${code(name)}](#${anchorOf(name)})`, cell(about)]),
    ),
    ...all.flatMap(populationBlocks),
  ]);
}

function populationBlocks({ name, about, objects, fields, flavour, unknownBy }) {
  return [
    `## ${name}`,
    `${cell(about)}.`,
    flavour
      ? `The flavour of a row is ${code(flavour.path)}: an invariant is judged on rows of its \`flavours\` only.`
      : 'Rows have no flavour: an invariant is judged when the configuration declares one of its `flavours`.',
    unknownBy ? 'Unknown rows are reported once per group, with how many rows they stand for.' : undefined,
    objects.length > 0
      ? table(
          ['object', 'meaning', 'facet'],
          objects.map(({ path, about: what, facet }) => [code(`has(${path})`), cell(what), facetLink(facet)]),
        )
      : undefined,
    table(
      ['field', 'type', 'may be absent', 'meaning', 'source', 'facets'],
      fields.map(field => [
        code(field.path),
        field.type,
        mayBeAbsent(field, objects),
        cell(field.about) + (field.values ? `: ${field.values.map(code).join(', ')}` : ''),
        field.from === 'computed' ? 'computed' : code(field.from),
        [field.facet, ...field.also]
          .filter(Boolean)
          .map(facet => facetLink(facet))
          .join(', ') || 'always known',
      ]),
    ),
  ];
}

function mayBeAbsent({ path, nullable }, objects) {
  const above = objects.find(object => path.startsWith(`${object.path}.`));
  if (above) return nullable ? `yes; also with ${code(above.path)}` : `with ${code(above.path)}`;
  return nullable ? 'yes' : '';
}

/** docs/reference/functions.md. */
export function functionsPage() {
  const operators = new Map();
  for (const { operator, left, right, result, divides } of operatorRows) {
    const rows = operators.get(operator) ?? [];
    operators.set(operator, [
      ...rows,
      `${left} ${operator} ${right} → ${result}${divides ? ' (by a literal other than zero)' : ''}`,
    ]);
  }
  return page('src/policy/expression/', [
    '# Functions and operators',
    'Expressions are [CEL](https://cel.dev), without loops, without side effects, type-checked before anything is read. How to use them: [policies](../policies.md).',
    '## Functions',
    table(
      ['signature', 'meaning'],
      functions.map(({ signature, description }) => [code(signature), cell(description)]),
    ),
    '## Operators',
    '`&&`, `||`, `!` and `test ? yes : no` take conditions. `==` and `!=` compare values of one type, also absent ones: `null` is an ordinary value. `in` asks whether a value is in a list.',
    table(
      ['operator', 'on'],
      [...operators].map(([operator, rows]) => [code(operator), rows.map(code).join('<br>')]),
    ),
    'Whole numbers have 64 bits; a result beyond them is unknown, never wrong. Types never change silently: write `string(…)` or `double(…)`, or the checker says what does not fit.',
    '## Limits',
    table(
      ['of', 'at most'],
      [
        ['characters of an expression', LIMITS.text],
        ['characters of a message', LIMITS.template],
        ['parts of an expression', LIMITS.nodes],
        ['nesting', LIMITS.depth],
        ['items of a list literal', LIMITS.list],
        ['characters of a pattern', LIMITS.pattern],
      ].map(([of, most]) => [of, String(most)]),
    ),
  ]);
}

/** docs/reference/facets.md; `readers` maps a facet to the ids of the invariants that read it. */
export function facetsPage(readers) {
  const all = Object.entries(facets);
  return page('src/snapshot/facets.ts', [
    '# Facets',
    'A facet is a group of facts that become known together, and are unknown together when they could not be read. The rights are the least with which a collection reads the facet in full; see [permissions](../permissions.md).',
    table(
      ['facet', 'what', 'source', 'least right'],
      all.map(([name, { about, source }]) => [facetLink(name), cell(about), source, cell(rightsText(name))]),
    ),
    ...all.flatMap(([name, { about, perObject }]) => [
      `## ${name}`,
      `${sentence(about)}. ${needsOf(name)} ${perObject ? 'Can be missing for single objects.' : 'Is read as a whole, or not.'}`,
      (readers.get(name) ?? []).length > 0
        ? `Read by ${readers
            .get(name)
            .map(id => `[${code(id)}](invariants/${id}.md)`)
            .join(', ')}.`
        : 'No shipped invariant reads it.',
    ]),
  ]);
}

const needsOf = name => {
  if (facets[name].source === 'import') return 'Is [declared](../declared-facts.md), because no collector can read it.';
  return rightsText(name) === '' ? 'Needs no right.' : `Needs: ${rightsText(name)}.`;
};

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
