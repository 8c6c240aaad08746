import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { controlReport, readResults, settle, settleFailure } from '../../src/findings/index.ts';
import { formats } from '../../src/report/index.ts';
import {
  invariant,
  judgement,
  outcome,
  sampleContext,
  sampleEvaluation,
  sampleMapping,
  waiver,
  waiversOf,
} from './evaluation.ts';

const outcomesOf = (result: ReturnType<typeof settle>) =>
  Object.fromEntries((result.controls?.controls ?? []).map(control => [control.id, control.outcome]));

test('a control comes to the worst of its evidence; nothing in scope, switched off and no invariant are told apart from a pass', () => {
  const result = settle(sampleEvaluation(), { ...sampleContext, controls: sampleMapping });
  const [first, second] = result.controls?.controls ?? [];
  expect(outcomesOf(result)).toEqual({
    'AC-2': 'fail',
    'AC-6(1)': 'fail',
    'CM-6': 'pass',
    'CM-7': 'not-judged',
    'CP-9': 'no-evidence',
  });
  expect(first?.counts).toEqual({ fail: 2, unknown: 0, waived: 0, pass: 1, outOfScope: 0, notJudged: 0 });
  expect(second?.evidence).toContainEqual({ invariant: 'switched-off', outcome: 'not-judged', reason: 'not ours' });
  expect(result.controls).toMatchObject({ unlisted: sampleMapping.unlisted, unmapped: ['proxy-unique-forest'] });
});

test('what was not read makes a control unknown, also where an invariant has no subject at all', () => {
  const read = invariant('scope-matches', 'low');
  const gap = {
    facet: 'ad.members',
    source: 'ad',
    object: '',
    reason: 'refused',
    invariants: ['scope-matches'],
  } as const;
  const none = { ...sampleContext, waivers: waiversOf(), controls: sampleMapping };
  expect(outcomesOf(settle({ outcomes: [outcome(read, [])], gaps: [] }, none))['CM-6']).toBe('not-judged');
  expect(outcomesOf(settle({ outcomes: [outcome(read, [])], gaps: [gap] }, none))['CM-6']).toBe('unknown');
  const unknown = judgement('scope-matches', 'k', { verdict: 'unknown', missing: ['ad.members'] });
  expect(outcomesOf(settle({ outcomes: [outcome(read, [unknown], { pass: 9 })], gaps: [gap] }, none))['CM-6']).toBe(
    'unknown',
  );
});

test('a violation that is waived is told as such, and does not hide what is unknown', () => {
  const of = invariant('scope-matches', 'low');
  const fail = judgement('scope-matches', 'k');
  const all = { ...waiver, id: 'w', invariant: 'scope-matches', subject: { ids: fail.subject.ids } };
  const context = { ...sampleContext, waivers: waiversOf(all), controls: sampleMapping };
  expect(outcomesOf(settle({ outcomes: [outcome(of, [fail], { pass: 3 })], gaps: [] }, context))['CM-6']).toBe(
    'waived',
  );
  const unknown = judgement('scope-matches', 'u', { verdict: 'unknown', missing: ['ad.acl'] });
  expect(outcomesOf(settle({ outcomes: [outcome(of, [fail, unknown])], gaps: [] }, context))['CM-6']).toBe('unknown');
});

test('a run that broke off judges no control', () => {
  const failed = settleFailure('source', 'refused', { ...sampleContext, controls: sampleMapping });
  expect(new Set(Object.values(outcomesOf(failed)))).toEqual(new Set(['not-judged', 'no-evidence']));
});

test('a control passes only if an invariant passed and none failed or is unknown', () => {
  const counts = fc
    .record({ outOfScope: fc.nat(2), pass: fc.nat(2), fail: fc.nat(2), unknown: fc.nat(2), waive: fc.boolean() })
    .map(({ waive, ...own }) => ({
      ...own,
      subjects: own.outOfScope + own.pass + own.fail + own.unknown,
      waived: waive ? own.fail : 0,
    }));
  fc.assert(
    fc.property(fc.array(counts, { maxLength: 4 }), fc.boolean(), (all, unread) => {
      const invariants = all.map((each, index) => ({ id: `i${index}`, counts: each }));
      const ids = invariants.map(({ id }) => id);
      const mapping = { ...sampleMapping, controls: [{ id: 'X', title: 'X', invariants: ids }] };
      const gaps = unread ? [{ object: '', invariants: ids }] : [];
      const [control] = controlReport(mapping, invariants, gaps).controls;
      const fails = all.some(each => each.fail > each.waived);
      const open = all.some(each => each.unknown > 0 || (unread && each.subjects === 0));
      const passes = all.some(each => each.pass > 0);
      expect(control?.outcome === 'pass').toBe(passes && !open && all.every(each => each.fail === 0));
      expect(control?.outcome === 'fail').toBe(fails);
      expect(Object.values(control?.counts ?? {}).reduce((sum, count) => sum + count, 0)).toBe(all.length);
    }),
  );
});

test('results whose controls say something else than their invariants are refused', () => {
  const text = formats.json.render(settle(sampleEvaluation(), { ...sampleContext, controls: sampleMapping }));
  expect(readResults(text)).toEqual(JSON.parse(text));
  const altered = (change: (control: Record<string, unknown>) => void) => {
    const value = JSON.parse(text);
    change(value.controls.controls[0]);
    return () => readResults(JSON.stringify(value));
  };
  const message = /the control "AC-2" is not what the invariants of the result say/;
  expect(altered(control => Object.assign(control, { outcome: 'pass' }))).toThrow(message);
  expect(altered(({ counts }) => Object.assign(counts ?? {}, { pass: 3 }))).toThrow(message);
  expect(
    altered(control => {
      control.outcome = 'pass';
      control.evidence = [{ invariant: 'owner-is-trusted', outcome: 'pass' }];
      control.counts = { fail: 0, unknown: 0, waived: 0, pass: 1, outOfScope: 0, notJudged: 0 };
    }),
  ).toThrow(message);
});
