// The few Markdown words that the generated pages are made of.

/** Text inside a table cell: pipes and line breaks would end it, and < would begin HTML. */
export function cell(text) {
  return String(text).replaceAll('|', '\\|').replaceAll('<', '&lt;').replace(/\s+/g, ' ').trim();
}

/** A word in monospace that may stand in a table. */
export function code(text) {
  return `\`${String(text).replaceAll('|', '\\|').replaceAll('`', "'")}\``;
}

/** A table; cells are Markdown already. */
export function table(head, rows) {
  const line = cells => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A fenced block, fenced longer than anything inside. */
export function fence(text, language = '') {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const mark = '`'.repeat(longest + 1);
  return `${mark}${language}\n${text.trimEnd()}\n${mark}`;
}

/** A whole page; `source` says what to edit instead. */
export function page(source, blocks) {
  const parts = blocks.filter(block => block !== undefined && block !== '');
  return `<!-- Generated from ${source} by \`npm run generate\`: do not edit. -->\n\n${parts.join('\n\n')}\n`;
}

/** The first letter in upper case, as at the start of a sentence. */
export function sentence(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Text with the block between `<!-- begin NAME -->` and `<!-- end NAME -->` replaced; throws when the markers are not there. */
export function fill(text, name, block) {
  const [begin, end] = [`<!-- begin ${name} -->`, `<!-- end ${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`there are no markers ${begin} … ${end}`);
  return `${text.slice(0, from + begin.length)}\n\n${block}\n\n${text.slice(to)}`;
}
