import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Label, type LabelIds, labelText } from '../lab/generator/index.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const gallery = join(root, 'reports', 'sample');
const out = mkdtempSync(join(tmpdir(), 'tallystick-sample-test-'));
let ended: { readonly code: number | null; readonly err: string };

beforeAll(() => {
  const args = [
    'audit',
    '--config',
    'test/sample/tallystick.yaml',
    '--snapshot',
    'test/sample/snapshot',
    '--profile',
    'test/sample/profile.yaml',
    '--fail-on',
    'none',
  ];
  const formats = ['--format', 'json,sarif,markdown,summary,github', '--out', out];
  // Another time zone and language than the gallery was made in.
  const env = { ...process.env, NODE_OPTIONS: '', TZ: 'Asia/Tokyo', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' };
  const run = spawnSync(process.execPath, ['src/cli/main.ts', ...args, ...formats], {
    cwd: root,
    env,
    encoding: 'utf8',
  });
  ended = { code: run.status, err: run.stderr };
}, 240_000);
afterAll(() => rmSync(out, { recursive: true, force: true }));

test('the audit of the sample tenant exits 0 although it finds violations', () => {
  expect(ended).toMatchObject({ code: 0, err: expect.stringMatching(/^! \d+ violations/m) });
});

const elsewhere: readonly string[] = [
  'feature-off-but-objects-remain',
  'recycle-bin-enabled',
  'v1-flag-matches-policy',
  'writeback-flag-not-relied-on-in-v1',
];

test.each(readdirSync(gallery))(
  'reports/sample/%s is what the audit writes, byte for byte (else: npm run sample -- --reports)',
  name => {
    expect(readFileSync(join(out, name), 'utf8')).toBe(readFileSync(join(gallery, name), 'utf8'));
  },
);

test('the sample breaks every invariant of its profile but those of a tenant with other switches, and its findings are exactly what was planted', () => {
  type Finding = {
    readonly invariant: string;
    readonly verdict: string;
    readonly subject: { readonly key: string; readonly ids: LabelIds };
  };
  const results: { findings: Finding[]; invariants: { id: string }[] } = JSON.parse(
    readFileSync(join(out, 'results.json'), 'utf8'),
  );
  const planted: Label[] = JSON.parse(readFileSync(join(root, 'test', 'sample', 'planted.json'), 'utf8'));
  const found = results.findings.map(({ invariant, verdict, subject }) => ({
    verdict,
    text: labelText({ invariant, ids: subject.ids, key: subject.key }),
  }));
  expect(found.filter(({ verdict }) => verdict !== 'fail')).toEqual([]);
  expect(found.map(({ text }) => text).sort()).toEqual(planted.map(labelText).sort());
  const broken = new Set(planted.map(({ invariant }) => invariant));
  // No tenant has a version of writeback on and off at once.
  expect(results.invariants.map(({ id }) => id).filter(id => !broken.has(id))).toEqual(elsewhere);
});
