// The few Markdown words that the generated pages are made of.

/** Text inside a table cell: pipes and line breaks would end it, and < would begin HTML. */
export function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replace(/\s+/g, ' ').trim();
}

/** A word in monospace that may stand in a table. */
export function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|').replaceAll('`', "'")}\``;
}

/** A table; cells are Markdown already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A fenced block, fenced longer than anything inside. */
export function fence(text: string, language = ''): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const mark = '`'.repeat(longest + 1);
  return `${mark}${language}\n${text.trimEnd()}\n${mark}`;
}

/** A whole page; `source` says what to edit instead, `command` what makes it anew. */
export function page(source: string, command: string, blocks: readonly (string | undefined)[]): string {
  const parts = blocks.filter(block => block !== undefined && block !== '');
  return `<!-- Generated from ${source} by \`${command}\`: do not edit. -->\n\n${parts.join('\n\n')}\n`;
}

/** The first letter in upper case, as at the start of a sentence. */
export function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The anchor that GitHub gives to a heading. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');
}
