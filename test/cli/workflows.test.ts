import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { load } from 'js-yaml';
import { tallystick } from './run.ts';

const root = new URL('../../', import.meta.url);
const ready = readFileSync(new URL('.github/workflows/policies.yml', root), 'utf8');
const docs = readFileSync(new URL('docs/github-actions.md', root), 'utf8');
const scheduled = /```yaml\n([\s\S]*?)```/.exec(docs)?.[1] ?? '';

type Step = { readonly uses?: string; readonly run?: string; readonly with?: Readonly<Record<string, unknown>> };
type Workflow = {
  readonly on: object;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<
    Record<string, { readonly permissions?: Readonly<Record<string, string>>; readonly steps: readonly Step[] }>
  >;
};

const stepsOf = (text: string): readonly Step[] =>
  Object.values((load(text) as Workflow).jobs).flatMap(job => job.steps);

// The commands of a workflow, without what the shell puts around them.
const commandsOf = (text: string): readonly string[][] =>
  stepsOf(text).flatMap(({ run = '' }) =>
    [...run.replaceAll('\\\n', ' ').matchAll(/(?:dist\/cli\/main\.js|\btallystick) ([a-z][^|>&\n]*)/g)].map(
      ([, line = '']) => line.trim().split(/\s+/),
    ),
  );

test.each([
  ['policies.yml', ready],
  ['the scheduled audit', scheduled],
])('%s: least rights, actions pinned by major version, no token that stays', (_, text) => {
  const workflow = load(text) as Workflow;
  expect(workflow.permissions).toEqual({ contents: 'read' });
  expect(JSON.stringify(workflow.on)).not.toContain('pull_request_target');
  const writing = Object.values(workflow.jobs).flatMap(job =>
    Object.entries(job.permissions ?? {}).filter(([, right]) => right === 'write'),
  );
  for (const [scope] of writing) expect(['security-events', 'id-token']).toContain(scope);
  for (const { uses, with: given, run } of stepsOf(text)) {
    if (uses !== undefined) expect(uses).toMatch(/^(actions|github)\/[\w-]+(\/[\w-]+)?@v\d+$/);
    if (uses?.startsWith('actions/checkout')) expect(given?.['persist-credentials']).toBe(false);
    // Text that others write (titles, branches) must not become shell.
    expect(run ?? '').not.toMatch(/\$\{\{\s*github\.(event|head_ref)/);
  }
});

test('every command of the workflows exists and knows its options', async () => {
  const commands = [...commandsOf(ready), ...commandsOf(scheduled)];
  expect(commands.map(([name]) => name)).toEqual(expect.arrayContaining(['check', 'test', 'impact', 'audit']));
  for (const [name = '', ...args] of commands) {
    const { code, stdout } = await tallystick([name, '--help']);
    expect(code).toBe(0);
    for (const option of args.filter(arg => arg.startsWith('--'))) expect(stdout).toMatch(new RegExp(`${option}\\b`));
  }
});
