import { expect, test } from '@jest/globals';
import { sha256 } from '../../src/base/index.ts';
import type { Outcome } from '../../src/evaluate/index.ts';
import { type AuditResult, type SettleContext, settle, waiverChecks } from '../../src/findings/index.ts';
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

const at = (asOf: string, outcomes: readonly Outcome[], more: Partial<SettleContext> = {}) => {
  // Every run reads a snapshot of its own.
  const snapshot = context.run.snapshot && { ...context.run.snapshot, id: sha256(asOf) };
  return settle({ outcomes, gaps: [] }, { ...context, asOf, run: { ...context.run, snapshot }, ...more });
};
const k = (...keys: readonly string[]) => [
  outcome(
    a,
    keys.map(key => judgement('a-high', key)),
    { pass: 1 },
  ),
];
const seen = ({ findings }: AuditResult) =>
  findings.map(one => [one.subject.key, one.state, one.firstSeen.slice(0, 10), one.lastSeen.slice(0, 10), one.ageDays]);

test('since when a finding is seen is carried from result to result', () => {
  const one = at('2026-08-01T09:00:00Z', k('k1', 'k2'));
  const two = at('2026-08-08T08:59:59Z', k('k1', 'k3'), { baseline: one });
  expect(seen(two)).toEqual([
    ['k1', 'unchanged', '2026-08-01', '2026-08-08', 6],
    ['k2', 'fixed', '2026-08-01', '2026-08-01', 0],
    ['k3', 'new', '2026-08-08', '2026-08-08', 0],
  ]);
  const three = at('2026-09-08T09:00:00Z', k('k1', 'k2'), { baseline: two });
  expect(seen(three)).toEqual([
    ['k1', 'unchanged', '2026-08-01', '2026-09-08', 38],
    // It was fixed in between: this is another time.
    ['k2', 'new', '2026-09-08', '2026-09-08', 0],
    ['k3', 'fixed', '2026-08-08', '2026-08-08', 0],
  ]);
});

test('what could not be judged in between is as old as before, and a baseline may be of a later time', () => {
  const one = at('2026-08-01T09:00:00Z', k('k1'));
  const blind = [outcome(a, [judgement('a-high', 'k1', { verdict: 'unknown', missing: ['ad.members'] })], { pass: 1 })];
  const two = at('2026-08-05T09:00:00Z', blind, { baseline: one });
  const three = at('2026-08-09T09:00:00Z', k('k1'), { baseline: two });
  expect(seen(three)).toEqual([['k1', 'new', '2026-08-01', '2026-08-09', 8]]);
  expect(seen(at('2026-07-01T09:00:00Z', k('k1'), { baseline: one }))).toEqual([
    ['k1', 'unchanged', '2026-08-01', '2026-07-01', 0],
  ]);
});

const causesOf = ({ findings }: AuditResult) =>
  findings.map(({ subject, state, cause }) => `${subject.key} ${state} ${cause}`);
const strict = { ...a, expect: 'inAd && inCloud' };
const under = (of: typeof a, ...keys: readonly string[]) => k(...keys).map(one => ({ ...one, invariant: of }));

test('without a change of the policy a difference comes from the directory, or from time when there is but one snapshot', () => {
  const one = at('2026-08-01T09:00:00Z', k('k1', 'k2'));
  const moved = { ...a, severity: 'low', message: 'reworded', location: { ...a.location, line: 99 } } as const;
  const two = at('2026-08-08T09:00:00Z', under(moved, 'k2', 'k3'), { baseline: one });
  expect(causesOf(two)).toEqual(['k1 fixed directory', 'k2 unchanged undefined', 'k3 new directory']);
  expect(two.run.baseline?.changed).toEqual([]);
  const same = at('2026-08-08T09:00:00Z', k('k2', 'k3'), {
    baseline: one,
    run: { ...context.run, snapshot: one.run.snapshot },
  });
  expect(causesOf(same)).toEqual(['k1 fixed time', 'k2 unchanged undefined', 'k3 new time']);
});

test('after a change of the policy nobody knows, unless it is the same snapshot or that of the baseline was judged, too', () => {
  const one = at('2026-08-01T09:00:00Z', k('k1', 'k2', 'k5'));
  const now = under(strict, 'k2', 'k3', 'k4');
  const two = at('2026-08-08T09:00:00Z', now, { baseline: one });
  expect(causesOf(two)).toEqual([
    'k1 fixed undecided',
    'k2 unchanged undefined',
    'k3 new undecided',
    'k4 new undecided',
    'k5 fixed undecided',
  ]);
  expect(two.run.baseline).toMatchObject({ changed: ['a-high'], rejudged: false });
  const same = at('2026-08-08T09:00:00Z', now, { baseline: one, run: { ...context.run, snapshot: one.run.snapshot } });
  expect(new Set(causesOf(same).map(text => text.split(' ')[2]))).toEqual(new Set(['policy', 'undefined']));
  // Today's policy finds k2, k3 and k5 in the old snapshot: k3 is its doing, and that k1 is gone, k4 and k5 took a change of the directory.
  const rejudged = { outcomes: under(strict, 'k2', 'k3', 'k5'), gaps: [] };
  const three = at('2026-08-08T09:00:00Z', now, { baseline: one, rejudged });
  expect(causesOf(three)).toEqual([
    'k1 fixed policy',
    'k2 unchanged undefined',
    'k3 new policy',
    'k4 new both',
    'k5 fixed both',
  ]);
  expect(three.run.baseline?.rejudged).toBe(true);
  expect(three.run.id).not.toBe(two.run.id);
});

test('what the old snapshot does not tell remains undecided', () => {
  const one = at('2026-08-01T09:00:00Z', k('k1'));
  const unknown = judgement('a-high', 'k2', {
    verdict: 'unknown',
    missing: ['ad.members'],
    subject: { ...judgement('a-high', 'k2').subject },
  });
  const old = [{ ...outcome(strict, [unknown], { pass: 1 }) }];
  const two = at('2026-08-08T09:00:00Z', under(strict, 'k2'), { baseline: one, rejudged: { outcomes: old, gaps: [] } });
  expect(causesOf(two)).toEqual(['k1 fixed policy', 'k2 new undecided']);
  const gap = { facet: 'cloud.members', source: 'graph', object: '', reason: '403', invariants: ['a-high'] } as const;
  const blind = { outcomes: [outcome(strict, [])], gaps: [gap] };
  const three = at('2026-08-08T09:00:00Z', under(strict, 'k2'), { baseline: one, rejudged: blind });
  expect(causesOf(three)).toEqual(['k1 fixed undecided', 'k2 new undecided']);
});

test('another version of the program judges otherwise; a parameter only where it is named; a new invariant is a change', () => {
  const params = (value: number, name = 'max-members') => [
    { name, type: 'int', value, description: '', from: 'default' } as const,
  ];
  const named = { ...a, expect: 'group.memberCount <= params.maxMembers' };
  const changed = (before: typeof a, after: typeof a, version = '0.1.0') => {
    const one = at('2026-08-01T09:00:00Z', under(before, 'k1'));
    const run = { ...context.run, tool: { name: 'tallystick', version } as const };
    return at('2026-08-08T09:00:00Z', under(after, 'k1'), { baseline: one, run }).run.baseline?.changed;
  };
  expect(changed(a, a)).toEqual([]);
  expect(changed(a, a, '0.2.0')).toEqual(['a-high']);
  expect(changed({ ...a, params: params(5) }, { ...a, params: params(6) })).toEqual([]);
  expect(changed({ ...named, params: params(5) }, { ...named, params: params(6) })).toEqual(['a-high']);
  expect(changed({ ...named, params: params(5) }, { ...named, params: params(5) })).toEqual([]);
  expect(changed(a, { ...a, flavours: ['cloud-sync'] })).toEqual(['a-high']);
  expect(changed(a, { ...a, flavours: a.flavours.toReversed() })).toEqual([]);
  expect(changed(b, a)).toEqual(['a-high']);
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
