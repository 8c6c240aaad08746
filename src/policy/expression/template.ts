import type { Catalogue } from './catalogue.ts';
import { type Checked, checkExpression } from './expression.ts';
import { type ExpressionMistake, endOfString, mistake } from './mistakes.ts';
import { LIMITS } from './syntax.ts';

/** One piece of a message: text as it stands, or a value with the SQL of its text (`textSql`) and of its typed value (`sql`). */
export type TemplatePart = { readonly text: string } | Pick<Checked, 'sql' | 'knownSql' | 'textSql' | 'type'>;

/** A checked message. */
export type Template = {
  readonly parts: readonly TemplatePart[];
  readonly reads: readonly string[];
  readonly facets: readonly string[];
};

/** Either the checked message or every mistake in it; offsets count from the start of the message. */
export type TemplateResult =
  | { readonly ok: true; readonly template: Template }
  | { readonly ok: false; readonly mistakes: readonly ExpressionMistake[] };

/** Values a message may hold. */
const MOST_VALUES = 32;

/**
 * Checks a message such as `{{principal.label}} is missing`. A value may be absent or unknown (the renderer says so),
 * but inside `{{ }}` the rules of expressions hold. `assume` is an expression known to be true where the message is used.
 */
export function checkTemplate(text: string, catalogue: Catalogue, assume?: string): TemplateResult {
  if (text.length > LIMITS.template)
    return refuse(
      'too-large',
      LIMITS.template,
      text.length,
      `The message is longer than ${LIMITS.template} characters.`,
    );
  const parts: TemplatePart[] = [];
  const mistakes: ExpressionMistake[] = [];
  const reads = new Set<string>();
  const facets = new Set<string>();
  let values = 0;
  for (let at = 0; at < text.length; ) {
    const open = text.indexOf('{{', at);
    const plain = text.slice(at, open < 0 ? text.length : open);
    if (plain !== '') parts.push({ text: plain });
    if (open < 0) break;
    if (++values > MOST_VALUES)
      return refuse('too-large', open, open + 2, `The message holds more than ${MOST_VALUES} values.`);
    const close = closing(text, open + 2);
    if (close < 0) {
      mistakes.push(
        mistake('syntax', { start: open, end: open + 2 }, '"{{" is not closed.', 'Write "}}" after the expression.'),
      );
      break;
    }
    const result = checkExpression(text.slice(open + 2, close), catalogue, 'any', assume);
    if (result.ok) {
      const { sql, knownSql, textSql, type } = result.checked;
      parts.push({ sql, knownSql, textSql, type });
      for (const path of result.checked.reads) reads.add(path);
      for (const facet of result.checked.facets) facets.add(facet);
    } else {
      mistakes.push(
        ...result.mistakes.map(found => ({ ...found, start: found.start + open + 2, end: found.end + open + 2 })),
      );
    }
    at = close + 2;
  }
  if (mistakes.length > 0) return { ok: false, mistakes };
  return { ok: true, template: { parts, reads: [...reads].sort(), facets: [...facets].sort() } };
}

function refuse(code: 'too-large', start: number, end: number, message: string): TemplateResult {
  return { ok: false, mistakes: [mistake(code, { start, end }, message, 'Shorten the message.')] };
}

/** Offset of the `}}` that ends an expression, not counting one inside a string; -1 if there is none. */
function closing(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (text.startsWith('}}', at)) return at;
    if (text[at] === '"' || text[at] === "'") at = endOfString(text, at) - 1;
  }
  return -1;
}
