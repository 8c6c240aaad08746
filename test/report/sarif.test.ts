import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import type { Log } from 'sarif';
import { settle, settleFailure } from '../../src/findings/index.ts';
import { formats } from '../../src/report/index.ts';
import { context, invariant, judgement, outcome, sampleContext, sampleEvaluation } from '../findings/evaluation.ts';
import { anyResult } from './arbitrary.ts';
import { lintSarif } from './sarif-lint.ts';

const { render } = formats.sarif;
const sample = render(settle(sampleEvaluation(), sampleContext));
const parse = (text: string): Log => JSON.parse(text);

// The validator is a native program that its platform's package holds, with the schema beside it.
const multitool: string = createRequire(import.meta.url)('@microsoft/sarif-multitool');
const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);
const matchesSchema = ajv.compile(JSON.parse(readFileSync(join(dirname(multitool), 'sarif-2.1.0.json'), 'utf8')));

/** Rule ids of what Microsoft's validator reports as errors; its exit code is 0 even then, and it may write nothing at all. */
function validatorErrors(text: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-sarif-'));
  try {
    const [input, output] = [join(folder, 'in.sarif'), join(folder, 'out.sarif')];
    writeFileSync(input, text);
    execFileSync(multitool, ['validate', input, '--rule-kind', 'Sarif;Ghas', '--level', 'Error', '-o', output], {
      stdio: 'ignore',
    });
    const log = parse(readFileSync(output, 'utf8').replace(/^\ufeff/, ''));
    const notes = log.runs.flatMap(run => (run.invocations ?? []).flatMap(one => one.toolExecutionNotifications ?? []));
    return [
      ...log.runs
        .flatMap(run => run.results ?? [])
        .filter(result => result.level === 'error')
        .map(result => String(result.ruleId)),
      ...notes.filter(note => note.level === 'error').map(note => String(note.message.text)),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("the sample passes Microsoft's validator, and a broken one does not", () => {
  expect(validatorErrors(sample)).toEqual([]);
  expect(validatorErrors(sample.replace('"ruleIndex": 0', '"ruleIndex": 99'))).not.toEqual([]);
});

test('any result is SARIF that the schema and GitHub accept', () => {
  fc.assert(
    fc.property(anyResult, result => {
      const text = render(result);
      expect(matchesSchema(JSON.parse(text)) ? null : matchesSchema.errors).toBeNull();
      expect(lintSarif(text)).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

test('the schema and the lint do find faults', () => {
  expect(matchesSchema(JSON.parse(sample.replace('"level": "error"', '"level": "fatal"')))).toBe(false);
  expect(lintSarif(sample.replaceAll('physicalLocation', 'logicalLocation')).length).toBeGreaterThan(0);
  expect(lintSarif(sample.replaceAll('policies/membership.yaml', '/policies/membership.yaml')).length).toBeGreaterThan(
    0,
  );
  expect(
    lintSarif(
      sample.replaceAll(/"primaryLocationLineHash": "[^"]*"/g, '"primaryLocationLineHash": "0123456789abcdef:1"'),
    ),
  ).toContain('line hashes repeat');
});

test('only violations that stand are results, those of waivers among them; unknown, waived and fixed ones are not', () => {
  const run = parse(sample).runs[0];
  expect(new Set(run?.results?.map(result => result.ruleId))).toEqual(
    new Set(['member-missing-in-ad', 'owner-is-trusted', 'waiver-expired', 'waiver-expiring-soon', 'waiver-unused']),
  );
  const [expired] = run?.results?.filter(result => result.ruleId === 'waiver-expired') ?? [];
  expect(expired?.locations?.[0]?.physicalLocation).toMatchObject({
    artifactLocation: { uri: 'waivers.yaml' },
    region: { startLine: 3 },
  });
  expect(run?.artifacts?.map(({ location }) => location?.uri)).toContain('waivers.yaml');
  const notes = run?.invocations?.[0]?.toolExecutionNotifications ?? [];
  expect(notes.map(note => note.descriptor?.id)).toEqual(['unknown-verdict', 'missing-facts', 'missing-facts']);
  expect(notes.map(note => note.level)).toEqual(['warning', 'warning', 'note']);
  expect(run?.results?.[0]?.ruleId).toBe('owner-is-trusted');
  expect(run?.properties).toMatchObject({ waivedFindings: 1, fixedFindings: 0, counts: { unknown: 17 } });
});

test('what a subject is does not depend on names, and neither does its alert', () => {
  const locations = parse(sample).runs[0]?.results?.[0]?.locations?.[0]?.logicalLocations?.map(
    one => one.fullyQualifiedName,
  );
  expect(locations).toEqual(['ad:objectGUID/22222222-2222-4222-8222-222222222222', 'ad:objectSid/S-1-5-21-1-2-3-1104']);
});

test('only web addresses become links', () => {
  const references = ['javascript:x', 'file:///etc/passwd', 'ftp://x/y', 'https://', 'https://example.com/a b'];
  const of = (more: readonly string[]) =>
    parse(render(settle({ outcomes: [outcome(invariant('a', 'high', { references: more }), [])], gaps: [] }, context)))
      .runs[0]?.tool.driver.rules?.[0];
  expect(of(references.slice(0, 4))?.helpUri).toBeUndefined();
  expect(of(references)?.helpUri).toBe('https://example.com/a%20b');
  expect(of(references)?.help?.markdown).not.toMatch(/script|file:|ftp:/);
});

test('a run that judged nothing was no successful execution', () => {
  const runs = [
    settleFailure('source', 'connection refused', context),
    settle({ outcomes: [], gaps: [] }, context),
    settle({ outcomes: [outcome(invariant('a', 'high'), [], { outOfScope: 3 })], gaps: [] }, context),
  ].map(result => parse(render(result)).runs[0]?.invocations?.[0]);
  for (const invocation of runs) {
    expect(invocation?.executionSuccessful).toBe(false);
    expect(invocation?.toolExecutionNotifications?.[0]).toMatchObject({
      level: 'error',
      descriptor: { id: 'no-audit' },
    });
  }
  expect(runs.map(invocation => invocation?.exitCode)).toEqual([4, 3, 3]);
  const unknown = judgement('a', 'k', { verdict: 'unknown', missing: ['ad.acl'] });
  const blind = settle({ outcomes: [outcome(invariant('a', 'high'), [unknown])], gaps: [] }, context);
  expect(parse(render(blind)).runs[0]?.invocations?.[0]?.executionSuccessful).toBe(false);
  expect(parse(sample).runs[0]?.invocations?.[0]).toMatchObject({ executionSuccessful: true, exitCode: 1 });
});

test('more than 5,000 results are cut to the worst, with a notice, below 10 MB zipped', () => {
  const many = (id: string, count: number) =>
    Array.from({ length: count }, (_, index) => judgement(id, `k${index}`, { message: 'm'.repeat(2_000) }));
  const evaluation = {
    outcomes: [
      outcome(invariant('a-low', 'low'), many('a-low', 4_000)),
      outcome(invariant('b-high', 'high'), many('b-high', 3_000)),
    ],
    gaps: [],
  };
  const text = render(settle(evaluation, context));
  const run = parse(text).runs[0];
  expect(lintSarif(text)).toEqual([]);
  expect(run?.results?.length).toBe(5_000);
  expect(run?.results?.filter(result => result.ruleId === 'b-high').length).toBe(3_000);
  expect(run?.invocations?.[0]?.toolExecutionNotifications?.[0]?.message.text).toMatch(/^2000 further results/);
  expect(gzipSync(text).length).toBeLessThan(10_000_000);
});
