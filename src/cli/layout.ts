import { columnsOf, escapeTerminal } from '../base/index.ts';

const WIDTH = 80;

/** Text for a terminal: each line broken at blanks to 80 columns, what follows a break indented as `hang` says, or as the line itself. Words are never broken, so that paths and ids can be copied. */
export function wrap(text: string, hang?: number): string {
  return text
    .split('\n')
    .map(line => {
      const own = /^ */.exec(line)?.[0] ?? '';
      const indent = ' '.repeat(hang ?? own.length);
      const lines: string[] = [];
      let current = own;
      let filled = false;
      for (const word of escapeTerminal(line.trim()).split(' ')) {
        if (filled && columnsOf(current) + 1 + columnsOf(word) > WIDTH) {
          lines.push(current);
          current = indent + word;
        } else current = filled ? `${current} ${word}` : current + word;
        filled = true;
      }
      return [...lines, current].map(part => part.trimEnd()).join('\n');
    })
    .join('\n');
}

/** A label and its text, wrapped under the text. */
export function row(label: string, text: string, width = 10): string {
  const [first = '', ...rest] = wrap(`${' '.repeat(width)}${text.trim()}`, width).split('\n');
  return [label.padEnd(width - 1).concat(' ') + first.slice(width), ...rest].join('\n');
}

/** Sections with one empty line between them; empty ones are left out. */
export function sections(parts: readonly string[]): string {
  return `${parts.filter(part => part.trim() !== '').join('\n\n')}\n`;
}
