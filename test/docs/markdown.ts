import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the project. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Every page that people read: those at the root and everything below docs/, as paths relative to the root. */
export function pages(): readonly string[] {
  const atRoot = readdirSync(root).filter(name => /^[A-Z]+\.md$/.test(name));
  const below = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.md'))
    .map(name => `docs/${name.replaceAll('\\', '/')}`);
  return [...atRoot, ...below].sort();
}

/** The text of a page. */
export function textOf(page: string): string {
  return readFileSync(join(root, page), 'utf8').replaceAll('\r\n', '\n');
}

/** A fenced block: its language, its text, the comment before it (`file: …`, `insert: …`), and the line where it begins. */
export type Block = {
  readonly language: string;
  readonly text: string;
  readonly note: string | undefined;
  readonly line: number;
};

/** The fenced blocks of a page. */
export function blocksOf(text: string): readonly Block[] {
  const blocks: Block[] = [];
  let open:
    | { readonly mark: string; readonly language: string; readonly line: number; readonly lines: string[] }
    | undefined;
  let note: string | undefined;
  text.split('\n').forEach((line, index) => {
    if (open !== undefined) {
      if (line.trim() === open.mark) {
        blocks.push({ language: open.language, text: `${open.lines.join('\n')}\n`, note, line: open.line });
        open = undefined;
        note = undefined;
      } else open.lines.push(line);
      return;
    }
    const [, mark, language = ''] = /^(`{3,})(\S*)/.exec(line) ?? [];
    if (mark !== undefined) open = { mark, language, line: index + 1, lines: [] };
    else if (line.trim() !== '') note = /^<!-- ((?:file|insert): .*) -->$/.exec(line)?.[1];
  });
  if (open !== undefined) throw new Error(`the block of line ${open.line} is not closed`);
  return blocks;
}

/** A page without its fenced blocks. */
export function proseOf(text: string): string {
  return text.replace(/^(`{3,})[^\n]*\n[\s\S]*?\n\1[ \t]*$/gm, '');
}

/** The anchors of a page's headings, as GitHub makes them. */
export function anchorsOf(text: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of proseOf(text).matchAll(/^#{1,6} +(.+?) *$/gm)) {
    const base = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-');
    let anchor = base;
    for (let count = 1; anchors.has(anchor); count++) anchor = `${base}-${count}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** What a page links to: `[text](target)` outside code. */
export function linksOf(text: string): readonly string[] {
  const prose = proseOf(text).replace(/`[^`\n]*`(?!\])/g, '');
  return [...prose.matchAll(/\]\(([^()\s]+(?:\([^()\s]*\))?)\)/g)].map(([, target = '']) => target);
}
