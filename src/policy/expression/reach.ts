import type { Catalogue } from './catalogue.ts';
import { comparisonOf, comparisons, nameOf, partsOf, type Restriction, type Row, textOf, Unknowns } from './kinds.ts';
import { balance, Unreadable } from './mistakes.ts';
import { parse } from './parse.ts';
import type { Node, NodeOf, Span } from './syntax.ts';

/** A part of an expression that is the same wherever it is looked at, as far as the expression alone can tell. */
export type Constant = Span & { readonly always: boolean };

/** What a pair of expressions can come to: for each, the outermost parts that never change. */
export type Reach = { readonly when: readonly Constant[]; readonly expect: readonly Constant[] };

/**
 * Tries an invariant on every kind of row that its conditions can tell apart, and tells which parts come out the same on all that reach them.
 * `expect` is looked at only where `when` is true. Both must have passed the checker; parameters count as any value. Nothing is claimed of
 * expressions with too many kinds of rows.
 */
export function reachOf(
  when: string | undefined,
  expect: string,
  catalogue: Catalogue,
  restriction?: Restriction,
): Reach {
  const nothing = { when: [], expect: [] };
  try {
    const scope = when === undefined ? undefined : parse(when);
    const expected = parse(expect);
    // Equal texts have one tree, and what is noted of each must stand apart.
    const trees = { when: scope, expect: scope === expected ? structuredClone(expected) : expected };
    const unknowns = new Unknowns(catalogue, restriction);
    if (trees.when) unknowns.visit(trees.when, when ?? '');
    unknowns.visit(trees.expect, expect);
    const seen: Seen = new Map();
    const unsettled = new Set([...(trees.when ? allParts(trees.when) : []), ...allParts(trees.expect)].filter(changes));
    const complete = unknowns.eachRow(row => {
      const observing = { row, seen, unsettled, whole: trees };
      if (!trees.when || truth(trees.when, observing, when ?? '') === true) truth(trees.expect, observing, expect);
      return unsettled.size > 0;
    });
    if (!complete) return nothing;
    return {
      when: trees.when ? constantsIn(trees.when, when ?? '', seen) : [],
      expect: constantsIn(trees.expect, expect, seen),
    };
  } catch (error) {
    if (error instanceof Unreadable) return nothing;
    throw error;
  }
}

type Seen = Map<Node, { yes: boolean; no: boolean }>;

/** What was noted, and the parts that may still turn out to be constant: once there are none, no further row is needed. */
type Observing = {
  readonly row: Row;
  readonly seen: Seen;
  readonly unsettled: Set<Node>;
  readonly whole: { readonly when: Node | undefined; readonly expect: Node };
};

const allParts = (node: Node): readonly Node[] => [node, ...partsOf(node).flatMap(allParts)];

/** Nobody is told of a literal. */
const changes = ({ kind }: Node): boolean => kind !== 'literal';

/** Kleene's truth of a condition on a row, with everything that was looked at noted. */
function truth(node: Node, observing: Observing, text: string): boolean | null {
  const result = truthOf(node, observing, text);
  const noted = observing.seen.get(node) ?? { yes: false, no: false };
  // What is not known could be either.
  if (result !== false) noted.yes = true;
  if (result !== true) noted.no = true;
  observing.seen.set(node, noted);
  const { when, expect } = observing.whole;
  const isGuard = node.kind === 'has' && node !== when && node !== expect;
  if (noted.yes && (noted.no || isGuard)) observing.unsettled.delete(node);
  return result;
}

function truthOf(node: Node, observing: Observing, text: string): boolean | null {
  const { row } = observing;
  switch (node.kind) {
    case 'literal':
      return node.value === true;
    case 'not': {
      const operand = truth(node.operand, observing, text);
      return operand === null ? null : !operand;
    }
    case 'logic':
      return joined(node, observing, text);
    case 'conditional': {
      const test = truth(node.test, observing, text);
      if (test === null) return null;
      return truth(test ? node.yes : node.no, observing, text);
    }
    case 'has': {
      const value = node.operand.kind === 'path' ? row.value(nameOf(node.operand)) : undefined;
      return value === undefined ? row.holds(textOf(node, text)) : value !== null;
    }
    case 'path': {
      const value = row.value(nameOf(node));
      return typeof value === 'boolean' ? value : value === null ? null : row.holds(textOf(node, text));
    }
    case 'binary':
      return compared(node, observing, text);
    default:
      return row.holds(textOf(node, text));
  }
}

function joined(node: NodeOf<'logic'>, observing: Observing, text: string): boolean | null {
  const decisive = node.operator === '||';
  let result: boolean | null = !decisive;
  for (const operand of node.operands) {
    const each = truth(operand, observing, text);
    // What comes after a decision is not looked at.
    if (each === decisive) return decisive;
    if (each === null) result = null;
  }
  return result;
}

function compared(node: NodeOf<'binary'>, { row }: Observing, text: string): boolean | null {
  const found = comparisonOf(node);
  const value = found && row.value(found.path);
  if (found === undefined || value === undefined) return row.holds(textOf(node, text));
  if (found.operator === 'in')
    return found.values.includes(value === 'something else' ? null : value) && value !== null;
  return comparisons[found.operator]?.(value, found.values[0] ?? null) ?? null;
}

/** The outermost parts that always came out the same; what lies in them is not told as well. */
function constantsIn(
  node: Node,
  text: string,
  seen: ReadonlyMap<Node, { readonly yes: boolean; readonly no: boolean }>,
  isWhole = true,
): readonly Constant[] {
  const noted = seen.get(node);
  // A part that no row reaches belongs to one that is constant, or is its neighbour.
  if (noted === undefined || noted.yes === noted.no) {
    return noted === undefined ? [] : partsOf(node).flatMap(part => constantsIn(part, text, seen, false));
  }
  // A guard that always holds may be what the checker asks for; alone it guards nothing.
  if (noted.yes && node.kind === 'has' && !isWhole) return [];
  return node.kind === 'literal' ? [] : [{ ...balance(text, node), always: noted.yes }];
}
