import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { blocksOf, root, textOf } from './markdown.ts';

const PATIENCE_MS = 240_000;

let copy: string;

beforeAll(() => {
  copy = realpathSync(mkdtempSync(join(tmpdir(), 'tallystick-extending-')));
  for (const part of ['src', 'policies', 'schemas', 'test', 'package.json', 'tsconfig.json', 'jest.config.mjs'])
    cpSync(join(root, part), join(copy, part), { recursive: true, filter: isNeeded });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'dir');
  for (const { note, text } of blocksOf(textOf('docs/extending.md'))) {
    const [kind, path = ''] = note?.split(': ') ?? [];
    if (kind === 'file') {
      mkdirSync(dirname(join(copy, path)), { recursive: true });
      writeFileSync(join(copy, path), text, { flag: 'wx' });
    }
    if (kind === 'insert')
      writeFileSync(join(copy, path), inserted(readFileSync(join(copy, path), 'utf8'), text, path));
  }
}, PATIENCE_MS);
afterAll(() => rmSync(copy, { recursive: true, force: true }));

// The sample is megabytes that no recipe touches.
function isNeeded(path: string): boolean {
  return path !== join(root, 'test', 'sample');
}

/** A file after a diff that only adds: its other lines must stand in the file, once and in a row. */
function inserted(file: string, diff: string, path: string): string {
  const lines = diff.trimEnd().split('\n');
  const before = `${lines
    .filter(line => !line.startsWith('+'))
    .map(line => line.slice(1))
    .join('\n')}\n`;
  const at = file.indexOf(before);
  if (at < 0 || file.indexOf(before, at + 1) >= 0) throw new Error(`${path} does not hold, once:\n${before}`);
  const after = `${lines.map(line => line.slice(1)).join('\n')}\n`;
  return file.slice(0, at) + after + file.slice(at + before.length);
}

/** Runs node in the copy; answers with what it printed, throws with it when it failed. */
function node(args: readonly string[]): string {
  const options = { cwd: copy, encoding: 'utf8', stdio: 'pipe' } as const;
  return execFileSync(process.execPath, ['--no-warnings', ...args], options);
}

test(
  'what the recipes add is well-typed',
  () => {
    const { stdout, status } = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'], {
      cwd: copy,
      encoding: 'utf8',
    });
    // Mistakes elsewhere are the type check's of the project to report.
    const paths = blocksOf(textOf('docs/extending.md')).flatMap(({ note }) => note?.split(': ')[1] ?? []);
    const mistakes = stdout.split('\n').filter(line => paths.some(path => line.startsWith(path)));
    expect({ mistakes, ran: status !== null }).toEqual({ mistakes: [], ran: true });
  },
  PATIENCE_MS,
);

test(
  'the policies of the recipes are well-formed, and their cases hold and can fail',
  () => {
    const policies = ['naming', 'delivery', 'retention'].map(name => `policies/${name}.yaml`);
    const cases = policies.map(path => path.replace(/\.yaml$/, '.test.yaml'));
    node(['src/cli/main.ts', 'check', ...policies]);
    expect(node(['src/cli/main.ts', 'test', ...cases])).toContain('4 cases, 0 failed');
    expect(node(['src/cli/main.ts', 'explain', 'deletion-recent', '--policies', 'policies/retention.yaml'])).toContain(
      'deletedGroups',
    );
    const path = join(copy, 'policies', 'naming.test.yaml');
    writeFileSync(path, readFileSync(path, 'utf8').replace('pass: 1', 'pass: 2'));
    expect(() => node(['src/cli/main.ts', 'test', 'policies/naming.test.yaml'])).toThrow('Command failed');
  },
  PATIENCE_MS,
);

test(
  'the format of the recipe is golden after regenerating, and the read of the recipe is tested',
  () => {
    node(['test/report/regenerate.ts']);
    expect(readFileSync(join(copy, 'test/report/golden/source-failed.results.jsonl.golden'), 'utf8')).toContain(
      'No audit was performed',
    );
    const jest = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--silent'];
    // Not the whole room's tests: what the recipes bring, and the tests of every format.
    node([...jest, 'test/report/formats', 'test/collect/graph/role-templates']);
  },
  PATIENCE_MS,
);
