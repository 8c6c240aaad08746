import { AuditError, exitCodes } from '../base/index.ts';
import { type ControlReport, controlReport, evidenceOutcomes } from '../findings/index.ts';
import { type ControlMapping, mapControls } from '../policy/index.ts';
import { controlCaveat, controlsMarkdown, frameworkText, mappingMarkdown, outcomeText } from '../report/index.ts';
import { readResultsAt } from './audit.ts';
import { row, sections, wrap } from './layout.ts';
import { type Command, type CommonOptions, configOf } from './options.ts';
import { type PolicyOptions, policiesFor, profileFor } from './policies.ts';
import { deliver, disarm, tellProblems } from './terminal.ts';

/** Options of `controls`. */
export type ControlsOptions = CommonOptions &
  PolicyOptions & {
    readonly profile: string;
    readonly results?: string;
    readonly format: 'text' | 'json' | 'markdown';
  };

/** `controls`: which invariants are evidence for which control of a profile's framework; with results, what they found. */
export const controls: Command<ControlsOptions> = async options => {
  if (options.results !== undefined) {
    const report = await reportOf(options.profile, options.results);
    if (options.format === 'json') await deliver(`${JSON.stringify(report, undefined, 2)}\n`);
    else await deliver(options.format === 'text' ? disarm(reportText(report)) : `${controlsMarkdown(report)}\n`);
    return exitCodes.clean;
  }
  const loaded = await policiesFor(options, configOf(options), Date.now());
  if (loaded.controls === undefined) throw noFramework(options.profile);
  if (options.quiet !== true) tellProblems(loaded.controls.problems);
  const { mapping } = loaded.controls;
  if (options.format === 'json') await deliver(`${JSON.stringify(mapping, undefined, 2)}\n`);
  else await deliver(options.format === 'text' ? disarm(mappingText(mapping)) : `${mappingMarkdown(mapping)}\n`);
  return exitCodes.clean;
};

/** What a result says of the controls of a profile, by the controls that its invariants had when they were judged; also where it was judged without that profile. */
async function reportOf(path: string, results: string): Promise<ControlReport> {
  const profile = profileFor(path);
  if (profile.content.framework === undefined) throw noFramework(path);
  const { invariants, gaps, controls: told } = await readResultsAt(results);
  const { content, document, sha256 } = profile;
  const named = { name: content.profile, title: content.title, path: document.file, sha256 };
  // The same profile: the result also knows what it switched off.
  if (told?.profile.sha256 === sha256) return told;
  return controlReport(mapControls(named, profile.content.framework, invariants), invariants, gaps);
}

function noFramework(profile: string): AuditError {
  return new AuditError('input', `${profile} names no framework; add \`framework:\` with its controls`);
}

const WIDTH = 11;

function mappingText(mapping: ControlMapping): string {
  const without = mapping.controls.filter(({ invariants }) => invariants.length === 0).length;
  const off = new Map(mapping.off.map(({ id, reason }) => [id, reason]));
  return sections([
    wrap(
      [
        frameworkText(mapping),
        `${mapping.controls.length} controls: ${mapping.controls.length - without} with evidence, ${without} without.`,
        controlCaveat,
      ].join('\n'),
    ),
    ...mapping.controls.map(({ id, title, invariants, noEvidence }) =>
      [
        row(id, title, WIDTH),
        row(
          '',
          invariants.length > 0
            ? invariants.map(each => (off.has(each) ? `${each} (off)` : each)).join(', ')
            : `no evidence${noEvidence === undefined ? '' : `: ${noEvidence}`}`,
          WIDTH,
        ),
      ].join('\n'),
    ),
    [...off].length > 0 ? wrap(['Off:', ...[...off].map(([id, reason]) => `  ${id}: ${reason}`)].join('\n')) : '',
    ...restText(
      mapping,
      mapping.unmapped.map(({ id }) => id),
    ),
  ]);
}

function reportText(report: ControlReport): string {
  return sections([
    wrap(
      [frameworkText(report), `${report.controls.length} controls: ${outcomeText(report)}.`, controlCaveat].join('\n'),
    ),
    ...report.controls.map(({ id, title, outcome, noEvidence, evidence }) =>
      [
        row(id, `${title}: ${outcome.replace('-', ' ')}`, WIDTH),
        ...(noEvidence === undefined ? [] : [row('', noEvidence, WIDTH)]),
        ...evidenceOutcomes.flatMap(word => {
          const of = evidence.filter(each => each.outcome === word).map(({ invariant }) => invariant);
          return of.length === 0
            ? []
            : [row('', `${word.replaceAll('-', ' ')} (${of.length}): ${of.join(', ')}`, WIDTH)];
        }),
      ].join('\n'),
    ),
    ...restText(report, report.unmapped),
  ]);
}

function restText({ unlisted }: Pick<ControlMapping, 'unlisted'>, unmapped: readonly string[]): string[] {
  const missing = unlisted.map(({ id, invariants }) => `  ${id}: ${invariants.join(', ')}`);
  return [
    unlisted.length === 0 ? '' : wrap(['Named by invariants, but not listed by the profile:', ...missing].join('\n')),
    unmapped.length === 0 ? '' : wrap(`Evidence for no control:\n  ${unmapped.join(', ')}`),
  ];
}
