import type { Position } from '../base/index.ts';

/** A decoded file that turns offsets into places; lines end at LF, CR or CRLF. */
export type SourceText = {
  readonly file: string;
  readonly text: string;
  /** The place of a half-open range of UTF-16 offsets; an empty range is widened by one column so that it can be underlined. */
  readonly place: (start: number, end: number) => Position;
  /** The text of a line (counted from 1) without its line break, cut at 4,096 UTF-16 units. */
  readonly line: (number: number) => string;
};

const LONGEST_LINE = 4096;

/** Wraps a decoded file; the line index is only built when a place is asked for. */
export function sourceText(text: string, file: string): SourceText {
  let starts: number[] | undefined;
  const index = () => {
    starts ??= lineStarts(text);
    return starts;
  };
  return {
    file,
    text,
    place(start, end) {
      const from = locate(index(), start);
      const to = locate(index(), Math.max(end, start + 1));
      return { file, ...from, endLine: to.line, endColumn: to.column };
    },
    line(number) {
      const from = index()[number - 1];
      if (from === undefined) return '';
      const to = Math.min(index()[number] ?? text.length, from + LONGEST_LINE);
      return text.slice(from, to).replace(/[\r\n]+$/, '');
    },
  };
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (const match of text.matchAll(/\r\n?|\n/g)) starts.push(match.index + match[0].length);
  return starts;
}

function locate(starts: readonly number[], offset: number): { line: number; column: number } {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
}
