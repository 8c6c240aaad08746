import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { columnsOf } from '../../src/base/index.ts';
import type { Outcome } from '../../src/evaluate/index.ts';
import { settle, settleFailure } from '../../src/findings/index.ts';
import { compareResults, renderImpact } from '../../src/impact/index.ts';
import { context, invariant, judgement, outcome, waiver, waiversOf } from '../findings/evaluation.ts';
import { anyResult } from '../report/arbitrary.ts';

const a = invariant('a-high', 'high');
const b = invariant('b-high', 'high');
const audit = (outcomes: readonly Outcome[], more = {}) => settle({ outcomes, gaps: [] }, { ...context, ...more });
const base = audit([
  outcome(a, [judgement('a-high', 'k1'), judgement('a-high', 'k2')]),
  outcome(b, [judgement('b-high', 'k1')]),
]);

test('any result compared with itself shows no change', () => {
  fc.assert(
    fc.property(anyResult, result => {
      const impact = compareResults(result, result);
      expect([impact.findings, impact.invariants, impact.counts]).toEqual([
        { appeared: [], disappeared: [], changed: [] },
        { added: [], removed: [], changed: [] },
        [],
      ]);
    }),
    { numRuns: 60 },
  );
});

test('findings that appear and disappear are mirrored by exchanging the sides', () => {
  fc.assert(
    fc.property(anyResult, anyResult, (one, other) => {
      const there = compareResults(one, other);
      const back = compareResults(other, one);
      const prints = (items: readonly { readonly fingerprint: string }[]) => items.map(item => item.fingerprint).sort();
      expect(prints(there.findings.appeared)).toEqual(prints(back.findings.disappeared));
      expect(there.invariants.added).toEqual(back.invariants.removed);
    }),
    { numRuns: 60 },
  );
});

test('a finding that disappears says why', () => {
  const unknown = judgement('a-high', 'k1', { verdict: 'unknown', missing: ['ad.acl'] });
  const head = audit([outcome(a, [unknown], { pass: 1 })]);
  const { findings, invariants } = compareResults(base, head);
  expect(findings.disappeared.map(item => [item.invariant, item.why])).toEqual([
    ['a-high', 'resolved'],
    ['b-high', 'invariant-removed'],
  ]);
  expect(findings.changed).toMatchObject([{ verdict: 'unknown', from: { verdict: 'fail' } }]);
  expect(invariants.removed).toEqual(['b-high']);
});

test('a population that was not read resolves nothing', () => {
  const gap = { facet: 'ad.members', source: 'ad', object: '', reason: 'x', invariants: ['a-high'] } as const;
  const head = settle({ outcomes: [outcome(a, []), outcome(b, [judgement('b-high', 'k1')])], gaps: [gap] }, context);
  expect(compareResults(base, head).findings.disappeared.map(item => item.why)).toEqual(['now-unknown', 'now-unknown']);
});

test('a change of grade, parameters or waivers is a change, a moved line is not', () => {
  const regraded = { ...a, severity: 'low', location: { ...a.location, line: 99 } } as const;
  const outcomes = [
    outcome(regraded, [judgement('a-high', 'k1'), judgement('a-high', 'k2')]),
    outcome({ ...b, location: regraded.location }, [judgement('b-high', 'k1')]),
  ];
  const { findings, invariants } = compareResults(
    base,
    audit(outcomes, { waivers: waiversOf({ ...waiver, invariant: 'b-high', expires: '2026-10-01' }) }),
  );
  expect(invariants.changed).toEqual([{ id: 'a-high', fields: ['severity'] }]);
  expect(findings.changed.map(({ severity, waived }) => [severity, waived])).toEqual([
    ['low', false],
    ['low', false],
    ['high', true],
  ]);
  expect([findings.appeared, findings.disappeared]).toEqual([[], []]);
});

test('a run that judged nothing is not compared as if it were clean', () => {
  const text = renderImpact(compareResults(base, settleFailure('source', 'x', context)), 'text');
  expect(text).toMatch(/^No comparison is possible: the head run performed no audit/);
});

test('text stays within 80 columns and Markdown is inert, whatever the names', () => {
  fc.assert(
    fc.property(anyResult, anyResult, (one, other) => {
      const impact = compareResults(one, other);
      const text = renderImpact(impact, 'text');
      for (const line of text.split('\n')) expect(columnsOf(line)).toBeLessThanOrEqual(80);
      expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
      expect(renderImpact(impact, 'markdown')).not.toMatch(/[<>`[\]@~|]/);
      expect(JSON.parse(renderImpact(impact, 'json'))).toMatchObject({ format: 'tallystick/impact/v1' });
    }),
    { numRuns: 600 },
  );
});

test('Markdown fits into a comment on GitHub', () => {
  const many = (id: string) =>
    Array.from({ length: 90 }, (_, index) => judgement(id, `${index}`, { message: '|'.repeat(9_000) }));
  const head = audit([outcome(a, many('a-high'))]);
  const markdown = renderImpact(compareResults(base, head), 'markdown');
  expect(markdown.length).toBeLessThan(65_536);
  expect(markdown).toContain('The rest is left out here');
});
