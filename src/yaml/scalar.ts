import { CHOMPING_MODE, SCALAR_STYLE, type ScalarEvent } from 'js-yaml';

/** A scalar's text with, for each of its UTF-16 units, the offset in the file where it is written. */
export type Trace = { readonly text: string; readonly offsets: readonly number[] };

type Builder = { text: string; readonly offsets: number[] };

/** Decodes a scalar while keeping track of where each character comes from, so that an offset inside it can be shown in the file. */
export function traceScalar(source: string, event: ScalarEvent): Trace {
  const built: Builder = { text: '', offsets: [] };
  const { valueStart: start, valueEnd: end, style } = event;
  if (start < 0) return built;
  if (event.fast) copy(built, source, start, end);
  else if (style === SCALAR_STYLE.LITERAL_BLOCK || style === SCALAR_STYLE.FOLDED_BLOCK)
    traceBlock(built, source, event);
  else traceFlow(built, source, event);
  built.offsets.push(end);
  return built;
}

function copy(built: Builder, source: string, start: number, end: number): void {
  built.text += source.slice(start, end);
  for (let at = start; at < end; at++) built.offsets.push(at);
}

function put(built: Builder, text: string, at: number): void {
  built.text += text;
  for (let count = 0; count < text.length; count++) built.offsets.push(at);
}

/** Plain and quoted scalars: line breaks fold, blanks around them vanish, quotes and escapes stand for one character. */
function traceFlow(built: Builder, source: string, { valueStart, valueEnd, style }: ScalarEvent): void {
  let at = valueStart;
  let blanks = at;
  const flush = () => copy(built, source, blanks, at);
  while (at < valueEnd) {
    const character = source[at] ?? '';
    if (character === ' ' || character === '\t') {
      blanks = at;
      while (at < valueEnd && /[ \t]/.test(source[at] ?? '')) at++;
      // Blanks at the end of a line are dropped; those at the end of a quoted text are part of it.
      if (at < valueEnd ? !/[\r\n]/.test(source[at] ?? '') : style !== SCALAR_STYLE.PLAIN) flush();
    } else if (character === '\n' || character === '\r') {
      at = fold(built, source, at, valueEnd);
    } else if (character === "'" && style === SCALAR_STYLE.SINGLE_QUOTED) {
      put(built, "'", at);
      at += 2;
    } else if (character === '\\' && style === SCALAR_STYLE.DOUBLE_QUOTED) {
      at = resolveEscape(built, source, at, valueEnd);
    } else {
      put(built, character, at);
      at++;
    }
  }
}

function fold(built: Builder, source: string, from: number, end: number): number {
  const { next, breaks } = skipBreaks(source, from, end);
  put(built, breaks === 1 ? ' ' : '\n'.repeat(breaks - 1), from);
  return next;
}

function skipBreaks(source: string, from: number, end: number): { next: number; breaks: number } {
  let next = from;
  let breaks = 0;
  while (next < end && /[ \t\r\n]/.test(source[next] ?? '')) {
    if (source[next] === '\r' && source[next + 1] === '\n') next++;
    if (/[\r\n]/.test(source[next] ?? '')) breaks++;
    next++;
  }
  return { next, breaks };
}

const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };
const ESCAPES: Readonly<Record<string, string>> = {
  ...{ '0': '\0', a: '\x07', b: '\b', t: '\t', '\t': '\t', n: '\n', v: '\v', f: '\f', r: '\r', e: '\x1b' },
  ...{ N: '\x85', _: '\xa0', L: '\u2028', P: '\u2029' },
};

function resolveEscape(built: Builder, source: string, from: number, end: number): number {
  const letter = source[from + 1] ?? '';
  if (letter === '\n' || letter === '\r') return skipBreaks(source, from + 1, end).next;
  const digits = HEX_DIGITS[letter];
  if (digits === undefined) {
    put(built, ESCAPES[letter] ?? letter, from);
    return from + 2;
  }
  const code = Number.parseInt(source.slice(from + 2, from + 2 + digits), 16);
  put(built, code <= 0x10ffff ? String.fromCodePoint(code) : '', from);
  return from + 2 + digits;
}

type Line = { readonly start: number; readonly text: string };

/** Block scalars (`|` and `>`) after YAML 1.2 §8.1: the indent is cut off each line, and `>` folds lines that are not indented further. */
function traceBlock(built: Builder, source: string, event: ScalarEvent): void {
  let pending = 0;
  let begun = false;
  let deeper = false;
  let last = event.valueStart;
  for (const line of linesOf(source, event.valueStart, event.valueEnd)) {
    if (event.indent < 0 || (line.text.length <= event.indent && /^ *$/.test(line.text))) {
      pending++;
      continue;
    }
    const start = line.start + indentOf(line, event);
    const content = line.text.slice(indentOf(line, event));
    const indented = /^[ \t]/.test(content);
    put(built, breaksBefore(event.style === SCALAR_STYLE.FOLDED_BLOCK, { begun, pending, indented, deeper }), last);
    copy(built, source, start, start + content.length);
    last = start + content.length;
    begun = true;
    deeper = indented;
    pending = 0;
  }
  if (event.chomping === CHOMPING_MODE.KEEP) put(built, '\n'.repeat(begun ? 1 + pending : pending), last);
  else if (event.chomping !== CHOMPING_MODE.STRIP && begun) put(built, '\n', last);
}

function indentOf(line: Line, event: ScalarEvent): number {
  return Math.min(Math.max(event.indent, 0), line.text.length);
}

function breaksBefore(
  folded: boolean,
  line: { begun: boolean; pending: number; indented: boolean; deeper: boolean },
): string {
  const all = '\n'.repeat(line.begun ? 1 + line.pending : line.pending);
  if (!folded || line.indented) return all;
  if (line.deeper) return '\n'.repeat(line.pending + 1);
  if (line.pending === 0) return line.begun ? ' ' : '';
  return '\n'.repeat(line.pending);
}

function linesOf(source: string, start: number, end: number): Line[] {
  const lines: Line[] = [];
  let at = start;
  for (const match of source.slice(start, end).matchAll(/\r\n?|\n/g)) {
    lines.push({ start: at, text: source.slice(at, start + match.index) });
    at = start + match.index + match[0].length;
  }
  if (at < end) lines.push({ start: at, text: source.slice(at, end) });
  return lines;
}
