import { type ASTNode, Environment, ParseError } from '@marcbachmann/cel-js';
import { mistake, Unreadable } from './mistakes.ts';
import { type BinaryOperator, LIMITS, type LiteralValue, type Node, type Segment, type Span } from './syntax.ts';

// The only file that knows the parser library: it turns its tree into ours, or throws `Unreadable`.

const library = new Environment({
  limits: {
    maxAstNodes: LIMITS.nodes * 2,
    maxDepth: LIMITS.depth * 2,
    maxListElements: LIMITS.list,
    maxMapEntries: LIMITS.list,
    maxCallArguments: 8,
  },
});

// Trees of the texts that were read last: the scope of an invariant is looked at for each of its other texts.
const remembered = new Map<string, Node>();
const MOST_REMEMBERED = 32;

/** Reads CEL text into a tree within `LIMITS`; throws `Unreadable` with the first mistake that prevents it. */
export function parse(text: string): Node {
  const known = remembered.get(text);
  if (known !== undefined) return known;
  const tree = read(text);
  const [oldest] = remembered.keys();
  if (remembered.size >= MOST_REMEMBERED && oldest !== undefined) remembered.delete(oldest);
  remembered.set(text, tree);
  return tree;
}

function read(text: string): Node {
  if (text.length > LIMITS.text) {
    throw refuse(
      'too-large',
      { start: LIMITS.text, end: text.length },
      `The expression is longer than ${LIMITS.text} characters.`,
      'Split the invariant in two.',
    );
  }
  if (text.trim() === '') throw refuse('syntax', { start: 0, end: text.length }, 'The expression is empty.');
  const stray = text.search(/\p{Surrogate}/u);
  if (stray >= 0)
    throw refuse(
      'syntax',
      { start: stray, end: stray + 1 },
      'The expression holds half of a character (a lone surrogate).',
    );
  const tree = readTree(text);
  return convert(tree, { text, nodes: 0 }, 1);
}

function refuse(
  code: 'syntax' | 'too-large' | 'not-supported' | 'bad-literal',
  span: Span,
  message: string,
  hint?: string,
): Unreadable {
  return new Unreadable(mistake(code, span, message, hint));
}

function readTree(text: string): ASTNode {
  try {
    return library.parse(text).ast;
  } catch (error) {
    if (error instanceof RangeError)
      throw refuse('too-large', { start: 0, end: text.length }, 'The expression is nested too deeply.');
    if (!(error instanceof ParseError)) throw error;
    throw new Unreadable(explain(error, text));
  }
}

const TOKENS: Readonly<Record<string, string>> = {
  EOF: 'the end of the expression',
  LPAREN: '"("',
  RPAREN: '")"',
  LBRACKET: '"["',
  RBRACKET: '"]"',
  LBRACE: '"{"',
  RBRACE: '"}"',
  DOT: '"."',
  COMMA: '","',
  COLON: '":"',
  QUESTION: '"?"',
  IDENTIFIER: 'a name',
  NUMBER: 'a number',
  STRING: 'a string',
  BYTES: 'bytes',
  BOOLEAN: '"true" or "false"',
  NULL: '"null"',
  PLUS: '"+"',
  MINUS: '"-"',
  MULTIPLY: '"*"',
  DIVIDE: '"/"',
  MODULO: '"%"',
  EQ: '"=="',
  NE: '"!="',
  LT: '"<"',
  LE: '"<="',
  GT: '">"',
  GE: '">="',
  AND: '"&&"',
  OR: '"||"',
  NOT: '"!"',
  IN: '"in"',
};

function explain(error: ParseError, text: string) {
  const span = clip(error.range, text);
  const name = (token: string): string => TOKENS[token] ?? token;
  const found = text.codePointAt(span.start);
  const character = found === undefined ? 'the end of the expression' : `"${String.fromCodePoint(found)}"`;
  switch (error.code) {
    case 'limit_exceeded':
      return mistake(
        'too-large',
        span,
        `The expression is too large or nested too deeply (at most ${LIMITS.nodes} parts, ${LIMITS.depth} levels, ${LIMITS.list} items in a list).`,
        'Split the invariant, or put the list into a parameter.',
      );
    case 'expected_token':
    case 'unexpected_token':
      return mistake(
        'syntax',
        span,
        `${error.summary.replace('Unexpected token: ', 'Unexpected ').replace(/\b[A-Z]+\b/g, name)}.`,
        hintFor(text, span),
      );
    case 'unexpected_character':
      return mistake('syntax', span, `Unexpected ${wordAt(text, span) ?? character}.`, hintFor(text, span));
    case 'reserved_identifier':
      return mistake(
        'syntax',
        span,
        `"${text.slice(span.start, span.end)}" is a reserved word of CEL.`,
        hintFor(text, span),
      );
    default:
      return mistake('syntax', span, `${error.summary}.`);
  }
}

/** A word that the parser stumbled over, in quotes. */
function wordAt(text: string, { start, end }: Span): string | undefined {
  const word = text.slice(start, end);
  return /^[A-Za-z]\w{1,30}$/.test(word) ? JSON.stringify(word) : undefined;
}

// As other languages, and people, write it.
const WORDS: Readonly<Record<string, string>> = {
  and: 'Write "&&" for "and".',
  or: 'Write "||" for "or".',
  not: 'Write "!" for "not": !(…).',
  is: 'Write "==" for "is", and "!=" for "is not".',
  like: 'Use contains(…), startsWith(…) or matches(…).',
  between: 'Write a >= 1 && a <= 9.',
  if: 'Write condition ? value : other.',
};

function hintFor(text: string, { start: at, end }: Span): string | undefined {
  const before = text.slice(0, at).trimEnd();
  const words = [text.slice(at, end), /\w+$/.exec(before)?.[0] ?? ''];
  for (const word of words) if (Object.hasOwn(WORDS, word.toLowerCase())) return WORDS[word.toLowerCase()];
  if (text[at] === '>' && text[at - 1] === '<') return 'Write "!=" for "<>".';
  if (text[at] === '=' && /[=!]=$/.test(before)) return 'Write "==" or "!=", with one "=" less.';
  if (text[at] === '=') return 'Write "==" to compare.';
  if (text[at] === '&') return 'Write "&&" for "and".';
  if (text[at] === '|') return 'Write "||" for "or".';
  if (/[“”‘’`]/.test(text.charAt(at))) return 'Write strings in straight quotes, "…" or \'…\'.';
  return undefined;
}

function clip(range: Span | undefined, text: string): Span {
  const start = Math.min(Math.max(range?.start ?? 0, 0), text.length);
  return { start, end: Math.min(Math.max(range?.end ?? start, start), text.length) };
}

type Reading = { readonly text: string; nodes: number };

function convert(node: ASTNode, reading: Reading, depth: number): Node {
  const { start, end } = node;
  if (++reading.nodes > LIMITS.nodes)
    throw refuse(
      'too-large',
      { start, end },
      `The expression has more than ${LIMITS.nodes} parts.`,
      'Split the invariant in two.',
    );
  if (depth > LIMITS.depth)
    throw refuse(
      'too-large',
      { start, end },
      `The expression is nested more than ${LIMITS.depth} levels deep.`,
      'Split the invariant in two.',
    );
  const inner = (child: ASTNode): Node => convert(child, reading, depth + 1);
  switch (node.op) {
    case 'value':
      return { kind: 'literal', value: literal(node.args, { start, end }, reading.text), start, end };
    case 'list':
      return { kind: 'list', items: node.args.map(inner), start, end };
    case 'id':
    case '.':
      return { kind: 'path', segments: segments(node), start, end };
    case '!_':
      return { kind: 'not', operand: inner(node.args), start, end };
    case '-_':
      return negate(node.args, { start, end }, inner);
    case '&&':
    case '||':
      return { kind: 'logic', operator: node.op, operands: operands(node.op, node).map(inner), start, end };
    case '?:': {
      const [test, yes, no] = node.args;
      return { kind: 'conditional', test: inner(test), yes: inner(yes), no: inner(no), start, end };
    }
    case 'call':
      return call(node.args[0], null, node.args[1], { start, end }, inner);
    case 'rcall':
      return call(node.args[0], node.args[1], node.args[2], { start, end }, inner);
    case '[]':
    case '[?]':
      throw refuse(
        'not-supported',
        { start, end },
        'Indexing with "[…]" is not part of tallystick\'s CEL.',
        'Use exists(item, …), all(item, …) or "in".',
      );
    case 'map':
      throw refuse(
        'not-supported',
        { start, end },
        'Maps "{…}" are not part of tallystick\'s CEL.',
        'Use a list and "in".',
      );
    case '.?':
      throw refuse(
        'not-supported',
        { start, end },
        'Optional access ".?" is not part of tallystick\'s CEL.',
        'Use has(…).',
      );
    default:
      return binary(node.op, node.args[0], node.args[1], { start, end }, inner);
  }
}

type Inner = (child: ASTNode) => Node;

function binary(operator: BinaryOperator, left: ASTNode, right: ASTNode, { start, end }: Span, inner: Inner): Node {
  return { kind: 'binary', operator, left: inner(left), right: inner(right), start, end };
}

/** The library nests `a && b && c` to the left; flat, it costs one level however long it is. */
function operands(operator: '&&' | '||', node: ASTNode): ASTNode[] {
  const found: ASTNode[] = [];
  let rest = node;
  while (rest.op === operator && (rest.op === '&&' || rest.op === '||')) {
    found.push(rest.args[1]);
    rest = rest.args[0];
  }
  found.push(rest);
  return found.reverse();
}

function segments(node: ASTNode): Segment[] {
  const found: Segment[] = [];
  let rest = node;
  while (rest.op === '.') {
    // Of a field access the library keeps the start of the field's name in `pos` and its end in `end`.
    found.push({ name: rest.args[1], start: rest.pos, end: rest.end });
    rest = rest.args[0];
  }
  if (rest.op !== 'id')
    throw refuse(
      'not-supported',
      { start: rest.start, end: rest.end },
      'Only fields have fields: "." cannot follow a computed value.',
    );
  found.push({ name: rest.args, start: rest.start, end: rest.end });
  return found.reverse();
}

/** `-5` becomes one literal, so that the smallest 64-bit integer can be written. */
function negate(operand: ASTNode, { start, end }: Span, inner: Inner): Node {
  if (operand.op === 'value' && typeof operand.args === 'number')
    return { kind: 'literal', value: -operand.args, start, end };
  if (operand.op === 'value' && typeof operand.args === 'bigint')
    return { kind: 'literal', value: int(-operand.args, { start, end }), start, end };
  return { kind: 'negate', operand: inner(operand), start, end };
}

function call(
  name: string,
  receiver: ASTNode | null,
  args: readonly ASTNode[],
  { start, end }: Span,
  inner: Inner,
): Node {
  const [first, second] = args;
  if (receiver === null && name === 'has' && first !== undefined && args.length === 1) {
    return { kind: 'has', operand: inner(first), start, end };
  }
  if (
    receiver !== null &&
    (name === 'all' || name === 'exists' || name === 'exists_one') &&
    first?.op === 'id' &&
    second !== undefined &&
    args.length === 2
  ) {
    const variable = { name: first.args, start: first.start, end: first.end };
    return { kind: 'quantifier', quantifier: name, list: inner(receiver), variable, body: inner(second), start, end };
  }
  return {
    kind: 'call',
    name,
    receiver: receiver === null ? null : inner(receiver),
    args: args.map(inner),
    start,
    end,
  };
}

function literal(value: unknown, span: Span, text: string): LiteralValue {
  const source = text.slice(span.start, span.end);
  if (typeof value === 'bigint') return int(value, span);
  if (typeof value === 'string') return string(value, span, source);
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
  if (/^[bB]/.test(source))
    throw refuse('not-supported', span, "Bytes are not part of tallystick's CEL.", 'Use a string.');
  throw refuse('not-supported', span, "Unsigned integers are not part of tallystick's CEL.", 'Leave out the "u".');
}

function int(value: bigint, span: Span): bigint {
  if (BigInt.asIntN(64, value) === value) return value;
  throw refuse('bad-literal', span, 'The number does not fit into 64 bits.');
}

function string(value: string, span: Span, source: string): string {
  if (value.includes('\0')) throw refuse('bad-literal', span, 'A string cannot hold the NUL character.');
  // CEL ends a raw string at the first quote; the library lets a backslash hide that quote. Refuse what they read differently.
  const quote = /^[rR]("""|'''|"|')/.exec(source)?.[1];
  if (quote !== undefined && value.includes(quote))
    throw refuse('bad-literal', span, 'A raw string cannot hold its own quote.', 'Use the other kind of quote.');
  return value;
}
