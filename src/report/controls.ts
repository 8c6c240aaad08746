import { escapeMarkdown, truncate } from '../base/index.ts';
import { type ControlMapping, type ControlReport, type ControlResult, countControls } from '../findings/index.ts';

const TEXT_LIMIT = 300;
const IDS_LIMIT = 10;

/** What a reader of controls must not take them for. */
export const controlCaveat =
  'An invariant speaks of a control for group writeback alone: a pass is evidence for the control, never proof of the whole of it.';

/** The framework of a mapping or a report, and the profile that names it. */
export function frameworkText({ framework, profile }: Pick<ControlMapping, 'framework' | 'profile'>): string {
  return `${framework.title}, ${framework.version} (profile ${profile.name})`;
}

/** How many controls came to which outcome: "3 fail, 1 unknown, 20 pass". */
export function outcomeText(report: ControlReport): string {
  return countControls(report)
    .map(({ outcome, count }) => `${count} ${outcome.replace('-', ' ')}`)
    .join(', ');
}

/** The controls of an audit as Markdown: one row per control, in the order of the profile; beyond `most` they are only counted. */
export function controlsMarkdown(report: ControlReport, most = Number.POSITIVE_INFINITY): string {
  const left = report.controls.length - most;
  return [
    `## Controls of ${shown(report.framework.title)}, ${shown(report.framework.version)}`,
    `Profile ${shown(report.profile.name)} (${shown(report.profile.path)}): ${outcomeText(report)}. ${controlCaveat}`,
    [
      '| Control | Title | Outcome | fail | unknown | waived | pass | out of scope | not judged | Not passed |',
      '| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |',
      ...report.controls.slice(0, most).map(controlRow),
    ].join('\n'),
    ...(left > 0 ? [`${left} more controls are in results.json.`] : []),
    ...rest(report, report.unmapped),
  ].join('\n\n');
}

function controlRow({ id, title, outcome, noEvidence, counts, evidence }: ControlResult): string {
  const { fail, unknown, waived, pass, outOfScope, notJudged } = counts;
  const open = evidence
    .filter(each => ['fail', 'unknown', 'waived'].includes(each.outcome))
    .map(each => `${shown(each.invariant)} (${each.outcome})`);
  const word = outcome === 'no-evidence' && noEvidence !== undefined ? `no evidence: ${shown(noEvidence)}` : outcome;
  return row(shown(id), shown(title), word, fail, unknown, waived, pass, outOfScope, notJudged, few(open));
}

/** Which invariants are evidence for which control, as Markdown. */
export function mappingMarkdown(mapping: ControlMapping): string {
  return [
    `## Controls of ${shown(mapping.framework.title)}, ${shown(mapping.framework.version)}`,
    `Profile ${shown(mapping.profile.name)} (${shown(mapping.profile.path)}). ${controlCaveat}`,
    [
      '| Control | Title | Evidence |',
      '| --- | --- | --- |',
      ...mapping.controls.map(({ id, title, noEvidence, invariants }) =>
        row(
          shown(id),
          shown(title),
          invariants.length > 0
            ? invariants.map(shown).join(', ')
            : `none${noEvidence ? `: ${shown(noEvidence)}` : ''}`,
        ),
      ),
    ].join('\n'),
    ...(mapping.off.length === 0
      ? []
      : [`Not judged: ${few(mapping.off.map(({ id, reason }) => `${shown(id)} (${shown(reason)})`))}`]),
    ...rest(
      mapping,
      mapping.unmapped.map(({ id }) => id),
    ),
  ].join('\n\n');
}

function rest({ unlisted }: Pick<ControlMapping, 'unlisted'>, unmapped: readonly string[]): string[] {
  const missing = unlisted.map(({ id, invariants }) => `${shown(id)} (${few(invariants.map(shown))})`);
  return [
    ...(unlisted.length === 0 ? [] : [`Named by invariants, but not listed by the profile: ${few(missing)}`]),
    ...(unmapped.length === 0 ? [] : [`Evidence for no control: ${few(unmapped.map(shown))}`]),
  ];
}

function few(texts: readonly string[]): string {
  const more = texts.length - IDS_LIMIT;
  return [...texts.slice(0, IDS_LIMIT), ...(more > 0 ? [`… and ${more} more`] : [])].join(', ');
}

function row(...cells: readonly (string | number)[]): string {
  return `| ${cells.join(' | ')} |`;
}

function shown(text: string): string {
  return escapeMarkdown(truncate(text, TEXT_LIMIT));
}
