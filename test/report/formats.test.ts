import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { columnsOf } from '../../src/base/index.ts';
import { readResults, settle, settleFailure } from '../../src/findings/index.ts';
import { colour, formats } from '../../src/report/index.ts';
import { context, invariant, judgement, outcome, sampleContext, sampleEvaluation } from '../findings/evaluation.ts';
import { anyResult } from './arbitrary.ts';
import { golden } from './golden.ts';

const folder = fileURLToPath(new URL('golden/', import.meta.url));
const files = golden();

test.each([...files.keys()])('%s is as committed; if the change is meant: node test/report/regenerate.ts', file => {
  expect(files.get(file)).toBe(readFileSync(join(folder, `${file}.golden`), 'utf8'));
});

test('no golden file is left over', () => {
  expect(readdirSync(folder).sort()).toEqual([...files.keys()].map(file => `${file}.golden`).sort());
});

test('JSON of any result that was settled is accepted as a baseline', () => {
  fc.assert(
    fc.property(anyResult, result => {
      expect(readResults(formats.json.render(result)).run.id).toBe(result.run.id);
    }),
    { numRuns: 600 },
  );
});

test('the summary of any result is plain text within 80 columns that begins with its outcome', () => {
  fc.assert(
    fc.property(anyResult, result => {
      const text = formats.summary.render(result);
      expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
      for (const line of text.split('\n')) expect(columnsOf(line)).toBeLessThanOrEqual(80);
      expect(text.length).toBeLessThan(20_000);
      expect(text.split('\n')[2]).toMatch(/^[✓✗?!] /);
      if (result.run.outcome === 'not-performed') expect(text).toContain('No audit was performed');
    }),
    { numRuns: 150 },
  );
});

test('annotations of any result are workflow commands that nothing can break out of', () => {
  const command = /^::(error|warning|notice) ([a-zA-Z]+=[^:,\n]*)(,[a-zA-Z]+=[^:,\n]*)*::[^\r\n]+$/;
  fc.assert(
    fc.property(anyResult, result => {
      const lines = formats.github.render(result).split('\n').slice(0, -1);
      for (const line of lines) {
        expect(line.replace(/::$/, ':: ')).toMatch(command);
        expect(line.replace(/%(25|3A|2C)/g, '')).not.toContain('%');
      }
      expect(lines.length).toBeLessThanOrEqual(29);
    }),
    { numRuns: 150 },
  );
});

test('Markdown of any result holds our tables, our links, and otherwise text', () => {
  fc.assert(
    fc.property(anyResult, result => {
      const text = formats.markdown.render(result);
      expect(Buffer.byteLength(text)).toBeLessThan(1_000_000);
      const bare = text.replace(/<https?:\/\/[^<>\s]+>/g, '');
      expect(bare).not.toMatch(/[<>`[\]@~]/);
      expect(bare.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
      for (const table of tablesOf(text)) expect(new Set(table.map(row => row.split('|').length)).size).toBe(1);
    }),
    { numRuns: 150 },
  );
});

/** Runs of lines that begin with a pipe. */
function tablesOf(text: string): string[][] {
  return text
    .split(/\n(?!\|)/)
    .map(block => block.split('\n').filter(line => line.startsWith('|')))
    .filter(rows => rows.length > 0);
}

test('every report of a run that broke off says that no audit was performed', () => {
  const result = settleFailure('integrity', 'ad_group.parquet was altered', context);
  for (const { render } of Object.values(formats))
    expect(render(result)).toMatch(
      /No audit was performed: ad.*_group\.parquet|No audit was performed: ad&#95;group\.parquet/,
    );
});

test('an unknown verdict is never worded as a violation', () => {
  const unknown = judgement('a', 'k', { verdict: 'unknown', message: 'is a violation', missing: ['ad.acl'] });
  const result = settle({ outcomes: [outcome(invariant('a', 'high'), [unknown], { pass: 1 })], gaps: [] }, context);
  for (const name of ['sarif', 'markdown', 'summary', 'github'] as const)
    expect(formats[name].render(result)).not.toContain('is a violation');
});

test('many findings are counted, not listed, and Markdown stays below a megabyte', () => {
  const outcomes = Array.from({ length: 150 }, (_, index) => {
    const id = `i${String(index).padStart(3, '0')}`;
    return outcome(
      invariant(id, 'high', { remediation: '|'.repeat(5_000) }),
      Array.from({ length: 60 }, (__, key) => judgement(id, `k${key}`, { message: '|'.repeat(3_000) })),
    );
  });
  const result = settle({ outcomes, gaps: [] }, context);
  const markdown = formats.markdown.render(result);
  expect(Buffer.byteLength(markdown)).toBeLessThan(1_000_000);
  expect(markdown).toContain('… and 35 more in results.json');
  expect(markdown).toContain('cut at its size limit');
  expect(formats.summary.render(result)).toContain('… and 135 more invariants');
});

test('colour adds nothing but colour', () => {
  const plain = formats.summary.render(settle(sampleEvaluation(), sampleContext));
  const shown = colour(plain);
  expect(shown).toContain('\u001b[31m✗\u001b[0m 8 violations');
  expect(shown.replaceAll(/\p{Cc}\[\d+m/gu, '')).toBe(plain);
});
