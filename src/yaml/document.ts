import { type Event, parseEvents, YAMLException } from 'js-yaml';
import type { Position, Problem } from '../base/index.ts';
import { type Composed, compose, type Flaw } from './compose.ts';
import { decodeText, largestDocument } from './decode.ts';
import { explainSyntax } from './explain.ts';
import { traceScalar } from './scalar.ts';
import { type SourceText, sourceText } from './source-text.ts';

/** A YAML file whose every part can be pointed at; pointers are JSON pointers (RFC 6901), '' the whole file. */
export type Document = {
  readonly file: string;
  /** The decoded text of the file, without byte order mark. */
  readonly text: string;
  /** Objects have no prototype; numbers are doubles; absent values are null. */
  readonly value: unknown;
  /** A document that may hold secrets: nothing of its text goes into a problem. */
  readonly isPrivate: boolean;
  /** Where a value or its key is written; the nearest part above it when the pointer names nothing. */
  readonly at: (pointer: string, part?: 'key' | 'value') => Position;
  /** A line for underlining, counted from 1; '' in a private document. */
  readonly excerpt: (line: number) => string;
  /** Where part of a text value is written: `offset` and `length` count UTF-16 units of the decoded value. */
  readonly inScalar: (pointer: string, offset: number, length: number) => Position;
};

/** A document, or all that keeps the file from being one. */
export type Reading =
  | { readonly ok: true; readonly document: Document }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** `limit` is the largest size in bytes (default 1 MiB); `isPrivate` keeps the file's text out of every problem. */
export type ReadingOptions = { readonly limit?: number; readonly isPrivate?: boolean };

const DEEPEST = 32;

/** Reads one untrusted YAML file: UTF-8, one document, no aliases, no tags, no duplicate keys, 32 levels at most. Never throws. */
export function readDocument(bytes: Uint8Array, file: string, options: ReadingOptions = {}): Reading {
  const decoded = decodeText(bytes, file, options.limit ?? largestDocument);
  if (!decoded.ok) return { ok: false, problems: [decoded.problem] };
  const source = sourceText(decoded.text, file);
  const isPrivate = options.isPrivate ?? false;
  const parsed = parse(source, isPrivate);
  if ('problem' in parsed) return { ok: false, problems: [parsed.problem] };
  if (parsed.events.length === 0) return { ok: false, problems: [emptyFile(file)] };
  const composed = compose(source.text, parsed.events);
  if (composed.value === null && composed.flaws.length === 0) return { ok: false, problems: [emptyFile(file)] };
  const document = documentOf(source, composed, isPrivate);
  if (composed.flaws.length === 0) return { ok: true, document };
  return { ok: false, problems: flawProblems(source, document, composed.flaws) };
}

const MOST_OF_A_KIND = 10;

/** A file made by a machine, or an attacker, repeats its mistakes: the first ten of a kind are enough. */
function flawProblems(source: SourceText, document: Document, flaws: readonly Flaw[]): Problem[] {
  const counts = new Map<string, number>();
  return flaws.flatMap(({ code, message, hint, range, first }) => {
    const count = (counts.get(code) ?? 0) + 1;
    counts.set(code, count);
    if (count > MOST_OF_A_KIND + 1) return [];
    const earlier = first ? ` on line ${source.place(first.start, first.end).line}` : '';
    const words = count > MOST_OF_A_KIND ? `${message} (and so on; the rest is not listed)` : message + earlier;
    return problemAt(document, source.place(range.start, range.end), { code, message: words, hint });
  });
}

/** A problem of a document, with the line it stands on. */
export function problemAt(
  document: Pick<Document, 'excerpt'>,
  at: Position,
  problem: Omit<Problem, 'at' | 'excerpt' | 'level'> & { readonly level?: Problem['level'] },
): Problem {
  const excerpt = document.excerpt(at.line);
  return { level: 'error', ...problem, at, ...(excerpt === '' ? {} : { excerpt }) };
}

function documentOf(source: SourceText, { value, spans }: Composed, isPrivate: boolean): Document {
  const nearest = (pointer: string) => {
    let path = pointer;
    while (path !== '' && !spans.has(path)) path = path.slice(0, path.lastIndexOf('/'));
    return spans.get(path) ?? { value: { start: 0, end: 0 } };
  };
  return {
    file: source.file,
    text: source.text,
    value,
    isPrivate,
    at(pointer, part = 'value') {
      const span = nearest(pointer);
      const range = part === 'key' ? (span.key ?? span.value) : span.value;
      return source.place(range.start, range.end);
    },
    excerpt: line => (isPrivate ? '' : source.line(line)),
    inScalar(pointer, offset, length) {
      const { scalar, value: range } = nearest(pointer);
      if (!scalar) return source.place(range.start, range.end);
      const { offsets } = traceScalar(source.text, scalar);
      const end = offsets.at(-1) ?? range.end;
      const start = offsets[offset] ?? end;
      const last = length > 0 ? offsets[offset + length - 1] : undefined;
      return source.place(start, last === undefined ? start : last + 1);
    },
  };
}

function parse(source: SourceText, isPrivate: boolean): { events: readonly Event[] } | { problem: Problem } {
  try {
    return { events: parseEvents(source.text, { filename: source.file, maxDepth: DEEPEST }) };
  } catch (thrown) {
    return { problem: syntaxProblem(source, thrown, isPrivate) };
  }
}

function syntaxProblem(source: SourceText, thrown: unknown, isPrivate: boolean): Problem {
  // Anything but a YAMLException is a fault of the parser on hostile input; the file is refused all the same.
  const reason = thrown instanceof YAMLException ? thrown.reason : 'the file cannot be parsed';
  const offset = thrown instanceof YAMLException ? (thrown.mark?.position ?? 0) : 0;
  const deep = reason.includes('maxDepth');
  const at = source.place(offset, offset);
  const excerpt = isPrivate ? '' : source.line(at.line);
  const known = explainSyntax(source.line(at.line - 1), source.line(at.line), reason);
  return {
    code: deep ? 'too-deep' : 'yaml',
    level: 'error',
    message: deep ? `more than ${DEEPEST} levels are nested here` : (known.message ?? withoutQuotes(reason, isPrivate)),
    at,
    ...(excerpt === '' ? {} : { excerpt }),
    hint: deep ? 'no file of this kind is nested so deeply; remove levels' : known.hint,
  };
}

/** js-yaml puts parts of the text into some of its messages, after a quote, a colon or a bracket. */
function withoutQuotes(reason: string, isPrivate: boolean): string {
  return isPrivate ? (/^[^"'`:<({[]*/.exec(reason)?.[0].trim() ?? '') : reason;
}

function emptyFile(file: string): Problem {
  const at = { file, line: 1, column: 1 };
  return {
    code: 'empty',
    level: 'error',
    message: 'the file is empty',
    at,
    hint: 'write something, or remove the file',
  };
}
