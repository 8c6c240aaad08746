/** What a syntax error means to somebody who wrote YAML by hand; `message` only where the parser's own would mislead. */
export type SyntaxAdvice = { readonly message?: string; readonly hint: string };

/** Guesses from the line of a syntax error and the one above what was meant. Nothing of their text is repeated. */
export function explainSyntax(above: string, line: string, reason: string): SyntaxAdvice {
  if (reason.includes('null byte') || reason.includes('non-printable')) return { hint: 'remove the control character' };
  if (/^\s*\t/.test(line)) return { hint: 'indent with spaces, not tabs' };
  return adviceOnQuotes(line) ?? adviceOnIndentation(above, line, reason) ?? { hint: general };
}

const general =
  'check indentation, quotes and brackets here and on the line above; quote a text that holds `: ` or ` #`';

// `key: value`, also as the first key of a list's entry.
const ENTRY = /^\s*(?:- +)*[\w-]+:\s+(\S.*?)\s*$/;

/** A text that YAML takes for something else, because it stands without quotes. */
function adviceOnQuotes(line: string): SyntaxAdvice | undefined {
  const value = ENTRY.exec(line)?.[1] ?? '';
  const message = 'this text cannot stand without quotes';
  if (value.startsWith('{{'))
    return { message, hint: 'YAML takes `{` for its own: put the whole text in quotes, "{{…}} …"' };
  if (/^(?:"[^"\\]*"|'[^']*')\s*[^\s#]/.test(value))
    return {
      message: 'the text goes on after its closing quote',
      hint: 'put the whole text in quotes of the other kind, or on a line of its own below `>-`',
    };
  if (/^(?:\[[^\]]*\]|\{[^}]*\})\s*[^\s#,]/.test(value))
    return { message, hint: 'YAML takes `[` and `{` for its own: put the whole text in quotes' };
  if (/^[^"'[{|>#].*:\s/.test(value))
    return { message, hint: 'YAML takes `: ` for the end of a key: put the whole text in quotes' };
  return undefined;
}

/** A key that begins in another column than those beside it. */
function adviceOnIndentation(above: string, line: string, reason: string): SyntaxAdvice | undefined {
  if (!reason.startsWith('bad indentation') || !/^\s*(?:- +)?[\w-]+:/.test(line)) return undefined;
  const [upper, here] = [columnOf(above), columnOf(line)];
  if (upper === undefined || upper === here) return undefined;
  return {
    message: `this key begins in column ${here}, the one above in column ${upper}`,
    hint: 'let the keys of one mapping begin in the same column; an entry of a list begins with `- `',
  };
}

/** Where a key begins, counted from 1, behind the dash of a list. */
function columnOf(line: string): number | undefined {
  const before = /^(\s*(?:- +)*)[\w-]+:/.exec(line)?.[1];
  return before === undefined ? undefined : before.length + 1;
}
