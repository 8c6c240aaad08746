import type { DuckDBType } from '@duckdb/node-api';
import type { Vector } from '@duckdb/node-bindings';
import type { Engine } from './engine.ts';
import { writeGuid } from './identifiers.ts';
import type { StoredColumn } from './storage.ts';
import type { ColumnType } from './tables.ts';

/** Rows that fit one DuckDB vector. */
export const CHUNK = 2048;

/** A value that does not fit its column: the collector's mistake, named without the value's full length. */
export class MisfitError extends Error {}

/**
 * A column of the chunk that is being filled. Values go into raw memory as they come, which is three times as fast as appending value by value, and none
 * of them is kept in JavaScript.
 */
export type ColumnBuffer = {
  readonly column: StoredColumn;
  /** Begins a chunk: values go to this vector of DuckDB's from now on. */
  begin(vector: Vector): void;
  /** Takes the value of a row; rows come in order. Throws MisfitError. */
  put(value: unknown, row: number): void;
  /** Ends a chunk of so many rows. */
  end(count: number): void;
};

/** DuckDB's type for a column. */
export function vectorType({ api }: Engine, type: ColumnType): DuckDBType {
  switch (type) {
    case 'uuid':
      return api.UUID;
    case 'bool':
      return api.BOOLEAN;
    case 'int':
      return api.INTEGER;
    case 'long':
      return api.BIGINT;
    case 'instant':
      return api.TIMESTAMP;
    case 'text[]':
      return api.LIST(api.VARCHAR);
    case 'text':
      return api.VARCHAR;
  }
}

/** A buffer for one column. */
export function columnBuffer(engine: Engine, column: StoredColumn): ColumnBuffer {
  const { raw } = engine;
  const validity = new BigUint64Array(CHUNK / 64);
  const bits = new Uint8Array(validity.buffer);
  const values = bodies[column.type](engine);
  let into: Vector | undefined;
  let nulls = false;
  return {
    column,
    begin: vector => {
      into = vector;
      bits.fill(255);
      nulls = false;
      values.begin(vector);
    },
    put: (value, row) => {
      const bit = 1 << (row & 7);
      if (value !== null) {
        if (!values.put(value, row)) throw misfit(column, value);
        bits[row >> 3] = (bits[row >> 3] ?? 0) | bit;
        return;
      }
      if (column.required) throw misfit(column, value);
      bits[row >> 3] = (bits[row >> 3] ?? 0) & ~bit;
      values.skip?.(row);
      nulls = true;
    },
    end: count => {
      values.end(count);
      if (!nulls || into === undefined) return;
      raw.vector_ensure_validity_writable(into);
      raw.copy_data_to_vector_validity(into, 0, validity.buffer, 0, Math.ceil(count / 64) * 8);
    },
  };
}

/** What becomes of the values of one type. `put` takes one and is false when it does not fit; `skip` passes over a row without a value. */
type Body = {
  begin(vector: Vector): void;
  put(value: unknown, row: number): boolean;
  skip?(row: number): void;
  end(count: number): void;
};

const bodies: Readonly<Record<ColumnType, (engine: Engine) => Body>> = {
  uuid: engine => fixed(engine, 16, writeUuid),
  bool: engine => fixed(engine, 1, writeBoolean),
  int: engine => fixed(engine, 4, writeInteger),
  long: engine => fixed(engine, 8, writeLong),
  instant: engine => fixed(engine, 8, writeInstant),
  text: texts,
  'text[]': lists,
};

/** Writes a value at a row; false when it does not fit. */
type Write = (value: unknown, row: number) => boolean;

function fixed({ raw }: Engine, width: number, writer: (data: ArrayBuffer) => Write): Body {
  const data = new ArrayBuffer(CHUNK * width);
  let into: Vector | undefined;
  return {
    begin: vector => {
      into = vector;
    },
    put: writer(data),
    end: count => {
      if (into !== undefined) raw.copy_data_to_vector(into, 0, data, 0, count * width);
    },
  };
}

function texts({ raw }: Engine): Body {
  let into: Vector | undefined;
  return {
    begin: vector => {
      into = vector;
    },
    put: (value, row) => {
      if (typeof value !== 'string' || into === undefined) return false;
      raw.vector_assign_string_element(into, row, value);
      return true;
    },
    end: () => undefined,
  };
}

function lists({ raw }: Engine): Body {
  // Offset and length of each list, 64 bits each; lists are far shorter than 2^32.
  const entries = new Uint32Array(CHUNK * 4);
  let into: Vector | undefined;
  let items: string[] = [];
  const place = (row: number, count: number) => {
    entries[row * 4] = items.length;
    entries[row * 4 + 2] = count;
  };
  return {
    begin: vector => {
      into = vector;
      items = [];
    },
    put: (value, row) => {
      if (!Array.isArray(value) || !value.every(item => typeof item === 'string')) return false;
      place(row, value.length);
      for (const item of value) items.push(item);
      return true;
    },
    skip: row => place(row, 0),
    end: count => {
      if (into === undefined) return;
      raw.list_vector_reserve(into, items.length);
      raw.list_vector_set_size(into, items.length);
      const child = raw.list_vector_get_child(into);
      for (const [index, item] of items.entries()) raw.vector_assign_string_element(child, index, item);
      raw.copy_data_to_vector(into, 0, entries.buffer, 0, count * 16);
    },
  };
}

function writeUuid(data: ArrayBuffer): Write {
  const bytes = new Uint8Array(data);
  return (value, row) => typeof value === 'string' && writeGuid(value, bytes, row * 16);
}

function writeBoolean(data: ArrayBuffer): Write {
  const bytes = new Uint8Array(data);
  return (value, row) => {
    bytes[row] = value === true ? 1 : 0;
    return typeof value === 'boolean';
  };
}

function writeInteger(data: ArrayBuffer): Write {
  const words = new Int32Array(data);
  return (value, row) => {
    words[row] = Number(value);
    return typeof value === 'number' && words[row] === value;
  };
}

function writeLong(data: ArrayBuffer): Write {
  const words = new Int32Array(data);
  return (value, row) => {
    if (!Number.isSafeInteger(value)) return false;
    putLong(words, row, Number(value));
    return true;
  };
}

function writeInstant(data: ArrayBuffer): Write {
  const words = new Int32Array(data);
  const longs = new BigInt64Array(data);
  return (value, row) => {
    // The range of JavaScript's Date, in milliseconds; DuckDB counts microseconds.
    if (!Number.isSafeInteger(value) || Math.abs(Number(value)) > 8.64e15) return false;
    const micros = Number(value) * 1000;
    if (Number.isSafeInteger(micros)) putLong(words, row, micros);
    else longs[row] = BigInt(Number(value)) * 1000n;
    return true;
  };
}

// Two 32-bit halves, little-endian as every platform DuckDB ships for: no BigInt per value.
function putLong(words: Int32Array, row: number, value: number): void {
  words[row * 2] = value | 0;
  words[row * 2 + 1] = Math.floor(value / 2 ** 32);
}

function misfit(column: StoredColumn, value: unknown): MisfitError {
  const shown = (JSON.stringify(value) ?? String(value)).slice(0, 80);
  return new MisfitError(
    `column ${column.name} takes ${column.type}${column.required ? '' : ' or null'}, not ${shown}`,
  );
}
