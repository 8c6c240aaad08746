import { checkCall, checkList, checkQuantifier } from './calls.ts';
import { type Checking, type Flow, note, poisoned, typed, visitCondition, visitPresent, wrong } from './checking.ts';
import { checkBinary } from './compare.ts';
import { literalValueSql } from './literals.ts';
import { checkHas, checkPath } from './paths.ts';
import type { LiteralValue, Node, NodeOf } from './syntax.ts';
import { both, type ExpressionType, NOTHING, type Paths, type Typed, union } from './typed.ts';

/** Gives a node its type and meaning, noting every mistake in it. */
export function check(node: Node, checking: Checking, flow: Flow): Typed {
  switch (node.kind) {
    case 'literal':
      return checkLiteral(node);
    case 'list':
      return checkList(node, checking, flow);
    case 'path':
      return checkPath(node, checking, flow);
    case 'has':
      return checkHas(node, checking, flow);
    case 'not':
      return checkNot(node, checking, flow);
    case 'negate':
      return checkNegate(node, checking, flow);
    case 'binary':
      return checkBinary(node, checking, flow);
    case 'logic':
      return checkLogic(node, checking, flow);
    case 'conditional':
      return checkConditional(node, checking, flow);
    case 'call':
      return checkCall(node, checking, flow);
    case 'quantifier':
      return checkQuantifier(node, checking, flow);
  }
}

function literalType(value: LiteralValue): ExpressionType {
  switch (typeof value) {
    case 'bigint':
      return 'int';
    case 'number':
      return 'double';
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    default:
      return 'null';
  }
}

function checkLiteral(node: NodeOf<'literal'>): Typed {
  const { value } = node;
  const text = typeof value === 'string' ? { text: value } : {};
  return typed(
    node,
    literalType(value),
    { op: 'literal', sql: literalValueSql(value) },
    { constant: true, nullable: value === null, ...text },
  );
}

function checkNot(node: NodeOf<'not'>, checking: Checking, flow: Flow): Typed {
  const operand = visitCondition(node.operand, checking, flow);
  if (operand.type === 'error') return poisoned(node);
  const { constant, whenTrue, whenFalse } = operand;
  return typed(node, 'bool', { op: 'not', operand }, { constant, whenTrue: whenFalse, whenFalse: whenTrue });
}

function checkNegate(node: NodeOf<'negate'>, checking: Checking, flow: Flow): Typed {
  const operand = visitPresent(node.operand, checking, flow);
  if (operand.type === 'error') return poisoned(node);
  const { type, constant } = operand;
  if (type === 'double')
    return typed(
      node,
      type,
      { op: 'apply', args: [operand], sql: ([x]) => `(-CAST(${x} AS DOUBLE))`, partial: false, guarded: false },
      { constant },
    );
  if (type === 'int' || type === 'duration')
    return typed(
      node,
      type,
      { op: 'apply', args: [operand], sql: ([x]) => `TRY(-CAST(${x} AS BIGINT))`, partial: true, guarded: false },
      { constant },
    );
  return wrong(
    checking,
    'wrong-type',
    node,
    `"-" cannot negate ${type}.`,
    type === 'bool' ? 'Write "!" for "not".' : undefined,
  );
}

function checkLogic(node: NodeOf<'logic'>, checking: Checking, flow: Flow): Typed {
  const and = node.operator === '&&';
  const operands: Typed[] = [];
  let present = flow.present;
  let always: Paths = NOTHING;
  let either: Paths | null = null;
  for (const child of node.operands) {
    const operand = visitCondition(child, checking, { present, scope: flow.scope });
    operands.push(operand);
    // What comes after `a &&` is only looked at where a is true, after `a ||` only where it is false.
    const onward = and ? operand.whenTrue : operand.whenFalse;
    const outward = and ? operand.whenFalse : operand.whenTrue;
    present = union(present, onward);
    always = union(always, onward);
    either = either === null ? outward : both(either, outward);
  }
  if (operands.some(operand => operand.type === 'error')) return { ...poisoned(node), whenTrue: NOTHING };
  const constant = operands.every(operand => operand.constant);
  const [whenTrue, whenFalse] = and ? [always, either ?? NOTHING] : [either ?? NOTHING, always];
  return typed(node, 'bool', { op: 'logic', joint: and ? 'AND' : 'OR', operands }, { constant, whenTrue, whenFalse });
}

function checkConditional(node: NodeOf<'conditional'>, checking: Checking, flow: Flow): Typed {
  const test = visitCondition(node.test, checking, flow);
  const yes = checking.visit(node.yes, checking, { ...flow, present: union(flow.present, test.whenTrue) });
  const no = checking.visit(node.no, checking, { ...flow, present: union(flow.present, test.whenFalse) });
  if (test.constant && test.type === 'bool')
    note(checking, 'constant', test, 'This condition reads no field, so it is the same for every row.');
  if ([test, yes, no].some(part => part.type === 'error')) return poisoned(node);
  const type = yes.type === 'null' ? no.type : yes.type;
  const differ = no.type !== 'null' && (no.type !== type || (yes.type !== 'null' && yes.element !== no.element));
  if (differ)
    return wrong(
      checking,
      'wrong-type',
      node,
      `Both sides of ":" must be of one type; these are ${yes.type} and ${no.type}.`,
    );
  if (type === 'null') return wrong(checking, 'wrong-type', node, 'Both sides of ":" are null.');
  const element = yes.element ?? no.element;
  return typed(
    node,
    type,
    { op: 'conditional', test, yes, no },
    {
      nullable: yes.nullable || no.nullable,
      constant: test.constant && yes.constant && no.constant,
      ...(element === undefined ? {} : { element }),
      whenTrue: both(union(test.whenTrue, yes.whenTrue), union(test.whenFalse, no.whenTrue)),
      whenFalse: both(union(test.whenTrue, yes.whenFalse), union(test.whenFalse, no.whenFalse)),
    },
  );
}
