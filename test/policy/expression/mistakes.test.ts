import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkExpression, checkTemplate, LIMITS } from '../../../src/policy/expression/index.ts';
import { condition } from './generator.ts';
import { sample } from './sample.ts';

/** Text with the offending part between « and ». */
function marked(text: string): { text: string; start: number; end: number } {
  const start = text.indexOf('«');
  const end = text.indexOf('»') - 1;
  return { text: text.replace('«', '').replace('»', ''), start, end };
}

// code, expression with the underlined part, part of the message or hint
const table: readonly (readonly [string, string, string])[] = [
  ['syntax', 'count «=» 1', '=='],
  ['syntax', 'count == 1 &&«»', 'end of the expression'],
  ['syntax', '(count == 1«»', '")"'],
  ['syntax', 'name == «“»a”', 'straight quotes'],
  ['syntax', 'name == «"a»', 'Unterminated'],
  ['syntax', '« »', 'empty'],
  ['syntax', '«while» == 1', 'reserved'],
  ['unknown-field', '«nmae» == "a"', 'Did you mean name'],
  ['unknown-field', 'group.ad.«dnn» == "a"', 'Did you mean group.ad.dn'],
  ['unknown-field', 'has(group.ad.«mial»)', 'Did you mean group.ad.mail'],
  ['unknown-field', '«whatever» == "a"', 'Names here begin with: seen, flag'],
  ['unknown-field', 'group.«adx».mail == "a"', 'Did you mean group.ad'],
  ['unknown-field', '«dn» == "a"', 'group.ad.dn'],
  ['unknown-field', 'name.«size» == 3', 'name is a string'],
  ['unknown-field', 'tags.exists(t, t.«x» == "a")', 'no fields'],
  ['not-a-value', '«group.ad» == "a"', 'is an object'],
  ['wrong-type', '«name == 3»', 'string and int'],
  ['wrong-type', 'seen && «count + ratio» > 1', 'double('],
  ['wrong-type', '(«count + ratio») > 1', 'int and double'],
  ['wrong-type', '«(count + 1) * (ratio + 1.0)» > 1', 'int and double'],
  ['wrong-type', '«ratio > 1»', '1.0'],
  ['wrong-type', '«made > "2026-01-01"»', 'timestamp('],
  ['wrong-type', '«count»', 'bool'],
  ['wrong-type', 'seen && «name»', 'Compare it'],
  ['wrong-type', '!«count»', 'must be bool'],
  ['wrong-type', '«-name» == "a"', 'negate'],
  ['wrong-type', 'count in «name»', 'needs a list'],
  ['wrong-type', '«count in tags»', 'int and string[]'],
  ['wrong-type', '«name».exists(x, x == "a")', 'needs a list'],
  ['wrong-type', 'name in ["a", «1»]', 'one type'],
  ['wrong-type', '(«seen ? "a" : 2») == "a"', 'one type'],
  ['wrong-type', 'count < «null»', 'null'],
  ['wrong-type', 'tags.all(t, «size(t)»)', 'must be bool'],
  ['wrong-arguments', '«name.startsWith(3)»', 'startsWith(string)'],
  ['wrong-arguments', '«startsWith(name, "a")»', 'name.startsWith("a")'],
  ['wrong-arguments', '«tags.exists("a")»', 'exists(x, condition)'],
  ['wrong-arguments', 'has(«1 + 2»)', 'path'],
  ['wrong-arguments', 'name.matches(«label»)', 'literal'],
  ['unknown-function', '«name.startWith("a")»', 'startsWith()'],
  ['unknown-function', '«tags.map(t, t)» == tags', 'exists'],
  ['unknown-function', '«now()» > made', 'asOf'],
  ['not-supported', '«tags[0]» == "a"', 'Indexing'],
  ['not-supported', 'name in «{"a": 1}»', 'Maps'],
  ['not-supported', 'name == «b"a"»', 'Bytes'],
  ['not-supported', 'count == «1u»', 'Unsigned'],
  ['not-supported', 'name in [«label»]', 'literals only'],
  ['not-supported', 'count / «0» > 1', 'other than zero'],
  ['not-supported', 'count % «total» > 1', 'other than zero'],
  ['not-supported', '(«seen ? name : label»).x == "a"', 'Only fields'],
  ['bad-literal', 'made > timestamp(«"2026-02-30T00:00:00Z"»)', 'RFC 3339'],
  ['bad-literal', 'grace > duration(«"1d"»)', '24h'],
  ['bad-literal', 'grace > duration(«"1ns"»)', 'microsecond'],
  ['bad-literal', 'versionAtLeast(name, «"2.5-rc"»)', 'whole numbers'],
  ['wrong-arguments', '«name.versionAtLeast("2.5")»', 'versionAtLeast(string, string)'],
  ['constant', '«versionAtLeast("2.5", "2.4")»', 'every row'],
  ['may-be-absent', 'versionAtLeast(«mail», "2.4")', 'has(mail)'],
  ['bad-literal', 'count == «9223372036854775808»', '64 bits'],
  ['bad-literal', 'name == «"a\\x00"»', 'NUL'],
  ['bad-literal', 'name == «r"a\\""»', 'quote'],
  ['bad-pattern', 'name.matches(«"(?=a)"»)', 'RE2'],
  ['bad-pattern', 'name.matches(«"(a{500}){500}"»)', 'RE2'],
  ['bad-pattern', 'name.matches(«"\\\\p{L}{900}"»)', 'too large'],
  ['bad-pattern', 'name.matches(«"(?<n>a)"»)', 'names a group'],
  ['may-be-absent', '«mail».startsWith("a")', 'has(mail)'],
  ['may-be-absent', '«group.ad.dn».startsWith("a")', 'may be absent'],
  ['may-be-absent', 'has(group.ad) && «group.ad.mail».startsWith("a")', 'has(group.ad.mail)'],
  ['may-be-absent', '«quota» < 3', 'has(quota)'],
  ['may-be-absent', 'seen ? has(mail) : size(«mail») > 3', 'has(mail)'],
  ['may-be-absent', 'has(mail) || «mail».startsWith("a")', 'has(mail)'],
  ['may-be-absent', '(has(mail) || seen) && «mail».startsWith("a")', 'has(mail)'],
  ['may-be-absent', '(«seen ? mail : name»).startsWith("a")', 'may be absent'],
  ['may-be-absent', '«maybe»', 'compare with true'],
  ['may-be-absent', '!«maybe»', 'has(maybe)'],
  ['constant', 'kind == «"grup"»', '"group"'],
  ['constant', '«"other"» != kind', 'It is one of'],
  ['constant', 'kind in ["user", «"grup"»]', '"group"'],
  ['constant', '«count == count»', 'itself'],
  ['constant', '«count <= count»', 'itself'],
  ['constant', '«name == null»', 'never absent'],
  ['constant', '«has(tags)»', 'size(tags) > 0'],
  ['constant', '«has(name)»', 'never absent'],
  ['constant', '«1 == 1»', 'reads no field'],
  ['constant', 'seen || «"ab".startsWith("a")»', 'reads no field'],
  ['constant', '«name in []»', 'empty'],
  ['constant', '«[].exists(x, x == name)»', 'empty'],
  ['constant', '«true» ? seen : flag', 'reads no field'],
  ['shadowed-name', 'tags.exists(«name», name == "a")', 'another name'],
  ['shadowed-name', 'tags.exists(t, kinds.exists(«t», t == "Unified"))', 'another name'],
];

describe('every kind of mistake', () => {
  test.each(table)('%s: %s', (code, source, expected) => {
    const { text, start, end } = marked(source);
    const result = checkExpression(text, sample, 'bool');
    if (result.ok) throw new Error(`no mistake found; it compiles to ${result.checked.sql}`);
    expect(result.mistakes).toHaveLength(1);
    expect(result.mistakes[0]).toMatchObject({ code, start, end });
    expect(`${result.mistakes[0]?.message} ${result.mistakes[0]?.hint}`).toContain(expected);
  });

  test('all of them are reported at once, in order', () => {
    const result = checkExpression('nmae == "a" && mail.startsWith(3) && count == "x" || foo(bar)', sample, 'bool');
    expect(result.ok ? [] : result.mistakes.map(found => [found.code, found.start])).toEqual([
      ['unknown-field', 0],
      ['may-be-absent', 15],
      ['wrong-type', 37],
      ['unknown-function', 53],
      ['unknown-field', 57],
    ]);
  });
});

describe('guards', () => {
  test.each([
    'has(mail) && mail.startsWith("a")',
    'mail != null && mail.startsWith("a")',
    'null != mail && seen && (flag || mail.startsWith("a"))',
    '!has(mail) || mail.startsWith("a")',
    'mail == null || mail.startsWith("a")',
    '!(mail == null) && mail.startsWith("a")',
    '!(has(mail) && flag) || mail.startsWith("a")',
    'has(mail) ? mail.startsWith("a") : flag',
    'mail == null ? flag : mail.startsWith("a")',
    'mail == "ab" && mail.startsWith("a")',
    'mail in ["ab"] && mail.startsWith("a")',
    'has(group.ad) && group.ad.dn.startsWith("a")',
    'has(group.ad.mail) && group.ad.dn.startsWith("a")',
    'group.ad != null && group.ad.dn.startsWith("a")',
    '(has(mail) && seen || has(mail) && flag) && mail.startsWith("a")',
    'has(quota) && tags.exists(t, size(t) > quota)',
    '(has(mail) ? mail : name).startsWith("a")',
    'group.ad.mail == "a"',
    'mail in ["a"] || quota != 3',
    'size(group.ad.names) == 0',
    'maybe == true',
    'false',
  ])('%s', text => {
    expect(checkExpression(text, sample, 'bool')).toMatchObject({ ok: true });
  });

  test('what `when` guards is guarded in `expect`', () => {
    expect(checkExpression('group.ad.dn.startsWith("a")', sample, 'bool', 'seen && has(group.ad)').ok).toBe(true);
    expect(checkExpression('group.ad.dn.startsWith("a")', sample, 'bool', 'seen || has(group.ad)').ok).toBe(false);
    expect(checkExpression('seen', sample, 'bool', 'nonsense(').ok).toBe(true);
  });
});

describe('limits', () => {
  const tooLarge = (text: string): void => {
    const result = checkExpression(text, sample, 'bool');
    expect(result.ok ? 'ok' : result.mistakes.map(found => found.code)).toEqual(['too-large']);
  };
  test('length', () => tooLarge(`name == "${'a'.repeat(LIMITS.text)}"`));
  test('nodes', () => tooLarge(Array.from({ length: 300 }, () => 'count == 1').join(' && ')));
  test('parentheses', () => tooLarge(`${'('.repeat(2000)}seen${')'.repeat(2000)}`));
  test('unclosed brackets', () => tooLarge('['.repeat(4000)));
  test('negations', () => tooLarge(`${'!'.repeat(4000)}seen`));
  test('a long chain of sums', () => tooLarge(`count${' + 1'.repeat(60)} > 1`));
  test('a long list', () => tooLarge(`count in [${'1,'.repeat(300)}]`));
  test('unrolled macros within macros', () => {
    const list = `[${Array.from({ length: 16 }, (_, index) => `"${index}"`).join(',')}]`;
    tooLarge(`${list}.all(a, ${list}.all(b, ${list}.all(c, ${list}.all(d, a + b + c + d != name))))`);
  });
  test('nested conditionals whose SQL doubles at every level', () => {
    const level = (inner: string): string => `((${inner}) ? quota : null) == 1`;
    tooLarge(Array.from({ length: 14 }).reduce<string>(level, 'quota == 2'));
  });
  test('a flat chain is not deep', () => {
    expect(checkExpression(Array.from({ length: 100 }, () => 'count == 1').join(' && '), sample, 'bool').ok).toBe(true);
  });
});

describe('hostile text', () => {
  const harmless = (text: string): void => {
    for (const result of [checkExpression(text, sample, 'bool'), checkTemplate(text, sample)]) {
      if (result.ok) continue;
      expect(result.mistakes.length).toBeGreaterThan(0);
      for (const { start, end, message } of result.mistakes) {
        expect(0 <= start && start <= end && end <= text.length).toBe(true);
        expect(message).toMatch(/\S.*\.$/s);
      }
    }
  };
  const options = { numRuns: 1500, seed: 4 };
  test('any text gives a result or mistakes within the text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 80 }), harmless), options);
  });
  const tokens = [
    'name',
    'mail',
    'group',
    'ad',
    '.',
    '(',
    ')',
    '[',
    ']',
    '"a"',
    "'",
    '"',
    '{{',
    '}}',
    '1',
    '1.5e',
    '0x',
    '&&',
    '||',
    '!',
    '-',
    '==',
    '<',
    'in',
    '?',
    ':',
    ',',
    'has',
    'tags',
    'exists',
    'x',
    'matches',
    'r"\\',
    '\\',
    '//',
    '\n',
    ' ',
    '{',
    '}',
    'null',
    'true',
    '𝒳',
    '\ud800',
    'cel.bind',
    '__proto__',
    'constructor',
  ];
  test('any sequence of tokens', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...tokens), { maxLength: 25 }).map(parts => parts.join('')),
        harmless,
      ),
      { ...options, numRuns: 4000 },
    );
  });
  test('valid expressions with a piece cut out, doubled or put elsewhere', () => {
    const mutated = fc
      .tuple(condition, fc.nat(), fc.nat(), fc.nat(), fc.constantFrom(...tokens))
      .map(([{ ours }, a, b, c, token]) => {
        const [from, to] = [a % ours.length, b % ours.length].sort((x, y) => x - y);
        const piece = ours.slice(from, to);
        return (
          [
            ours.replace(piece, ''),
            ours.replace(piece, piece + piece),
            ours.slice(0, c % ours.length) + token + ours.slice(c % ours.length),
          ][c % 3] ?? ours
        );
      });
    fc.assert(fc.property(mutated, harmless), options);
  });
  test.each([
    'constructor == 1',
    '__proto__ == 1',
    'group.constructor == 1',
    'toString() == 1',
    'has(group.__proto__.x)',
    'name.constructor("a")',
  ])('%s is unknown', text => {
    const result = checkExpression(text, sample, 'bool');
    expect(result.ok).toBe(false);
  });
});
