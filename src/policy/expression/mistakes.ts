import type { Span } from './syntax.ts';

/** What is wrong with an expression and where; offsets are UTF-16 units into the text that was checked. */
export type ExpressionMistake = {
  readonly code: MistakeCode;
  readonly message: string;
  readonly start: number;
  readonly end: number;
  readonly hint?: string;
};

/** Every kind of mistake the checker can report. */
export type MistakeCode =
  | 'syntax'
  | 'too-large'
  | 'not-supported'
  | 'unknown-field'
  | 'unknown-function'
  | 'not-a-value'
  | 'wrong-type'
  | 'wrong-arguments'
  | 'bad-literal'
  | 'bad-pattern'
  | 'may-be-absent'
  | 'constant'
  | 'shadowed-name';

/** Makes a mistake; the hint is left out when there is none. */
export function mistake(code: MistakeCode, span: Span, message: string, hint?: string): ExpressionMistake {
  const { start, end } = span;
  return hint === undefined ? { code, message, start, end } : { code, message, start, end, hint };
}

/**
 * Carries the one mistake that makes an expression unreadable from the depth of the tree to the top.
 * It never leaves this room.
 */
export class Unreadable extends Error {
  readonly mistake: ExpressionMistake;
  constructor(found: ExpressionMistake) {
    super(found.message);
    this.mistake = found;
  }
}

/** Widens a span over the parentheses that belong to it, since the parser's ranges leave out enclosing ones. */
export function balance(text: string, span: Span): Span {
  let open = 0;
  let missing = 0;
  for (let at = span.start; at < span.end; at++) {
    const character = text[at];
    if (character === '"' || character === "'") at = endOfString(text, at) - 1;
    else if (character === '(') open++;
    else if (character === ')' && open > 0) open--;
    else if (character === ')') missing++;
  }
  return { start: reach(text, span.start, missing, '(', -1), end: reach(text, span.end, open, ')', 1) };
}

/** The offset just after the string literal that begins at `start`, or the end of the text if it is not closed. */
export function endOfString(text: string, start: number): number {
  const quote = text.charAt(start);
  const triple = text.startsWith(quote.repeat(3), start);
  const close = triple ? quote.repeat(3) : quote;
  const raw = /[rR]/.test(text.charAt(start - 1)) && !/\w/.test(text.charAt(start - 2));
  for (let at = start + close.length; at < text.length; at++) {
    if (text[at] === '\\' && !raw) at++;
    else if (text.startsWith(close, at)) return at + close.length;
  }
  return text.length;
}

function reach(text: string, from: number, count: number, paren: string, step: 1 | -1): number {
  let edge = from;
  let left = count;
  for (let at = step === 1 ? from : from - 1; left > 0 && at >= 0 && at < text.length; at += step) {
    if (text[at] === paren) {
      left--;
      edge = step === 1 ? at + 1 : at;
    } else if (!/\s/.test(text.charAt(at))) break;
  }
  return edge;
}
