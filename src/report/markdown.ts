import { escapeMarkdown, joinWithin, spanText, truncate } from '../base/index.ts';
import {
  type AuditResult,
  type Baseline,
  causeCounts,
  causeText,
  confirmationText,
  countsByPolicy,
  countsBySeverity,
  type Finding,
  type InvariantResult,
  type ResultCounts,
  remedyOf,
  sentenceOf,
  sumCounts,
  unknowns,
  violations,
  worstInvariants,
} from '../findings/index.ts';
import { controlsMarkdown } from './controls.ts';
import { proseMarkdown, webAddress } from './prose.ts';

// A GitHub job summary holds 1 MiB per step; beyond that it is dropped whole.
const BYTE_LIMIT = 900_000;
const FINDINGS_PER_INVARIANT = 25;
const ROW_LIMIT = 100;
const TEXT_LIMIT = 500;

/** Markdown for pull requests and job summaries: the outcome first, then counts, findings by invariant (25 each), gaps and waivers; below 1 MB. */
export function renderMarkdown(result: AuditResult): string {
  const sections = [
    head(result),
    ...(result.invariants.length > 0 ? [countTables(result)] : []),
    ...(result.controls === undefined ? [] : [controlsMarkdown(result.controls, ROW_LIMIT)]),
    ...findingSections(result),
    ...inFlightSection(result),
    ...fixedSection(result),
    ...gapSection(result),
    ...waiverSection(result),
  ];
  return joinWithin(sections, BYTE_LIMIT, 'This report was cut at its size limit; results.json is complete.');
}

function head({ run, findings, confirmation }: AuditResult): string {
  const compared = run.baseline === null ? [] : comparisonRows(run.baseline, findings);
  return [
    `# tallystick: ${run.outcome}`,
    '',
    `**${shown(run.reason)}**`,
    ...(run.notes.length > 0
      ? [
          run.notes
            .slice(0, ROW_LIMIT)
            .map(note => `* Note: ${shown(note)}`)
            .join('\n'),
        ]
      : []),
    '',
    '| | |',
    '| --- | --- |',
    row('As of', shown(run.asOf)),
    row(
      'Snapshot',
      run.snapshot === null
        ? 'none'
        : `${shown(run.snapshot.id.slice(0, 12))}, ${shown(run.snapshot.start)} to ${shown(run.snapshot.end)}`,
    ),
    ...(run.snapshot?.sources ?? []).map(({ source, endpoint, identity }) =>
      row(source, `${shown(endpoint)} as ${shown(identity)}`),
    ),
    ...(run.apartMs === undefined
      ? []
      : [row('Read apart', `at most ${spanText(run.apartMs)} between AD and cloud facts that were compared`)]),
    ...(confirmation === undefined ? [] : [row('Confirmed', shown(confirmationText(confirmation)))]),
    row('Gate', `fails on ${run.gate.failOn}, at most ${run.gate.maxUnknown} unknown; exit code ${run.exitCode}`),
    ...compared,
    row('Run', `${run.id.slice(0, 12)}, tallystick ${shown(run.tool.version)}`),
  ].join('\n');
}

function comparisonRows({ asOf, changed, rejudged }: Baseline, findings: readonly Finding[]): string[] {
  const of = (word: Finding['state']) => findings.filter(finding => finding.state === word);
  const told = (word: 'new' | 'fixed') => {
    const counts = causeCounts(of(word));
    return `${of(word).length} ${word}${counts === '' ? '' : ` (${counts})`}`;
  };
  const ids = changed.slice(0, ROW_LIMIT).map(shown).join(', ');
  const rest = changed.length > ROW_LIMIT ? ` and ${changed.length - ROW_LIMIT} more` : '';
  return [
    row('Baseline', `as of ${shown(asOf)}: ${told('new')}, ${of('unchanged').length} unchanged, ${told('fixed')}`),
    ...(changed.length === 0
      ? []
      : [row('Judged otherwise', `${ids}${rest}${rejudged ? '; also on the snapshot of the baseline' : ''}`)]),
  ];
}

function countTables(result: AuditResult): string {
  const table = (title: string, rows: readonly string[]) =>
    [
      `| ${title} | fail | waived | unknown | pass | out of scope |`,
      '| --- | ---: | ---: | ---: | ---: | ---: |',
      ...rows,
    ].join('\n');
  const cells = (name: string, { fail, waived, unknown, pass, outOfScope }: ResultCounts) =>
    row(name, fail, waived, unknown, pass, outOfScope);
  return [
    '## Counts',
    table('Severity', [
      ...countsBySeverity(result).map(({ severity, counts }) => cells(severity, counts)),
      cells('**all**', sumCounts(result.invariants)),
    ]),
    table(
      'Policy',
      countsByPolicy(result)
        .slice(0, ROW_LIMIT)
        .map(({ policy, counts }) => cells(shown(policy), counts)),
    ),
  ].join('\n\n');
}

function findingSections(result: AuditResult): string[] {
  const worst = worstInvariants(result);
  if (worst.length === 0) return [];
  const open = group(violations(result));
  const unknown = group(unknowns(result));
  const sections = worst.map(invariant =>
    invariantSection(invariant, open.get(invariant.id) ?? [], unknown.get(invariant.id) ?? []),
  );
  return ['## Findings', ...sections];
}

function invariantSection(invariant: InvariantResult, open: readonly Finding[], unknown: readonly Finding[]): string {
  const { counts, location } = invariant;
  const apart =
    invariant.apartMs === undefined ? '' : `AD and cloud facts read at most ${spanText(invariant.apartMs)} apart. `;
  const links = invariant.references.map(webAddress).filter(address => address !== undefined);
  return [
    `### ${shown(invariant.id)} (${invariant.severity}): ${shown(invariant.title)}`,
    `${counts.fail} fail, ${counts.waived} of them waived; ${counts.unknown} unknown; ${counts.pass} pass. ${apart}Policy: ${shown(location.file)}, line ${location.line}.`,
    ...list('', open, finding => `${history(finding)}${shown(sentenceOf(finding))}`),
    ...list('Could not be judged:', unknown, finding => shown(sentenceOf(finding))),
    ...(open.length > 0 && invariant.remediation !== ''
      ? [`What to do: ${proseMarkdown(remedyOf(invariant.remediation))}`]
      : []),
    ...(links.length > 0
      ? [
          `See ${links
            .slice(0, 5)
            .map(address => `<${address}>`)
            .join(', ')}`,
        ]
      : []),
  ].join('\n\n');
}

/** Since when a finding is seen, or what made it new; nothing without a baseline. */
function history(finding: Finding): string {
  const { state, ageDays } = finding;
  const age = ageDays === 0 ? '' : `, ${ageDays} ${ageDays === 1 ? 'day' : 'days'}`;
  const cause = causeText(finding);
  if (state === 'new') return cause === undefined ? '' : `(new, ${cause}${age}) `;
  return `(${state}${age}) `;
}

function list(title: string, findings: readonly Finding[], line: (finding: Finding) => string): string[] {
  if (findings.length === 0) return [];
  const rest = findings.length - FINDINGS_PER_INVARIANT;
  const lines = findings.slice(0, FINDINGS_PER_INVARIANT).map(finding => `* ${line(finding)}`);
  return [
    ...(title === '' ? [] : [title]),
    [...lines, ...(rest > 0 ? [`* … and ${rest} more in results.json`] : [])].join('\n'),
  ];
}

function inFlightSection({ confirmation }: AuditResult): string[] {
  if (confirmation === undefined) return [];
  const { inFlight, standing } = confirmation;
  const reasons = [...Map.groupBy(standing, ({ reason }) => reason)];
  return [
    ...(inFlight.length === 0
      ? []
      : [
          '## In flight',
          ...list(
            'Gone when they were read again, and so no findings:',
            inFlight,
            finding => `${shown(finding.invariant)}: ${shown(finding.message)}`,
          ),
        ]),
    ...(reasons.length === 0
      ? []
      : [
          '## Not confirmed',
          [
            ...reasons.slice(0, ROW_LIMIT).map(([reason, of]) => `* ${of.length}: ${shown(reason)}`),
            ...more(reasons.length),
          ].join('\n'),
        ]),
  ];
}

function fixedSection({ findings }: AuditResult): string[] {
  const fixed = findings.filter(finding => finding.state === 'fixed');
  const lines = list('', fixed, finding => {
    const cause = causeText(finding);
    return `${cause === undefined ? '' : `(${cause}) `}${shown(finding.invariant)}: ${shown(finding.message)}`;
  });
  return fixed.length === 0 ? [] : ['## Fixed since the baseline', ...lines];
}

function gapSection({ gaps }: AuditResult): string[] {
  if (gaps.length === 0) return [];
  const rows = gaps
    .slice(0, ROW_LIMIT)
    .map(({ facet, object, reason, invariants, accepted }) =>
      row(
        shown(facet),
        object === '' ? 'all' : shown(object),
        shown(reason),
        invariants.length,
        accepted === null ? 'no' : `until ${shown(accepted.until)}: ${shown(accepted.reason)}`,
      ),
    );
  return [
    [
      '## What could not be read',
      '',
      '| Facet | Object | Reason | Invariants | Accepted |',
      '| --- | --- | --- | ---: | --- |',
      ...rows,
      ...more(gaps.length),
    ].join('\n'),
  ];
}

function waiverSection({ waivers }: AuditResult): string[] {
  if (waivers.length === 0) return [];
  const rows = waivers
    .slice(0, ROW_LIMIT)
    .map(({ id, invariant, state, matched, daysLeft, owner, approver, reason, expires }) =>
      row(
        ...[shown(id), shown(invariant), state, matched, shown(owner), shown(approver)],
        ...[shown(expires), daysLeft, shown(reason)],
      ),
    );
  return [
    [
      '## Waivers',
      '',
      '| Waiver | Invariant | State | Matches | Owner | Approver | Expires | Days left | Reason |',
      '| --- | --- | --- | ---: | --- | --- | --- | ---: | --- |',
      ...rows,
      ...more(waivers.length),
    ].join('\n'),
  ];
}

function more(count: number): string[] {
  return count > ROW_LIMIT ? ['', `${count - ROW_LIMIT} more are in results.json.`] : [];
}

function row(...cells: readonly (string | number)[]): string {
  return `| ${cells.join(' | ')} |`;
}

function shown(text: string): string {
  return escapeMarkdown(truncate(text, TEXT_LIMIT));
}

function group(findings: readonly Finding[]): Map<string, Finding[]> {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const same = groups.get(finding.invariant);
    if (same) same.push(finding);
    else groups.set(finding.invariant, [finding]);
  }
  return groups;
}
