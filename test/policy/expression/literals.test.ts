import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkExpression, checkTemplate, type FieldType, literalSql } from '../../../src/policy/expression/index.ts';
import { sample } from './sample.ts';

let connection: DuckDBConnection;
beforeAll(async () => {
  connection = await (await DuckDBInstance.create(':memory:')).connect();
});
afterAll(() => connection.closeSync());

async function value(sql: string): Promise<unknown> {
  return (await connection.runAndReadAll(`SELECT ${sql}`)).getRows()[0]?.[0];
}

function textSql(expression: string): string {
  const result = checkExpression(expression, sample, 'any');
  if (!result.ok) throw new Error(JSON.stringify(result.mistakes));
  return result.checked.textSql;
}

/** Any text as a CEL literal. */
const cel = (text: string): string =>
  `"${[...text].map(point => `\\U${(point.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`).join('')}"`;
const wellFormed = fc.string({ unit: 'binary', maxLength: 40 }).filter(text => !text.includes('\0'));
const hostile = [
  "'",
  "''",
  "'; DROP TABLE r; --",
  '\\',
  "\\'",
  '$1',
  '?',
  '--',
  '/*',
  '";',
  '\r\n',
  '\u2028',
  "E'\\x27'",
  '$$',
  '{{',
  '\u202e',
  '😀',
];

describe('no literal can break out of its quotes', () => {
  test.each(hostile)('%j', async text => {
    expect(await value(textSql(cel(text)))).toBe(text);
  });
  test('any text survives CEL, SQL and back', async () => {
    await fc.assert(
      fc.asyncProperty(wellFormed, async text => expect(await value(textSql(cel(text)))).toBe(text)),
      { numRuns: 400, seed: 5 },
    );
  });
  test('any text survives as a parameter', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(wellFormed, { maxLength: 4 }), async texts => {
        const result = literalSql('string[]', texts);
        expect(result.ok && (await value(`array_to_string(${result.sql}, '|')`))).toBe(texts.join('|'));
      }),
      { numRuns: 300, seed: 6 },
    );
  });
  test('and as a pattern', async () => {
    for (const text of hostile) {
      const escaped = text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
      const sql = textSql(`string(name.matches(${cel(escaped)}))`);
      expect(await value(sql.replace(/\bname\b/, "concat('x', chr(39), 'y')").replace('k_x', 'true'))).toBe(
        text === "'" ? 'true' : 'false',
      );
    }
  });
  test('identifiers come from the catalogue alone', () => {
    for (const text of ['"a; DROP"', 'name; DROP', 'name -- x', 'name /* x */']) {
      const result = checkExpression(`${text} == "a"`, sample, 'bool');
      if (result.ok) expect(result.checked.sql).not.toMatch(/DROP|--|\/\*/);
    }
  });
});

describe('values of literals', () => {
  test.each([
    ['string(9223372036854775807)', '9223372036854775807'],
    ['string(-9223372036854775808)', '-9223372036854775808'],
    ['string(0x1F)', '31'],
    ['0.8', '0.8'],
    ['string(2.0)', '2'],
    ['string(1.5e3)', '1500'],
    ['r"\\d"', '\\d'],
    ['"\\u00e4\\x41\\101\\n"', 'äAA\n'],
    ["'''a'b'''", "a'b"],
    ['size("👩‍🔧")', '3'],
    ['size("e\\u0301")', '2'],
    ['"a👍b".substring(1, 2)', '👍'],
    ['"abc".substring(-5, 2)', 'ab'],
    ['"abc".substring(2, 1)', ''],
    ['"abc".substring(9223372036854775807)', ''],
    ['"ÄAı".lowerAscii()', 'Äaı'],
    ['"\\u00a0\\u2003 a\\t".trim()', 'a'],
    ['-7 / 2', '-3'],
    ['-7 % 3', '-1'],
    ['duration("1h30m")', '5400s'],
    ['duration("-1.5s")', '-1.5s'],
    ['duration("0")', '0s'],
    ['timestamp("2026-01-31T00:00:00+02:00")', '2026-01-30T22:00:00Z'],
    ['timestamp("2026-01-31T00:00:00.250Z") + duration("24h")', '2026-02-01T00:00:00.25Z'],
    ['timestamp("2026-02-01T00:00:00Z") - timestamp("2026-01-31T23:59:59.999999Z")', '0.000001s'],
    ['["a", "b"]', 'a, b'],
    ['9223372036854775807 + 1', null],
    ['-9223372036854775808 / -1', null],
    ['4611686018427387904 * 4', null],
  ])('%s is %j', async (expression, expected) => {
    expect(await value(textSql(expression))).toBe(expected);
  });
});

describe('versions are compared as numbers, part by part; what is none has no answer', () => {
  test.each([
    ['2.5.76.0', 'true'],
    ['2.5.76', 'true'],
    ['2.10', 'true'],
    ['02.5.76.1', 'true'],
    ['3', 'true'],
    ['2.5.75.999999999', 'false'],
    ['2.5', 'false'],
    ['', null],
    ['2.5.76.0 ', null],
    ['2.5.76.', null],
    ['2.5.76-rc', null],
    ['1000000000', null],
    ['9.9.9.9.9.9.9.9.9', null],
  ])('%j is at least 2.5.76.0: %j', async (text, expected) => {
    const sql = textSql('string(versionAtLeast(name, "2.5.76.0"))').replace('k_x', 'true');
    expect(await value(sql.replaceAll(/\bname\b/g, `'${text}'`))).toBe(expected);
  });
});

describe('parameters', () => {
  const refused: readonly (readonly [FieldType, unknown])[] = [
    ['int', 1.5],
    ['int', '1'],
    ['int', 2 ** 53],
    ['double', Number.NaN],
    ['double', '1'],
    ['bool', 'true'],
    ['string', 1],
    ['string', 'a\0'],
    ['string', '\ud800'],
    ['timestamp', '2026-13-01T00:00:00Z'],
    ['timestamp', 'yesterday'],
    ['timestamp', new Date(Number.NaN)],
    ['duration', '1d'],
    ['duration', 5],
    ['string[]', 'a'],
    ['string[]', ['a', 1]],
  ];
  test.each(refused)('%s refuses %p', (type, given) => {
    expect(literalSql(type, given)).toMatchObject({ ok: false, message: expect.any(String) });
  });
  test.each<readonly [FieldType, unknown, string]>([
    ['int', 50_000, '50000'],
    ['double', 0.8, '0.8'],
    ['bool', true, 'true'],
    ['timestamp', new Date('2026-01-31T00:00:00Z'), '2026-01-31 00:00:00'],
    ['duration', '24h', '86400000000'],
    ['string[]', [], '[]'],
  ])('%s takes %p', async (type, given, expected) => {
    const result = literalSql(type, given);
    expect(result.ok && (await value(`CAST(${result.sql} AS VARCHAR)`))).toBe(expected);
  });
});

test('what our RE2 accepts, the database accepts', async () => {
  const patterns = [
    '^a',
    '(?i)^smtp:',
    '[[:alpha:]]+',
    '\\p{Greek}{100}',
    '\\pL',
    '(?P<n>a)',
    'a{1000}',
    '\\Qa.b\\E',
    '[\\d-z]',
    '(?U)a+',
    '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$',
    '(?:.{0,100}){10}',
    '\\x{1F600}',
    '{',
    'a{,5}',
    '(|a)*',
    '\\b\\B\\A\\z',
  ];
  for (const pattern of patterns)
    expect(typeof (await value(textSql(`string(label.matches(${cel(pattern)}))`).replace(/\blabel\b/, "'abc'")))).toBe(
      'string',
    );
});

describe('templates', () => {
  test('text and values alternate, strings may hold braces', () => {
    const result = checkTemplate('{{label}} is not in {{group.ad.dn}}: {{"}}" + label}}.', sample);
    expect(result.ok && result.template.parts.map(part => ('text' in part ? part.text : part.textSql))).toEqual([
      'label',
      ' is not in ',
      'CASE WHEN k_ad THEN group_ad_dn END',
      ': ',
      "('}}' || label)",
      '.',
    ]);
    expect(result.ok && [result.template.reads, result.template.facets]).toEqual([
      ['group.ad.dn', 'label'],
      ['ad', 'run'],
    ]);
  });
  test('mistakes are placed in the whole message', () => {
    const text = 'a {{labl}} b {{mail.trim()}} {{ }} {{label';
    const result = checkTemplate(text, sample);
    expect(result.ok ? [] : result.mistakes.map(found => [found.code, text.slice(found.start, found.end)])).toEqual([
      ['unknown-field', 'labl'],
      ['may-be-absent', 'mail'],
      ['syntax', ' '],
      ['syntax', '{{'],
    ]);
  });
  test('what the invariant guards is guarded', () => {
    expect(checkTemplate('{{mail.trim()}}', sample, 'has(mail)').ok).toBe(true);
  });
});

test('an absent or unread fact shows in sql and knownSql', () => {
  const result = checkExpression('group.ad.mail', sample, 'any');
  expect(result.ok && result.checked).toMatchObject({
    type: 'string',
    nullable: true,
    sql: 'CASE WHEN k_ad THEN group_ad_mail END',
    knownSql: 'coalesce(k_ad, false)',
    reads: ['group.ad.mail'],
    facets: ['ad'],
  });
});

test('facts that are read together share one condition, and known ones need none', () => {
  const sql = (text: string): string => {
    const result = checkExpression(text, sample, 'bool');
    return result.ok ? result.checked.sql : JSON.stringify(result.mistakes);
  };
  expect(sql('flag && total > 3 && label == "a"')).toBe("(flag AND (total > 3) AND (label = 'a'))");
  expect(sql('seen && count > 3 || !flag')).toBe('(CASE WHEN k_x THEN (seen AND (count > 3)) END OR (NOT flag))');
});
