import { listSql } from './literals.ts';
import { mistake, Unreadable } from './mistakes.ts';
import { LIMITS } from './syntax.ts';
import type { Meaning, Typed } from './typed.ts';

/**
 * SQL of one node. Where every condition in `known` holds, `value` is the node's value: NULL if it is absent
 * (only a nullable node can be) or, where `gaps` is set (only on a node that cannot be absent), if it is unknown.
 * Where some condition does not hold, the node is unknown and `value` means nothing.
 */
export type Sql = { readonly value: string; readonly known: readonly string[]; readonly gaps: boolean };

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
      return sure(meaning.sql);
    case 'items':
      return sure(listSql(meaning.items, 'string'));
    case 'variable':
      return sure(bindings.get(meaning.id) ?? 'NULL');
    case 'field':
      return { value: fieldSql(meaning), known: knownWhen(meaning.field.known), gaps: false };
    case 'presence':
      return { value: meaning.sql, known: knownWhen(meaning.known), gaps: false };
    case 'apply':
      return apply(meaning, meaning.args.map(inner));
    case 'equal':
      return equal(meaning, inner(meaning.left), inner(meaning.right));
    case 'member':
      return member(meaning, inner(meaning.item), inner(meaning.list));
    case 'not': {
      const { value, known, gaps } = inner(meaning.operand);
      return { value: `(NOT ${value})`, known, gaps };
    }
    case 'logic':
      return logic(meaning.joint, meaning.operands.map(inner));
    case 'conditional':
      return conditional(meaning, inner(meaning.test), inner(meaning.yes), inner(meaning.no));
    case 'quantifier':
      return quantifier(meaning, bindings);
  }
}

/** The one-column form: NULL wherever the node is unknown (or absent). */
export function nullIfUnknown({ value, known }: Sql): string {
  return known.length === 0 ? value : `CASE WHEN ${known.join(' AND ')} THEN ${value} END`;
}

/** SQL boolean, never NULL, that says whether the node is known; the text `true` if it always is. */
export function knownSql({ value, known, gaps }: Sql): string {
  const conditions = gaps ? [...known, `${value} IS NOT NULL`] : known;
  return conditions.length === 0 ? CERTAIN : `coalesce(${conditions.join(' AND ')}, false)`;
}

const sure = (value: string): Sql => ({ value, known: [], gaps: false });
const wrap = (sql: string): string => (/^\w+(\.\w+)*$/.test(sql) ? sql : `(${sql})`);
const knownWhen = (condition: string): readonly string[] =>
  condition.trim().toLowerCase() === CERTAIN ? [] : [wrap(condition)];
const merge = (...parts: readonly Sql[]): readonly string[] => [...new Set(parts.flatMap(part => part.known))];

function fieldSql({ field, emptyIfAbsent }: Extract<Meaning, { op: 'field' }>): string {
  return emptyIfAbsent ? `coalesce(${field.sql}, []::VARCHAR[])` : wrap(field.sql);
}

/** Moves what NULL says into a condition, for SQL that would not hand a NULL on. */
function settled(sql: Sql): Sql {
  return sql.gaps ? { value: sql.value, known: [...sql.known, `${sql.value} IS NOT NULL`], gaps: false } : sql;
}

function apply(meaning: Extract<Meaning, { op: 'apply' }>, given: readonly Sql[]): Sql {
  const args = meaning.guarded ? given.map(settled) : given;
  return {
    value: meaning.sql(args.map(arg => arg.value)),
    known: merge(...args),
    gaps: meaning.partial || args.some(arg => arg.gaps),
  };
}

function equal(meaning: Extract<Meaning, { op: 'equal' }>, left: Sql, right: Sql): Sql {
  if (!meaning.left.nullable && !meaning.right.nullable) {
    return {
      value: `(${left.value} ${meaning.negated ? '<>' : '='} ${right.value})`,
      known: merge(left, right),
      gaps: left.gaps || right.gaps,
    };
  }
  const [a, b] = [settled(left), settled(right)];
  return {
    value: `(${a.value} IS ${meaning.negated ? '' : 'NOT '}DISTINCT FROM ${b.value})`,
    known: merge(a, b),
    gaps: false,
  };
}

function member(meaning: Extract<Meaning, { op: 'member' }>, given: Sql, list: Sql): Sql {
  const item = settled(given);
  const { op } = meaning.list.meaning;
  const items = meaning.list.meaning.op === 'items' ? meaning.list.meaning.items : [];
  const test =
    op === 'items' ? `(${item.value} IN (${items.join(', ')}))` : `list_contains(${list.value}, ${item.value})`;
  const value = meaning.item.nullable ? `coalesce(${test}, false)` : test;
  // A list from `c ? a : b` may be NULL for unknown, which coalesce must not hide.
  const known = meaning.item.nullable ? merge(item, settled(list)) : merge(item, list);
  return { value, known, gaps: !meaning.item.nullable && list.gaps };
}

/** Kleene's AND and OR are SQL's own; operands that become known together share one CASE. */
function logic(joint: 'AND' | 'OR', operands: readonly Sql[]): Sql {
  const groups = new Map<string, { known: readonly string[]; values: string[]; gaps: boolean }>();
  for (const { known, value, gaps } of operands) {
    const key = [...known].sort().join('\n');
    const group = groups.get(key) ?? { known, values: [], gaps: false };
    group.values.push(value);
    group.gaps ||= gaps;
    groups.set(key, group);
  }
  const joined = [...groups.values()].map(({ known, values, gaps }) => ({ known, gaps, value: join(values, joint) }));
  const [only] = joined;
  if (only !== undefined && joined.length === 1) return only;
  return {
    value: join(joined.map(nullIfUnknown), joint),
    known: [],
    gaps: joined.some(part => part.gaps || part.known.length > 0),
  };
}

function join(values: readonly string[], joint: 'AND' | 'OR'): string {
  return values.length === 1 ? (values[0] ?? 'NULL') : `(${values.join(` ${joint} `)})`;
}

function conditional(meaning: Extract<Meaning, { op: 'conditional' }>, test: Sql, yes: Sql, no: Sql): Sql {
  const choose = (a: string, b: string, neither: string): string =>
    `CASE ${nullIfUnknown(test)} WHEN TRUE THEN ${a} WHEN FALSE THEN ${b}${neither} END`;
  if (!meaning.yes.nullable && !meaning.no.nullable) {
    const value = choose(nullIfUnknown(yes), nullIfUnknown(no), '');
    return {
      value: `(${value})`,
      known: [],
      gaps: [test, yes, no].some(part => part.gaps || part.known.length > 0),
    };
  }
  const certain = [test, yes, no].every(part => !part.gaps && part.known.length === 0);
  const known = certain ? [] : [`(${choose(knownSql(yes), knownSql(no), ' ELSE FALSE')})`];
  return { value: `(${choose(yes.value, no.value, '')})`, known, gaps: false };
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
  const certain = !each.gaps && each.known.length === 0;
  return {
    value: fold(meaning.quantifier, list, variable, nullIfUnknown(each)),
    known: list.known,
    gaps: list.gaps || !certain,
  };
}

/** Maps each item to a number and folds the numbers, so that the body appears once and unknown items count as CEL says. */
function fold(kind: 'all' | 'exists' | 'exists_one', list: Sql, variable: string, body: string): string {
  const map = (yes: string, no: string, unknown: string): string =>
    `list_transform(${list.value}, lambda ${variable}: CASE ${body} WHEN TRUE THEN ${yes} WHEN FALSE THEN ${no} ELSE ${unknown} END)`;
  // NULL of an empty or unread list must stay apart: an empty list has a length, an unread one has none.
  const guard = list.gaps ? `CASE WHEN ${list.value} IS NOT NULL THEN ` : '';
  const end = list.gaps ? ' END' : '';
  if (kind === 'exists_one') {
    return `(${guard}CASE list_sum(${map('1e0', '0e0', "'infinity'::DOUBLE")}) WHEN 1e0 THEN TRUE WHEN 'infinity'::DOUBLE THEN NULL ELSE FALSE END${end})`;
  }
  const numbers = map('2', '0', '1');
  const folded = kind === 'all' ? `coalesce(list_min(${numbers}), 2)` : `coalesce(list_max(${numbers}), 0)`;
  return `(${guard}CASE ${folded} WHEN 2 THEN TRUE WHEN 0 THEN FALSE END${end})`;
}
