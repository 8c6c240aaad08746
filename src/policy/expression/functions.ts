import type { FieldType } from './catalogue.ts';
import { durationSql, type LiteralResult, patternSql, quote, timestampSql } from './literals.ts';
import { versionFlaw, versionSql } from './versions.ts';

/** One overload of one function. Adding a function is adding a row. */
export type FunctionRow = {
  readonly name: string;
  /** Type of `x` in `x.name(…)`, or null for `name(…)`. */
  readonly receiver: FieldType | null;
  readonly args: readonly FieldType[];
  readonly result: FieldType;
  /** SQL of the call; the receiver comes first. Each argument is a self-contained SQL expression that is never absent. */
  readonly sql: (args: readonly string[]) => string;
  /** Set where the last argument must be a string literal: checks it and turns it into SQL. */
  readonly literal?: (text: string) => LiteralResult;
  /** What is wrong with a literal argument that can never give an answer; undefined when nothing is. */
  readonly flaw?: (text: string) => { readonly message: string; readonly hint: string } | undefined;
  /** Set where `sql` yields NULL for arguments to which there is no answer: the call is unknown then. */
  readonly partial?: true;
  /** Set where `sql` does not turn a NULL argument into NULL by itself. */
  readonly guarded?: true;
  readonly description: string;
};

/** White space as Unicode defines it, which is what CEL's trim() removes. */
const WHITE_SPACE = quote(
  String.fromCodePoint(
    9,
    10,
    11,
    12,
    13,
    32,
    0x85,
    0xa0,
    0x1680,
    ...Array.from({ length: 11 }, (_, index) => 0x2000 + index),
    0x2028,
    0x2029,
    0x202f,
    0x205f,
    0x3000,
  ),
);
const UPPER = quote('ABCDEFGHIJKLMNOPQRSTUVWXYZ');
const LOWER = quote('abcdefghijklmnopqrstuvwxyz');

const at = (args: readonly string[], index: number): string => args[index] ?? 'NULL';
const call =
  (name: string) =>
  (args: readonly string[]): string =>
    `${name}(${args.join(', ')})`;

/** Keeps an index within what substring() of the database accepts. */
const index = (sql: string): string => (/^\d{1,9}$/.test(sql) ? sql : `greatest(least(${sql}, 1000000000), 0)`);

/** lower() also changes letters such as Ä, but on text without any it does the same ten times faster; bytes = code points tells. */
const asciiCase = (text: string, change: string, from: string, to: string): string =>
  `(CASE WHEN strlen(${text}) = length(${text}) THEN ${change}(${text}) ELSE translate(${text}, ${from}, ${to}) END)`;

function substring(args: readonly string[]): string {
  const [start, end] = [index(at(args, 1)), index(at(args, 2))];
  return `substring(${at(args, 0)}, ${start} + 1, greatest(${end} - ${start}, 0))`;
}

/** Microseconds as CEL writes a duration: `3600s`, `0.25s`. */
const durationText = (args: readonly string[]): string =>
  `(regexp_replace(CAST(CAST(${at(args, 0)} AS DECIMAL(19, 0)) * 0.000001 AS VARCHAR), '\\.?0*$', '') || 's')`;

const timestampText = (args: readonly string[]): string =>
  `regexp_replace(strftime(${at(args, 0)}, '%Y-%m-%dT%H:%M:%S.%fZ'), '\\.?0*Z$', 'Z')`;

const text = (args: readonly string[]): string => `CAST(${at(args, 0)} AS VARCHAR)`;

/** Every function of tallystick's CEL, in the order the documentation lists them. */
export const functionRows: readonly FunctionRow[] = [
  {
    name: 'size',
    receiver: null,
    args: ['string'],
    result: 'int',
    sql: call('length'),
    description: 'Number of Unicode code points.',
  },
  {
    name: 'size',
    receiver: 'string',
    args: [],
    result: 'int',
    sql: call('length'),
    description: 'Number of Unicode code points.',
  },
  {
    name: 'size',
    receiver: null,
    args: ['string[]'],
    result: 'int',
    sql: call('len'),
    description: 'Number of items.',
  },
  { name: 'size', receiver: 'string[]', args: [], result: 'int', sql: call('len'), description: 'Number of items.' },
  {
    name: 'startsWith',
    receiver: 'string',
    args: ['string'],
    result: 'bool',
    sql: call('starts_with'),
    description: 'Begins with this text, case-sensitive.',
  },
  {
    name: 'endsWith',
    receiver: 'string',
    args: ['string'],
    result: 'bool',
    sql: call('suffix'),
    description: 'Ends with this text, case-sensitive.',
  },
  {
    name: 'contains',
    receiver: 'string',
    args: ['string'],
    result: 'bool',
    sql: call('contains'),
    description: 'Holds this text, case-sensitive.',
  },
  {
    name: 'matches',
    receiver: 'string',
    args: ['string'],
    result: 'bool',
    sql: call('regexp_matches'),
    literal: patternSql,
    description:
      'Some part matches this RE2 pattern, which must be a literal; anchor it with ^ and $ to match the whole.',
  },
  {
    name: 'lowerAscii',
    receiver: 'string',
    args: [],
    result: 'string',
    sql: args => asciiCase(at(args, 0), 'lower', UPPER, LOWER),
    description: 'A–Z in lower case, everything else untouched.',
  },
  {
    name: 'upperAscii',
    receiver: 'string',
    args: [],
    result: 'string',
    sql: args => asciiCase(at(args, 0), 'upper', LOWER, UPPER),
    description: 'a–z in upper case, everything else untouched.',
  },
  {
    name: 'trim',
    receiver: 'string',
    args: [],
    result: 'string',
    sql: args => `trim(${at(args, 0)}, ${WHITE_SPACE})`,
    description: 'Without white space at either end.',
  },
  {
    name: 'substring',
    receiver: 'string',
    args: ['int'],
    result: 'string',
    guarded: true,
    sql: args => `substring(${at(args, 0)}, ${index(at(args, 1))} + 1)`,
    description:
      'From this code point (0 is the first) to the end; a position outside the text is moved to its nearer end.',
  },
  {
    name: 'substring',
    receiver: 'string',
    args: ['int', 'int'],
    result: 'string',
    guarded: true,
    sql: substring,
    description:
      'From one code point up to, not including, another; positions outside the text are moved to its nearer end.',
  },
  {
    name: 'string',
    receiver: null,
    args: ['string'],
    result: 'string',
    sql: args => at(args, 0),
    description: 'The text itself.',
  },
  { name: 'string', receiver: null, args: ['int'], result: 'string', sql: text, description: 'Decimal digits.' },
  { name: 'string', receiver: null, args: ['bool'], result: 'string', sql: text, description: 'true or false.' },
  {
    name: 'string',
    receiver: null,
    args: ['double'],
    result: 'string',
    sql: args => `regexp_replace(${text(args)}, '\\.0$', '')`,
    description: 'Shortest decimal form.',
  },
  {
    name: 'string',
    receiver: null,
    args: ['timestamp'],
    result: 'string',
    sql: timestampText,
    description: 'RFC 3339 in UTC.',
  },
  {
    name: 'string',
    receiver: null,
    args: ['duration'],
    result: 'string',
    sql: durationText,
    description: 'Seconds, such as 3600s.',
  },
  {
    name: 'versionAtLeast',
    receiver: null,
    args: ['string', 'string'],
    result: 'bool',
    partial: true,
    flaw: versionFlaw,
    sql: args => versionSql(at(args, 0), at(args, 1)),
    description:
      'The first version is the second or a later one: whole numbers with dots, compared part by part, missing parts as 0 (2.5 is 2.5.0.0, 2.10 is later than 2.9). Unknown when either text is no version.',
  },
  {
    name: 'double',
    receiver: null,
    args: ['int'],
    result: 'double',
    sql: args => `CAST(${at(args, 0)} AS DOUBLE)`,
    description: 'The nearest double.',
  },
  {
    name: 'timestamp',
    receiver: null,
    args: ['string'],
    result: 'timestamp',
    sql: args => at(args, 0),
    literal: timestampSql,
    description: 'A point in time from an RFC 3339 literal.',
  },
  {
    name: 'duration',
    receiver: null,
    args: ['string'],
    result: 'duration',
    sql: args => at(args, 0),
    literal: durationSql,
    description: 'A span from a literal such as "36h", "1h30m", "90s".',
  },
];

/** One line of the function reference. */
export type FunctionDoc = { readonly name: string; readonly signature: string; readonly description: string };

/** The function reference, made from the same rows that the checker uses, with has() and the list macros. */
export const functions: readonly FunctionDoc[] = [
  {
    name: 'has',
    signature: 'has(path) → bool',
    description: 'The field or object is present. Unknown if it was not read.',
  },
  {
    name: 'all',
    signature: 'string[].all(x, condition) → bool',
    description: 'The condition holds for every item; true for an empty list.',
  },
  {
    name: 'exists',
    signature: 'string[].exists(x, condition) → bool',
    description: 'The condition holds for some item; false for an empty list.',
  },
  {
    name: 'exists_one',
    signature: 'string[].exists_one(x, condition) → bool',
    description: 'The condition holds for exactly one item; unknown if it is unknown for any.',
  },
  ...functionRows.map(row => ({ name: row.name, signature: signature(row), description: row.description })),
];

/** A row as people read it: `string.startsWith(string) → bool`. */
export function signature(row: FunctionRow): string {
  const receiver = row.receiver === null ? '' : `${row.receiver}.`;
  return `${receiver}${row.name}(${row.args.join(', ')}) → ${row.result}`;
}
