// The Markdown words of the reference, and what fills blocks of pages.
import { page as pageBy } from '../src/reference/index.ts';

export { anchorOf, cell, code, fence, table } from '../src/reference/index.ts';

/** A whole page; `source` says what to edit instead. */
export function page(source, blocks) {
  return pageBy(source, 'npm run generate', blocks);
}

/** Text with the block between `<!-- begin NAME -->` and `<!-- end NAME -->` replaced; throws when the markers are not there. */
export function fill(text, name, block) {
  const [begin, end] = [`<!-- begin ${name} -->`, `<!-- end ${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`there are no markers ${begin} … ${end}`);
  return `${text.slice(0, from + begin.length)}\n\n${block}\n\n${text.slice(to)}`;
}
