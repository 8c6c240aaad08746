/** One import or re-export of a file: what it names, where (line from 1), and whether only types cross. */
export type Import = { readonly specifier: string; readonly line: number; readonly typesOnly: boolean };

/** A source file as the rules see it: its imports, and its code with comments blanked and the contents of strings replaced by blanks. */
export type Source = { readonly imports: readonly Import[]; readonly code: string };

const IMPORT = /\b(?:import|export)\b(\s+type\b)?\s*([\w*\s{},$]*?)(?:\bfrom\s*)?(['"])( *)\3/g;
const DYNAMIC = /\b(typeof\s+)?import\s*\(\s*(?:(['"])( *)\2)?/g;

/** Reads the imports and the bare code of TypeScript. A dynamic import of something computed is given as specifier ''. */
export function readSource(text: string): Source {
  const code = blank(text);
  const lineOf = (index: number): number => code.slice(0, index).split('\n').length;
  const found: Import[] = [];
  for (const match of code.matchAll(IMPORT)) {
    const [whole, type, names = '', , inside = ''] = match;
    const end = match.index + whole.length - 1;
    const specifier = text.slice(end - inside.length, end);
    found.push({ specifier, line: lineOf(match.index), typesOnly: type !== undefined || onlyTypes(names) });
  }
  for (const match of code.matchAll(DYNAMIC)) {
    const [whole, typeOf, quote, inside = ''] = match;
    const end = match.index + whole.length - 1;
    const specifier = quote === undefined ? '' : text.slice(end - inside.length, end);
    found.push({ specifier, line: lineOf(match.index), typesOnly: typeOf !== undefined });
  }
  return { imports: found, code };
}

function onlyTypes(names: string): boolean {
  const list = /^\{([^}]*)\}\s*$/.exec(names.trim())?.[1]?.split(',') ?? [];
  const named = list.map(name => name.trim()).filter(name => name !== '');
  return named.length > 0 && named.every(name => name.startsWith('type '));
}

/** A stretch of text: where it ends, and the part of it that is no code. */
type Stretch = { readonly end: number; readonly from: number; readonly to: number };

/** The text with everything but code turned into blanks; line breaks, quotes and length stay. */
function blank(text: string): string {
  const out = text.split('');
  // For each open `${`, how many braces were open before it: the template goes on where its expression ends.
  const templates: number[] = [];
  let braces = 0;
  let before = '';
  for (let at = 0; at < text.length; ) {
    const char = text[at] ?? '';
    const resumes = char === '}' && templates.at(-1) === braces;
    if (resumes) templates.pop();
    const { end, from, to } = resumes || char === '`' ? templatePart(text, at) : stretch(text, at, before);
    if ((resumes || char === '`') && text.slice(end - 2, end) === '${') templates.push(braces);
    else if (end === at + 1 && char === '{') braces++;
    else if (end === at + 1 && char === '}' && !resumes) braces--;
    for (let index = from; index < Math.min(to, out.length); index++) if (out[index] !== '\n') out[index] = ' ';
    // Neither blanks nor comments tell whether a slash divides; after `return` and the like it does not.
    if (!/\s/.test(char) && from !== at) before = char;
    if (/\b(return|case|typeof|of|in)$/.test(text.slice(Math.max(0, at - 7), at + 1))) before = '';
    at = end;
  }
  return out.join('');
}

/** The comment, string, pattern or single character at `at`; `before` is the last character of code before it. */
function stretch(text: string, at: number, before: string): Stretch {
  const char = text[at] ?? '';
  const whole = (end: number): Stretch => ({ end, from: at, to: end });
  const within = (end: number): Stretch => ({ end, from: at + 1, to: end - 1 });
  if (text.startsWith('//', at)) return whole(ending(text, '\n', at + 2));
  if (text.startsWith('/*', at)) return whole(ending(text, '*/', at + 2) + 2);
  if (char === "'" || char === '"') return within(closing(text, char, at + 1));
  if (char === '/' && !/[\w)\]}'"`]/.test(before)) return within(regexEnd(text, at + 1));
  return { end: at + 1, from: at + 1, to: at + 1 };
}

/** The text of a template from a backtick or the end of an expression to the next of either. */
function templatePart(text: string, at: number): Stretch {
  const end = templateEnd(text, at + 1);
  return { end, from: at + 1, to: text.slice(end - 2, end) === '${' ? end - 2 : end - 1 };
}

function ending(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  return at < 0 ? text.length : at;
}

function closing(text: string, quote: string, from: number): number {
  let at = from;
  while (at < text.length && text[at] !== quote) at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function regexEnd(text: string, from: number): number {
  let inClass = false;
  let at = from;
  for (; at < text.length && (inClass || text[at] !== '/'); at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '[') inClass = true;
    else if (text[at] === ']') inClass = false;
  }
  return at + 1;
}

function templateEnd(text: string, from: number): number {
  let at = from;
  for (; at < text.length && text[at] !== '`'; at++) {
    if (text[at] === '\\') at++;
    else if (text.startsWith('${', at)) return at + 2;
  }
  return at + 1;
}
