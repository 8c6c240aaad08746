import { confirm, planConfirmation, settle, settleFailure } from '../../src/findings/index.ts';
import { compareResults, impactFormats, renderImpact } from '../../src/impact/index.ts';
import { formats, mappingMarkdown } from '../../src/report/index.ts';
import {
  invariant,
  judgement,
  outcome,
  sampleContext,
  sampleEvaluation,
  sampleMapping,
} from '../findings/evaluation.ts';

/** Every golden file with its text: all formats of one sample, of a run that judged nothing, and the impact of a change. */
export function golden(): Map<string, string> {
  const sample = settle(sampleEvaluation(), sampleContext);
  const failed = settleFailure('source', 'ldaps://dc1.contoso.com refused the connection', {
    ...sampleContext,
    run: { ...sampleContext.run, snapshot: null },
  });
  const snapshot = sampleContext.run.snapshot && { ...sampleContext.run.snapshot, id: '12'.repeat(32) };
  const changed = settle(
    {
      ...sampleEvaluation(),
      outcomes: [
        outcome(invariant('member-missing-in-ad', 'critical'), [
          judgement('member-missing-in-ad', 'k0'),
          judgement('member-missing-in-ad', 'k9'),
        ]),
        outcome(invariant('no-self-owner', 'low'), [], { pass: 3 }),
      ],
    },
    {
      ...{ ...sampleContext, baseline: sample, asOf: '2026-09-03T09:00:00.000Z' },
      run: { ...sampleContext.run, snapshot },
    },
  );
  const plan = planConfirmation(sample);
  const refused = new Map(
    plan.asked.slice(-1).flatMap(({ subject }) =>
      Object.values(subject.ids)
        .slice(0, 1)
        .map(id => [id, 'refused'] as const),
    ),
  );
  const confirmed = confirm(plan, changed, refused, {
    snapshot: 'ab'.repeat(32),
    settledMs: 300_000,
    again: '2026-08-22T09:10:00.000Z',
  });
  const mapped = settle(sampleEvaluation(), { ...sampleContext, controls: sampleMapping });
  const files = new Map<string, string>();
  for (const format of Object.values(formats)) {
    files.set(format.file, format.render(sample));
    files.set(`source-failed.${format.file}`, format.render(failed));
  }
  files.set('compared.summary.txt', formats.summary.render(changed));
  files.set('compared.results.md', formats.markdown.render(changed));
  files.set('confirmed.summary.txt', formats.summary.render(confirmed));
  files.set('confirmed.results.md', formats.markdown.render(confirmed));
  files.set('confirmed.results.sarif', formats.sarif.render(confirmed));
  for (const name of ['json', 'sarif', 'markdown', 'summary'] as const)
    files.set(`controls.${formats[name].file}`, formats[name].render(mapped));
  files.set('controls.mapping.md', `${mappingMarkdown(sampleMapping)}\n`);
  const impact = compareResults(sample, changed);
  for (const format of impactFormats)
    files.set(`impact.${format === 'markdown' ? 'md' : format}`, renderImpact(impact, format));
  return files;
}
