import { type CelInput, CelScalar, celEnv, celFunc, celMethod, isCelError, parse, plan } from '@bufbuild/cel';
import { strings } from '@bufbuild/cel/ext';
import { create } from '@bufbuild/protobuf';
import { DurationSchema, TimestampSchema } from '@bufbuild/protobuf/wkt';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { type Checked, checkExpression } from '../../../src/policy/expression/index.ts';
import { condition, type Pair, phrase } from './generator.ts';
import { catalogue, column, columns, type Fact, insertSql, type Row, row, tableSql } from './rows.ts';

export type Tally = {
  cases: number;
  expressions: number;
  refused: Map<string, number>;
  yes: number;
  no: number;
  unknown: number;
  disagreements: string[];
};

const clamp = (index: bigint, length: number): number =>
  Number(index < 0n ? 0n : index > BigInt(length) ? BigInt(length) : index);
function cut(text: string, start: bigint, end: bigint): string {
  const points = [...text];
  return points.slice(clamp(start, points.length), clamp(end, points.length)).join('');
}

/** Numbers of a version, without zeros at the end; throws on what is none, which CEL takes for an error. */
function numbers(version: string): readonly bigint[] {
  const parts = version.split('.');
  if (parts.length > 8 || parts.some(part => !/^[0-9]{1,9}$/.test(part))) throw new Error('no version');
  const found = parts.map(BigInt);
  while (found.at(-1) === 0n) found.pop();
  return found;
}

function isAtLeast(version: string, minimum: string): boolean {
  const [a, b] = [numbers(version), numbers(minimum)];
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const [left, right] = [a[at] ?? 0n, b[at] ?? 0n];
    if (left !== right) return left > right;
  }
  return true;
}

/** CEL as another team implements it; only substring() is ours, because tallystick's is total and counts code points, and versionAtLeast(), which CEL lacks. */
const env = celEnv({
  funcs: [
    ...strings.filter(entry => entry.name !== 'substring'),
    celFunc('versionAtLeast', [CelScalar.STRING, CelScalar.STRING], CelScalar.BOOL, isAtLeast),
    celMethod('substring', CelScalar.STRING, [CelScalar.INT], CelScalar.STRING, function (start) {
      return cut(this, start, 2n ** 63n);
    }),
    celMethod('substring', CelScalar.STRING, [CelScalar.INT, CelScalar.INT], CelScalar.STRING, function (start, end) {
      return cut(this, start, end);
    }),
  ],
});

function seconds(micros: bigint): { seconds: bigint; nanos: number } {
  const whole = micros / 1_000_000n;
  return { seconds: whole, nanos: Number(micros % 1_000_000n) * 1000 };
}

function input(type: string, fact: Exclude<Fact, undefined>): CelInput {
  if (type === 'timestamp' && typeof fact === 'bigint') return create(TimestampSchema, seconds(fact));
  if (type === 'duration' && typeof fact === 'bigint') return create(DurationSchema, seconds(fact));
  return Array.isArray(fact) ? [...fact] : (fact as CelInput);
}

/** Known facts under flat names; what is unknown has no entry, so that reading it is an error, which CEL treats as Kleene treats unknown. */
function bindings(facts: Row): Record<string, CelInput> {
  const bound: Record<string, CelInput> = {};
  for (const { path, type } of [...columns, { path: 'twin', type: 'bool' }]) {
    const fact = facts.get(path);
    if (fact !== undefined) bound[column(path)] = input(type, fact);
  }
  return bound;
}

/** Judges random conditions on random rows by both engines until `cases` are done. */
export async function battle(cases: number, seed: number): Promise<Tally> {
  return fight(cases, seed, condition, 'bool', ({ sql }) => sql);
}

/** The same for values: is each known, and if so, is it the same value? */
export async function battleOfValues(cases: number, seed: number): Promise<Tally> {
  return fight(
    cases,
    seed,
    phrase,
    'any',
    ({ sql, knownSql }) =>
      `CASE WHEN ${knownSql} THEN coalesce(CAST((${sql}) AS VARCHAR), '<absent>') WHEN NOT ${knownSql} THEN NULL ELSE 'neither known nor unknown' END`,
  );
}

const BATCH = 40;

async function fight(
  cases: number,
  seed: number,
  from: fc.Arbitrary<Pair>,
  expected: 'bool' | 'any',
  columnOf: (checked: Checked) => string,
): Promise<Tally> {
  const rows = fc.sample(row, { numRuns: 80, seed });
  const bound = rows.map(bindings);
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  await connection.run(tableSql);
  await connection.run(insertSql(rows));
  const tally: Tally = { cases: 0, expressions: 0, refused: new Map(), yes: 0, no: 0, unknown: 0, disagreements: [] };
  for (let round = 1; tally.cases < cases; round++) {
    const pairs = fc.sample(from, { numRuns: BATCH, seed: seed * 100_003 + round });
    const judged = pairs.flatMap(entry => {
      const result = checkExpression(entry.ours, catalogue, expected);
      if (result.ok) return [{ pair: entry, sql: columnOf(result.checked) }];
      for (const found of result.mistakes) tally.refused.set(found.code, (tally.refused.get(found.code) ?? 0) + 1);
      return [];
    });
    if (judged.length === 0) continue;
    const select = judged.map(({ sql }, index) => `${sql} AS c${index}`).join(',\n');
    const answers = (await connection.runAndReadAll(`SELECT ${select} FROM r ORDER BY id`)).getRows();
    for (const [index, { pair, sql }] of judged.entries()) {
      compare({ pair, sql, bound, ours: answers.map(answer => answer[index]), textual: expected === 'any' }, tally);
    }
  }
  connection.closeSync();
  return tally;
}

type Duel = {
  readonly pair: Pair;
  readonly sql: string;
  readonly bound: readonly Record<string, CelInput>[];
  readonly ours: readonly unknown[];
  readonly textual: boolean;
};

function compare({ pair, sql, bound, ours, textual }: Duel, tally: Tally): void {
  const evaluate = plan(env, parse(pair.theirs));
  tally.expressions++;
  for (const [index, facts] of bound.entries()) {
    const answer = evaluate(facts);
    const value = textual ? (answer === null ? '<absent>' : String(answer)) : answer;
    const theirs = isCelError(answer) ? null : value;
    tally.cases++;
    if (theirs === null) tally.unknown++;
    else if (theirs === false || theirs === '<absent>') tally.no++;
    else tally.yes++;
    if (ours[index] !== theirs && tally.disagreements.length < 20) {
      const reason = isCelError(answer) ? ` (${answer.message})` : '';
      tally.disagreements.push(
        `row ${index}: SQL says ${String(ours[index])}, CEL says ${String(theirs)}${reason}\n  ${pair.ours}\n  ${sql}`,
      );
      return;
    }
  }
}
