import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { columnsOf, escapeMarkdown, escapeTerminal, fitColumns, joinWithin, truncate } from '../../src/base/index.ts';

const texts = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.array(fc.nat(0xffff)).map(units => String.fromCharCode(...units)),
);

const decode = (text: string) => text.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));

test('terminal text holds no control, format or lone surrogate character and no line break', () => {
  fc.assert(fc.property(texts, text => !/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u.test(escapeTerminal(text))));
  expect(escapeTerminal('a\u001b[31m\r\nb\u202ec')).toBe('a\\u{1b}[31m b\\u{202e}c');
  expect(escapeTerminal('\ud800x')).toBe('\\u{d800}x');
});

test('Markdown text says what the terminal text says and nothing that Markdown would read', () => {
  fc.assert(
    fc.property(texts, text => {
      const escaped = escapeMarkdown(text);
      expect(decode(escaped)).toBe(escapeTerminal(text).trim());
      expect(escaped.replace(/&#\d+;/g, '§')).not.toMatch(
        /[&<>`*_[\]#|~@\\$\n]|:\/\/|^[-+=]|^\d{1,9}[.)](\s|$)|www\./i,
      );
    }),
  );
  expect(escapeMarkdown('<b>| [x](y) 1. `a`')).toBe('&#60;b&#62;&#124; &#91;x&#93;(y) 1. &#96;a&#96;');
  expect(escapeMarkdown('12. x')).toBe('12&#46; x');
  expect(escapeMarkdown('at 09:00:00, see https://x')).toBe('at 09:00:00, see https&#58;//x');
});

test('truncating keeps the limit and never halves a character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme-composite' }), fc.nat(20), (text, limit) => {
      const cut = truncate(text, limit);
      expect(cut.length).toBeLessThanOrEqual(limit);
      expect(/\p{Cs}/u.test(cut)).toBe(false);
      if (text.length <= limit) expect(cut).toBe(text);
    }),
  );
  expect(truncate('ab😀cd', 4)).toBe('ab…');
});

test('fitting counts wide characters twice', () => {
  expect(columnsOf('日本a')).toBe(5);
  expect(fitColumns('日本語a', 4)).toBe('日…');
  fc.assert(fc.property(texts, fc.nat(30), (text, columns) => columnsOf(fitColumns(text, columns)) <= columns));
});

test('joining keeps the limit in bytes and says when something is left out', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), fc.integer({ min: 20, max: 99 }), (sections, limit) => {
      const text = joinWithin(sections, limit, 'the rest is cut');
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(limit);
      expect(text === `${sections.join('\n\n')}\n` || text.endsWith('the rest is cut\n')).toBe(true);
    }),
  );
  expect(joinWithin(['é'.repeat(50)], 60, 'cut')).toBe('cut\n');
});
