import { functions, LIMITS, operatorRows } from '../policy/index.ts';
import { cell, code, page, table } from './markdown.ts';
import type { Site } from './site.ts';

/** functions.md: the language of expressions. */
export function functionsPage(site: Site): string {
  const operators = new Map<string, readonly string[]>();
  for (const { operator, left, right, result, divides } of operatorRows) {
    const rows = operators.get(operator) ?? [];
    operators.set(operator, [
      ...rows,
      `${left} ${operator} ${right} → ${result}${divides ? ' (by a literal other than zero)' : ''}`,
    ]);
  }
  return page('src/policy/expression/', site.command, [
    '# Functions and operators',
    `Expressions are [CEL](https://cel.dev), without loops, without side effects, type-checked before anything is read. How to use them: ${site.guide('policies', 'policies.md')}.`,
    '## Functions',
    table(
      ['signature', 'meaning'],
      functions.map(({ signature, description }) => [code(signature), cell(description)]),
    ),
    '## Operators',
    '`&&`, `||`, `!` and `test ? yes : no` take conditions. `==` and `!=` compare values of one type, also absent ones: `null` is an ordinary value. `in` asks whether a value is in a list.',
    table(
      ['operator', 'on'],
      [...operators].map(([operator, rows]) => [code(operator), rows.map(code).join('<br>')]),
    ),
    'Whole numbers have 64 bits; a result beyond them is unknown, never wrong. Types never change silently: write `string(…)` or `double(…)`, or the checker says what does not fit.',
    '## Limits',
    table(
      ['of', 'at most'],
      [
        ['characters of an expression', LIMITS.text],
        ['characters of a message', LIMITS.template],
        ['parts of an expression', LIMITS.nodes],
        ['nesting', LIMITS.depth],
        ['items of a list literal', LIMITS.list],
        ['characters of a pattern', LIMITS.pattern],
      ].map(row => row.map(String)),
    ),
  ]);
}
