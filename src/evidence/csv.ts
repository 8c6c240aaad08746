/** A cell of a table; null is an empty cell. */
export type Cell = string | number | boolean | null;

// What a spreadsheet takes for a formula, also behind blanks and in full width (OWASP, CSV injection).
const FORMULA = /^[\s\p{Cc}\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/u;

/** CSV (RFC 4180): every text quoted, CRLF, and text that a spreadsheet would run as a formula behind an apostrophe. */
export function renderCsv(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [header, ...rows].map(row => `${row.map(cellText).join(',')}\r\n`).join('');
}

function cellText(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell !== 'string') return String(cell);
  return `"${(FORMULA.test(cell) ? `'${cell}` : cell).replaceAll('"', '""')}"`;
}
