import type { Catalogue } from './catalogue.ts';
import { balance, endOfString, Unreadable } from './mistakes.ts';
import { parse } from './parse.ts';
import type { Node, NodeOf, Span } from './syntax.ts';

/** One small change of an expression: the text between two UTF-16 offsets, and what stands there instead. */
export type Mutation = Span & { readonly to: string };

/**
 * Small changes of an expression, as people make them by mistake: an operator for its neighbour, a condition that always or never holds, a negation
 * left out, a literal that is off by one. None for text that cannot be parsed. A change may leave an expression that the checker refuses.
 */
export function mutationsOf(text: string, catalogue: Catalogue): readonly Mutation[] {
  try {
    const tree = parse(text);
    return distinct(text, [...constants(tree, text), ...changes(tree, { text, catalogue })]);
  } catch (error) {
    if (error instanceof Unreadable) return [];
    throw error;
  }
}

type Reading = { readonly text: string; readonly catalogue: Catalogue };

function distinct(text: string, all: readonly Mutation[]): readonly Mutation[] {
  const seen = new Map<string, Mutation>();
  for (const mutation of all) {
    const { start, end, to } = mutation;
    if (text.slice(start, end) !== to) seen.set(`${start} ${end} ${to}`, mutation);
  }
  return [...seen.values()].sort((a, b) => a.start - b.start || a.end - b.end);
}

/** A condition that always or never holds. */
function constants(span: Span, text: string): readonly Mutation[] {
  const { start, end } = balance(text, span);
  return ['true', 'false'].map(to => ({ start, end, to }));
}

function changes(node: Node, reading: Reading): readonly Mutation[] {
  const inner = (child: Node) => changes(child, reading);
  switch (node.kind) {
    case 'literal':
      return literal(node);
    case 'path':
    case 'has':
      return [];
    case 'list':
      return [...node.items.flatMap(inner), ...withoutItems(node, reading)];
    case 'not':
      return [
        ...constants(node.operand, reading.text),
        { start: node.start, end: node.start + 1, to: '' },
        ...inner(node.operand),
      ];
    case 'negate':
      return [{ start: node.start, end: node.start + 1, to: '' }, ...inner(node.operand)];
    case 'binary':
      return [...operators(node, reading), ...values(node, reading), ...inner(node.left), ...inner(node.right)];
    case 'logic':
      return [
        ...joints(node, reading),
        ...node.operands.flatMap(operand => [...constants(operand, reading.text), ...inner(operand)]),
      ];
    case 'conditional':
      return [...constants(node.test, reading.text), ...[node.test, node.yes, node.no].flatMap(inner)];
    case 'call':
      return [
        ...callee(node, reading),
        ...(node.receiver === null ? [] : inner(node.receiver)),
        ...node.args.flatMap(inner),
      ];
    case 'quantifier':
      return [
        ...quantifier(node, reading),
        ...inner(node.list),
        ...constants(node.body, reading.text),
        ...inner(node.body),
      ];
  }
}

function literal({ value, start, end }: NodeOf<'literal'>): readonly Mutation[] {
  const become = (to: string): Mutation => ({ start, end, to });
  switch (typeof value) {
    case 'bigint':
      return [become(`${value + 1n}`), become(`${value - 1n}`)];
    case 'number':
      return [become(`${value + 0.5}`.includes('.') ? `${value + 0.5}` : `${value + 0.5}.0`)];
    case 'boolean':
      return [become(`${!value}`)];
    case 'string':
      return value === '' ? [become('"·"')] : [become('""')];
    default:
      return [];
  }
}

/** Neighbours of the operators that compare and calculate. */
const neighbours: Readonly<Record<string, readonly string[]>> = {
  '==': ['!='],
  '!=': ['=='],
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '+': ['-'],
  '-': ['+'],
  '*': ['+'],
  '/': ['*'],
  '%': ['*'],
};

function operators({ operator, left, right }: NodeOf<'binary'>, { text }: Reading): readonly Mutation[] {
  const at = tokenBetween(text, operator, balance(text, left).end, right.start);
  return at === undefined ? [] : (neighbours[operator] ?? []).map(to => ({ ...at, to }));
}

/** Where a field can only hold some texts, another of them in place of the one that is named. */
function values({ left, right }: NodeOf<'binary'>, { catalogue }: Reading): readonly Mutation[] {
  const literals = right.kind === 'list' ? right.items : [left, right];
  const known = [left, right].flatMap(side =>
    side.kind === 'path' ? (catalogue.fields.get(side.segments.map(({ name }) => name).join('.'))?.values ?? []) : [],
  );
  return literals.flatMap(each => {
    if (each.kind !== 'literal' || typeof each.value !== 'string') return [];
    const other = known.find(value => value !== each.value);
    return other === undefined ? [] : [{ start: each.start, end: each.end, to: JSON.stringify(other) }];
  });
}

function joints({ operator, operands }: NodeOf<'logic'>, { text }: Reading): readonly Mutation[] {
  const other = operator === '&&' ? '||' : '&&';
  return operands.slice(1).flatMap((operand, index) => {
    const before = operands[index];
    const at = before && tokenBetween(text, operator, balance(text, before).end, operand.start);
    return at === undefined ? [] : [{ ...at, to: other }];
  });
}

const kin: Readonly<Record<string, readonly string[]>> = {
  startsWith: ['contains', 'endsWith'],
  endsWith: ['contains', 'startsWith'],
  contains: ['startsWith'],
};

function callee({ name, receiver, args }: NodeOf<'call'>, { text }: Reading): readonly Mutation[] {
  if (receiver === null) return name === 'versionAtLeast' ? swapped(args, text) : [];
  const at = tokenBetween(text, name, receiver.end, text.length);
  return at === undefined ? [] : (kin[name] ?? []).map(to => ({ ...at, to }));
}

function swapped(args: readonly Node[], text: string): readonly Mutation[] {
  const [first, second] = args.map(arg => balance(text, arg));
  if (first === undefined || second === undefined) return [];
  const [a, between, b] = [
    text.slice(first.start, first.end),
    text.slice(first.end, second.start),
    text.slice(second.start, second.end),
  ];
  return [{ start: first.start, end: second.end, to: `${b}${between}${a}` }];
}

function quantifier(node: NodeOf<'quantifier'>, { text }: Reading): readonly Mutation[] {
  const at = tokenBetween(text, node.quantifier, node.list.end, node.variable.start);
  return at === undefined ? [] : [{ ...at, to: node.quantifier === 'all' ? 'exists' : 'all' }];
}

/** A list with one item less; a list of one has none to spare. */
function withoutItems({ items }: NodeOf<'list'>, { text }: Reading): readonly Mutation[] {
  if (items.length < 2) return [];
  return items.map((item, index) => {
    const next = items[index + 1];
    const before = items[index - 1];
    const start = next === undefined && before !== undefined ? before.end : item.start;
    return { start, end: next?.start ?? Math.max(item.end, endOfLiteral(text, item)), to: '' };
  });
}

function endOfLiteral(text: string, item: Node): number {
  return /["']/.test(text.charAt(item.start)) ? endOfString(text, item.start) : item.end;
}

/** Where a token stands between two places, outside of parentheses' contents as there are none between operands. */
function tokenBetween(text: string, token: string, from: number, to: number): Span | undefined {
  const at = text.indexOf(token, from);
  return at < 0 || at + token.length > to ? undefined : { start: at, end: at + token.length };
}
