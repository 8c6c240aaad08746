// npm start: install, build, audit the sample tenant. Exits 0 although the sample has findings.
import { join } from 'node:path';
import { install, must, root, run } from './setup.mjs';

install();
must([join(root, '.ci', 'build.mjs')]);
const sample = join('test', 'sample');
process.exitCode = run([
  join('dist', 'cli', 'main.js'),
  'audit',
  '--config',
  join(sample, 'tallystick.yaml'),
  '--snapshot',
  join(sample, 'snapshot'),
  '--profile',
  join(sample, 'profile.yaml'),
  '--fail-on',
  'none',
  ...process.argv.slice(2),
]);
