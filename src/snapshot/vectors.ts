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

/** Buffers of one column, reused for every chunk. Filling raw memory is three times as fast as appending value by value. */
export type ColumnBuffer = {
  readonly column: StoredColumn;
  /** Copies the values of one chunk into DuckDB's vector. Throws MisfitError. */
  fill(vector: Vector, values: ArrayLike<unknown>, count: number): void;
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
export function columnBuffer({ raw }: Engine, column: StoredColumn): ColumnBuffer {
  const validity = new BigUint64Array(CHUNK / 64);
  const bits = new Uint8Array(validity.buffer);
  const width = widths[column.type];
  const data = new ArrayBuffer(CHUNK * width);
  const write = writers[column.type](data);

  const fill = (vector: Vector, values: ArrayLike<unknown>, count: number) => {
    bits.fill(255);
    let nulls = false;
    for (let index = 0; index < count; index++) {
      const value = values[index];
      if (value === null) {
        if (column.required) throw misfit(column, value);
        bits[index >> 3] = (bits[index >> 3] ?? 0) & ~(1 << (index & 7));
        nulls = true;
      } else if (!write(value, index)) throw misfit(column, value);
    }
    if (width > 0) raw.copy_data_to_vector(vector, 0, data, 0, count * width);
    if (column.type === 'text') fillTexts(raw, vector, values, count);
    if (column.type === 'text[]') fillLists(raw, vector, values, count);
    if (!nulls) return;
    raw.vector_ensure_validity_writable(vector);
    raw.copy_data_to_vector_validity(vector, 0, validity.buffer, 0, Math.ceil(count / 64) * 8);
  };
  return { column, fill };
}

const widths: Readonly<Record<ColumnType, number>> = {
  uuid: 16,
  text: 0,
  bool: 1,
  int: 4,
  long: 8,
  instant: 8,
  'text[]': 0,
};

/** Writes a value at a row; false when it does not fit. */
type Write = (value: unknown, row: number) => boolean;

const writers: Readonly<Record<ColumnType, (data: ArrayBuffer) => Write>> = {
  uuid: data => {
    const bytes = new Uint8Array(data);
    return (value, row) => typeof value === 'string' && writeGuid(value, bytes, row * 16);
  },
  bool: data => {
    const bytes = new Uint8Array(data);
    return (value, row) => {
      bytes[row] = value === true ? 1 : 0;
      return typeof value === 'boolean';
    };
  },
  int: data => {
    const words = new Int32Array(data);
    return (value, row) => {
      words[row] = Number(value);
      return typeof value === 'number' && words[row] === value;
    };
  },
  long: writeLong,
  instant: writeInstant,
  text: () => value => typeof value === 'string',
  'text[]': () => value => Array.isArray(value) && value.every(item => typeof item === 'string'),
};

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

function fillTexts(raw: Engine['raw'], vector: Vector, values: ArrayLike<unknown>, count: number): void {
  for (let index = 0; index < count; index++) {
    const value = values[index];
    if (typeof value === 'string') raw.vector_assign_string_element(vector, index, value);
  }
}

function fillLists(raw: Engine['raw'], vector: Vector, values: ArrayLike<unknown>, count: number): void {
  // Offset and length of each list, 64 bits each; lists are far shorter than 2^32.
  const entries = new Uint32Array(count * 4);
  const items: string[] = [];
  for (let index = 0; index < count; index++) {
    const value = values[index];
    const list: readonly unknown[] = Array.isArray(value) ? value : [];
    entries[index * 4] = items.length;
    entries[index * 4 + 2] = list.length;
    for (const item of list) items.push(String(item));
  }
  raw.list_vector_reserve(vector, items.length);
  raw.list_vector_set_size(vector, items.length);
  fillTexts(raw, raw.list_vector_get_child(vector), items, items.length);
  raw.copy_data_to_vector(vector, 0, entries.buffer, 0, entries.byteLength);
}

function misfit(column: StoredColumn, value: unknown): MisfitError {
  const shown = (JSON.stringify(value) ?? String(value)).slice(0, 80);
  return new MisfitError(
    `column ${column.name} takes ${column.type}${column.required ? '' : ' or null'}, not ${shown}`,
  );
}
