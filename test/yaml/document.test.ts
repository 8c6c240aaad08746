import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { dump, EVENT_ID, getScalarValue, load, parseEvents } from 'js-yaml';
import { readDocument } from '../../src/yaml/index.ts';
import { traceScalar } from '../../src/yaml/scalar.ts';

const read = (text: string) => readDocument(Buffer.from(text), 'file.yaml');

/** The text that a position covers; it must lie on one line. */
function covered(text: string, at: { line: number; column: number; endColumn?: number }): string {
  return (text.split(/\r\n?|\n/)[at.line - 1] ?? '').slice(at.column - 1, (at.endColumn ?? 0) - 1);
}

const plain = fc.jsonValue({ maxDepth: 4, noUnicodeString: false });

test('values are those of js-yaml itself', () => {
  fc.assert(
    fc.property(plain, fc.boolean(), (value, flow) => {
      const text = dump(value, flow ? { flowLevel: 1 } : {});
      const reading = read(text);
      fc.pre(value !== null);
      expect(reading.ok && JSON.stringify(reading.document.value)).toBe(JSON.stringify(load(text)));
    }),
    { numRuns: 1000, seed: 20261123 },
  );
});

const pieces = [
  'a',
  'b c',
  '  ',
  "''",
  '\\n',
  '\\u0041',
  '\\\\',
  '\\"',
  '\n  ',
  '\n\n  ',
  '\n   ',
  '\r\n  ',
  ' # ',
  'é',
  '😀',
  '\t',
  '\\\n  ',
  '-',
  '\\x41',
];

test('every character of a scalar is traced to where it is written', () => {
  const styles: ((body: string) => string)[] = [
    body => `k: x${body}`,
    body => `k: '${body}'`,
    body => `k: "${body}"`,
    body => `k: |\n  x${body}\n`,
    body => `k: >\n  x${body}\n\n`,
    body => `k: |-\n  ${body}\n`,
    body => `k: >+\n  ${body}\n\n\n`,
    body => `k: |2\n   ${body}`,
  ];
  let traced = 0;
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 8 }), fc.constantFrom(...styles), (body, style) => {
      const source = style(body.join(''));
      let events: ReturnType<typeof parseEvents>;
      try {
        events = parseEvents(source, {});
      } catch {
        return;
      }
      for (const event of events) {
        if (event.type !== EVENT_ID.SCALAR || event.valueStart < 0) continue;
        const { text, offsets } = traceScalar(source, event);
        expect(text).toBe(getScalarValue(source, event));
        expect(offsets).toHaveLength(text.length + 1);
        for (const [index, letter] of [...text].entries()) {
          const at = offsets[[...text].slice(0, index).join('').length] ?? -1;
          if (/[abcé😀x]/u.test(letter)) expect(source.slice(at, at + letter.length)).toBe(letter);
        }
        traced++;
      }
    }),
    { numRuns: 4000, seed: 20261123 },
  );
  expect(traced).toBeGreaterThan(4000);
});

test('keys and values are found by pointer', () => {
  const text = 'a:\n  - b: "x y"\n    c/d~: [1, { e: 2 }]\n  -\nf: |\n  text\n';
  const reading = read(text);
  if (!reading.ok) throw new Error('not read');
  const { at } = reading.document;
  const show = (pointer: string, part?: 'key' | 'value') => covered(text, at(pointer, part));
  expect(show('/a', 'key')).toBe('a');
  expect(show('/a/0/b')).toBe('"x y"');
  expect(show('/a/0', 'key')).toBe('b');
  expect(show('/a/0/c~1d~0', 'key')).toBe('c/d~');
  expect(show('/a/0/c~1d~0')).toBe('[1, { e: 2 }]');
  expect(show('/a/0/c~1d~0/1')).toBe('{ e: 2 }');
  expect(show('/a/0/c~1d~0/1/e')).toBe('2');
  expect(at('/a/1')).toMatchObject({ line: 3 });
  expect(show('/a/0/b/no/such')).toBe('"x y"');
});

test('a position inside a scalar is the place in the file', () => {
  const text = "a: 'it''s x'\nb: >-\n  one\n  two\nc: \"\\u0041 z\"\r\n";
  const reading = read(text);
  if (!reading.ok) throw new Error('not read');
  const { inScalar } = reading.document;
  expect(covered(text, inScalar('/a', 5, 1))).toBe('x');
  expect(inScalar('/b', 4, 3)).toMatchObject({ line: 4, column: 3, endLine: 4, endColumn: 6 });
  expect(covered(text, inScalar('/c', 0, 3))).toBe('\\u0041 z');
  expect(covered(text, inScalar('/c', 2, 1))).toBe('z');
  expect(inScalar('/c', 3, 0)).toMatchObject({ line: 5, column: 13 });
});

test('keys of objects cannot reach a prototype', () => {
  const reading = read('__proto__: { admin: true }\nconstructor: x\n');
  expect(reading.ok && Object.keys(Object(reading.document.value))).toEqual(['__proto__', 'constructor']);
  expect(Reflect.get({}, 'admin')).toBeUndefined();
});

test('random bytes are read or refused, in bounds', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
      const reading = readDocument(bytes, 'x');
      if (!reading.ok) for (const { at } of reading.problems) expect(at?.line).toBeGreaterThan(0);
    }),
    { numRuns: 2000, seed: 20261123 },
  );
});

test('a private document keeps its text to itself', () => {
  const secrets = [
    'p: *hunter2',
    'p: !hunter2 x',
    'p: hunter2\np: hunter2',
    'p: "hunter2',
    '{p:hunter2: [',
    '%TAG !hunter2 x',
    '? [hunter2]\n: x',
    'p: !!hunter2!x y',
    '&hunter2',
  ];
  for (const text of secrets) {
    const reading = readDocument(Buffer.from(text), 'x', { isPrivate: true });
    if (!reading.ok) expect(JSON.stringify(reading.problems)).not.toContain('hunter2');
  }
  expect(secrets.filter(text => !read(text).ok).length).toBeGreaterThan(6);
});

test('a thousand duplicate keys do not give a thousand problems', () => {
  const reading = read('a: 1\n'.repeat(1000));
  expect(!reading.ok && reading.problems.length).toBe(11);
});
