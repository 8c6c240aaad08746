import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { formatMutants, mutationExitCode, runMutants } from '../../src/evaluate/index.ts';

const here = fileURLToPath(new URL('mutation/', import.meta.url));

test('what no case notices is told, what the tests excuse is not, and an excuse for nothing is a mistake', async () => {
  const run = await runMutants({ paths: ['weak.yaml'], cwd: here });
  const text = formatMutants(run);
  const golden = `${here}weak.txt`;
  // After a change on purpose: GOLDEN=1 writes it anew; read the difference.
  if (process.env.GOLDEN === '1') writeFileSync(golden, text);
  expect(text).toBe(readFileSync(golden, 'utf8'));
  expect(mutationExitCode(run)).toBe(2);
});
