import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { tallystick } from '../cli/run.ts';
import { blocksOf, textOf } from './markdown.ts';

const folder = mkdtempSync(join(tmpdir(), 'thresholds-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the policy of thresholds holds its cases, and they can fail', async () => {
  const files = blocksOf(textOf('docs/thresholds.md')).flatMap(({ note, text }) =>
    note?.startsWith('file: ') ? [[basename(note.slice('file: '.length)), text] as const] : [],
  );
  for (const [name, text] of files) writeFileSync(join(folder, name), text);
  const run = () => tallystick(['test', '--require-coverage', 'thresholds.test.yaml'], { cwd: folder });
  expect(await run()).toMatchObject({ code: 0, stdout: expect.stringContaining('5 cases, 0 failed') });
  const [, text = ''] = files.find(([name]) => name === 'thresholds.yaml') ?? [];
  const altered = [
    text.replace('turnover.percent <= double', 'turnover.percent < double'),
    text.replace('expect: turnover.now > 0', 'expect: turnover.now > 0 || turnover.gone'),
  ];
  for (const wrong of altered) {
    expect(wrong).not.toBe(text);
    writeFileSync(join(folder, 'thresholds.yaml'), wrong);
    expect(await run()).toMatchObject({ code: 1 });
  }
}, 240_000);
