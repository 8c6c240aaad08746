import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { tallystick } from '../cli/run.ts';
import { blocksOf, textOf } from './markdown.ts';

const folder = mkdtempSync(join(tmpdir(), 'frozen-windows-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the policy of frozen windows holds its cases, and they can fail', async () => {
  const files = blocksOf(textOf('docs/frozen-windows.md')).flatMap(({ note, text }) =>
    note?.startsWith('file: ') ? [[basename(note.slice('file: '.length)), text] as const] : [],
  );
  for (const [name, text] of files) writeFileSync(join(folder, name), text);
  const run = () => tallystick(['test', 'frozen-windows.test.yaml'], { cwd: folder });
  expect(await run()).toMatchObject({ code: 0, stdout: expect.stringContaining('3 cases, 0 failed') });
  const [policy, text = ''] = files.find(([name]) => name === 'frozen-windows.yaml') ?? [];
  writeFileSync(join(folder, policy ?? ''), text.replace('>= w.substring(0, 19)', '> w.substring(0, 19)'));
  expect(await run()).toMatchObject({ code: 1 });
}, 240_000);
