import type { Catalogue, FieldType } from './catalogue.ts';
import { balance, type ExpressionMistake, type MistakeCode, mistake } from './mistakes.ts';
import type { Node, Span } from './syntax.ts';
import { type ExpressionType, type Meaning, NOTHING, type Paths, type Typed } from './typed.ts';

/** A list macro's variable. */
export type Variable = { readonly id: string; readonly type: FieldType; readonly values?: readonly string[] };

/** What is known at one place of an expression: the paths certainly present and the variables in reach. */
export type Flow = { readonly present: Paths; readonly scope: ReadonlyMap<string, Variable> };

/** One run of the checker: what it reads from and what it gathers. */
export type Checking = {
  readonly text: string;
  readonly catalogue: Catalogue;
  readonly mistakes: ExpressionMistake[];
  readonly reads: Set<string>;
  readonly facets: Set<string>;
  variables: number;
  /** Checks any node; kept here so that the files of the checker need not import each other in a circle. */
  readonly visit: (node: Node, checking: Checking, flow: Flow) => Typed;
};

/** Notes a mistake at a node and returns the node as wrong, so that nothing is reported twice. */
export function wrong(checking: Checking, code: MistakeCode, span: Span, message: string, hint?: string): Typed {
  note(checking, code, span, message, hint);
  return poisoned(span);
}

/** Notes a mistake at a span. */
export function note(checking: Checking, code: MistakeCode, span: Span, message: string, hint?: string): void {
  checking.mistakes.push(mistake(code, balance(checking.text, span), message, hint));
}

/** A node that could not be given a meaning and was reported. */
export function poisoned({ start, end }: Span): Typed {
  const meaning: Meaning = { op: 'literal', sql: 'NULL' };
  return {
    type: 'error',
    nullable: false,
    constant: false,
    whenTrue: NOTHING,
    whenFalse: NOTHING,
    meaning,
    start,
    end,
  };
}

/** A checked node without guards, present and not constant unless said otherwise. */
export function typed(span: Span, type: ExpressionType, meaning: Meaning, more: Partial<Typed> = {}): Typed {
  return {
    type,
    nullable: false,
    constant: false,
    whenTrue: NOTHING,
    whenFalse: NOTHING,
    meaning,
    start: span.start,
    end: span.end,
    ...more,
  };
}

/** Checks a node whose value must be there: an absent one is a mistake unless a guard excludes it. */
export function visitPresent(node: Node, checking: Checking, flow: Flow): Typed {
  const found = checking.visit(node, checking, flow);
  if (found.type === 'null') {
    return wrong(
      checking,
      'wrong-type',
      found,
      'null cannot be used here.',
      'null can only be compared with == and !=.',
    );
  }
  return found.nullable ? mayBeAbsent(checking, found) : found;
}

function mayBeAbsent(checking: Checking, found: Typed): Typed {
  const { path } = found;
  if (path === undefined)
    return wrong(
      checking,
      'may-be-absent',
      found,
      'This value may be absent here.',
      'Guard it, for example with "… != null && …".',
    );
  return wrong(
    checking,
    'may-be-absent',
    found,
    `${path} may be absent here.`,
    `Guard it: has(${path}) && …, or !has(${path}) || …`,
  );
}

/** Checks a node that must be a present bool. */
export function visitCondition(node: Node, checking: Checking, flow: Flow): Typed {
  const found = visitPresent(node, checking, flow);
  if (found.type === 'bool' || found.type === 'error') return found;
  return wrong(checking, 'wrong-type', found, `A condition must be bool; this is ${found.type}.`, conditionHint(found));
}

function conditionHint(found: Typed): string | undefined {
  if (found.path === undefined) return undefined;
  if (found.type === 'string') return `Compare it: ${found.path} == "…"`;
  return found.type === 'string[]' ? `Compare its size: size(${found.path}) > 0` : undefined;
}
