import { nearest } from './catalogue.ts';
import { type Checking, type Flow, note, poisoned, typed, visitCondition, visitPresent, wrong } from './checking.ts';
import { type FunctionRow, functionRows, functions, signature } from './functions.ts';
import { asShown } from './paths.ts';
import type { Node, NodeOf, Span } from './syntax.ts';
import type { Typed } from './typed.ts';

/** `name(…)` and `x.name(…)`. */
export function checkCall(node: NodeOf<'call'>, checking: Checking, flow: Flow): Typed {
  const named = functionRows.filter(row => row.name === node.name);
  if (named.length === 0) return unknownFunction(node, checking, flow);
  const operands = node.receiver === null ? node.args : [node.receiver, ...node.args];
  const found = operands.map(operand => visitPresent(operand, checking, flow));
  if (found.some(operand => operand.type === 'error')) return poisoned(node);
  const row = named.find(candidate => fits(candidate, node.receiver !== null, found));
  if (row === undefined) {
    return wrong(
      checking,
      'wrong-arguments',
      node,
      `${node.name}() cannot be called like this.`,
      `Write ${asMethod(node, named, checking.text) ?? named.map(signature).join(', or ')}.`,
    );
  }
  const constant = found.every(operand => operand.constant);
  // How many items a list has does not depend on what they say.
  const counted = row.name === 'size' && found[0]?.type === 'string[]' ? found.map(asShown) : found;
  if (hasFlaw(row, found, checking)) return poisoned(node);
  const args = row.literal === undefined ? counted : withLiteral(row, row.literal, operands, found, checking);
  if (args === null) return poisoned(node);
  if (row.result === 'bool' && constant)
    return wrong(checking, 'constant', node, 'This condition reads no field, so it is the same for every row.');
  return typed(
    node,
    row.result,
    { op: 'apply', args, sql: row.sql, partial: row.partial === true, guarded: row.guarded === true },
    { constant },
  );
}

/** `contains(a, b)` as `a.contains(b)`, where the function is called on a value. */
function asMethod(node: NodeOf<'call'>, named: readonly FunctionRow[], text: string): string | undefined {
  const [first, ...rest] = node.args;
  if (node.receiver !== null || first === undefined || !named.every(row => row.receiver !== null)) return undefined;
  const written = (part: Node) => text.slice(part.start, part.end);
  return first.kind === 'path' ? `${written(first)}.${node.name}(${rest.map(written).join(', ')})` : undefined;
}

function fits(row: FunctionRow, asMethod: boolean, found: readonly Typed[]): boolean {
  const wanted = row.receiver === null ? row.args : [row.receiver, ...row.args];
  return (
    (row.receiver !== null) === asMethod &&
    wanted.length === found.length &&
    wanted.every((type, index) => type === found[index]?.type)
  );
}

/** Notes literal arguments that can never give an answer. */
function hasFlaw({ flaw }: FunctionRow, found: readonly Typed[], checking: Checking): boolean {
  const flaws = found.flatMap(operand => {
    const why = operand.text === undefined ? undefined : flaw?.(operand.text);
    return why === undefined ? [] : [{ operand, why }];
  });
  for (const { operand, why } of flaws) note(checking, 'bad-literal', operand, why.message, why.hint);
  return flaws.length > 0;
}

/** Replaces the last argument, which must be a literal, by what the row makes of it. */
function withLiteral(
  row: FunctionRow,
  convert: NonNullable<FunctionRow['literal']>,
  operands: readonly Node[],
  found: readonly Typed[],
  checking: Checking,
): Typed[] | null {
  const last = operands.at(-1);
  if (last === undefined || last.kind !== 'literal' || typeof last.value !== 'string') {
    note(
      checking,
      'wrong-arguments',
      last ?? { start: 0, end: 0 },
      `The argument of ${row.name}() must be a literal string.`,
    );
    return null;
  }
  const converted = convert(last.value);
  if (!converted.ok) {
    note(checking, row.name === 'matches' ? 'bad-pattern' : 'bad-literal', last, converted.message, converted.hint);
    return null;
  }
  return [...found.slice(0, -1), typed(last, 'string', { op: 'literal', sql: converted.sql }, { constant: true })];
}

const ELSEWHERE: Readonly<Record<string, string>> = {
  map: 'Use exists(x, …) or all(x, …).',
  filter: 'Use exists(x, …) or all(x, …).',
  int: 'Compare values of one type.',
  lower: 'Use lowerAscii().',
  upper: 'Use upperAscii().',
  length: 'Use size(…).',
  count: 'Use size(…).',
  isEmpty: 'Write size(…) == 0.',
  includes: 'Use contains(…) in text, and "in" for lists.',
  toLowerCase: 'Use lowerAscii().',
  toUpperCase: 'Use upperAscii().',
  regex: 'Use matches(…).',
  match: 'Use matches(…).',
  date: 'Write timestamp("2026-01-31T00:00:00Z").',
  days: 'Write duration("24h") for a day.',
  hours: 'Write duration("1h") for an hour.',
  today: 'Use asOf, the time of the audit.',
  len: 'Use size(…).',
  now: 'Use asOf, the time of the audit.',
  type: 'Types are fixed by the catalogue.',
  dyn: 'Types are fixed by the catalogue.',
};

function unknownFunction(node: NodeOf<'call'>, checking: Checking, flow: Flow): Typed {
  const macro = functions.slice(0, 4).find(entry => entry.name === node.name);
  if (macro !== undefined)
    return wrong(
      checking,
      'wrong-arguments',
      node,
      `${node.name}() cannot be called like this.`,
      `Write ${macro.signature}.`,
    );
  const operands = node.receiver === null ? node.args : [node.receiver, ...node.args];
  // map(x, …) binds a name we do not know, so its arguments would only add noise.
  if (ELSEWHERE[node.name] === undefined) for (const operand of operands) checking.visit(operand, checking, flow);
  const known = [...new Set(functions.map(entry => entry.name))];
  const [near] = nearest(node.name, known);
  const hint =
    ELSEWHERE[node.name] ?? (near === undefined ? `The functions are ${known.join(', ')}.` : `Did you mean ${near}()?`);
  return wrong(checking, 'unknown-function', node, `${node.name}() is not part of tallystick's CEL.`, hint);
}

/** `list.all(x, …)`, `list.exists(x, …)`, `list.exists_one(x, …)`. */
export function checkQuantifier(node: NodeOf<'quantifier'>, checking: Checking, flow: Flow): Typed {
  const list = visitPresent(node.list, checking, flow);
  const { name } = node.variable;
  if (isTaken(name, checking, flow))
    note(
      checking,
      'shadowed-name',
      node.variable,
      `"${name}" already means something else here.`,
      'Choose another name for the item.',
    );
  if (list.type !== 'error' && list.element === undefined) {
    note(checking, 'wrong-type', list, `${node.quantifier}() needs a list; this is ${list.type}.`);
    return poisoned(node);
  }
  const id = `_v${++checking.variables}`;
  const variable = {
    id,
    type: list.element ?? 'string',
    ...(list.values === undefined ? {} : { values: list.values }),
  };
  const scope = new Map(flow.scope).set(name, variable);
  const body = visitCondition(node.body, checking, { present: flow.present, scope });
  if (list.type === 'error' || body.type === 'error') return poisoned(node);
  if (readsNothing(node, list))
    return wrong(checking, 'constant', node, 'This condition is the same for every row: the list is empty.');
  return typed(node, 'bool', { op: 'quantifier', quantifier: node.quantifier, list, variable: id, body });
}

function readsNothing(node: NodeOf<'quantifier'>, list: Typed): boolean {
  return list.constant && node.list.kind === 'list' && node.list.items.length === 0;
}

function isTaken(name: string, checking: Checking, flow: Flow): boolean {
  if (flow.scope.has(name)) return true;
  const { fields, objects } = checking.catalogue;
  return [...fields.keys(), ...objects.keys()].some(path => path === name || path.startsWith(`${name}.`));
}

/** A list literal: literals of one type. */
export function checkList(node: NodeOf<'list'>, checking: Checking, flow: Flow): Typed {
  const items = node.items.map(item => checking.visit(item, checking, flow));
  if (items.some(item => item.type === 'error')) return poisoned(node);
  const first = items[0];
  if (first === undefined)
    return typed(node, 'string[]', { op: 'items', items: [] }, { element: 'string', constant: true });
  const sql: string[] = [];
  for (const item of items) {
    if (item.meaning.op !== 'literal' || item.type === 'null') return notLiteral(checking, item);
    if (item.type !== first.type)
      return wrong(
        checking,
        'wrong-type',
        item,
        `The items of a list must be of one type; the first is ${first.type}, this is ${item.type}.`,
      );
    sql.push(item.meaning.sql);
  }
  const { type } = first;
  if (type !== 'string' && type !== 'int' && type !== 'double' && type !== 'bool') return notLiteral(checking, first);
  return typed(
    node,
    type === 'string' ? 'string[]' : 'list',
    { op: 'items', items: sql },
    { element: type, constant: true },
  );
}

function notLiteral(checking: Checking, span: Span): Typed {
  return wrong(
    checking,
    'not-supported',
    span,
    'A list in an expression holds literals only.',
    'Compare with == and || instead.',
  );
}
