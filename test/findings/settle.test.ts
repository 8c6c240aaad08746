import { expect, test } from '@jest/globals';
import { sha256 } from '../../src/base/index.ts';
import { settle, settleFailure } from '../../src/findings/index.ts';
import {
  context,
  ids,
  invariant,
  judgement,
  outcome,
  sampleContext,
  sampleEvaluation,
  waiversOf,
} from './evaluation.ts';

const high = invariant('a-high', 'high');
const low = invariant('b-low', 'low');
const fail = judgement('a-high', 'k1');
const unknown = judgement('a-high', 'k2', { verdict: 'unknown', missing: ['cloud.members'], rows: 3 });
const gaps = [] as const;
const run = (outcomes: ReturnType<typeof outcome>[], more = {}) =>
  settle({ outcomes, gaps }, { ...context, ...more }).run;
const accept = (until: string, facet = 'cloud.members') => ({ acceptUnknown: [{ facet, reason: 'known', until }] });

test('a finding is identified by invariant and subject key alone', () => {
  const [finding] = settle({ outcomes: [outcome(high, [fail])], gaps }, context).findings;
  expect(finding?.fingerprint).toBe(sha256('a-high\nk1'));
  const [renamed] = settle({ outcomes: [outcome(high, [{ ...fail, message: 'other' }])], gaps }, context).findings;
  expect(renamed?.fingerprint).toBe(finding?.fingerprint);
});

test.each([
  ['clean', 0, [outcome(high, [], { pass: 1 })], {}],
  ['findings', 1, [outcome(high, [fail])], {}],
  ['findings', 1, [outcome(low, [judgement('b-low', 'k')])], { failOn: 'low' }],
  ['findings', 0, [outcome(low, [judgement('b-low', 'k')])], {}],
  ['findings', 0, [outcome(high, [fail])], { failOn: 'none' }],
  ['unjudged', 3, [outcome(high, [unknown], { pass: 9 })], {}],
  ['unjudged', 3, [outcome(high, [unknown], { pass: 9 })], { maxUnknown: 2 }],
  ['clean', 0, [outcome(high, [unknown], { pass: 9 })], { maxUnknown: 3 }],
  ['findings', 1, [outcome(high, [fail, unknown])], {}],
  ['not-performed', 3, [outcome(high, [], { outOfScope: 5 })], {}],
  ['not-performed', 3, [outcome(high, [], { outOfScope: 5 })], { failOn: 'none', maxUnknown: 99 }],
  ['not-performed', 3, [], {}],
])('a run is %s, exit %i (%#)', (word, code, outcomes, more) => {
  const settled = run(outcomes, more);
  expect([settled.outcome, settled.exitCode]).toEqual([word, code]);
  expect(settled.reason.startsWith('No audit was performed')).toBe(word === 'not-performed');
});

test.each([
  [0, 'a later day', accept('2026-08-23')],
  [0, 'the day itself, which still counts', accept('2026-08-22')],
  [3, 'the day before', accept('2026-08-21')],
  [3, 'the instant itself', accept('2026-08-22T09:00:00.000Z')],
  [0, 'an instant later', accept('2026-08-22T09:00:01Z')],
  [3, 'a day that does not exist', accept('2027-02-31')],
  [3, 'no date', accept('for ever')],
  [3, 'another facet', accept('2027-01-01', 'ad.members')],
])('exit %i when the gap is accepted until %s', (code, _, more) => {
  expect(run([outcome(high, [unknown], { pass: 1 })], more).exitCode).toBe(code);
});

test('a verdict is accepted only if every missing facet is, and never if it names none', () => {
  const two = { ...unknown, missing: ['ad.acl', 'cloud.members'] as const };
  expect(run([outcome(high, [two], { pass: 1 })], accept('2027-01-01')).exitCode).toBe(3);
  expect(run([outcome(high, [{ ...unknown, missing: [] }], { pass: 1 })], accept('2027-01-01')).exitCode).toBe(3);
});

test('unknowns that no finding lists still count', () => {
  const counted = {
    ...outcome(high, [], { pass: 1 }),
    counts: { subjects: 2, outOfScope: 0, pass: 1, fail: 0, unknown: 1 },
  };
  expect(run([counted]).exitCode).toBe(3);
});

test('a population that was not read at all is unknown, not empty', () => {
  const gap = { facet: 'cloud.jobs', source: 'graph', object: '', reason: '403', invariants: ['b-low'] } as const;
  const evaluation = { outcomes: [outcome(high, [], { pass: 1 }), outcome(low, [])], gaps: [gap] };
  expect(settle(evaluation, context).run.exitCode).toBe(3);
  const judged = { ...evaluation, outcomes: [outcome(low, [], { pass: 1 })] };
  expect(settle(judged, context).run.exitCode).toBe(0);
  expect(settle(evaluation, { ...context, ...accept('2027-01-01', 'cloud.jobs') }).run.exitCode).toBe(0);
  expect(settle({ ...evaluation, gaps: [{ ...gap, object: ids.orphan }] }, context).run.exitCode).toBe(0);
});

test('counts foot and the order of what comes in does not matter', () => {
  const evaluation = sampleEvaluation();
  const result = settle(evaluation, sampleContext);
  for (const { counts } of result.invariants)
    expect(counts.subjects).toBe(counts.outOfScope + counts.pass + counts.fail + counts.unknown);
  const shuffled = {
    outcomes: evaluation.outcomes.toReversed().map(one => ({ ...one, judgements: one.judgements.toReversed() })),
    gaps: evaluation.gaps.toReversed(),
  };
  expect(JSON.stringify(settle(shuffled, sampleContext))).toBe(JSON.stringify(result));
});

test('the run id depends on every input', () => {
  const evaluation = sampleEvaluation();
  const snapshot = { ...context.run, snapshot: null };
  const policies = { ...context.run, policies: [] };
  const variants = [
    sampleContext,
    { ...sampleContext, asOf: '2026-08-23T09:00:00Z' },
    { ...sampleContext, failOn: 'low' as const },
    { ...sampleContext, waivers: waiversOf() },
    { ...sampleContext, acceptUnknown: [] },
    { ...sampleContext, run: snapshot },
    { ...sampleContext, run: policies },
    { ...sampleContext, baseline: settle(evaluation, context) },
  ].map(variant => settle(evaluation, variant).run.id);
  const regraded = {
    ...evaluation,
    outcomes: evaluation.outcomes.map(one => ({ ...one, invariant: { ...one.invariant, severity: 'info' as const } })),
  };
  const all = [...variants, settle(regraded, sampleContext).run.id];
  expect(new Set(all).size).toBe(all.length);
});

test('a run that broke off says so with the exit code of its failure', () => {
  const codes = (['bug', 'integrity', 'input', 'source', 'unjudged'] as const).map(
    kind => settleFailure(kind, 'why', context).run,
  );
  expect(codes.map(({ exitCode }) => exitCode)).toEqual([70, 5, 2, 4, 3]);
  for (const { reason } of codes) expect(reason).toBe('No audit was performed: why');
});

test('asOf must be a time', () => {
  expect(() => settle({ outcomes: [], gaps }, { ...context, asOf: 'yesterday' })).toThrow(/RFC 3339/);
});
