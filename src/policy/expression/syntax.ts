/** Half-open range of UTF-16 offsets into the expression text. */
export type Span = { readonly start: number; readonly end: number };

/** A literal's value: CEL int is a bigint, double a number. */
export type LiteralValue = bigint | number | string | boolean | null;

/** One name of a dotted path, with the place where it is written. */
export type Segment = Span & { readonly name: string };

/** The binary operators that take two values; `&&` and `||` are flattened into `logic` nodes. */
export type BinaryOperator = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | '+' | '-' | '*' | '/' | '%';

/** The list macros that are part of the language. */
export type Quantifier = 'all' | 'exists' | 'exists_one';

/** A parsed expression, independent of the library that parsed it. */
export type Node = Span &
  (
    | { readonly kind: 'literal'; readonly value: LiteralValue }
    | { readonly kind: 'list'; readonly items: readonly Node[] }
    | { readonly kind: 'path'; readonly segments: readonly Segment[] }
    | { readonly kind: 'not'; readonly operand: Node }
    | { readonly kind: 'negate'; readonly operand: Node }
    | { readonly kind: 'binary'; readonly operator: BinaryOperator; readonly left: Node; readonly right: Node }
    | { readonly kind: 'logic'; readonly operator: '&&' | '||'; readonly operands: readonly Node[] }
    | { readonly kind: 'conditional'; readonly test: Node; readonly yes: Node; readonly no: Node }
    | { readonly kind: 'has'; readonly operand: Node }
    | { readonly kind: 'call'; readonly name: string; readonly receiver: Node | null; readonly args: readonly Node[] }
    | {
        readonly kind: 'quantifier';
        readonly quantifier: Quantifier;
        readonly list: Node;
        readonly variable: Segment;
        readonly body: Node;
      }
  );

/** A node of one kind. */
export type NodeOf<Kind extends Node['kind']> = Extract<Node, { kind: Kind }>;

/** Bounds that keep an untrusted expression cheap to check and to run. */
export const LIMITS = {
  /** UTF-16 units of an expression. */
  text: 4096,
  /** UTF-16 units of a message template. */
  template: 16_384,
  /** Nodes of the syntax tree. */
  nodes: 512,
  /** Nesting of the syntax tree; a flat `a && b && c` counts once. */
  depth: 32,
  /** Items of a list literal. */
  list: 256,
  /** UTF-16 units of a regular expression. */
  pattern: 512,
  /** UTF-16 units of generated SQL. */
  sql: 131_072,
} as const;
