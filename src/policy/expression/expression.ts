import type { Catalogue, Field, FieldType } from './catalogue.ts';
import { check } from './check.ts';
import { type Checking, note } from './checking.ts';
import { compile, knownSql, nullIfUnknown, type Sql } from './compile.ts';
import { functionRows } from './functions.ts';
import { balance, type ExpressionMistake, Unreadable } from './mistakes.ts';
import { parse } from './parse.ts';
import { asShown } from './paths.ts';
import { NOTHING, type Paths, type Typed } from './typed.ts';

/** A checked expression as SQL over the population's relation. */
export type Checked = {
  readonly type: FieldType | 'null' | 'list';
  /** Can be absent. */
  readonly nullable: boolean;
  /** For bool: TRUE, FALSE, or NULL for unknown. For other values: NULL for absent or unknown, which `knownSql` tells apart. */
  readonly sql: string;
  /** SQL boolean, never NULL: is the value known? The text `true` if it always is. */
  readonly knownSql: string;
  /** SQL text of the value for people (lists joined with ", "); NULL where `sql` is. */
  readonly textSql: string;
  /** Paths of the fields and objects it reads, sorted. */
  readonly reads: readonly string[];
  /** Facets of those, sorted. */
  readonly facets: readonly string[];
  /** Those of the paths whose text counts as it is, so that pseudonyms make the expression unknown; sorted. */
  readonly clears: readonly string[];
};

/** Either the checked expression or every mistake in it, in order of appearance. */
export type ExpressionResult =
  | { readonly ok: true; readonly checked: Checked }
  | { readonly ok: false; readonly mistakes: readonly ExpressionMistake[] };

/**
 * Parses, checks and compiles an expression. Reports all type mistakes at once, but only the first syntax mistake.
 * `assume` is an expression known to be true here (the `when` of an `expect`): what it guards is guarded; its own mistakes are not reported.
 */
export function checkExpression(
  text: string,
  catalogue: Catalogue,
  expected: 'bool' | 'any',
  assume?: string,
): ExpressionResult {
  const checking = begin(text, catalogue);
  try {
    const present = assume === undefined ? NOTHING : guardsOf(assume, catalogue);
    const found = check(parse(text), checking, { present, scope: new Map() });
    if (expected === 'bool') demandBool(found, checking);
    const shown = expected === 'any' && checking.mistakes.length === 0 ? asShown(found) : found;
    const checked = checking.mistakes.length === 0 ? finish(shown, checking) : undefined;
    if (checked !== undefined) return { ok: true, checked };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { ok: false, mistakes: [...checking.mistakes, error.mistake] };
  }
  return { ok: false, mistakes: checking.mistakes.sort((a, b) => a.start - b.start || a.end - b.end) };
}

/** A condition within an expression, with the SQL of its truth: TRUE, FALSE, or NULL for unknown. */
export type Condition = { readonly text: string; readonly start: number; readonly end: number; readonly sql: string };

/** The conditions that an expression is made of, itself among them, in order of appearance; those within list macros are no conditions of a row. None when it has mistakes. */
export function conditionsOf(text: string, catalogue: Catalogue, assume?: string): readonly Condition[] {
  const checking = begin(text, catalogue);
  try {
    const present = assume === undefined ? NOTHING : guardsOf(assume, catalogue);
    const found = check(parse(text), checking, { present, scope: new Map() });
    if (checking.mistakes.length > 0) return [];
    return conditionsIn(found).map(node => {
      const { start, end } = balance(text, node);
      return { text: text.slice(start, end), start, end, sql: nullIfUnknown(compile(node)) };
    });
  } catch (error) {
    if (error instanceof Unreadable) return [];
    throw error;
  }
}

function conditionsIn(node: Typed): readonly Typed[] {
  const { meaning } = node;
  const own = node.type === 'bool' && !node.constant ? [node] : [];
  if (meaning.op === 'not') return conditionsIn(meaning.operand);
  if (meaning.op === 'logic') return [...own, ...meaning.operands.flatMap(conditionsIn)];
  if (meaning.op === 'conditional') return [...own, ...[meaning.test, meaning.yes, meaning.no].flatMap(conditionsIn)];
  return own;
}

function begin(text: string, catalogue: Catalogue): Checking {
  return { text, catalogue, mistakes: [], reads: new Set(), facets: new Set(), variables: 0, visit: check };
}

/** Paths that are present wherever the expression is true; none if it has mistakes. */
function guardsOf(text: string, catalogue: Catalogue): Paths {
  try {
    const checking = begin(text, catalogue);
    const found = check(parse(text), checking, { present: NOTHING, scope: new Map() });
    return found.type === 'bool' ? found.whenTrue : NOTHING;
  } catch (error) {
    if (error instanceof Unreadable) return NOTHING;
    throw error;
  }
}

function demandBool(found: Typed, checking: Checking): void {
  if (found.type === 'error') return;
  if (found.type !== 'bool') note(checking, 'wrong-type', found, `The expression must be bool; this is ${found.type}.`);
  else if (found.nullable)
    note(
      checking,
      'may-be-absent',
      found,
      `${found.path ?? 'The value'} may be absent here.`,
      `Write has(${found.path ?? '…'}) && ${found.path ?? '…'}, or compare with true or false.`,
    );
}

function finish(found: Typed, checking: Checking): Checked | undefined {
  const { type, nullable } = found;
  if (type === 'error') return undefined;
  const sql = compile(found);
  const clear = fieldsIn(found).filter(field => field.clear !== undefined);
  return {
    type,
    nullable,
    sql: nullIfUnknown(sql),
    knownSql: knownSql(sql),
    textSql: textSql(found, sql),
    reads: [...checking.reads].sort(),
    facets: [...new Set([...checking.facets, ...clear.flatMap(field => field.clear?.facets ?? [])])].sort(),
    clears: [...new Set(clear.map(field => field.path))].sort(),
  };
}

/** The fields whose values an expression uses; one whose presence alone it tests is not among them. */
function fieldsIn({ meaning }: Typed): readonly Field[] {
  switch (meaning.op) {
    case 'field':
      return [meaning.field];
    case 'apply':
      return meaning.args.flatMap(fieldsIn);
    case 'equal':
      return [meaning.left, meaning.right].flatMap(fieldsIn);
    case 'member':
      return [meaning.item, meaning.list].flatMap(fieldsIn);
    case 'not':
      return fieldsIn(meaning.operand);
    case 'logic':
      return meaning.operands.flatMap(fieldsIn);
    case 'conditional':
      return [meaning.test, meaning.yes, meaning.no].flatMap(fieldsIn);
    case 'quantifier':
      return [meaning.list, meaning.body].flatMap(fieldsIn);
    default:
      return [];
  }
}

/** The value as `string(…)` would write it. */
function textSql(found: Typed, sql: Sql): string {
  const value = nullIfUnknown(sql);
  if (found.type === 'string') return value;
  if (found.type === 'string[]' || found.type === 'list') return `array_to_string(${value}, ', ')`;
  const row = functionRows.find(candidate => candidate.name === 'string' && candidate.args[0] === found.type);
  return row === undefined ? `CAST(${value} AS VARCHAR)` : row.sql([value]);
}
