import { expect, test } from '@jest/globals';
import { AuditError } from '../../src/base/index.ts';
import { readResults, settle, settleFailure } from '../../src/findings/index.ts';
import { formats } from '../../src/report/index.ts';
import { context, sampleContext, sampleEvaluation } from './evaluation.ts';

const sample = settle(sampleEvaluation(), sampleContext);
const text = formats.json.render(sample);

/** The sample with one thing changed in its JSON. */
function altered(change: (value: ReturnType<typeof JSON.parse>) => void): string {
  const value = JSON.parse(text);
  change(value);
  return JSON.stringify(value);
}

test('what is written can be read back and used as a baseline', () => {
  expect(readResults(text)).toEqual(JSON.parse(text));
  const again = settle(sampleEvaluation(), { ...sampleContext, baseline: readResults(text) });
  expect(new Set(again.findings.map(finding => finding.state))).toEqual(new Set(['unchanged']));
  expect(readResults(formats.json.render(again)).run.id).toBe(again.run.id);
  expect(readResults(formats.json.render(settleFailure('source', 'x', context))).findings).toEqual([]);
});

test.each([
  ['is not JSON', '{'],
  ['required', '{}'],
  ['must be object', '[]'],
  [
    'additional',
    altered(value => {
      value.extra = 1;
    }),
  ],
  [
    'allowed values',
    altered(value => {
      value.findings[0].verdict = 'pass';
    }),
  ],
  [
    'additional',
    altered(value => {
      value.findings[0].subject.ids.password = 'x';
    }),
  ],
  [
    'fingerprint',
    altered(value => {
      value.findings[0].subject.key = 'other';
    }),
  ],
  [
    'add up',
    altered(value => {
      value.invariants[0].counts.pass += 1;
    }),
  ],
  [
    'add up',
    altered(value => {
      value.invariants[0].counts.waived = 99;
    }),
  ],
])('a file whose mistake "%s" names is refused (%#)', (word, hostile) => {
  expect(() => readResults(hostile, 'base.json')).toThrow(AuditError);
  expect(() => readResults(hostile, 'base.json')).toThrow(/^base\.json/);
  expect(() => readResults(hostile, 'base.json')).toThrow(word);
});

test('deep nesting is refused, not followed', () => {
  expect(() => readResults('['.repeat(1_000_000))).toThrow(AuditError);
  expect(() => readResults(`${'['.repeat(5_000)}${']'.repeat(5_000)}`)).toThrow(AuditError);
});
