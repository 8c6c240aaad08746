import { type Catalogue, type Field, look } from './catalogue.ts';
import { balance } from './mistakes.ts';
import type { LiteralValue, Node, NodeOf } from './syntax.ts';

/** Texts that a field can hold here, besides what the catalogue says. */
export type Restriction = { readonly path: string; readonly values: readonly string[] };

// More rows than these are not tried out: then nothing is claimed.
const MOST_ROWS = 10_000;

type Value = Exclude<LiteralValue, null> | 'something else' | null;

/** What holds of one kind of row: values of paths, presence of objects, truth of conditions that are not looked into. */
export type Row = { readonly value: (path: string) => Value | undefined; readonly holds: (text: string) => boolean };

/** The dotted name of a path. */
export const nameOf = onceEach(({ segments }: NodeOf<'path'>) => segments.map(({ name }) => name).join('.'));

/** Every part is looked at for each kind of row, and what it says does not change. */
function onceEach<N extends Node, T>(work: (node: N) => T): (node: N) => T {
  const known = new WeakMap<N, { readonly value: T }>();
  return node => {
    const found = known.get(node) ?? { value: work(node) };
    known.set(node, found);
    return found.value;
  };
}

/** The things that a row can differ in, each with the values worth trying. */
export class Unknowns {
  readonly #catalogue: Catalogue;
  readonly #restriction: Restriction | undefined;
  readonly #values = new Map<string, Set<Value>>();
  readonly #presence = new Set<string>();
  readonly #conditions = new Set<string>();

  constructor(catalogue: Catalogue, restriction: Restriction | undefined) {
    this.#catalogue = catalogue;
    this.#restriction = restriction;
  }

  visit(node: Node, text: string): void {
    for (const part of partsOf(node)) this.visit(part, text);
    if (['not', 'logic', 'conditional', 'literal'].includes(node.kind)) return;
    const tried =
      node.kind === 'has'
        ? this.#present(node.operand)
        : node.kind === 'path'
          ? this.#tried(nameOf(node), [true, false])
          : node.kind === 'binary' && this.#compared(node);
    if (!tried) this.#conditions.add(textOf(node, text));
  }

  #compared(node: NodeOf<'binary'>): boolean {
    const found = comparisonOf(node);
    if (found?.values[0] === null && this.#catalogue.objects.has(found.path)) {
      this.#presence.add(found.path);
      return true;
    }
    return found !== undefined && this.#tried(found.path, found.values.flatMap(around));
  }

  #present(operand: Node): boolean {
    if (operand.kind !== 'path') return false;
    const path = nameOf(operand);
    if (!this.#catalogue.objects.has(path)) return this.#tried(path, []);
    this.#presence.add(path);
    return true;
  }

  /** Notes values of a field; false when the path is no field whose values can be tried. */
  #tried(path: string, values: readonly Value[]): boolean {
    const found = look(this.#catalogue, path.split('.'));
    if (found.found !== 'field' || found.field.type === 'string[]') return false;
    const { field, above } = found;
    const tried = this.#values.get(path) ?? new Set(startOf(field, this.#restriction));
    if (field.values === undefined || field.type !== 'string') for (const value of values) tried.add(value);
    this.#values.set(path, tried);
    for (const object of above) this.#presence.add(object.path);
    return true;
  }

  /** Calls back for every combination until it answers false; false when there are too many. */
  eachRow(visit: (row: Row) => boolean): boolean {
    const presence = [...this.#presence];
    const axes: readonly (readonly [string, readonly Value[]])[] = [
      ...presence.map(path => [`? ${path}`, [true, false]] as const),
      ...[...this.#values].map(([path, values]) => [path, withSome([...values])] as const),
      ...[...this.#conditions].map(text => [`= ${text}`, [true, false]] as const),
    ];
    const rows = axes.reduce((product, [, values]) => product * values.length, 1);
    if (rows > MOST_ROWS) return false;
    const place = new Map(axes.map(([name], index) => [name, index]));
    // What lies in an object that is absent is absent; objects are the first axes.
    const above = new Map(
      [...presence, ...this.#values.keys()].map(path => [
        path,
        presence.flatMap((object, index) => (`${path}.`.startsWith(`${object}.`) ? [index] : [])),
      ]),
    );
    const chosen: Value[] = [];
    const row: Row = {
      value: path => {
        const objects = above.get(path);
        if (objects === undefined) return undefined;
        if (objects.some(index => chosen[index] === false)) return null;
        const index = place.get(path);
        return index === undefined ? true : (chosen[index] ?? null);
      },
      holds: text => chosen[place.get(`= ${text}`) ?? -1] === true,
    };
    for (let at = 0; at < rows; at++) {
      let rest = at;
      axes.forEach(([, values], index) => {
        chosen[index] = values[rest % values.length] ?? null;
        rest = Math.floor(rest / values.length);
      });
      if (!visit(row)) break;
    }
    return true;
  }
}

/** What a field can hold before the expression is looked at. */
function startOf(field: Field, restriction: Restriction | undefined): readonly Value[] {
  const absent = field.nullable ? [null] : [];
  if (field.type === 'bool') return [true, false, ...absent];
  // Neighbours of the literals stand for all other numbers.
  if (field.type === 'int' || field.type === 'double') return absent;
  const closed = restriction?.path === field.path ? restriction.values : field.values;
  return closed === undefined ? ['something else', ...absent] : [...closed, ...absent];
}

/** At least one value that is there. */
function withSome(values: readonly Value[]): readonly Value[] {
  return values.some(value => value !== null) ? values : ['something else', ...values];
}

/** Values that tell a comparison with a literal apart. */
function around(value: Value): readonly Value[] {
  if (typeof value === 'bigint') return [value - 1n, value, value + 1n];
  if (typeof value === 'number') return [value - 1, value, value + 1];
  return [value];
}

/** A comparison of a path with literals. */
export const comparisonOf = onceEach(({ operator, left, right }: NodeOf<'binary'>) => {
  const [path, other, turned] = left.kind === 'path' ? [left, right, false] : [right, left, true];
  if (path.kind !== 'path') return undefined;
  const known = operator in comparisons || operator === 'in';
  if (!known || (operator === 'in' && turned)) return undefined;
  const items = other.kind === 'list' && operator === 'in' ? other.items : [other];
  const values = items.flatMap(item => (item.kind === 'literal' ? [item.value] : []));
  if (values.length < items.length) return undefined;
  return { path: nameOf(path), values, operator: turned ? (mirrored[operator] ?? operator) : operator };
});

const mirrored: Readonly<Record<string, string>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

/** The comparisons that are understood, on values of one kind of row. */
export const comparisons: Readonly<Record<string, (a: Value, b: Value) => boolean | null>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => ordered(a, b, (x, y) => x < y),
  '<=': (a, b) => ordered(a, b, (x, y) => x <= y),
  '>': (a, b) => ordered(a, b, (x, y) => x > y),
  '>=': (a, b) => ordered(a, b, (x, y) => x >= y),
};

/** Nothing is before or after what is absent, nor what no literal names. */
function ordered(a: Value, b: Value, test: (a: bigint | number, b: bigint | number) => boolean): boolean | null {
  return (typeof a === 'bigint' || typeof a === 'number') && (typeof b === 'bigint' || typeof b === 'number')
    ? test(a, b)
    : null;
}

/** A part as it is written, with its parentheses. */
export function textOf(node: Node, text: string): string {
  const { start, end } = balance(text, node);
  return text.slice(start, end);
}

/** The conditions that a condition is made of. */
export function partsOf(node: Node): readonly Node[] {
  if (node.kind === 'not') return [node.operand];
  if (node.kind === 'logic') return node.operands;
  return node.kind === 'conditional' ? [node.test, node.yes, node.no] : [];
}
