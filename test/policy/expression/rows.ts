import fc from 'fast-check';
import type { Catalogue, Field, FieldType, ObjectPath } from '../../../src/policy/expression/index.ts';

/** One fact of a test row: a value, null for absent, undefined for unknown. Times and spans are bigint microseconds. */
export type Fact = bigint | number | string | boolean | readonly string[] | null | undefined;
export type Row = ReadonlyMap<string, Fact>;

/** Facets are the columns `k_<facet>`; fields of one facet become unknown together. */
type Column = { readonly path: string; readonly type: FieldType; readonly nullable: boolean; readonly facet: string };

export const columns: readonly Column[] = [
  { path: 'flag', type: 'bool', nullable: false, facet: 'always' },
  { path: 'seen', type: 'bool', nullable: false, facet: 'a' },
  { path: 'maybe', type: 'bool', nullable: true, facet: 'b' },
  { path: 'count', type: 'int', nullable: false, facet: 'a' },
  { path: 'quota', type: 'int', nullable: true, facet: 'c' },
  { path: 'total', type: 'int', nullable: false, facet: 'always' },
  { path: 'ratio', type: 'double', nullable: false, facet: 'b' },
  { path: 'share', type: 'double', nullable: true, facet: 'd' },
  { path: 'name', type: 'string', nullable: false, facet: 'a' },
  { path: 'mail', type: 'string', nullable: true, facet: 'c' },
  { path: 'label', type: 'string', nullable: false, facet: 'always' },
  { path: 'made', type: 'timestamp', nullable: false, facet: 'd' },
  { path: 'gone', type: 'timestamp', nullable: true, facet: 'b' },
  { path: 'grace', type: 'duration', nullable: false, facet: 'always' },
  { path: 'tags', type: 'string[]', nullable: false, facet: 'b' },
  { path: 'kinds', type: 'string[]', nullable: false, facet: 'always' },
  { path: 'twin.dn', type: 'string', nullable: false, facet: 'twin' },
  { path: 'twin.mail', type: 'string', nullable: true, facet: 'twin' },
  { path: 'twin.size', type: 'int', nullable: false, facet: 'members' },
  { path: 'twin.names', type: 'string[]', nullable: false, facet: 'members' },
];

export const facets = ['a', 'b', 'c', 'd', 'twin', 'members'] as const;

export const column = (path: string): string => path.replace('.', '_');
const known = (facet: string): string => (facet === 'always' ? 'true' : `k_${facet}`);

export const catalogue: Catalogue = {
  fields: new Map(
    columns.map((entry): [string, Field] => [
      entry.path,
      { ...entry, sql: `r.${column(entry.path)}`, known: known(entry.facet) },
    ]),
  ),
  objects: new Map<string, ObjectPath>([
    ['twin', { path: 'twin', nullable: true, present: 'r.twin', known: 'k_presence', facet: 'presence' }],
  ]),
};

const words = [
  '',
  'a',
  'B',
  'ab',
  'SMTP:ann@x.org',
  'smtp:Ann@x.org',
  ' a b ',
  "it's",
  'Ä',
  '👩‍🔧x',
  'x👍',
  'é',
  'line\nbreak',
  '\u00a0x\u3000',
  '%_\\',
  'CN=a,OU=b',
  ...[
    '2.5.76.0',
    '2.5',
    '2.10',
    '2.5.76.1',
    '0',
    '1.2.3.4.5.6.7.8',
    '1.2.3.4.5.6.7.8.9',
    '2.',
    '2..5',
    '2.5-rc',
    ' 2.5',
  ],
  ...['999999999.1', '1000000000', '02.05', '٢.٥'],
];
const int = fc.oneof(
  { weight: 6, arbitrary: fc.bigInt(-3n, 6n) },
  { weight: 1, arbitrary: fc.constantFrom(2n ** 63n - 1n, -(2n ** 63n), 2n ** 62n, 2n ** 53n + 1n) },
);
const micros = 1_000_000n;
const values: Readonly<Record<FieldType, fc.Arbitrary<Exclude<Fact, null | undefined>>>> = {
  bool: fc.boolean(),
  int,
  double: fc.constantFrom(0, 0.5, -1.25, 3, 0.1, 1e10),
  string: fc.constantFrom(...words),
  timestamp: fc.bigInt(-2n, 5n).map(day => (1_767_225_600n + day * 43_200n) * micros + (day === 3n ? 1n : 0n)),
  duration: fc.constantFrom(0n, 3600n * micros, 86_400n * micros, 1_234_567n, -60n * micros),
  'string[]': fc.array(fc.constantFrom(...words), { maxLength: 3 }),
};

const entry = (from: Column, facetsKnown: ReadonlySet<string>, twin: boolean): fc.Arbitrary<[string, Fact]> => {
  const pair = (fact: Fact): [string, Fact] => [from.path, fact];
  if (from.facet !== 'always' && !facetsKnown.has(from.facet)) return fc.constant(pair(undefined));
  if (from.path.startsWith('twin.') && !twin) return fc.constant(pair(from.type === 'string[]' ? [] : null));
  const value = values[from.type];
  return (from.nullable ? fc.option(value, { freq: 2 }) : value).map(pair);
};

/** Rows in which nothing below an object is known while the object itself is not. */
export const row: fc.Arbitrary<Row> = fc
  .tuple(fc.subarray([...facets], { minLength: 3 }), fc.integer({ min: 0, max: 5 }), fc.boolean())
  .chain(([read, dice, twin]) => {
    const readSet = new Set<string>(dice === 0 ? read.filter(facet => facet !== 'twin' && facet !== 'members') : read);
    const presence: [string, Fact] = ['twin', dice === 0 ? undefined : twin ? true : null];
    return fc
      .tuple(...columns.map(from => entry(from, readSet, twin)))
      .map(entries => new Map<string, Fact>([...entries, presence]));
  });

const SQL_TYPES: Readonly<Record<FieldType, string>> = {
  bool: 'BOOLEAN',
  int: 'BIGINT',
  double: 'DOUBLE',
  string: 'VARCHAR',
  timestamp: 'TIMESTAMP',
  duration: 'BIGINT',
  'string[]': 'VARCHAR[]',
};

/** CREATE TABLE for rows of this catalogue. */
export const tableSql = `CREATE TABLE r (id INTEGER, twin BOOLEAN, k_presence BOOLEAN, ${facets.map(facet => `k_${facet} BOOLEAN`).join(', ')}, ${columns.map(from => `${column(from.path)} ${SQL_TYPES[from.type]}`).join(', ')})`;

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

function cell(from: Column, fact: Fact): string {
  if (fact === undefined || fact === null) return fact === undefined ? garbage(from.type) : 'NULL';
  if (from.type === 'timestamp') return `make_timestamp(${fact})`;
  if (typeof fact === 'string') return text(fact);
  return Array.isArray(fact) ? `[${fact.map(text).join(', ')}]::VARCHAR[]` : String(fact);
}

/** What was not read must not matter, so unknown cells hold wrong values rather than NULL. */
function garbage(type: FieldType): string {
  const wrong: Readonly<Record<FieldType, string>> = {
    bool: 'true',
    int: '1',
    double: '0.5',
    string: `'a'`,
    timestamp: 'make_timestamp(0)',
    duration: '0',
    'string[]': `['a']`,
  };
  return wrong[type];
}

/** INSERT of rows, `id` counting from 0. */
export function insertSql(rows: readonly Row[]): string {
  const tuples = rows.map((facts, id) => {
    const read = (facet: string): boolean =>
      columns.some(from => from.facet === facet && facts.get(from.path) !== undefined);
    // A facet that nothing of this row shows to be known may be false or NULL: both mean unknown.
    const knowns = facets.map(facet => (read(facet) ? 'true' : id % 2 === 0 ? 'false' : 'NULL'));
    const presence = facts.get('twin');
    // A list below an absent object arrives as NULL, as an outer join yields it.
    const cells = columns.map(from =>
      from.path.startsWith('twin.') && presence === null && facts.get(from.path) !== undefined
        ? 'NULL'
        : cell(from, facts.get(from.path)),
    );
    return `(${[id, presence === true, presence !== undefined, ...knowns, ...cells].join(', ')})`;
  });
  return `INSERT INTO r VALUES ${tuples.join(',\n')}`;
}
