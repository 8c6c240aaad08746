import { escapeMarkdown, escapeTerminal, fitColumns, joinWithin, truncate } from '../base/index.ts';
import type { Gone, Impact, Item, Standing } from './compare.ts';

/** The forms of an impact: for a terminal, for scripts, and for a pull request. */
export const impactFormats = ['text', 'json', 'markdown'] as const;

export type ImpactFormat = (typeof impactFormats)[number];

const LIST_LIMIT = 50;
const TEXT_LIMIT = 300;
// A comment on GitHub holds 65,536 characters.
const BYTE_LIMIT = 60_000;
const WIDTH = 80;

/** An impact as text (80 columns), JSON (tallystick/impact/v1) or Markdown (lists of at most 50, the rest counted). */
export function renderImpact(impact: Impact, format: ImpactFormat): string {
  if (format === 'json') return `${JSON.stringify(impact, undefined, 2)}\n`;
  return format === 'markdown' ? renderMarkdown(impact) : renderText(impact);
}

type Section = { readonly title: string; readonly lines: readonly string[] };
type Escape = (text: string) => string;

function renderText(impact: Impact): string {
  const shown: Escape = text => escapeTerminal(truncate(text, TEXT_LIMIT));
  const blocks = sectionsOf(impact, shown).map(({ title, lines }) => [title, ...lines.map(line => `  ${line}`)]);
  const lines = [headline(impact), ...caveats(impact), ...blocks.flatMap(block => ['', ...block])];
  return `${lines.flatMap(line => (line.length > WIDTH && !line.startsWith('  ') ? breakLine(line) : [fitColumns(line, WIDTH)])).join('\n')}\n`;
}

function renderMarkdown(impact: Impact): string {
  const shown: Escape = text => escapeMarkdown(truncate(text, TEXT_LIMIT));
  const sections = sectionsOf(impact, shown).map(
    ({ title, lines }) => `### ${title}\n\n${lines.map(line => `* ${line}`).join('\n')}`,
  );
  const all = ['## Impact on the audit', `**${headline(impact)}**`, ...caveats(impact), ...sections];
  return joinWithin(all, BYTE_LIMIT, 'The rest is left out here; the JSON form of this comparison is complete.');
}

/** The change in one sentence; it says so when either side judged nothing. */
function headline({ findings, invariants, base, head }: Impact): string {
  const empty = [base, head].find(side => !['clean', 'findings', 'unjudged'].includes(side.outcome));
  if (empty !== undefined)
    return `No comparison is possible: the ${empty === base ? 'base' : 'head'} run performed no audit (${empty.outcome}).`;
  const counts = [
    `${findings.appeared.length} appear`,
    `${findings.disappeared.length} disappear`,
    `${findings.changed.length} change`,
  ];
  const rules = `${invariants.added.length} added, ${invariants.removed.length} removed, ${invariants.changed.length} changed`;
  return `Findings: ${counts.join(', ')}. Invariants: ${rules}. Exit code ${base.exitCode} becomes ${head.exitCode}.`;
}

function caveats({ sameSnapshot, base, head }: Impact): string[] {
  return [
    ...(sameSnapshot ? [] : ['The snapshots differ: a change may come from the data and not from the policies.']),
    ...(base.asOf === head.asOf ? [] : ['The two runs are as of different times: ages and expiries differ.']),
  ];
}

function sectionsOf(impact: Impact, shown: Escape): Section[] {
  const { findings, invariants } = impact;
  const line = (item: Item) => `${standing(item)} ${shown(item.invariant)}: ${shown(item.message)}`;
  const gone = (why: Gone) => findings.disappeared.filter(item => item.why === why).map(line);
  const sections = [
    { title: 'Findings that appear', lines: findings.appeared.map(line) },
    { title: 'Findings hidden because their invariant no longer runs', lines: gone('invariant-removed') },
    { title: 'Findings that can no longer be judged', lines: gone('now-unknown') },
    { title: 'Findings resolved (the subject passes or is out of scope)', lines: gone('resolved') },
    {
      title: 'Findings that change',
      lines: findings.changed.map(item => `${standing(item.from)} becomes ${line(item)}`),
    },
    { title: 'Invariants added', lines: invariants.added.map(shown) },
    { title: 'Invariants removed', lines: invariants.removed.map(shown) },
    {
      title: 'Invariants changed',
      lines: invariants.changed.map(({ id, fields }) => `${shown(id)}: ${fields.map(shown).join(', ')}`),
    },
    { title: 'Counts (fail/unknown/in scope)', lines: impact.counts.map(entry => countLine(entry, shown)) },
  ];
  return sections.filter(({ lines }) => lines.length > 0).map(cut);
}

function countLine({ id, base, head }: Impact['counts'][number], shown: Escape): string {
  const side = (counts: typeof base) =>
    counts === null ? 'not run' : `${counts.fail}/${counts.unknown}/${counts.subjects - counts.outOfScope}`;
  return `${shown(id)}: ${side(base)} becomes ${side(head)}`;
}

function standing({ severity, verdict, waived }: Standing): string {
  return `(${severity}${verdict === 'unknown' ? ', unknown' : ''}${waived ? ', waived' : ''})`;
}

function cut({ title, lines }: Section): Section {
  const rest = lines.length - LIST_LIMIT;
  const kept = lines.slice(0, LIST_LIMIT);
  return { title: `${title}: ${lines.length}`, lines: rest > 0 ? [...kept, `… and ${rest} more`] : kept };
}

/** Our own sentences on lines of at most 80 columns. */
function breakLine(line: string): string[] {
  const lines = [''];
  for (const word of line.split(' ')) {
    const joined = `${lines.at(-1) ?? ''} ${word}`.trim();
    if (joined.length > WIDTH) lines.push(word);
    else lines[lines.length - 1] = joined;
  }
  return lines;
}
