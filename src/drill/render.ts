import { escapeMarkdown, escapeTerminal } from '../base/index.ts';
import type { Drilled, DrillResult } from './drill.ts';

/** How a drill is written. */
export type DrillFormat = 'text' | 'json' | 'markdown';

/** A drill as text. Equal results give equal bytes. */
export function renderDrill(result: DrillResult, format: DrillFormat): string {
  if (format === 'json') return jsonOf(result);
  return format === 'markdown' ? markdownOf(result) : textOf(result);
}

/** Faults that were injected and that nothing noticed. */
export function unnoticed({ faults }: DrillResult): readonly Drilled[] {
  return faults.filter(({ place, noticed }) => place !== undefined && noticed.length === 0);
}

function absentOf({ faults }: DrillResult): readonly Drilled[] {
  return faults.filter(({ place }) => place === undefined);
}

function injectedOf({ faults }: DrillResult): readonly Drilled[] {
  return faults.filter(({ place }) => place !== undefined);
}

function jsonOf(result: DrillResult): string {
  const { snapshot, seed, pairs, idle } = result;
  const faults = result.faults.map(({ fault, place, noticed }) => ({
    ...{ id: fault.id, theme: fault.theme, about: fault.about },
    ...{ place: place ?? null, noticed },
  }));
  return `${JSON.stringify({ format: 'tallystick/drill/v1', snapshot, seed, faults, pairs, idle }, undefined, 2)}\n`;
}

function textOf(result: DrillResult): string {
  const width = Math.max(...result.faults.map(({ fault }) => fault.id.length), 0);
  const indent = ' '.repeat(width + 4);
  const lines = result.faults.map(({ fault, place, noticed }) => {
    const mark = place === undefined ? '-' : noticed.length > 0 ? '✓' : '✗';
    const what =
      place === undefined
        ? '(no place for it in this snapshot)'
        : noticed.length > 0
          ? noticed.join(`\n${indent}`)
          : 'NOT NOTICED';
    return `${mark} ${fault.id.padEnd(width)}  ${what}`;
  });
  const pairs = result.pairs.map(({ faults: [first, second], masked }) =>
    masked.length === 0
      ? `✓ ${first} + ${second}`
      : `✗ ${first} + ${second}: nothing notices ${masked.join(' and ')} any more`,
  );
  return `${[
    lines.join('\n'),
    section(
      'Faults that nothing noticed:',
      unnoticed(result).map(({ fault }) => `  ${fault.id}: ${fault.about}`),
    ),
    section(
      'Invariants that no fault tripped:',
      result.idle.map(id => `  ${escapeTerminal(id)}`),
    ),
    section('Pairs, chosen by the seed:', pairs),
    summaryOf(result),
  ]
    .filter(part => part !== '')
    .join('\n\n')}\n`;
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : [title, ...lines].join('\n');
}

/** The outcome in one or two sentences. */
function summaryOf(result: DrillResult): string {
  const injected = injectedOf(result).length;
  const missed = unnoticed(result).length;
  const pairs = result.pairs.length;
  const masked = result.pairs.filter(pair => pair.masked.length > 0).length;
  const alone = `${injected} faults injected, ${injected - missed} noticed, ${missed} not; ${result.faults.length - injected} have no place in this snapshot.`;
  return pairs === 0 ? alone : `${alone} ${pairs} pairs injected, ${masked} of them hide a fault.`;
}

/** One table per theme of faults, a row per fault; then what stands out. */
function markdownOf(result: DrillResult): string {
  const injected = injectedOf(result);
  const tripped = new Set(injected.flatMap(({ noticed }) => noticed)).size;
  const themes = [...new Set(injected.map(({ fault }) => fault.theme))];
  const code = (id: string) => `\`${escapeMarkdown(id)}\``;
  const pairs = result.pairs.map(({ faults: [first, second], masked }) => {
    const outcome = masked.length === 0 ? 'both are noticed' : `hidden: ${masked.map(code).join(', ')}`;
    return `* ${code(first)} and ${code(second)}: ${outcome}`;
  });
  const listed = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ['', `## ${title}`, '', ...lines];
  const invariants = tripped + result.idle.length;
  return `${[
    `${summaryOf(result)} Of ${invariants} invariants, ${tripped} were tripped (seed ${result.seed}).`,
    ...listed(
      'Not noticed',
      unnoticed(result).map(({ fault }) => `* ${code(fault.id)}: ${escapeMarkdown(fault.about)}`),
    ),
    ...listed(
      'Not tripped',
      result.idle.map(id => `* ${code(id)}`),
    ),
    ...listed(
      'No place in this snapshot',
      absentOf(result).map(({ fault }) => `* ${code(fault.id)}`),
    ),
    ...themes.flatMap(theme => [
      ...['', `## ${theme}`, '', '| fault | what happens | noticed by |', '| --- | --- | --- |'],
      ...injected.filter(({ fault }) => fault.theme === theme).map(rowOf),
    ]),
    ...listed('Pairs', pairs),
  ].join('\n')}\n`;

  function rowOf({ fault, noticed }: Drilled): string {
    const cells = noticed.length > 0 ? noticed.map(code).join(', ') : '**nothing**';
    return `| ${code(fault.id)} | ${escapeMarkdown(fault.about)} | ${cells} |`;
  }
}
