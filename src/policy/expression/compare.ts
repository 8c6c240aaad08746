import { nearest } from './catalogue.ts';
import { type Checking, type Flow, note, poisoned, typed, visitPresent, wrong } from './checking.ts';
import { operatorRows } from './operators.ts';
import { checkNullComparison } from './paths.ts';
import type { Node, NodeOf, Span } from './syntax.ts';
import { NOTHING, type Typed, upward } from './typed.ts';

/** Any operator on two values. */
export function checkBinary(node: NodeOf<'binary'>, checking: Checking, flow: Flow): Typed {
  if (node.operator === '==' || node.operator === '!=')
    return checkEquality(node, node.operator === '!=', checking, flow);
  if (node.operator === 'in') return checkMembership(node, checking, flow);
  return checkOperator(node, checking, flow);
}

const isNull = (node: Node): boolean => node.kind === 'literal' && node.value === null;

function checkEquality(node: NodeOf<'binary'>, negated: boolean, checking: Checking, flow: Flow): Typed {
  const other = isNull(node.right) ? node.left : isNull(node.left) ? node.right : null;
  const presence = other === null ? null : checkNullComparison(other, node, negated, checking, flow);
  if (presence !== null) return presence;
  const left = checking.visit(node.left, checking, flow);
  const right = checking.visit(node.right, checking, flow);
  if (left.type === 'error' || right.type === 'error') return poisoned(node);
  if (!comparable(left, right)) return mismatch(checking, node, node.operator, left, right);
  if (warnConstant(checking, node, left, right, negated)) return poisoned(node);
  const guard =
    left.path !== undefined && !right.nullable
      ? upward(left.path)
      : right.path !== undefined && !left.nullable
        ? upward(right.path)
        : NOTHING;
  return typed(node, 'bool', { op: 'equal', negated, left, right }, { [negated ? 'whenFalse' : 'whenTrue']: guard });
}

function comparable(left: Typed, right: Typed): boolean {
  if (left.type === 'null' || right.type === 'null') return true;
  return left.type === right.type && left.element === right.element;
}

/** Reports a comparison whose outcome no row can change. */
function warnConstant(
  checking: Checking,
  node: NodeOf<'binary'>,
  left: Typed,
  right: Typed,
  negated: boolean,
): boolean {
  if (left.type === 'null' || right.type === 'null') {
    if (left.nullable && right.nullable && !(left.constant && right.constant)) return false;
    note(checking, 'constant', node, `This is always ${negated}: the value is never absent.`);
    return true;
  }
  return (
    warnSame(checking, node, left, right) ||
    warnValues(checking, right, left.values, left.path) ||
    warnValues(checking, left, right.values, right.path)
  );
}

function warnSame(checking: Checking, node: Span, left: Typed, right: Typed): boolean {
  if (left.constant && right.constant) {
    note(checking, 'constant', node, 'This condition reads no field, so it is the same for every row.');
    return true;
  }
  if (left.path === undefined || left.path !== right.path) return false;
  note(checking, 'constant', node, `${left.path} is compared with itself.`);
  return true;
}

/** Reports a literal that the field can never hold. */
function warnValues(
  checking: Checking,
  literal: Typed,
  values: readonly string[] | undefined,
  path: string | undefined,
): boolean {
  const { text } = literal;
  if (text === undefined || values === undefined || values.includes(text)) return false;
  const [near] = nearest(text, values);
  const hint =
    near === undefined
      ? `It is one of ${values.map(value => JSON.stringify(value)).join(', ')}.`
      : `Did you mean ${JSON.stringify(near)}?`;
  note(checking, 'constant', literal, `${path ?? 'The value'} is never ${JSON.stringify(text)}.`, hint);
  return true;
}

function checkMembership(node: NodeOf<'binary'>, checking: Checking, flow: Flow): Typed {
  const item = checking.visit(node.left, checking, flow);
  const list = checking.visit(node.right, checking, flow);
  if (item.type === 'error' || list.type === 'error') return poisoned(node);
  if (list.type !== 'string[]' && list.type !== 'list') {
    return wrong(
      checking,
      'wrong-type',
      list,
      `"in" needs a list on its right; this is ${list.type}.`,
      list.type === 'string' ? 'To search in text use contains(…).' : undefined,
    );
  }
  if (node.right.kind === 'list' && node.right.items.length === 0)
    return wrong(checking, 'constant', node, 'This is always false: the list is empty.');
  if (item.type !== list.element) return mismatch(checking, node, 'in', item, list);
  if (warnSame(checking, node, item, list)) return poisoned(node);
  if (node.right.kind === 'list' && warnItems(node.right, item, checking)) return poisoned(node);
  if (warnValues(checking, item, list.values, list.path)) return poisoned(node);
  return typed(
    node,
    'bool',
    { op: 'member', item, list },
    { whenTrue: item.path === undefined ? NOTHING : upward(item.path) },
  );
}

function warnItems(list: NodeOf<'list'>, item: Typed, checking: Checking): boolean {
  const bad = list.items.filter(
    entry =>
      entry.kind === 'literal' &&
      typeof entry.value === 'string' &&
      warnValues(checking, { ...poisoned(entry), text: entry.value }, item.values, item.path),
  );
  return bad.length > 0;
}

function checkOperator(node: NodeOf<'binary'>, checking: Checking, flow: Flow): Typed {
  const left = visitPresent(node.left, checking, flow);
  const right = visitPresent(node.right, checking, flow);
  if (left.type === 'error' || right.type === 'error') return poisoned(node);
  const row = operatorRows.find(
    entry => entry.operator === node.operator && entry.left === left.type && entry.right === right.type,
  );
  if (row === undefined) return mismatch(checking, node, node.operator, left, right);
  if (row.divides && !nonZero(node.right)) {
    return wrong(
      checking,
      'not-supported',
      right,
      `The right side of "${node.operator}" must be a number other than zero, written out.`,
      'Multiply the other side instead.',
    );
  }
  if (row.result === 'bool' && warnSame(checking, node, left, right)) return poisoned(node);
  const sql = (args: readonly string[]): string => row.sql(args[0] ?? 'NULL', args[1] ?? 'NULL');
  const meaning = { op: 'apply', args: [left, right], sql, partial: row.partial === true, guarded: false } as const;
  return typed(node, row.result, meaning, { constant: left.constant && right.constant });
}

function nonZero(node: Node): boolean {
  return (
    node.kind === 'literal' &&
    node.value !== 0n &&
    node.value !== 0 &&
    (typeof node.value === 'bigint' || typeof node.value === 'number')
  );
}

function mismatch(checking: Checking, node: Span, operator: string, left: Typed, right: Typed): Typed {
  return wrong(
    checking,
    'wrong-type',
    node,
    `"${operator}" cannot take ${name(left)} and ${name(right)}.`,
    mismatchHint(operator, left, right),
  );
}

const name = (side: Typed): string => (side.type === 'list' ? `${side.element}[]` : side.type);

function mismatchHint(operator: string, left: Typed, right: Typed): string | undefined {
  const types = [left.type, right.type];
  const list = left.element === undefined ? right : left;
  if (list.element !== undefined && (operator === '==' || operator === '!=')) {
    const item = list === left ? right : left;
    if (item.element !== undefined) return 'Use all(x, …) or exists(x, …) on one of the lists.';
    const search = `${item.text === undefined ? (item.path ?? '…') : JSON.stringify(item.text)} in ${list.path ?? '…'}`;
    return `To look into the list write ${operator === '!=' ? `!(${search})` : search}.`;
  }
  if (types.includes('int') && types.includes('double')) {
    const int = left.type === 'int' ? left : right;
    return int.constant && int.meaning.op === 'literal'
      ? `Write ${int.meaning.sql}.0 for a double.`
      : 'Use double(…) on the int.';
  }
  if (types.includes('timestamp') && types.includes('duration'))
    return 'Subtract two times to get a span: asOf - group.cloud.created > duration("24h").';
  if (types.includes('timestamp')) return 'Write timestamp("2026-01-31T00:00:00Z") for a time.';
  if (types.includes('duration')) return 'Write duration("24h") for a span of time.';
  const text = left.type === 'string' ? left : right;
  if (!types.includes('string')) return 'Both sides must be of one type.';
  const other = text === left ? right : left;
  if (text.text !== undefined && /^(-?\d+(\.\d+)?|true|false)$/.test(text.text))
    return `Write ${text.text} without quotes.`;
  if (other.meaning.op === 'literal' && other.type !== 'bool') return `Write "${other.meaning.sql}" in quotes.`;
  return other.type === 'bool' ? 'Write true or false, without quotes.' : 'Use string(…) to make text of a value.';
}
