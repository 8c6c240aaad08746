import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { loadWaivers } from '../../src/waivers/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'waivers-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function load(text: string | Uint8Array, invariants = ['member-missing-in-ad', 'v2-disabled']) {
  writeFileSync(join(folder, 'waivers.yaml'), text);
  return loadWaivers('waivers.yaml', folder, invariants);
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
  expect(load(text)).toEqual({ waivers: [good], problems: [] });
});

test('an empty list is no mistake', () => expect(load('waivers: []\n')).toEqual({ waivers: [], problems: [] }));

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
  expect(loaded.waivers).toEqual([]);
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
  - { id: a, invariant: v2-disabled, subject: { fingerprint: ${'ab'.repeat(32)} }, owner: Ada, approver: " ada ", reason: r, effective: 2026-02-31, expires: soon }
  - { id: a, invariant: v2-disabled, subject: { fingerprint: ${'ab'.repeat(32)} }, owner: Ada, approver: Bo, reason: r, effective: 2026-03-02, expires: 2026-03-01 }
  - { id: b, invariant: v2-disable, subject: { fingerprint: ${'ab'.repeat(32)} }, owner: Ada, approver: Bo, reason: r, effective: 2026-03-01, expires: 2026-03-01 }
`);
  expect(loaded.waivers).toEqual([]);
  expect(loaded.problems.map(({ code, at }) => `${at?.line} ${code}`)).toEqual([
    '2 self-approved',
    '2 not-a-date',
    '2 not-a-date',
    '3 duplicate',
    '3 empty-period',
    '4 unknown-invariant',
  ]);
  expect(loaded.problems.at(-1)).toMatchObject({ level: 'warning', hint: 'did you mean `v2-disabled`?' });
});

test('a waiver for an unknown invariant is only warned about', () => {
  const loaded = load(yaml(good), ['v2-disabled']);
  expect(loaded.waivers).toEqual([good]);
  expect(loaded.problems.map(problem => problem.level)).toEqual(['warning']);
});

test.each(Object.keys(good).filter(key => key !== 'ticket'))('%s must be there', key => {
  const { [key as keyof typeof good]: _, ...rest } = good;
  expect(load(yaml(rest)).problems.map(problem => problem.message)).toEqual([`\`${key}\` is missing`]);
});

test('a file that is none of ours is refused, whatever it holds', () => {
  expect(loadWaivers('nowhere.yaml', folder, []).problems[0]?.message).toMatch(/no such file/);
  expect(load('').problems[0]?.code).toBe('empty');
  expect(load(new Uint8Array([0xff, 0xfe, 0x00])).problems.length).toBeGreaterThan(0);
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string({ unit: 'binary' })), text => {
      const { waivers, problems } = load(text);
      expect(waivers.length === 0 && problems.some(problem => problem.level === 'error')).toBe(true);
    }),
    { numRuns: 200 },
  );
});
