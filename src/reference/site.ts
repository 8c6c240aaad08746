import { escapeMarkdown } from '../base/index.ts';

/** Where a reference is published, and how far what it is made of is trusted. */
export type Site = {
  /** The command that makes it anew. */
  readonly command: string;
  /** A page of the guide as Markdown; without a guide beside the reference, its words alone. */
  readonly guide: (words: string, page: string) => string;
  /** A policy, or the tests beside it, as Markdown; `up` leads from the page to the folder that their paths begin in. */
  readonly file: (words: string, path: string, up: string) => string;
  /** Words of a policy as Markdown in running text, on one line. */
  readonly words: (text: string) => string;
  /** The same in paragraphs. */
  readonly prose: (text: string) => string;
};

/** The reference of one's own policies: nothing of theirs becomes Markdown, HTML or a link by chance. */
export const ownSite: Site = {
  command: 'tallystick docs',
  guide: words => words,
  file: (words, path) => (words === path ? escapeMarkdown(path) : `${escapeMarkdown(words)} (${escapeMarkdown(path)})`),
  words: escapeMarkdown,
  prose: text =>
    text
      .trim()
      .split(/\n\s*\n/)
      .map(escapeMarkdown)
      .join('\n\n'),
};
