import { expect, test } from '@jest/globals';
import type { Outcome } from '../../src/evaluate/index.ts';
import { type AuditResult, settle } from '../../src/findings/index.ts';
import { context, ids, invariant, judgement, outcome, waiver } from './evaluation.ts';

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
  settle({ outcomes, gaps: [] }, { ...context, waivers: [{ ...waiver, invariant: 'a-high', ...more }] });

test.each([
  ['active', 0, {}],
  ['active', 0, { subject: { fingerprint } }],
  ['active', 0, { subject: { fingerprint: fingerprint.toUpperCase() } }],
  ['active', 0, { expires: '2026-08-22T09:00:00.001Z' }],
  ['expired', 1, { expires: '2026-08-22T09:00:00Z' }],
  ['expired', 1, { expires: '2026-08-21' }],
  ['expired', 1, { expires: 'never' }],
  ['not-yet-effective', 1, { effective: '2026-08-23' }],
  ['unmatched', 1, { subject: { ids: { cloudGroup: ids.orphan } } }],
  ['unmatched', 1, { subject: { ids: { cloudGroup: ids.finance, trustee: 'S-1-5-18' } } }],
  ['unmatched', 1, { subject: { ids: {} } }],
  ['unmatched', 1, { subject: { fingerprint: '' } }],
  ['not-judged', 1, { invariant: 'b-high' }],
])('a waiver is %s and the run exits %i (%#)', (state, exitCode, more) => {
  const result = waived(more);
  expect(result.waivers.map(use => use.state)).toEqual([state]);
  expect(result.run.exitCode).toBe(exitCode);
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
