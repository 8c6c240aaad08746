import { escapeMarkdown, truncate } from '../base/index.ts';

const PROSE_LIMIT = 1_024;

/** Text of unknown origin as Markdown that keeps its line breaks and paragraphs and nothing else. */
export function proseMarkdown(text: string, limit: number = PROSE_LIMIT): string {
  return truncate(text, limit)
    .split(/\r\n|\r|\n/)
    .map(escapeMarkdown)
    .join('  \n')
    .trim();
}

/** An absolute http or https address in its normal form, or undefined: nothing else becomes a link. */
export function webAddress(text: string): string | undefined {
  if (!/^https?:\/\//i.test(text) || text.length > 2_000 || !URL.canParse(text)) return undefined;
  const { href } = new URL(text);
  return /[<>()\s\\]/.test(href) ? undefined : href;
}
