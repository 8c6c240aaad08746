import type { DuckDBType, DuckDBValue, DuckDBValueConverter } from '@duckdb/node-api';
import type { Engine } from './engine.ts';

/**
 * A value of a result: UUIDs as lower-case text, TIMESTAMPs as milliseconds since 1970, integers of any width as numbers while they are exact
 * and as decimal text beyond, DECIMALs as numbers, lists as arrays, structs as objects, anything else as DuckDB's text.
 */
export type SqlValue =
  | null
  | boolean
  | number
  | string
  | readonly SqlValue[]
  | { readonly [name: string]: SqlValue | undefined };

/** One row of a result, by column name. */
export type SqlRow = Readonly<Record<string, SqlValue>>;

/** What turns DuckDB's values into ours. */
export function valueConverter({ api }: Engine): DuckDBValueConverter<SqlValue> {
  const convert = (value: DuckDBValue): SqlValue => {
    if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string')
      return value;
    if (typeof value === 'bigint') return exact(value);
    if (value instanceof api.DuckDBTimestampValue) return milliseconds(value.micros);
    if (value instanceof api.DuckDBTimestampTZValue) return milliseconds(value.micros);
    if (value instanceof api.DuckDBListValue) return value.items.map(convert);
    if (value instanceof api.DuckDBStructValue)
      return Object.fromEntries(Object.entries(value.entries).map(([name, item]) => [name, convert(item)]));
    if (value instanceof api.DuckDBDecimalValue) return value.toDouble();
    return String(value);
  };
  return (value: DuckDBValue, _type: DuckDBType) => convert(value);
}

function exact(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

// Towards the past, also before 1970: an instant with microseconds never becomes later than it was.
function milliseconds(micros: bigint): number {
  const number = Number(micros);
  if (Number.isSafeInteger(number)) return Math.floor(number / 1000);
  const whole = micros / 1000n;
  return Number(micros < 0n && whole * 1000n !== micros ? whole - 1n : whole);
}
