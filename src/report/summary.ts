import { columnsOf, escapeTerminal, fitColumns, spanText, truncate } from '../base/index.ts';
import {
  type AuditResult,
  type ControlResult,
  causeCounts,
  confirmationText,
  controlOutcomes,
  type InvariantResult,
  type OutcomeWord,
  type ResultGap,
  sumCounts,
  violations,
  waiverStates,
  worstInvariants,
} from '../findings/index.ts';
import { frameworkText, outcomeText } from './controls.ts';

const WIDTH = 80;
const INVARIANT_ROWS = 15;
const FINDING_ROWS = 5;
const GAP_ROWS = 5;
const NOTE_ROWS = 3;
const CONTROL_ROWS = 10;

/** What people read when a run ends: outcome, totals, the worst invariants and findings, gaps and the next step; plain text, no line above 80 columns. */
export function renderSummary(result: AuditResult): string {
  const { run } = result;
  const mark = run.outcome === 'clean' ? '✓' : run.exitCode === 0 ? '!' : run.outcome === 'unjudged' ? '?' : '✗';
  const snapshot = run.snapshot === null ? 'no snapshot' : `snapshot ${run.snapshot.id.slice(0, 12)}`;
  const blocks = [
    [`tallystick ${run.tool.version} · ${snapshot} · as of ${run.asOf}`],
    wrap(run.reason, `${mark} `),
    ...(result.invariants.length > 0 ? [totals(result)] : []),
    ...run.notes.slice(0, NOTE_ROWS).map(note => wrap(note, '~ ')),
    ...invariantTable(result),
    ...controlTable(result),
    ...worstFindings(result),
    ...gapList(result.gaps),
    wrap(nextStep(result), 'Next: '),
  ];
  const lines = blocks.flatMap((block, index) => (index === 0 ? block : ['', ...block]));
  return `${lines.map(line => fitColumns(escapeTerminal(line).trimEnd(), WIDTH)).join('\n')}\n`;
}

function totals(result: AuditResult): string[] {
  const { subjects, outOfScope, pass, fail, unknown, waived } = sumCounts(result.invariants);
  const count = (number: number, word: string) => `${grouped(number)} ${word}`;
  const parts = [
    count(pass, 'pass'),
    count(fail, `fail${waived > 0 ? ` (${grouped(waived)} waived)` : ''}`),
    count(unknown, 'unknown'),
  ];
  return [
    `  ${parts.join(' · ')}`,
    `  ${count(subjects, 'subjects')}, ${count(outOfScope, 'out of scope')}; ${count(result.invariants.length, 'invariants')}`,
    ...(result.run.apartMs === undefined
      ? []
      : [`  AD and cloud facts that were compared: read at most ${spanText(result.run.apartMs)} apart`]),
    ...(result.confirmation === undefined ? [] : [`  ${confirmationText(result.confirmation)}`]),
    ...waiverTotals(result.waivers),
    ...comparison(result),
  ];
}

function comparison({ run, findings }: AuditResult): string[] {
  if (run.baseline === null) return [];
  const of = (word: string) => findings.filter(finding => finding.state === word);
  const causes = ['new', 'fixed'].flatMap(word => {
    const counts = causeCounts(of(word));
    return counts === '' ? [] : wrap(`${word}: ${counts}`, '    ');
  });
  return [
    `  since the baseline: ${of('new').length} new, ${of('unchanged').length} unchanged, ${of('fixed').length} fixed`,
    ...causes,
  ];
}

function waiverTotals(waivers: AuditResult['waivers']): string[] {
  if (waivers.length === 0) return [];
  const states = Map.groupBy(waivers, ({ state }) => state);
  const parts = waiverStates.flatMap(state => {
    const of = states.get(state);
    return of === undefined ? [] : [`${grouped(of.length)} ${state}`];
  });
  return wrap(parts.join(', '), '  waivers: ');
}

function invariantTable(result: AuditResult): string[][] {
  const worst = worstInvariants(result);
  if (worst.length === 0) return [];
  const rest = worst.length - INVARIANT_ROWS;
  const heading = `  ${'severity'.padEnd(9)} ${'invariant'.padEnd(38)} ${['fail', 'waived', 'unknown'].map(word => word.padStart(8)).join(' ')}`;
  return [
    [
      heading,
      ...worst.slice(0, INVARIANT_ROWS).map(invariantRow),
      ...(rest > 0 ? [`  … and ${rest} more invariants`] : []),
    ],
  ];
}

function invariantRow({ id, severity, counts }: InvariantResult): string {
  const mark = counts.fail > counts.waived ? '✗' : counts.unknown > 0 ? '?' : '~';
  const numbers = [counts.fail, counts.waived, counts.unknown].map(number => grouped(number).padStart(8)).join(' ');
  return `${mark} ${severity.padEnd(9)} ${pad(line(id), 38)} ${numbers}`;
}

function controlTable({ controls: report }: AuditResult): string[][] {
  if (report === undefined) return [];
  const worst = controlOutcomes
    .filter(outcome => outcome !== 'pass' && outcome !== 'no-evidence')
    .flatMap(outcome => report.controls.filter(control => control.outcome === outcome));
  const rest = worst.length - CONTROL_ROWS;
  return [
    [
      ...wrap(`${frameworkText(report)}: ${outcomeText(report)}`, '  '),
      ...worst.slice(0, CONTROL_ROWS).map(controlRow),
      ...(rest > 0 ? [`  … and ${rest} more controls that did not pass`] : []),
    ],
  ];
}

function controlRow({ id, title, outcome, counts }: ControlResult): string {
  const mark = outcome === 'fail' ? '✗' : outcome === 'waived' ? '~' : '?';
  const { fail, unknown, waived, pass } = counts;
  const parts = [`${fail} fail`, `${unknown} unknown`, ...(waived > 0 ? [`${waived} waived`] : []), `${pass} pass`];
  return `${mark} ${pad(line(id), 10)} ${pad(line(title), 34)} ${parts.join(' · ')}`;
}

function worstFindings(result: AuditResult): string[][] {
  const open = violations(result);
  if (open.length === 0) return [];
  const shown = open
    .slice(0, FINDING_ROWS)
    .flatMap(finding => [
      ...wrap(finding.message, `✗ `).slice(0, 2),
      `    ${line(finding.location.file)}:${finding.location.line}  ${finding.fingerprint.slice(0, 12)}`,
    ]);
  const rest = open.length - FINDING_ROWS;
  return [[...shown, ...(rest > 0 ? [`  … and ${grouped(rest)} more violations in results.json`] : [])]];
}

function gapList(gaps: readonly ResultGap[]): string[][] {
  if (gaps.length === 0) return [];
  const facets = [...new Set(gaps.map(gap => gap.facet))];
  const blocks = facets
    .map(facet => ({ facet, of: gaps.filter(gap => gap.facet === facet) }))
    .sort((a, b) => Number(isAccepted(a.of)) - Number(isAccepted(b.of)) || b.of.length - a.of.length);
  const shown = blocks.slice(0, GAP_ROWS).flatMap(({ facet, of }) => {
    const whole = of.find(gap => gap.object === '');
    const objects = whole ? 'not read in full' : `${of.length} ${of.length === 1 ? 'object' : 'objects'} not read`;
    const accepted = isAccepted(of) ? `, accepted until ${line(of[0]?.accepted?.until ?? '')}` : '';
    return [`? ${line(facet)}: ${objects}${accepted}`, `    ${line((whole ?? of[0])?.reason ?? '')}`];
  });
  const rest = blocks.length - GAP_ROWS;
  return [
    [
      'Could not be read (grant the right that tallystick explain names, or accept',
      'an expected gap in acceptUnknown):',
      ...shown,
      ...(rest > 0 ? [`  … and ${rest} more facets`] : []),
    ],
  ];
}

function isAccepted(gaps: readonly ResultGap[]): boolean {
  return gaps.every(gap => gap.accepted !== null);
}

function nextStep(result: AuditResult): string {
  const worst = worstInvariants(result)[0]?.id ?? '';
  const steps = {
    clean: '`tallystick evidence` packs the proof for an auditor',
    findings: `\`tallystick explain ${line(worst)}\` says why and what to do`,
    unjudged: '`tallystick explain <invariant>` names the rights that it needs',
    'not-performed': '`tallystick check` lists the invariants that would run, and on what',
    'source-failed': '`tallystick collect` says which server refused, and why',
    'integrity-failed': 'collect a new snapshot with `tallystick collect`; do not use this one',
    'input-error': 'correct the input; `tallystick check` lists every mistake',
    bug: 'please report this with the version and the command',
  } as const satisfies Record<OutcomeWord, string>;
  return steps[result.run.outcome];
}

/** Words on lines of at most 80 columns, the first behind `mark`, the others indented alike. */
function wrap(text: string, mark: string): string[] {
  const lines: string[] = [];
  let current = mark;
  for (const word of line(text).split(' ')) {
    const joined = current.trim() === mark.trim() || current.trim() === '' ? `${current}${word}` : `${current} ${word}`;
    if (columnsOf(joined) <= WIDTH || current.trim() === '' || current === mark) current = joined;
    else {
      lines.push(current);
      current = `${' '.repeat(mark.length)}${word}`;
    }
  }
  return [...lines, current];
}

function line(text: string): string {
  return escapeTerminal(truncate(text, 1_000));
}

function pad(text: string, columns: number): string {
  const fitted = fitColumns(text, columns);
  return fitted + ' '.repeat(Math.max(0, columns - columnsOf(fitted)));
}

/** Digits in groups of three: 1,204. Not toLocaleString, which depends on the machine. */
function grouped(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ',');
}
