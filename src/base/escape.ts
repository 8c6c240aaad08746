/** Text cut to `limit` UTF-16 units, the last one an ellipsis when something was cut; never leaves half of a surrogate pair. */
export function truncate(text: string, limit: number): string {
  if (text.length <= limit) return text;
  if (limit < 1) return '';
  const last = text.charCodeAt(limit - 2);
  const end = last >= 0xd800 && last <= 0xdbff ? limit - 2 : limit - 1;
  return `${text.slice(0, Math.max(0, end))}…`;
}

/**
 * Text of unknown origin as one line that can only be read: line breaks and tabs become blanks; other control characters, escape sequences,
 * invisible and direction-changing characters and lone surrogates (which UTF-8 cannot hold) become a visible `\u{…}`.
 */
export function escapeTerminal(text: string): string {
  return text
    .replace(/[\r\n\t\u2028\u2029]+/g, ' ')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, character => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

// What GitHub and CommonMark would read as more than text: HTML, code, emphasis, links, tables, mathematics, mentions, issue numbers,
// emoji names, bare addresses, and what begins a list or a heading. Brackets are escaped, so parentheses and `!` need not be.
const MARKDOWN = /[&<>`*_[\]#|~@\\$]|:(?!\s|$|\d\d\b)|(?<=\bwww|\bftp)\.|(?<=\bGH)-|^[-+=]|(?<=^\d{1,9})[.)](?=\s|$)/gi;

/**
 * Text of unknown origin as one line of Markdown that renders as written, safe in a paragraph, a list, a heading and a table cell.
 * Entities are used because GitHub resolves backslashes before it splits table cells.
 */
export function escapeMarkdown(text: string): string {
  return escapeTerminal(text)
    .trim()
    .replace(MARKDOWN, character => `&#${character.charCodeAt(0)};`);
}

// East Asian Wide and Fullwidth (Unicode TR 11) in ranges coarse enough for layout, and emoji.
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{20000}-\u{3fffd}]/u;

/** How many terminal columns text takes: wide characters two, combining marks none. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += widthOf(character);
  return columns;
}

/** Text cut to `columns` terminal columns, the last an ellipsis when something was cut. */
export function fitColumns(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  let used = 0;
  let kept = '';
  for (const character of text) {
    used += widthOf(character);
    if (used > columns - 1) break;
    kept += character;
  }
  return columns < 1 ? '' : `${kept}…`;
}

function widthOf(character: string): number {
  if (/\p{M}/u.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

/** Sections joined by blank lines, as many from the first as fit into `bytes` of UTF-8; when some do not, `note` takes their place. */
export function joinWithin(sections: readonly string[], bytes: number, note: string): string {
  const room = bytes - Buffer.byteLength(note) - 3;
  let used = 0;
  const end = sections.findIndex(section => {
    used += Buffer.byteLength(section) + 2;
    return used > room;
  });
  return `${(end < 0 ? sections : [...sections.slice(0, end), note]).join('\n\n')}\n`;
}
