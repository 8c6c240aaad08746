import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

test('the committed validators are what their schemas give; if not: node .ci/validators.mjs', () => {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  expect(execFileSync(process.execPath, ['.ci/validators.mjs', '--check'], { cwd: root, encoding: 'utf8' })).toBe('');
});
