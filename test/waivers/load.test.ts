import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sha256 } from '../../src/base/index.ts';
import { defaultWaiverLimits } from '../../src/findings/index.ts';
import { model } from '../../src/model/index.ts';
import { loadPolicies } from '../../src/policy/index.ts';
import { loadWaivers } from '../../src/waivers/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'waivers-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const invariants = ['member-missing-in-ad', 'v2-disabled'].map(id => ({
  id,
  ...{ title: 'T', flavours: ['cloud-sync'], over: 'memberships', when: 'inCloud && has(group.ad)', expect: 'inAd' },
  ...{ severity: 'high', message: 'm', remediation: 'r' },
  deprecatedIds: [`${id}-old`],
}));
writeFileSync(join(folder, 'policy.yaml'), JSON.stringify({ policy: 'p', title: 'P', invariants }));
const policies = loadPolicies({ paths: ['policy.yaml'], cwd: folder, params: {}, model, asOf: 0 });
const setting = { policies, model, asOf: 0 };

function load(text: string | Uint8Array) {
  writeFileSync(join(folder, 'waivers.yaml'), text);
  return loadWaivers('waivers.yaml', folder, setting);
}

const good = {
  id: 'legacy-1',
  invariant: 'member-missing-in-ad',
  subject: { ids: { cloudGroup: '00000000-0000-4000-8000-000000000001' } },
  owner: 'ada@contoso.com',
  approver: 'grace@contoso.com',
  reason: 'The group is retired in spring.',
  ticket: 'CHG-1',
  effective: '2026-01-01',
  expires: '2026-12-31',
};

const yaml = (...waivers: readonly object[]): string => JSON.stringify({ waivers });

test('reads waivers as people write them', () => {
  const text = `waivers:
  - id: legacy-1
    invariant: member-missing-in-ad
    subject: { ids: { cloudGroup: 00000000-0000-4000-8000-000000000001 } }
    owner: ada@contoso.com
    approver: grace@contoso.com
    reason: The group is retired in spring.
    ticket: CHG-1
    effective: 2026-01-01
    expires: 2026-12-31
`;
  const { file, problems } = load(text);
  expect(problems).toEqual([]);
  const location = { file: 'waivers.yaml', line: 2, column: 9, endLine: 2, endColumn: 17 };
  expect(file?.waivers.waivers).toEqual([{ ...good, location }]);
  expect(file?.waivers).toMatchObject({ path: 'waivers.yaml', sha256: sha256(text), limits: defaultWaiverLimits });
  expect(file?.source).toBe(text);
});

test('an empty list is no mistake', () => {
  const { file, problems } = load('waivers: []\n');
  expect([file?.waivers.waivers, problems]).toEqual([[], []]);
});

test('limits that a file states replace those that it does not', () => {
  const { file } = load(JSON.stringify({ limits: { longestDays: { high: 7 }, warnDays: 0 }, waivers: [] }));
  const { longestDays, mostSubjects } = defaultWaiverLimits;
  expect(file?.waivers.limits).toEqual({ longestDays: { ...longestDays, high: 7 }, mostSubjects, warnDays: 0 });
});

test('a former id of an invariant stands for the one it has now', () => {
  const { file, problems } = load(yaml({ ...good, invariant: 'v2-disabled-old' }));
  expect([file?.waivers.waivers[0]?.invariant, problems]).toEqual(['v2-disabled', []]);
});

const where = (text: string) => load(yaml({ ...good, subject: { where: text } }));

test('a condition is compiled against the population of its invariant, with what `when` guards guarded', () => {
  const { file, problems } = where(
    'group.ad.dn.endsWith("DC=com") && has(principal.ad) && principal.ad.enabled == false',
  );
  expect(problems).toEqual([]);
  const [selection, second] = file?.selections.get('member-missing-in-ad') ?? [];
  expect([selection?.name, second, file?.selections.size]).toEqual(['legacy-1', undefined, 1]);
  expect(file?.facets).toEqual(expect.arrayContaining(['ad.groups']));
});

test.each([
  ['group.labell == "x"', 'unknown-field', 'labell'],
  ['principal.label', 'wrong-type', 'principal.label'],
  ['group.label == 1', 'wrong-type', 'group.label == 1'],
  ['group.label ==', 'syntax', ''],
  ['true', 'constant', '"true"'],
  ['1 < 2', 'constant', '1 < 2'],
  ['inCloud', 'constant', '"inCloud"'],
  ['!inCloud', 'constant', '"!inCloud"'],
])('the condition %s is refused as %s, at its place', (text, code, part) => {
  const { file, problems } = where(text);
  expect(file).toBeUndefined();
  expect(problems.map(problem => problem.code)).toEqual([code]);
  const { at, excerpt = '' } = problems[0] ?? {};
  const end = part === '' ? at?.column : at?.endColumn;
  expect(excerpt.slice((at?.column ?? 1) - 1, (end ?? 1) - 1)).toBe(part);
});

test('conditions over one invariant are bounded', () => {
  const many = Array.from({ length: 201 }, (_, at) => ({
    ...good,
    id: `w${at}`,
    subject: { where: `group.label == "g${at}"` },
  }));
  expect(load(yaml(...many)).problems.map(problem => problem.code)).toEqual(['too-many']);
  expect(load(yaml(...many.slice(1))).problems).toEqual([]);
});

const at = ({ problems }: ReturnType<typeof load>) =>
  problems.map(({ code, level, at }) => `${at?.file}:${at?.line}:${at?.column} ${level} ${code}`);

test('says every mistake of the shape at its place', () => {
  const loaded = load(`waivers:
  - id: a b
    invariant: v2-disabled
    subject: {}
    owner: x
    aprover: y
    reason: r
    effective: 2026-01-01
    expires: 2026-12-31
  - id: c
    invariant: v2-disabled
    subject: { fingerprint: 12 }
    owner: x
    approver: y
    reason: ''
    effective: 2026-01-01
`);
  expect(loaded.file).toBeUndefined();
  expect(at(loaded)).toEqual([
    expect.stringMatching(/^waivers\.yaml:2:5 error missing-key|^waivers\.yaml:2:9 error bad-value/),
    expect.stringMatching(/^waivers\.yaml:2:/),
    'waivers.yaml:4:14 error too-few',
    'waivers.yaml:6:5 error unknown-key',
    'waivers.yaml:10:5 error missing-key',
    'waivers.yaml:12:29 error wrong-type',
    'waivers.yaml:15:13 error too-short',
  ]);
});

test('says every mistake of sense at once', () => {
  const loaded = load(`waivers:
  - { id: a, invariant: v2-disabled, subject: { fingerprint: ${'ab'.repeat(32)} }, owner: Ada, approver: Bo, reason: r, effective: 2026-02-31, expires: soon }
  - { id: a, invariant: v2-disabled, subject: { fingerprint: ${'ab'.repeat(32)} }, owner: Ada, approver: Bo, reason: r, effective: 2026-03-02, expires: 2026-03-01 }
  - { id: b, invariant: v2-disable, subject: { fingerprint: ${'ab'.repeat(32)} }, owner: Ada, approver: Bo, reason: r, effective: 2026-03-01, expires: 2026-03-01 }
`);
  expect(loaded.file).toBeUndefined();
  expect(loaded.problems.map(({ code, at }) => `${at?.line} ${code}`)).toEqual([
    '2 not-a-date',
    '2 not-a-date',
    '3 duplicate',
    '3 empty-period',
    '4 unknown-invariant',
  ]);
  expect(loaded.problems.at(-1)).toMatchObject({ level: 'warning', hint: 'did you mean `v2-disabled`?' });
});

test('a waiver for an unknown invariant is only warned about', () => {
  const loaded = load(yaml({ ...good, invariant: 'gone' }));
  expect(loaded.file?.waivers.waivers).toHaveLength(1);
  expect(loaded.problems.map(problem => problem.level)).toEqual(['warning']);
});

test.each(Object.keys(good).filter(key => key !== 'ticket'))('%s must be there', key => {
  const { [key as keyof typeof good]: _, ...rest } = good;
  expect(load(yaml(rest)).problems.map(problem => problem.message)).toEqual([`\`${key}\` is missing`]);
});

test('a file that is none of ours is refused, whatever it holds', () => {
  expect(loadWaivers('nowhere.yaml', folder, setting).problems[0]?.message).toMatch(/no such file/);
  expect(load('').problems[0]?.code).toBe('empty');
  expect(load(new Uint8Array([0xff, 0xfe, 0x00])).problems.length).toBeGreaterThan(0);
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string({ unit: 'binary' })), text => {
      const { file, problems } = load(text);
      expect(file === undefined && problems.some(problem => problem.level === 'error')).toBe(true);
    }),
    { numRuns: 200 },
  );
});
