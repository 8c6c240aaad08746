import fc from 'fast-check';
import { severities } from '../../src/base/index.ts';
import type { Judgement } from '../../src/evaluate/index.ts';
import { type AuditResult, confirm, planConfirmation, settle, settleFailure } from '../../src/findings/index.ts';
import { context, invariant, judgement, nasty, outcome, waiver, waiversOf } from '../findings/evaluation.ts';

/** Any text at all: hostile names, every UTF-16 unit including lone surrogates, and kilobytes of it. */
export const anyText = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...nasty, '', ' ') },
  { weight: 4, arbitrary: fc.string({ unit: 'binary' }) },
  { weight: 3, arbitrary: fc.array(fc.nat(0xffff)).map(units => String.fromCharCode(...units)) },
  { weight: 1, arbitrary: fc.constantFrom('x'.repeat(5_000), '\ud83d'.repeat(3_000), '|[](\n'.repeat(1_000)) },
);

const anyPath = fc.oneof(
  anyText,
  fc.constantFrom(
    'policies/a.yaml',
    '../../etc/passwd',
    'C:\\p\\a b.yaml',
    '/abs/x.yaml',
    'https://evil/x',
    'a:b',
    '.',
  ),
);

const anyPosition = fc.record(
  {
    file: anyPath,
    line: fc.integer({ min: 1, max: 1e6 }),
    column: fc.integer({ min: 1, max: 500 }),
    endLine: fc.integer({ min: 1, max: 1e6 }),
    endColumn: fc.integer({ min: 1, max: 500 }),
  },
  { requiredKeys: ['file', 'line', 'column'] },
);

const anyInvariant = (id: string) =>
  fc
    .record({
      severity: fc.constantFrom(...severities),
      title: anyText,
      description: anyText,
      remediation: anyText,
      policy: anyText.map(text => text.slice(0, 200) || 'p'),
      references: fc.array(fc.oneof(anyText, fc.webUrl({ withFragments: true, withQueryParameters: true })), {
        maxLength: 3,
      }),
      controls: fc.dictionary(anyText, fc.array(anyText, { maxLength: 12 }), { maxKeys: 3 }),
      location: anyPosition,
    })
    .map(({ severity, ...more }) => invariant(id, severity, more));

const anyJudgement = (id: string, key: string): fc.Arbitrary<Judgement> =>
  fc
    .record({
      verdict: fc.constantFrom('fail', 'unknown'),
      message: anyText,
      label: anyText,
      ids: fc.record(
        { cloudGroup: anyText, adGroup: anyText, trustee: anyText, address: anyText, job: anyText },
        { requiredKeys: [] },
      ),
      facts: fc.dictionary(anyText, fc.oneof(anyText, fc.constant(null), fc.array(anyText, { maxLength: 2 })), {
        maxKeys: 3,
      }),
      rows: fc.integer({ min: 1, max: 9 }),
    })
    .map(({ label, ids, ...more }) =>
      judgement(id, key, {
        ...more,
        subject: { population: 'memberships', key, label, ids },
        missing: more.verdict === 'unknown' ? ['ad.acl'] : [],
      }),
    );

const anyOutcome = (id: string) =>
  fc
    .tuple(anyInvariant(id), fc.nat(4), fc.nat(3))
    .chain(([of, size, pass]) =>
      fc
        .tuple(...Array.from({ length: size }, (_, index) => anyJudgement(id, `k${index}`)))
        .map(judgements => outcome(of, judgements, { pass })),
    );

const anyGap = fc.record({
  facet: fc.constantFrom('ad.acl', 'cloud.members'),
  source: fc.constantFrom('ad', 'graph'),
  object: anyText,
  reason: anyText,
  invariants: fc.constantFrom([], ['i0']),
});

const anyMapping = fc
  .record({
    texts: fc.array(anyText, { minLength: 4, maxLength: 4 }),
    controls: fc.array(
      fc.record(
        { id: anyText, title: anyText, noEvidence: anyText, invariants: fc.subarray(['i0', 'i1', 'i2', 'gone']) },
        { requiredKeys: ['id', 'title', 'invariants'] },
      ),
      { maxLength: 4 },
    ),
    reason: anyText,
  })
  .map(({ texts: [name = '', title = '', path = '', version = ''], controls, reason }) => ({
    profile: { name, title, path, sha256: 'ef'.repeat(32) },
    framework: { id: name, title, version },
    controls: controls.map(({ id, ...more }) => ({ id: id || 'x', ...more })),
    unlisted: [{ id: title, invariants: ['i0'] }],
    unmapped: [{ id: path, said: false }],
    off: [{ id: 'gone', reason }],
  }));

/** Results of audits whose every text is hostile, of every outcome, with and without waivers and a baseline. */
export const anyResult: fc.Arbitrary<AuditResult> = fc
  .record({
    outcomes: fc.nat(3).chain(size => fc.tuple(...Array.from({ length: size }, (_, index) => anyOutcome(`i${index}`)))),
    gaps: fc.array(anyGap, { maxLength: 3 }),
    version: anyText.map(text => text || '0'),
    texts: fc.tuple(anyText, anyText, anyText),
    compared: fc.boolean(),
    controls: fc.option(anyMapping, { nil: undefined }),
    kind: fc.constantFrom(undefined, undefined, undefined, 'source', 'bug'),
  })
  .map(({ outcomes, gaps, version, texts: [path, reason, endpoint], compared, controls, kind }) => {
    const snapshot = context.run.snapshot && {
      ...context.run.snapshot,
      sources: [{ source: 'ad' as const, endpoint, identity: reason }],
    };
    const run = {
      tool: { name: 'tallystick' as const, version },
      snapshot,
      policies: [{ name: 'p', path, sha256: 'cd'.repeat(32) }],
    };
    const hostile = {
      ...context,
      run,
      waivers: waiversOf({ ...waiver, invariant: 'i0', subject: { fingerprint: 'x' }, reason, owner: path }),
      controls,
    };
    if (kind !== undefined) return settleFailure(kind, reason, hostile);
    const before = settle({ outcomes: outcomes.slice(0, 1), gaps: [] }, hostile);
    const result = settle(
      { outcomes: compared ? outcomes.slice(1) : outcomes, gaps },
      compared ? { ...hostile, baseline: before } : hostile,
    );
    const facts = { snapshot: 'ab'.repeat(32), settledMs: 300_000, again: context.asOf };
    return compared ? confirm(planConfirmation(before), result, new Map(), facts) : result;
  });
