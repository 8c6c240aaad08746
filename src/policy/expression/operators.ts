import type { FieldType } from './catalogue.ts';
import type { BinaryOperator } from './syntax.ts';

/** One overload of an operator whose operands are never absent. */
export type OperatorRow = {
  readonly operator: BinaryOperator;
  readonly left: FieldType;
  readonly right: FieldType;
  readonly result: FieldType;
  readonly sql: (left: string, right: string) => string;
  /** Set where the result can leave the 64-bit range; SQL then yields NULL, which reads as unknown, as in CEL it is an error. */
  readonly partial?: true;
  /** Set where the right side must be a literal other than zero. */
  readonly divides?: true;
};

type Rows = readonly OperatorRow[];

// DuckDB would compute in the width of the column, so integers are widened to 64 bits first; TRY turns an overflow into NULL.
const int =
  (symbol: string) =>
  (left: string, right: string): string =>
    `TRY(CAST(${left} AS BIGINT) ${symbol} CAST(${right} AS BIGINT))`;
const double =
  (symbol: string) =>
  (left: string, right: string): string =>
    `(CAST(${left} AS DOUBLE) ${symbol} CAST(${right} AS DOUBLE))`;
const plain =
  (symbol: string) =>
  (left: string, right: string): string =>
    `(${left} ${symbol} ${right})`;
const moved =
  (symbol: string) =>
  (time: string, span: string): string =>
    `TRY(make_timestamp(epoch_us(${time}) ${symbol} ${span}))`;

const ordered = (operator: BinaryOperator): Rows =>
  (['int', 'double', 'string', 'timestamp', 'duration'] as const).map(type => ({
    operator,
    left: type,
    right: type,
    result: 'bool',
    sql: plain(operator),
  }));

/** Every operator on two present values; `==`, `!=` and `in` also take absent ones and live in the checker. */
export const operatorRows: Rows = [
  ...ordered('<'),
  ...ordered('<='),
  ...ordered('>'),
  ...ordered('>='),
  { operator: '+', left: 'int', right: 'int', result: 'int', sql: int('+'), partial: true },
  { operator: '-', left: 'int', right: 'int', result: 'int', sql: int('-'), partial: true },
  { operator: '*', left: 'int', right: 'int', result: 'int', sql: int('*'), partial: true },
  { operator: '/', left: 'int', right: 'int', result: 'int', sql: int('//'), partial: true, divides: true },
  { operator: '%', left: 'int', right: 'int', result: 'int', sql: int('%'), partial: true, divides: true },
  { operator: '+', left: 'double', right: 'double', result: 'double', sql: double('+') },
  { operator: '-', left: 'double', right: 'double', result: 'double', sql: double('-') },
  { operator: '*', left: 'double', right: 'double', result: 'double', sql: double('*') },
  { operator: '/', left: 'double', right: 'double', result: 'double', sql: double('/'), divides: true },
  { operator: '+', left: 'string', right: 'string', result: 'string', sql: plain('||') },
  {
    operator: '-',
    left: 'timestamp',
    right: 'timestamp',
    result: 'duration',
    sql: (left, right) => `TRY(epoch_us(${left}) - epoch_us(${right}))`,
    partial: true,
  },
  { operator: '-', left: 'timestamp', right: 'duration', result: 'timestamp', sql: moved('-'), partial: true },
  { operator: '+', left: 'timestamp', right: 'duration', result: 'timestamp', sql: moved('+'), partial: true },
  {
    operator: '+',
    left: 'duration',
    right: 'timestamp',
    result: 'timestamp',
    sql: (left, right) => moved('+')(right, left),
    partial: true,
  },
  { operator: '+', left: 'duration', right: 'duration', result: 'duration', sql: int('+'), partial: true },
  { operator: '-', left: 'duration', right: 'duration', result: 'duration', sql: int('-'), partial: true },
];
