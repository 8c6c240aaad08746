import { listSql } from './literals.ts';
import { mistake, Unreadable } from './mistakes.ts';
import { LIMITS } from './syntax.ts';
import type { Meaning, Typed } from './typed.ts';

/** What a NULL value stands for. */
type Nulls = 'never' | 'absent' | 'unknown';

/**
 * SQL of one node. Where every condition in `known` holds, `value` is the node's value, and `nulls` says what NULL means.
 * Where some condition does not hold, the node is unknown and `value` means nothing.
 */
export type Sql = { readonly value: string; readonly known: readonly string[]; readonly nulls: Nulls };

/** What stands for each list-macro variable: the name of a lambda's parameter or a literal. */
type Bindings = ReadonlyMap<string, string>;

/** Literal lists up to this length become plain AND/OR, which DuckDB runs much faster than a lambda. */
const UNROLLED = 16;

const CERTAIN = 'true';

/** Compiles a checked tree; throws `Unreadable` if the SQL would grow beyond `LIMITS.sql`. */
export function compile(node: Typed, bindings: Bindings = new Map()): Sql {
  const sql = compileMeaning(node.meaning, bindings);
  const size = sql.value.length + sql.known.reduce((sum, condition) => sum + condition.length, 0);
  if (size <= LIMITS.sql) return sql;
  throw new Unreadable(
    mistake(
      'too-large',
      node,
      'The expression is too complex.',
      'Split the invariant, or put the list into a parameter.',
    ),
  );
}

function compileMeaning(meaning: Meaning, bindings: Bindings): Sql {
  const inner = (node: Typed): Sql => compile(node, bindings);
  switch (meaning.op) {
    case 'literal':
      return { value: meaning.sql, known: [], nulls: meaning.sql === 'NULL' ? 'absent' : 'never' };
    case 'items':
      return sure(listSql(meaning.items, 'string'));
    case 'variable':
      return sure(bindings.get(meaning.id) ?? 'NULL');
    case 'field':
      return field(meaning);
    case 'presence':
      return { value: meaning.sql, known: knownWhen(meaning.known), nulls: 'never' };
    case 'apply':
      return apply(meaning, meaning.args.map(inner));
    case 'equal':
      return equal(meaning.negated, inner(meaning.left), inner(meaning.right));
    case 'member':
      return member(meaning.list, inner(meaning.item), inner(meaning.list));
    case 'not': {
      const operand = inner(meaning.operand);
      return { value: `(NOT ${operand.value})`, known: operand.known, nulls: strict(operand) };
    }
    case 'logic':
      return logic(meaning.joint, meaning.operands.map(inner));
    case 'conditional':
      return conditional(inner(meaning.test), inner(meaning.yes), inner(meaning.no));
    case 'quantifier':
      return quantifier(meaning, bindings);
  }
}

/** The one-column form: NULL wherever the node is unknown (or absent). */
export function nullIfUnknown({ value, known }: Sql): string {
  return known.length === 0 ? value : `CASE WHEN ${known.join(' AND ')} THEN ${value} END`;
}

/** SQL boolean, never NULL, that says whether the node is known; the text `true` if it always is. */
export function knownSql({ value, known, nulls }: Sql): string {
  const conditions = nulls === 'unknown' ? [...known, `${value} IS NOT NULL`] : known;
  return conditions.length === 0 ? CERTAIN : `coalesce(${conditions.join(' AND ')}, false)`;
}

const sure = (value: string): Sql => ({ value, known: [], nulls: 'never' });
const wrap = (sql: string): string => (/^\w+(\.\w+)*$/.test(sql) ? sql : `(${sql})`);
const knownWhen = (condition: string): readonly string[] =>
  condition.trim().toLowerCase() === CERTAIN ? [] : [wrap(condition)];
const merge = (...parts: readonly Sql[]): readonly string[] => [...new Set(parts.flatMap(part => part.known))];

/** What NULL means in the result of SQL that hands a NULL on: an absent operand, which guards exclude wherever it matters, makes it unknown. */
const strict = (...operands: readonly Sql[]): Nulls =>
  operands.every(operand => operand.nulls === 'never') ? 'never' : 'unknown';

/** Is the node known without looking at the row? */
const isCertain = (sql: Sql): boolean => sql.known.length === 0 && sql.nulls !== 'unknown';

function field({ field: read, absentable }: Extract<Meaning, { op: 'field' }>): Sql {
  const { sql, type, clear } = read;
  const known = [...knownWhen(read.known), ...(clear === undefined ? [] : knownWhen(clear.sql))];
  if (type !== 'string[]') return { value: wrap(sql), known, nulls: absentable ? 'absent' : 'never' };
  return { value: absentable ? `coalesce(${sql}, []::VARCHAR[])` : wrap(sql), known, nulls: 'never' };
}

/** Moves NULLs of the given meaning into a condition, for SQL that would not hand them on. */
function settle(sql: Sql, ...meanings: readonly Nulls[]): Sql {
  if (!meanings.includes(sql.nulls)) return sql;
  return { value: sql.value, known: [...sql.known, `${sql.value} IS NOT NULL`], nulls: 'never' };
}

function apply(meaning: Extract<Meaning, { op: 'apply' }>, given: readonly Sql[]): Sql {
  const args = meaning.guarded ? given.map(arg => settle(arg, 'absent', 'unknown')) : given;
  const nulls = meaning.partial ? 'unknown' : strict(...args);
  return { value: meaning.sql(args.map(arg => arg.value)), known: merge(...args), nulls };
}

function equal(negated: boolean, left: Sql, right: Sql): Sql {
  if (left.nulls !== 'absent' && right.nulls !== 'absent') {
    return {
      value: `(${left.value} ${negated ? '<>' : '='} ${right.value})`,
      known: merge(left, right),
      nulls: strict(left, right),
    };
  }
  const [a, b] = [settle(left, 'unknown'), settle(right, 'unknown')];
  return {
    value: `(${a.value} IS ${negated ? '' : 'NOT '}DISTINCT FROM ${b.value})`,
    known: merge(a, b),
    nulls: 'never',
  };
}

function member(node: Typed, given: Sql, list: Sql): Sql {
  const item = settle(given, 'unknown');
  const items = node.meaning.op === 'items' ? node.meaning.items : null;
  const test =
    items === null ? `list_contains(${list.value}, ${item.value})` : `(${item.value} IN (${items.join(', ')}))`;
  if (item.nulls === 'never') return { value: test, known: merge(item, list), nulls: strict(list) };
  // An absent item is in no list; a list that is NULL for unknown must not be mistaken for one without it.
  return { value: `coalesce(${test}, false)`, known: merge(item, settle(list, 'unknown')), nulls: 'never' };
}

/** Kleene's AND and OR are SQL's own; operands that become known together share one CASE. */
function logic(joint: 'AND' | 'OR', operands: readonly Sql[]): Sql {
  const groups = new Map<string, Sql[]>();
  for (const operand of operands) {
    const key = [...operand.known].sort().join('\n');
    groups.set(key, [...(groups.get(key) ?? []), operand]);
  }
  const joined = [...groups.values()].map(group => ({
    value: join(
      group.map(operand => operand.value),
      joint,
    ),
    known: merge(...group),
    nulls: strict(...group),
  }));
  const [only] = joined;
  if (only !== undefined && joined.length === 1) return only;
  return { value: join(joined.map(nullIfUnknown), joint), known: [], nulls: 'unknown' };
}

function join(values: readonly string[], joint: 'AND' | 'OR'): string {
  return values.length === 1 ? (values[0] ?? 'NULL') : `(${values.join(` ${joint} `)})`;
}

function conditional(test: Sql, yes: Sql, no: Sql): Sql {
  const choose = (a: string, b: string): string =>
    `(CASE ${nullIfUnknown(test)} WHEN TRUE THEN ${a} WHEN FALSE THEN ${b} END)`;
  const certain = isCertain(test) && test.nulls === 'never' && isCertain(yes) && isCertain(no);
  if (yes.nulls !== 'absent' && no.nulls !== 'absent') {
    return {
      value: choose(nullIfUnknown(yes), nullIfUnknown(no)),
      known: [],
      nulls: certain ? 'never' : 'unknown',
    };
  }
  const known = certain ? [] : [choose(knownSql(yes), knownSql(no))];
  return { value: choose(yes.value, no.value), known, nulls: 'absent' };
}

function quantifier(meaning: Extract<Meaning, { op: 'quantifier' }>, bindings: Bindings): Sql {
  const { variable, body } = meaning;
  const source = meaning.list.meaning;
  if (source.op === 'items' && meaning.quantifier !== 'exists_one' && source.items.length <= UNROLLED) {
    const parts = source.items.map(item => compile(body, new Map(bindings).set(variable, item)));
    return logic(meaning.quantifier === 'all' ? 'AND' : 'OR', parts);
  }
  const list = compile(meaning.list, bindings);
  const each = compile(body, new Map(bindings).set(variable, variable));
  const certain = each.known.length === 0 && each.nulls === 'never' && list.nulls === 'never';
  if (certain && meaning.quantifier !== 'exists_one') {
    return { value: search(meaning.quantifier, list, variable, each.value), known: list.known, nulls: 'never' };
  }
  return {
    value: fold(meaning.quantifier, list, variable, nullIfUnknown(each)),
    known: list.known,
    nulls: certain ? 'never' : 'unknown',
  };
}

/** Where no item can be unknown, looking for one TRUE (or FALSE) takes half the time of folding. */
function search(kind: 'all' | 'exists', list: Sql, variable: string, body: string): string {
  const all = kind === 'all';
  const found = `list_contains(list_transform(${list.value}, lambda ${variable}: ${body}), ${all ? 'FALSE' : 'TRUE'})`;
  return all ? `(NOT ${found})` : found;
}

/** Maps each item to a number and folds the numbers, so that the body appears once and unknown items count as CEL says. */
function fold(kind: 'all' | 'exists' | 'exists_one', list: Sql, variable: string, body: string): string {
  const map = (yes: string, no: string, unknown: string): string =>
    `list_transform(${list.value}, lambda ${variable}: CASE ${body} WHEN TRUE THEN ${yes} WHEN FALSE THEN ${no} ELSE ${unknown} END)`;
  // NULL of an empty or unread list must stay apart: an empty list has a length, an unread one has none.
  const guard = list.nulls === 'unknown' ? `CASE WHEN ${list.value} IS NOT NULL THEN ` : '';
  const end = list.nulls === 'unknown' ? ' END' : '';
  if (kind === 'exists_one') {
    return `(${guard}CASE list_sum(${map('1e0', '0e0', "'infinity'::DOUBLE")}) WHEN 1e0 THEN TRUE WHEN 'infinity'::DOUBLE THEN NULL ELSE FALSE END${end})`;
  }
  const numbers = map('2', '0', '1');
  const folded = kind === 'all' ? `coalesce(list_min(${numbers}), 2)` : `coalesce(list_max(${numbers}), 0)`;
  return `(${guard}CASE ${folded} WHEN 2 THEN TRUE WHEN 0 THEN FALSE END${end})`;
}
