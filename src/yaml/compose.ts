import {
  boolCoreTag,
  COLLECTION_STYLE,
  EVENT_ID,
  type Event,
  floatCoreTag,
  getScalarValue,
  intCoreTag,
  type MappingEvent,
  NOT_RESOLVED,
  nullCoreTag,
  SCALAR_STYLE,
  type ScalarEvent,
  type SequenceEvent,
} from 'js-yaml';

/** A half-open range of offsets in the file. */
export type Range = { readonly start: number; readonly end: number };

/** Where a value and its key are written; `scalar` lets an offset inside a text be found again. */
export type Span = { readonly key?: Range; value: Range; readonly scalar?: ScalarEvent };

/** A structural mistake of a YAML file that does not stop the reading. */
export type Flaw = {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly range: Range;
  /** The earlier place that this one collides with. */
  readonly first?: Range;
};

/** What a file holds: its value (objects without a prototype), where each part is written, and every structural mistake. */
export type Composed = {
  readonly value: unknown;
  readonly spans: ReadonlyMap<string, Span>;
  readonly flaws: readonly Flaw[];
};

type Frame = {
  readonly pointer: string;
  readonly flow: boolean;
  readonly items: unknown[] | undefined;
  readonly fields: Record<string, unknown> | undefined;
  readonly seen: Map<string, Range>;
  key: { readonly name: string; readonly range: Range } | undefined;
};

type Work = {
  readonly source: string;
  readonly spans: Map<string, Span>;
  readonly flaws: Flaw[];
  readonly frames: Frame[];
  /** The end of what was read last: where an empty value stands. */
  cursor: number;
  value: unknown;
};

const MOST_FLAWS = 100;

/** More parts than any file of ours has; schema validation takes time that grows faster than they do. */
const MOST_PARTS = 20_000;

/**
 * Builds the value of one document from js-yaml's events. Unlike js-yaml's own constructor it does not stop at the first duplicate key,
 * alias or tag, so that all of them are reported at once. Plain scalars follow the YAML 1.2 core schema; keys are always text.
 */
export function compose(source: string, events: readonly Event[]): Composed {
  const work: Work = { source, spans: new Map(), flaws: [], frames: [], cursor: 0, value: undefined };
  let documents = 0;
  for (const event of events) {
    if (event.type === EVENT_ID.DOCUMENT) {
      documents++;
      if (documents === 2) refuseSecond(work);
    } else if (documents < 2 && work.flaws.length < MOST_FLAWS && work.spans.size <= MOST_PARTS) step(work, event);
  }
  if (work.spans.size > MOST_PARTS) {
    const message = `the file has more than ${MOST_PARTS} values`;
    flaw(work, 'too-large', { start: work.cursor, end: work.cursor }, message, 'split it into several files');
  }
  return { value: work.value, spans: work.spans, flaws: work.flaws };
}

function step(work: Work, event: Event): void {
  if (event.type === EVENT_ID.POP) close(work);
  else if (event.type === EVENT_ID.ALIAS) {
    const range = { start: event.anchorStart - 1, end: event.anchorEnd };
    const hint = 'write the value out, or quote the text if it begins with `*`';
    flaw(work, 'alias', range, 'aliases are not allowed', hint);
    place(work, null, { value: range });
  } else if (event.type !== EVENT_ID.DOCUMENT) {
    refuseTag(work, event);
    if (event.type === EVENT_ID.SCALAR) scalar(work, event);
    else open(work, event);
  }
}

function scalar(work: Work, event: ScalarEvent): void {
  const range = rangeOf(work, event);
  work.cursor = range.end;
  const frame = work.frames.at(-1);
  if (frame?.fields && !frame.key) {
    const name = getScalarValue(work.source, event);
    const first = frame.seen.get(name);
    if (first) {
      const message = 'this key was already used';
      work.flaws.push({ code: 'duplicate-key', message, hint: 'remove one of the two', range, first });
    }
    frame.seen.set(name, first ?? range);
    frame.key = { name, range };
    return;
  }
  place(work, scalarValue(work.source, event), { value: range, scalar: event });
}

function rangeOf(work: Work, { valueStart, valueEnd, style }: ScalarEvent): Range {
  if (valueStart < 0) return { start: work.cursor, end: work.cursor };
  const quoted = style === SCALAR_STYLE.SINGLE_QUOTED || style === SCALAR_STYLE.DOUBLE_QUOTED;
  if (quoted) return { start: valueStart - 1, end: valueEnd + 1 };
  const blank = /^\s*/.exec(work.source.slice(valueStart, valueEnd))?.[0].length ?? 0;
  return { start: valueStart + blank, end: valueEnd };
}

function scalarValue(source: string, event: ScalarEvent): unknown {
  const text = getScalarValue(source, event);
  if (event.style !== SCALAR_STYLE.PLAIN) return text;
  for (const tag of [nullCoreTag, boolCoreTag, intCoreTag, floatCoreTag]) {
    const value: unknown = tag.resolve(text, false, tag.tagName);
    if (value !== NOT_RESOLVED) return value;
  }
  return text;
}

function open(work: Work, event: SequenceEvent | MappingEvent): void {
  const parent = work.frames.at(-1);
  const { start } = event;
  const isMapping = event.type === EVENT_ID.MAPPING;
  if (parent?.fields && !parent.key) {
    flaw(
      work,
      'complex-key',
      { start, end: start + 1 },
      'a key must be plain text',
      'quote the text if it begins with `[`, `{` or `?`',
    );
    parent.key = { name: '', range: { start, end: start + 1 } };
  }
  const items: unknown[] | undefined = isMapping ? undefined : [];
  const fields: Record<string, unknown> | undefined = isMapping ? Object.create(null) : undefined;
  const pointer = place(work, items ?? fields, { value: { start, end: start + 1 } });
  work.cursor = start;
  const flow = event.style === COLLECTION_STYLE.FLOW;
  work.frames.push({ pointer, flow, items, fields, seen: new Map(), key: undefined });
}

/** Gives the collection that ends here a range that can be underlined: all of a flow collection, the first key or line of a block one. */
function close(work: Work): void {
  const frame = work.frames.pop();
  const span = frame && work.spans.get(frame.pointer);
  if (!span) return;
  const { start } = span.value;
  if (frame.flow) {
    const end = work.source.indexOf(frame.fields ? '}' : ']', work.cursor) + 1;
    if (end > start) work.cursor = end;
    span.value = { start, end: Math.max(end, start + 1) };
    return;
  }
  const [first] = frame.seen.values();
  const line = /^[^\r\n]*/.exec(work.source.slice(start, start + 200))?.[0].trimEnd() ?? '';
  span.value = first ?? { start, end: start + Math.max(1, line.length) };
}

/** Puts a value where the reading stands and returns its JSON pointer. */
function place(work: Work, value: unknown, span: Span): string {
  const frame = work.frames.at(-1);
  if (!frame) {
    work.value = value;
    work.spans.set('', span);
    return '';
  }
  if (frame.items) {
    const pointer = `${frame.pointer}/${frame.items.length}`;
    frame.items.push(value);
    work.spans.set(pointer, span);
    return pointer;
  }
  const { name, range } = frame.key ?? { name: '', range: span.value };
  frame.key = undefined;
  const pointer = `${frame.pointer}/${escapePointer(name)}`;
  if (frame.fields) frame.fields[name] = value;
  work.spans.set(pointer, { ...span, key: range });
  return pointer;
}

/** One step of a JSON pointer (RFC 6901). */
export function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

function refuseSecond(work: Work): void {
  const dashes = work.source.indexOf('---', work.cursor);
  const start = dashes < 0 ? work.cursor : dashes;
  const message = 'the file holds more than one YAML document';
  flaw(work, 'many-documents', { start, end: start + 3 }, message, 'keep one document per file; remove `---`');
}

function refuseTag(work: Work, { tagStart, tagEnd }: ScalarEvent | SequenceEvent | MappingEvent): void {
  if (tagStart < 0) return;
  flaw(
    work,
    'tag',
    { start: tagStart, end: tagEnd },
    'YAML tags are not allowed',
    'put the text in quotes, "!…", if it begins with `!`; else remove the tag',
  );
}

function flaw(work: Work, code: string, range: Range, message: string, hint: string): void {
  work.flaws.push({ code, range, message, hint });
}
