// npm test: install, build, check the code, run every test. The last line is `N passed, N failed`.
// --unit leaves out the live tests, --live runs nothing else.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { install, must, root, run } from './setup.mjs';

const only = process.argv[2];
install();
if (only !== '--unit') must([join(root, 'test', 'lab', 'samba', 'main.ts')]);
must([join(root, '.ci', 'build.mjs')]);

let passed = 0;
let failed = 0;
const count = (name, ok) => {
  console.error(`${ok ? 'ok    ' : 'FAILED'} ${name}`);
  if (ok) passed++;
  else failed++;
};

if (only !== '--live') {
  count('lockfile', run(['.ci/lockfile.mjs', '--check']) === 0);
  count('generated files', run(['.ci/generate.mjs', '--check']) === 0);
  count('types', run(['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json']) === 0);
  count('lint and format', run(['node_modules/@biomejs/biome/bin/biome', 'ci', '--error-on-warnings']) === 0);
  count('dead code', run(['node_modules/knip/bin/knip.js']) === 0);
  count('policies', run(['dist/cli/main.js', 'check', 'policies']) === 0);
  count('policy tests', run(['dist/cli/main.js', 'test', '--require-coverage', 'policies']) === 0);
}

const reports = mkdtempSync(join(tmpdir(), 'tallystick-test-'));
function jest(name, args) {
  const file = join(reports, `${name}.json`);
  const status = run(
    [
      '--experimental-vm-modules',
      '--no-warnings',
      'node_modules/jest/bin/jest.js',
      '--json',
      `--outputFile=${file}`,
      ...args,
    ],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  try {
    const result = JSON.parse(readFileSync(file, 'utf8'));
    passed += result.numPassedTests;
    failed += result.numFailedTests + result.numRuntimeErrorTestSuites;
    if (status !== 0 && result.success) failed++;
  } catch {
    console.error(`jest wrote no report for the ${name} tests`);
    failed++;
  }
}

// One process per core: jest itself would leave a core for watching.
if (only !== '--live') jest('unit', ['--maxWorkers=100%', '--testPathIgnorePatterns=/test/live/']);
if (only !== '--unit') jest('live', ['--maxWorkers=100%', 'test/live']);
rmSync(reports, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
