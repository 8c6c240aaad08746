import type { AuditResult } from '../findings/index.ts';
import { renderGithub } from './github.ts';
import { renderJson } from './json.ts';
import { renderMarkdown } from './markdown.ts';
import { renderSarif } from './sarif.ts';
import { renderSummary } from './summary.ts';

/** One output format: the file that a run writes, what it is for, and the text it makes of a result. */
export type Format = {
  readonly file: string;
  readonly about: string;
  readonly render: (result: AuditResult) => string;
};

/** Add a format here: --format, --help, the docs and the golden files read this table. A format is one file with one pure function. */
export const formats = {
  json: { file: 'results.json', about: 'everything, versioned tallystick/results/v1', render: renderJson },
  sarif: { file: 'results.sarif', about: 'SARIF 2.1.0 for GitHub code scanning', render: renderSarif },
  markdown: { file: 'results.md', about: 'for pull requests and job summaries', render: renderMarkdown },
  summary: { file: 'summary.txt', about: 'plain text for an 80-column terminal', render: renderSummary },
  github: { file: 'annotations.txt', about: 'workflow commands that annotate the policies', render: renderGithub },
} as const satisfies Record<string, Format>;

/** The name of a format, as --format takes it. */
export type FormatName = keyof typeof formats;

export { colour } from './colour.ts';
export { controlCaveat, controlsMarkdown, frameworkText, mappingMarkdown, outcomeText } from './controls.ts';
export { problemsGithub, problemsJson, problemsSarif } from './problems.ts';
