import { guidText } from '../../src/base/index.ts';
import {
  type ColumnType,
  type FacetName,
  facets,
  type Part,
  type QueryRecord,
  type Recorder,
  type Row,
  type SourceRecord,
  type TableName,
  tables,
} from '../../src/snapshot/index.ts';

/** One line of the coverage table as a collector said it; `object` is '' for the facet as a whole. */
export type Covered = {
  readonly facet: FacetName;
  readonly object: string;
  readonly complete: boolean;
  readonly reason: string | null;
  readonly expected: number | null;
  readonly retrieved: number | null;
};

/** A Recorder that keeps everything in memory, for tests of collectors. */
export type MemoryRecorder = Recorder & {
  readonly tables: Map<TableName, Row<TableName>[]>;
  readonly coverage: Covered[];
  readonly queries: QueryRecord[];
  readonly sources: SourceRecord[];
  /** Rows of one table, typed; empty when nothing was added. */
  rows<N extends TableName>(table: N): readonly Row<N>[];
  /** What was said about a facet or one object of it; undefined when nothing was. */
  covered(facet: FacetName, object?: string): Covered | undefined;
};

/**
 * As strict as the real recorder has to be: throws on a row that does not fit its table, on a key that comes twice and on a second word about the
 * same facet and object, so that a test of a collector fails at the place of the mistake.
 */
export function memoryRecorder(): MemoryRecorder {
  const whole = shelf();
  const coverage = new Map<string, Covered>();
  const said: Covered[] = [];
  const queries: QueryRecord[] = [];
  const sources: SourceRecord[] = [];

  const cover = (line: Covered) => {
    const key = `${line.facet}\n${line.object}`;
    if (!(line.facet in facets)) throw new Error(`no such facet: ${line.facet}`);
    if (coverage.has(key)) throw new Error(`${line.facet} '${line.object}' was covered twice`);
    if (line.object !== '' && !facets[line.facet].perObject) throw new Error(`${line.facet} is not per object`);
    if (!line.complete && !line.reason) throw new Error(`gap of ${line.facet} without a reason`);
    coverage.set(key, line);
    said.push(line);
  };

  const part = (): Part => {
    const own = shelf();
    let open = true;
    return {
      add: async (table, rows) => {
        if (!open) throw new Error('rows were added to a part that is settled');
        own.add(table, rows);
        await Promise.resolve();
      },
      keep: () => {
        if (open) for (const [table, rows] of own.rows) whole.merge(table, rows);
        open = false;
      },
      drop: async () => {
        open = false;
        await Promise.resolve();
      },
    };
  };

  return {
    tables: whole.rows,
    part,
    coverage: said,
    queries,
    sources,
    rows: <N extends TableName>(table: N) =>
      (whole.rows.get(table) ?? []) as readonly Row<TableName>[] as readonly Row<N>[],
    covered: (facet, object = '') => coverage.get(`${facet}\n${object}`),
    async add(table, rows) {
      whole.add(table, rows);
      await Promise.resolve();
    },
    complete: (facet, object = '', counts = {}) =>
      cover({
        facet,
        object,
        complete: true,
        reason: null,
        expected: counts.expected ?? null,
        retrieved: counts.retrieved ?? null,
      }),
    gap: (facet, reason, object = '', counts = {}) =>
      cover({
        facet,
        object,
        complete: false,
        reason,
        expected: counts.expected ?? null,
        retrieved: counts.retrieved ?? null,
      }),
    query: record => {
      queries.push(record);
    },
    source: record => {
      sources.push(record);
    },
  };
}

/** Rows by table. `add` refuses a key that comes twice; `merge` only one whose rows differ, as the writer of a snapshot does. */
function shelf() {
  const rows = new Map<TableName, Row<TableName>[]>();
  const texts = new Map<string, string>();
  const put = (table: TableName, more: readonly Row<TableName>[], mayRepeat: boolean) => {
    const kept = rows.get(table) ?? [];
    rows.set(table, kept);
    for (const row of more) {
      checkRow(table, row);
      const text = JSON.stringify(row);
      const key = JSON.stringify([
        table,
        ...tables[table].sortedBy.map(name => (row as Record<string, unknown>)[name]),
      ]);
      const known = texts.get(key);
      if (known !== undefined && !(mayRepeat && known === text)) throw new Error(`${table}: key twice: ${key}`);
      if (known === undefined) kept.push(row);
      texts.set(key, text);
    }
  };
  return {
    rows,
    add: (table: TableName, more: readonly Row<TableName>[]) => put(table, more, false),
    merge: (table: TableName, more: readonly Row<TableName>[]) => put(table, more, true),
  };
}

function checkRow(table: TableName, row: object): void {
  const columns: Readonly<Record<string, { readonly type: ColumnType; readonly required: boolean }>> =
    tables[table].columns;
  for (const name of Object.keys(row)) if (!(name in columns)) throw new Error(`${table} has no column ${name}`);
  for (const [name, column] of Object.entries(columns)) {
    const value = (row as Record<string, unknown>)[name];
    if (value === null && !column.required) continue;
    if (!fits(value, column.type)) throw new Error(`${table}.${name} is not ${column.type}: ${JSON.stringify(value)}`);
  }
}

function fits(value: unknown, type: ColumnType): boolean {
  switch (type) {
    case 'uuid':
      return typeof value === 'string' && guidText(value) === value;
    case 'text':
      return typeof value === 'string';
    case 'bool':
      return typeof value === 'boolean';
    case 'int':
      return Number.isInteger(value) && Math.abs(Number(value)) <= 2 ** 31;
    case 'long':
    case 'instant':
      return Number.isSafeInteger(value);
    case 'text[]':
      return Array.isArray(value) && value.every(item => typeof item === 'string');
  }
}
