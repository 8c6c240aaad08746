import type { Problem } from '../base/index.ts';
import { attachNames, clearOf, type OwnRows, type Population, type PopulationField } from '../model/index.ts';
import { type FacetName, isFacet } from '../snapshot/index.ts';
import { problemAt } from '../yaml/index.ts';
import type { Column, PopulationFile } from './header.ts';

/** SQL types by the types of columns. */
export const sqlTypes = {
  bool: 'BOOLEAN',
  int: 'BIGINT',
  double: 'DOUBLE',
  string: 'VARCHAR',
  timestamp: 'TIMESTAMP',
  'string[]': 'VARCHAR[]',
} as const satisfies Record<Column['type'], string>;

const ALIAS = 'q';

/** The population that a file declares, as the built-in ones are. `reads` names the tables and relations of its SQL. */
export function populationOf(file: PopulationFile, reads: readonly string[]): Population {
  const { population: name, about, as = 'row', columns, key, label, ids = {} } = file.header;
  const names = Object.keys(columns);
  const place = (column: string) => `c${names.indexOf(column)}`;
  const of = (column: string) => `${ALIAS}.${place(column)}`;
  const facets = file.header.facets.filter(isFacet);
  const all = [...new Set([...facets, ...names.flatMap(column => (columns[column]?.facets ?? []).filter(isFacet))])];
  const own = ownRows(file, reads);
  const { certain } = file.header;
  const read = (needed: readonly FacetName[], how: 'f' | 'w') =>
    needed.map(facet => `qk.${how}${all.indexOf(facet)}`).join(' AND ');
  const known = (needed: readonly FacetName[]) => {
    if (certain === undefined) return read(needed, 'f');
    return `(${read(needed, 'f')}) OR (${read(needed, 'w')} AND coalesce(${of(certain)}, false))`;
  };
  const keyText =
    key.length === 1
      ? `${of(key[0] ?? '')}::VARCHAR`
      : `to_json([${key.map(each => `${of(each)}::VARCHAR`).join(', ')}])::VARCHAR`;
  const fields = names.map((column): PopulationField => {
    const {
      type,
      about: said,
      nullable = false,
      facets: more = [],
      names: whose = 'both',
    } = columns[column] ?? { type: 'string', about: '' };
    const needed = [...facets, ...more.filter(isFacet)];
    const [first = facets[0] ?? ''] = more.filter(isFacet);
    return {
      path: `${as}.${column}`,
      type,
      nullable,
      sql: of(column),
      known: `(${known(needed)})`,
      facet: first,
      from: 'computed',
      about: said,
      ...(type.startsWith('string') && whose !== 'none' ? { clear: clearOf(whose) } : {}),
      also: needed.filter(facet => facet !== first),
    };
  });
  return {
    name,
    about,
    relation: `(SELECT *, true AS seen FROM "${own.table}"
    UNION ALL SELECT ${names.map(() => 'NULL').join(', ')}, false FROM ${readSql(all)} WHERE NOT (${facets.map(facet => `f${all.indexOf(facet)}`).join(' AND ')}))`,
    alias: ALIAS,
    keys: [...key.map(place), 'seen'],
    carried: [],
    attachments: [{ alias: 'qk', relation: readSql(all), on: 'true', few: undefined }, attachNames],
    stands: `NOT ${ALIAS}.seen`,
    rows: facets,
    fields,
    objects: [],
    flavour: undefined,
    subject: {
      key: `coalesce(${keyText}, '')`,
      label: `coalesce(${label === undefined ? '' : `${of(label)}::VARCHAR, `}${keyText}, '(rows that were not read)')`,
      ids: Object.fromEntries(Object.entries(ids).map(([id, column]) => [id, `${of(column)}::VARCHAR`])),
    },
    unknownBy: undefined,
    own,
  };
}

/** One row that says of each facet whether it was read as a whole (`w`), and whether every single object was, too (`f`). */
function readSql(facets: readonly FacetName[]): string {
  const columns = facets.flatMap((facet, index) => {
    const whole = `coalesce(bool_and(complete) FILTER (facet = '${facet}' AND object = ''), false)`;
    return [`${whole} AS w${index}`, `${whole} AND bool_and(complete) FILTER (facet = '${facet}') AS f${index}`];
  });
  return `(SELECT ${columns.join(', ')} FROM coverage)`;
}

function ownRows(file: PopulationFile, reads: readonly string[]): OwnRows {
  const { population: name, columns, key } = file.header;
  const names = Object.keys(columns);
  const table = `own_${name}`;
  const casts = names.map(
    (column, index) => `"${column}"::${sqlTypes[columns[column]?.type ?? 'string']} AS c${index}`,
  );
  const place = (column: string) => `c${names.indexOf(column)}`;
  const breach = (pointer: string, part: 'key' | 'value', message: string, hint: string): Problem =>
    problemAt(file.document, file.document.at(pointer, part), {
      code: 'population-rows',
      message: `${name}: ${message}`,
      hint,
    });
  const filled = names.filter(column => columns[column]?.nullable !== true);
  return {
    table,
    sql: `SELECT ${casts.join(', ')}\nFROM (\n${file.sql}\n)`,
    reads: reads.map(each => `FROM ${each}`).join('\n'),
    declared: [
      ...filled.map(column => ({
        sql: `SELECT 1 FROM "${table}" WHERE ${place(column)} IS NULL LIMIT 1`,
        problem: breach(
          key.includes(column) ? '/key' : `/columns/${column}`,
          'key',
          `a row has no \`${column}\``,
          key.includes(column)
            ? 'leave such rows out, or choose another key'
            : 'declare it `nullable: true`, or leave such rows out',
        ),
      })),
      {
        sql: `SELECT 1 FROM "${table}" GROUP BY ${key.map(place).join(', ')} HAVING count(*) > 1 LIMIT 1`,
        problem: breach(
          '/key',
          'key',
          `two rows have the same key (${key.join(', ')})`,
          'add the columns that tell them apart, or use SELECT DISTINCT',
        ),
      },
    ],
    failed: reason => breach('/population', 'value', reason, 'correct the SQL; `tallystick query` runs it by itself'),
  };
}
