import type { DuckDBConnection, DuckDBDataChunk, DuckDBType } from '@duckdb/node-api';
import type { Vector } from '@duckdb/node-bindings';
import { AuditError } from '../base/index.ts';
import { type Engine, identifier } from './engine.ts';
import { writeIds } from './identifiers.ts';
import { columnsOf } from './storage.ts';
import { memberKinds, type Row, type TableName } from './tables.ts';
import { CHUNK, type ColumnBuffer, columnBuffer, MisfitError, vectorType } from './vectors.ts';

/** One table in DuckDB's own storage while rows arrive, unsorted. Throws AuditError('bug') on a row that does not fit. */
export type Staging = {
  add(rows: readonly Row<TableName>[]): void;
  /** Edges as 16-byte ids in text order; `kinds` are indexes into `memberKinds`, for cloud_member only. */
  edges(groupIds: Uint8Array, memberIds: Uint8Array, kinds?: Uint8Array): void;
  /** Makes everything added so far visible to SQL; returns how many rows that is. */
  flush(): number;
  close(): void;
};

/** How cloud_member.kind is staged: as its text, or as an enumeration, whose one byte per edge takes no time to write and to sort. */
export type KindForm = 'text' | 'enumeration';

/** Creates an empty table and what fills it; `name` is what it is called in the database when not as the table whose columns it has. */
export async function createStaging(
  engine: Engine,
  connection: DuckDBConnection,
  table: TableName,
  kinds: KindForm,
  name: string = table,
): Promise<Staging> {
  const columns = columnsOf(table).map(column =>
    kinds === 'enumeration' && isKind(table, column.name)
      ? { buffer: kindBuffer(engine), type: engine.api.ENUM([...memberKinds]) }
      : { buffer: columnBuffer(engine, column), type: vectorType(engine, column.type) },
  );
  const declared = columns.map(({ buffer, type }) => `${identifier(buffer.column.name)} ${type}`);
  await connection.run(`CREATE TABLE ${identifier(name)} (${declared.join(', ')})`);
  return fillTable(engine, connection, table, columns, name);
}

/** What fills an existing, empty table that createStaging made with kinds as text. */
export async function reopenStaging(engine: Engine, connection: DuckDBConnection, table: TableName): Promise<Staging> {
  const columns = columnsOf(table).map(column => ({
    buffer: columnBuffer(engine, column),
    type: vectorType(engine, column.type),
  }));
  return fillTable(engine, connection, table, columns);
}

/** Values that an appender may hold: what it holds counts towards no limit of memory and cannot be spilled. */
const MOST_UNFLUSHED = 2 ** 18;

type Column = { readonly buffer: ColumnBuffer; readonly type: DuckDBType };

async function fillTable(
  engine: Engine,
  connection: DuckDBConnection,
  table: TableName,
  columns: readonly Column[],
  name: string = table,
): Promise<Staging> {
  const { api, raw } = engine;
  const appender = await connection.createAppender(name);
  const chunk = api.DuckDBDataChunk.create(columns.map(({ type }) => type));
  const buffers = columns.map(({ buffer }) => buffer);
  const names = buffers.map(({ column }) => column.name);
  let filled = 0;
  let rows = 0;
  let unflushed = 0;
  const most = MOST_UNFLUSHED / columns.length;

  const append = (count: number) => {
    chunk.rowCount = count;
    appender.appendDataChunk(chunk);
    chunk.reset();
    rows += count;
    unflushed += count;
    if (unflushed < most) return;
    appender.flushSync();
    unflushed = 0;
  };
  const put = (row: Readonly<Record<string, unknown>>) => {
    if (filled === 0)
      for (const [index, buffer] of buffers.entries()) buffer.begin(raw.data_chunk_get_vector(chunk.chunk, index));
    for (const [index, buffer] of buffers.entries()) buffer.put(row[names[index] ?? ''], filled);
    filled++;
    if (filled === CHUNK) drain();
  };
  const drain = () => {
    if (filled === 0) return;
    for (const buffer of buffers) buffer.end(filled);
    append(filled);
    filled = 0;
  };

  return {
    add: added =>
      named(table, () => {
        for (const row of added) put(row);
      }),
    edges: edgeWriter(engine, table, columns.length, (count, fill) => {
      drain();
      fill(chunk);
      append(count);
    }),
    flush: () =>
      named(table, () => {
        drain();
        appender.flushSync();
        return rows;
      }),
    close: () => appender.closeSync(),
  };
}

function edgeWriter(
  { raw }: Engine,
  table: TableName,
  columns: number,
  append: (count: number, fill: (chunk: DuckDBDataChunk) => void) => void,
): Staging['edges'] {
  const ids = new Uint8Array(CHUNK * 16);
  const codes = new Uint8Array(CHUNK);
  return (groupIds, memberIds, kinds) => {
    const count = groupIds.length / 16;
    const wantKinds = columns === 3;
    if (
      !Number.isInteger(count) ||
      memberIds.length !== groupIds.length ||
      kinds?.length !== (wantKinds ? count : undefined)
    )
      throw new AuditError(
        'bug',
        `${table}: edges need 16 bytes per group and member${wantKinds ? ', and a kind each' : ''}`,
      );
    if (kinds?.some(kind => kind >= memberKinds.length))
      throw new AuditError('bug', `${table}: no such kind of member`);
    for (let from = 0; from < count; from += CHUNK) {
      const size = Math.min(CHUNK, count - from);
      append(size, chunk => {
        for (const [column, source] of [groupIds, memberIds].entries()) {
          writeIds(source, from, size, ids);
          raw.copy_data_to_vector(raw.data_chunk_get_vector(chunk.chunk, column), 0, ids.buffer, 0, size * 16);
        }
        if (kinds === undefined) return;
        codes.set(kinds.subarray(from, from + size));
        raw.copy_data_to_vector(raw.data_chunk_get_vector(chunk.chunk, 2), 0, codes.buffer, 0, size);
      });
    }
  };
}

function isKind(table: TableName, column: string): boolean {
  return table === 'cloud_member' && column === 'kind';
}

function kindBuffer({ raw }: Engine): ColumnBuffer {
  const codes = new Uint8Array(CHUNK);
  const known: readonly string[] = memberKinds;
  let into: Vector | undefined;
  return {
    column: { name: 'kind', type: 'text', required: true },
    begin: vector => {
      into = vector;
    },
    put: (value, row) => {
      const code = known.indexOf(String(value));
      if (code < 0) throw new MisfitError(`column kind takes ${known.join(', ')}, not ${String(value).slice(0, 80)}`);
      codes[row] = code;
    },
    end: count => {
      if (into !== undefined) raw.copy_data_to_vector(into, 0, codes.buffer, 0, count);
    },
  };
}

function named<T>(table: TableName, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof MisfitError)
      throw new AuditError('bug', `table ${table}: ${thrown.message}`, { cause: thrown });
    throw thrown;
  }
}
