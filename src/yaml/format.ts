import { columnsOf, escapeTerminal, type Problem } from '../base/index.ts';

const WIDEST = 100;

const styles = { error: '31;1', warning: '33;1', frame: '2', mark: '31', hint: '36' } as const;

/**
 * A problem as people read it: `file:line:column error message [code]`, the source line with the offending text underlined, and a hint.
 * Safe to print: control characters become visible. Ends without a line break.
 */
export function formatProblem(problem: Problem, options: { readonly colour?: boolean } = {}): string {
  const paint = (style: keyof typeof styles, text: string) =>
    options.colour ? `\u001b[${styles[style]}m${text}\u001b[0m` : text;
  const { at, level, message, code, hint } = problem;
  const place = at ? `${escapeTerminal(at.file)}:${at.line}:${at.column} ` : '';
  const lines = [
    `${place}${paint(level, level)} ${escapeTerminal(message)} ${paint('frame', `[${escapeTerminal(code)}]`)}`,
  ];
  if (at && problem.excerpt !== undefined) {
    const gutter = String(at.line);
    const { line, mark } = underline(
      problem.excerpt,
      at.column,
      at.endLine === at.line || !at.endLine ? at.endColumn : undefined,
    );
    lines.push(`  ${paint('frame', `${gutter} |`)} ${line}`);
    lines.push(`  ${paint('frame', `${' '.repeat(gutter.length)} |`)} ${paint('mark', mark)}`);
  }
  if (hint !== undefined) lines.push(`  ${paint('hint', 'hint:')} ${escapeTerminal(hint)}`);
  return lines.join('\n');
}

/** Cuts a long line to a window around the offending text, makes it printable and draws the carets under it. */
function underline(excerpt: string, column: number, endColumn: number | undefined): { line: string; mark: string } {
  const start = Math.min(column - 1, excerpt.length);
  const end = Math.max(start, Math.min((endColumn ?? excerpt.length + 1) - 1, excerpt.length));
  const from = excerpt.length > WIDEST && start > 60 ? start - 40 : 0;
  const to = Math.min(excerpt.length, Math.max(from + WIDEST, Math.min(end, from + 2 * WIDEST)));
  const before = `${from > 0 ? '…' : ''}${printable(excerpt.slice(from, start))}`;
  const marked = printable(excerpt.slice(start, Math.min(end, to)));
  const after = printable(excerpt.slice(Math.min(end, to), to));
  return {
    line: `${before}${marked}${after}${to < excerpt.length ? '…' : ''}`.trimEnd(),
    mark: ' '.repeat(columnsOf(before)) + '^'.repeat(Math.max(1, columnsOf(marked))),
  };
}

// escapeTerminal joins runs of blanks; here every character keeps its own place.
function printable(text: string): string {
  return text.replaceAll('\t', ' ').split(' ').map(escapeTerminal).join(' ');
}
