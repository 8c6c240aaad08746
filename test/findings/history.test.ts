import { expect, test } from '@jest/globals';
import type { Outcome } from '../../src/evaluate/index.ts';
import { type AuditResult, settle, waiverChecks } from '../../src/findings/index.ts';
import { context, ids, invariant, judgement, outcome, waiver, waiversOf } from './evaluation.ts';

const a = invariant('a-high', 'high');
const b = invariant('b-high', 'high');
const audit = (outcomes: readonly Outcome[], baseline?: AuditResult) =>
  settle({ outcomes, gaps: [] }, { ...context, ...(baseline === undefined ? {} : { baseline }) });
const states = (result: AuditResult) =>
  result.findings.map(({ subject, state, verdict }) => `${subject.key} ${state} ${verdict}`);

const before = audit([outcome(a, [judgement('a-high', 'k1'), judgement('a-high', 'k2')])]);

test('without a baseline everything is new', () => {
  expect(states(before)).toEqual(['k1 new fail', 'k2 new fail']);
});

test('new, unchanged and fixed are told apart, and fixed ones decide nothing', () => {
  const now = audit([outcome(a, [judgement('a-high', 'k2'), judgement('a-high', 'k3')])], before);
  expect(states(now)).toEqual(['k1 fixed fail', 'k2 unchanged fail', 'k3 new fail']);
  const clean = audit([outcome(a, [], { pass: 2 })], before);
  expect(states(clean)).toEqual(['k1 fixed fail', 'k2 fixed fail']);
  expect(clean.run).toMatchObject({ exitCode: 0, baseline: { run: before.run.id } });
  expect(states(audit([outcome(a, [], { pass: 2 })], clean))).toEqual([]);
});

test('a subject that cannot be judged any more is unknown, not fixed', () => {
  const now = audit(
    [outcome(a, [judgement('a-high', 'k1', { verdict: 'unknown', missing: ['ad.members'] })], { pass: 1 })],
    before,
  );
  expect(states(now)).toEqual(['k1 unchanged unknown', 'k2 fixed fail']);
  const back = audit([outcome(a, [judgement('a-high', 'k1')])], now);
  expect(states(back)).toEqual(['k1 new fail']);
});

test('one unknown finding for a whole group keeps its edges from being fixed', () => {
  const group = (adGroup: string) =>
    judgement('a-high', 'the group', {
      verdict: 'unknown',
      missing: ['ad.members'],
      rows: 2,
      subject: { population: 'memberships', key: 'the group', label: 'g', ids: { adGroup } },
    });
  expect(states(audit([outcome(a, [group(ids.financeTwin)])], before))).toEqual(['the group new unknown']);
  expect(states(audit([outcome(a, [group(ids.orphan)])], before))).toContain('k1 fixed fail');
});

test('an invariant that did not run fixes nothing', () => {
  expect(states(audit([outcome(b, [], { pass: 1 })], before))).toEqual([]);
});

test('an invariant whose population was not read fixes nothing', () => {
  const gap = { facet: 'cloud.members', source: 'graph', object: '', reason: '403', invariants: ['a-high'] } as const;
  const now = settle(
    { outcomes: [outcome(a, []), outcome(b, [], { pass: 1 })], gaps: [gap] },
    { ...context, baseline: before },
  );
  expect(states(now)).toEqual([]);
  expect(now.run.exitCode).toBe(3);
});

const failing = [outcome(a, [judgement('a-high', 'k1')])];
const fingerprint = before.findings[0]?.fingerprint ?? '';
const waived = (more: Partial<typeof waiver>, outcomes: readonly Outcome[] = failing) =>
  settle({ outcomes, gaps: [] }, { ...context, waivers: waiversOf({ ...waiver, invariant: 'a-high', ...more }) });

test.each([
  ['active', 0, { expires: '2026-10-01' }],
  ['active', 0, { expires: '2026-09-05' }],
  ['expiring-soon', 0, { expires: '2026-09-05T08:59:59Z' }],
  ['expiring-soon', 0, {}],
  ['expiring-soon', 0, { subject: { fingerprint } }],
  ['expiring-soon', 0, { subject: { fingerprint: fingerprint.toUpperCase() } }],
  ['expiring-soon', 0, { expires: '2026-08-22T09:00:00.001Z' }],
  ['expired', 1, { expires: '2026-08-22T09:00:00Z' }],
  ['expired', 1, { expires: '2026-08-21' }],
  ['expired', 1, { expires: 'never' }],
  ['expired', 1, { effective: 'long ago' }],
  ['expired', 1, { expires: '2026-08-21', approver: waiver.owner }],
  ['not-yet-effective', 1, { effective: '2026-08-23', expires: '2026-08-30' }],
  ['self-approved', 1, { approver: ' JANE@contoso.com' }],
  ['too-long', 1, { effective: '2026-08-01', expires: '2026-10-30' }],
  ['active', 0, { effective: '2026-08-01', expires: '2026-10-29' }],
  ['unmatched', 1, { subject: { ids: { cloudGroup: ids.orphan } } }],
  ['unmatched', 1, { subject: { ids: { cloudGroup: ids.finance, trustee: 'S-1-5-18' } } }],
  ['unmatched', 1, { subject: { ids: {} } }],
  ['unmatched', 1, { subject: { fingerprint: '' } }],
  ['unmatched', 1, { subject: { where: 'false' } }],
  ['not-judged', 1, { invariant: 'b-high' }],
])('a waiver is %s and the run exits %i (%#)', (state, exitCode, more) => {
  const result = waived(more);
  expect(result.waivers.map(use => use.state)).toEqual([state]);
  expect(result.run.exitCode).toBe(exitCode);
  expect(result.findings[0]).toMatchObject({ invariant: 'a-high', verdict: 'fail', severity: 'high' });
  expect(result.invariants[0]?.counts).toMatchObject({ fail: 1, waived: exitCode === 0 ? 1 : 0 });
  expect(result.findings[0]?.waiver?.id).toBe(exitCode === 0 ? 'W-1' : undefined);
});

test('an unknown verdict cannot be waived', () => {
  const result = waived({}, [
    outcome(a, [judgement('a-high', 'k1', { verdict: 'unknown', missing: ['ad.acl'] })], { pass: 1 }),
  ]);
  expect(result.findings[0]?.waiver).toBeNull();
  expect(result.run.exitCode).toBe(3);
});

test('a condition waives the violations for which the evaluation says that it holds, and no others', () => {
  const outcomes = [
    outcome(a, [
      judgement('a-high', 'k1', { selectedBy: ['W-1'] }),
      judgement('a-high', 'k2', { selectedBy: ['W-9'] }),
      judgement('a-high', 'k3'),
    ]),
  ];
  const result = waived({ subject: { where: 'group.label == "x"' } }, outcomes);
  expect(result.findings.filter(one => one.waiver !== null).map(one => one.subject.key)).toEqual(['k1']);
  expect(result.waivers.map(use => [use.matched, use.subject])).toEqual([[1, { where: 'group.label == "x"' }]]);
});

test('whether a condition is of use cannot be told where subjects could not be judged', () => {
  const outcomes = [outcome(a, [judgement('a-high', 'k1', { verdict: 'unknown', missing: ['ad.acl'] })], { pass: 1 })];
  const result = waived({ subject: { where: 'group.label == "x"' } }, outcomes);
  expect(result.waivers.map(use => use.state)).toEqual(['not-judged']);
  expect(result.findings.map(one => one.invariant)).not.toContain('waiver-unused');
});

const about = (more: Partial<typeof waiver>, outcomes?: readonly Outcome[]) =>
  waived(more, outcomes).findings.flatMap(({ invariant: id, message }) => (id === 'a-high' ? [] : `${id}: ${message}`));

test.each([
  [{ expires: '2026-10-01' }, []],
  [
    {},
    ['waiver-expiring-soon: Waiver W-1 of a-high expires on 2026-08-22, within a day; its owner is jane@contoso.com'],
  ],
  [
    { expires: '2026-08-21', approver: waiver.owner, subject: { ids: {} } },
    [/^waiver-expired: .* expired on 2026-08-21;/],
  ],
  [{ expires: '2026-10-01', approver: waiver.owner }, [/^waiver-self-approved: .* its owner, jane@contoso.com: it/]],
  [
    { expires: '2026-12-31' },
    ['waiver-too-long: Waiver W-1 of a-high holds for 153 days, more than 90: it covers nothing'],
  ],
  [{ expires: '2026-10-01', subject: { ids: {} } }, [/^waiver-unused: .* selects nothing/]],
  [{ effective: '2026-08-23', expires: '2026-08-30', subject: { ids: {} } }, []],
  [{ expires: '2026-10-01', invariant: 'b-high' }, []],
  [
    { expires: '2027-10-01', approver: waiver.owner, subject: { ids: {} } },
    [/^waiver-self-approved/, /^waiver-too-long/, /^waiver-unused/],
  ],
])('what is wrong with a waiver is a finding of its own (%#)', (more, expected) => {
  const found = about(more);
  expect(found).toHaveLength(expected.length);
  for (const [at, pattern] of expected.entries())
    if (typeof pattern === 'string') expect(found[at]).toBe(pattern);
    else expect(found[at]).toMatch(pattern);
});

test('a waiver of too many covers none of them, and says so', () => {
  const keys = Array.from({ length: 51 }, (_, at) => `k${at}`);
  const of = (count: number) => [
    outcome(
      a,
      keys.slice(0, count).map(key => judgement('a-high', key)),
    ),
  ];
  expect(waived({ expires: '2026-10-01' }, of(50)).invariants[0]?.counts).toMatchObject({ fail: 50, waived: 50 });
  expect(waived({ expires: '2026-10-01' }, of(51)).invariants[0]?.counts).toMatchObject({ fail: 51, waived: 0 });
  expect(about({ expires: '2026-10-01' }, of(51))).toEqual([
    'waiver-too-broad: Waiver W-1 of a-high selects 51 findings, more than 50: it covers nothing',
  ]);
});

test('findings of waivers point to the waiver, decide by their severity, and are told apart from the baseline', () => {
  const selfApproved = { expires: '2026-10-01', approver: waiver.owner, subject: { ids: {} } };
  const none = [outcome(a, [], { pass: 1 })];
  const result = waived(selfApproved, none);
  expect(result.run).toMatchObject({ outcome: 'findings', exitCode: 1 });
  const found = result.findings.find(finding => finding.invariant === 'waiver-self-approved');
  expect(found).toMatchObject({ severity: 'high', state: 'new', location: waiver.location });
  expect(found?.subject).toEqual({ population: 'waivers', key: 'W-1', label: 'waiver W-1', ids: {} });
  const again = settle(
    { outcomes: none, gaps: [] },
    { ...context, waivers: waiversOf({ ...waiver, invariant: 'a-high' }), baseline: result },
  );
  expect(states(again)).toContain('W-1 fixed fail');
  expect(again.run.exitCode).toBe(0);
});

test('waivers alone are no audit', () => {
  const result = waived({ approver: waiver.owner }, []);
  expect(result.run).toMatchObject({ outcome: 'not-performed', exitCode: 3 });
});

test('ids of the invariants over waivers are those that policies must not use', () => {
  expect(waiverChecks.size).toBeGreaterThan(5);
  for (const id of waiverChecks.keys()) expect(id).toMatch(/^waiver-[a-z-]+$/);
});
