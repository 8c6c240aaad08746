import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkExpression, reachOf } from '../../../src/policy/expression/index.ts';
import { condition } from './generator.ts';
import { catalogue, insertSql, row, tableSql } from './rows.ts';

// The claims are held against the compiled SQL on random rows, which are known in full where it counts: a NULL contradicts nothing.
test('what is said never to change never does, in any random row', async () => {
  const seed = 20_261_130;
  const rows = fc.sample(row, { numRuns: 150, seed });
  const connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
  await connection.run(tableSql);
  await connection.run(insertSql(rows));
  // Few random conditions are constant by themselves; with their opposites many are.
  const texts = fc
    .sample(condition, { numRuns: 150, seed })
    .flatMap(({ ours }) => [ours, `(${ours}) && !(${ours})`, `(${ours}) || !(${ours})`]);
  let claims = 0;
  for (const text of texts) {
    const whole = reachOf(undefined, text, catalogue).expect.find(
      ({ start, end }) => end - start >= text.length - 2 && start <= 1,
    );
    if (whole === undefined) continue;
    const checked = checkExpression(text, catalogue, 'bool');
    if (!checked.ok) continue;
    claims++;
    const [[count] = []] = (
      await connection.runAndReadAll(
        `SELECT count(*)::INTEGER FROM r WHERE (${checked.checked.sql}) IS ${whole.always ? 'FALSE' : 'TRUE'}`,
      )
    ).getRows();
    expect({ text, against: count }).toEqual({ text, against: 0 });
  }
  connection.closeSync();
  expect(claims).toBeGreaterThan(50);
}, 240_000);

const partsOf = (when: string | undefined, expectation: string) => {
  const reach = reachOf(when, expectation, catalogue, { path: 'kind', values: ['a'] });
  const cut =
    (text: string) =>
    ({ start, end, always }: { start: number; end: number; always: boolean }) =>
      `${text.slice(start, end)} ${always}`;
  return [...reach.when.map(cut(when ?? '')), ...reach.expect.map(cut(expectation))];
};

test('the outermost part is named, and parameters, absent values and free conditions are left open', () => {
  const [int = 'i', text = 's', bool = 'b'] = ['int', 'string', 'bool'].map(
    type =>
      [...catalogue.fields.values()].find(field => field.type === type && !field.nullable && !field.path.includes('.'))
        ?.path,
  );
  expect(partsOf(undefined, `${int} > 3 && ${int} < 3`)).toEqual([`${int} > 3 && ${int} < 3 false`]);
  expect(partsOf(`${int} > 3`, `${int} > 2 && ${bool}`)).toEqual([`${int} > 2 true`]);
  expect(partsOf(`${text} == "x"`, `${text} != "y"`)).toEqual([`${text} != "y" true`]);
  expect(partsOf(`!(${bool})`, `${bool} || ${text} == "x"`)).toEqual([`${bool} false`]);
  expect(partsOf(`${text}.startsWith("x")`, `${text}.startsWith("y")`)).toEqual([]);
  expect(partsOf(undefined, 'nonsense(')).toEqual([]);
});
