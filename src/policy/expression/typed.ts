import type { Field, FieldType } from './catalogue.ts';
import type { Quantifier, Span } from './syntax.ts';

/** Type of any expression; `error` stands for one already reported, so that it is reported once. */
export type ExpressionType = FieldType | 'null' | 'list' | 'error';

/** Paths that are certainly present. */
export type Paths = ReadonlySet<string>;

/** What a checked node computes; every piece of SQL in it comes from the catalogue, the tables or an escaped literal. */
export type Meaning =
  | { readonly op: 'literal'; readonly sql: string }
  | { readonly op: 'items'; readonly items: readonly string[] }
  | { readonly op: 'field'; readonly field: Field; readonly absentable: boolean }
  | { readonly op: 'variable'; readonly id: string }
  | { readonly op: 'presence'; readonly sql: string; readonly known: string }
  | {
      readonly op: 'apply';
      readonly args: readonly Typed[];
      readonly sql: (args: readonly string[]) => string;
      readonly partial: boolean;
      readonly guarded: boolean;
    }
  | { readonly op: 'equal'; readonly negated: boolean; readonly left: Typed; readonly right: Typed }
  | { readonly op: 'member'; readonly item: Typed; readonly list: Typed }
  | { readonly op: 'not'; readonly operand: Typed }
  | { readonly op: 'logic'; readonly joint: 'AND' | 'OR'; readonly operands: readonly Typed[] }
  | { readonly op: 'conditional'; readonly test: Typed; readonly yes: Typed; readonly no: Typed }
  | {
      readonly op: 'quantifier';
      readonly quantifier: Quantifier;
      readonly list: Typed;
      readonly variable: string;
      readonly body: Typed;
    };

/** A checked node. */
export type Typed = Span & {
  readonly type: ExpressionType;
  /** Type of the items where `type` is `list` or `string[]`. */
  readonly element?: FieldType;
  /** May be absent here, guards considered. */
  readonly nullable: boolean;
  /** Reads neither a field nor a variable. */
  readonly constant: boolean;
  /** Closed set of strings it (or each item) can be. */
  readonly values?: readonly string[];
  /** The catalogue path, where it is one. */
  readonly path?: string;
  /** The literal string, where it is one. */
  readonly text?: string;
  /** Paths that are present wherever this is true, or false. */
  readonly whenTrue: Paths;
  readonly whenFalse: Paths;
  readonly meaning: Meaning;
};

/** No path at all. */
export const NOTHING: Paths = new Set();

/** Paths in either set. */
export function union(a: Paths, b: Paths): Paths {
  if (a.size === 0) return b;
  return b.size === 0 ? a : new Set([...a, ...b]);
}

/** Paths in both sets. */
export function both(a: Paths, b: Paths): Paths {
  return new Set([...a].filter(path => b.has(path)));
}

/** A path with every path above it: what is present makes all that holds it present. */
export function upward(path: string): Paths {
  const names = path.split('.');
  return new Set(names.map((_, index) => names.slice(0, index + 1).join('.')));
}
