/** A place in a text as editors count: from 0, columns in UTF-16 units. */
export type Place = { readonly line: number; readonly character: number };

/** What stands at a place of a policy that may be half written: read from its lines, because it need not be YAML yet. */
export type Context = {
  /** The text of the line before the place, and after it. */
  readonly before: string;
  readonly after: string;
  /** The key whose value the place is in; undefined where a key is being written. */
  readonly key: string | undefined;
  /** True where an expression is written: in `when` and `expect`, and in {{ }}. */
  readonly inExpression: boolean;
  /** Whether the place belongs to an invariant, to a parameter, or to the policy itself. */
  readonly within: 'policy' | 'params' | 'invariant';
  /** The population of the invariant, where it is written. */
  readonly over: string | undefined;
  /** Keys that the invariant, or the policy, has already. */
  readonly present: ReadonlySet<string>;
};

const ENTRY = /^(\s*)((?:- +)?)([A-Za-z][\w-]*):(?:\s|$)/;

/** The lines of a text, however they end. */
export function linesOf(text: string): readonly string[] {
  return text.split(/\r\n|\r|\n/);
}

/** Reads what stands at a place; a place beyond the text is taken for its end. */
export function contextAt(lines: readonly string[], place: Place): Context {
  const number = Math.max(0, Math.min(place.line, lines.length - 1));
  const line = lines[number] ?? '';
  const column = Math.max(0, Math.min(place.character, line.length));
  const [before, after] = [line.slice(0, column), line.slice(column)];
  const key = keyAt(lines, number, before);
  const section = sectionOf(lines, number);
  const block = section === 'invariant' ? blockAround(lines, number) : [];
  const own = section === 'policy' ? lines.filter(each => /^\S/.test(each)) : block;
  const over = block.map(each => /^\s*(?:- +)?over:\s*["']?([\w-]+)/.exec(each)?.[1]).find(name => name !== undefined);
  const present = new Set(own.flatMap(each => ENTRY.exec(each)?.[3] ?? []));
  return { before, after, key, inExpression: isExpression(lines, number, before, key), within: section, over, present };
}

/** The key whose value a line belongs to: its own, or for the lines of a text below it, the one above with a smaller indent. */
function keyAt(lines: readonly string[], number: number, before: string): string | undefined {
  const own = ENTRY.exec(before);
  if (own) return own[3];
  const indent = indentOf(lines[number] ?? '');
  for (let at = number - 1; at >= 0; at--) {
    const line = lines[at] ?? '';
    if (line.trim() === '') continue;
    const entry = ENTRY.exec(line);
    if (entry && indentOf(line) + (entry[2] ?? '').length < indent)
      // Below a key without a text of its own stand keys or a list, not the continuation of a text.
      return /:\s*(#.*)?$/.test(line)
        ? entry[3] === 'flavours' || entry[3] === 'facts'
          ? entry[3]
          : undefined
        : entry[3];
    if (indentOf(line) < indent && entry) return undefined;
  }
  return undefined;
}

function indentOf(line: string): number {
  return /^\s*/.exec(line)?.[0].length ?? 0;
}

/** The top-level key that a line lies under. */
function sectionOf(lines: readonly string[], number: number): Context['within'] {
  for (let at = number; at >= 0; at--) {
    const line = lines[at] ?? '';
    if (/^invariants:/.test(line)) return at === number ? 'policy' : 'invariant';
    if (/^params:/.test(line)) return at === number ? 'policy' : 'params';
    // A list may stand below its key without an indent.
    if (/^[^\s#-]/.test(line)) return 'policy';
  }
  return 'policy';
}

/** The lines of the invariant around a line: from its dash to the next one. */
function blockAround(lines: readonly string[], number: number): readonly string[] {
  const starts = (at: number): boolean => /^\s*- +[A-Za-z][\w-]*:/.test(lines[at] ?? '');
  const ends = (at: number): boolean => starts(at) || /^[^\s#-]/.test(lines[at] ?? '');
  let first = number;
  while (first > 0 && !starts(first) && !/^invariants:/.test(lines[first - 1] ?? '')) first--;
  let last = number + 1;
  while (last < lines.length && !ends(last)) last++;
  return lines.slice(first, last);
}

function isExpression(lines: readonly string[], number: number, before: string, key: string | undefined): boolean {
  if (key === 'when' || key === 'expect') return true;
  if (key !== 'message' && key !== 'remediation') return false;
  // A value may be broken over lines; a few of them are enough.
  const text = [...lines.slice(Math.max(0, number - 3), number), before].join('\n');
  return text.lastIndexOf('{{') > text.lastIndexOf('}}');
}
