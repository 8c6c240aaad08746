// Where the time of an audit goes: every statement with its time and processor time, the most expensive first.
//   node test/bench/profile.ts <snapshot> [memory = 1GB] [plan-of: part of a statement]
import { argv, cpuUsage, resourceUsage, stdout } from 'node:process';
import { evaluate } from '../../src/evaluate/index.ts';
import { model } from '../../src/model/index.ts';
import { loadPolicies } from '../../src/policy/index.ts';
import { openSnapshot, type Snapshot } from '../../src/snapshot/index.ts';
import { comparedOf } from './invariants.ts';

const [path = '.', memory = '1GB', planOf] = argv.slice(2);
const root = new URL('../..', import.meta.url).pathname;
const snapshot = await openSnapshot(path, { memory, verify: false });
const asOf = Date.parse(snapshot.manifest.end);
const loaded = loadPolicies({ paths: [`${root}policies`], cwd: root, params: {}, model, asOf });
const times: { readonly seconds: number; readonly cpu: number; readonly sql: string }[] = [];
const cpuSeconds = (): number => (cpuUsage().user + cpuUsage().system) / 1e6;

type Operator = {
  readonly operator_name?: string;
  readonly operator_timing?: number;
  readonly operator_cardinality?: number;
  readonly extra_info?: Readonly<Record<string, unknown>>;
  readonly children?: readonly Operator[];
};

/** Prints the operators of a statement with their processor time and rows. */
async function explain(sql: string): Promise<void> {
  const body = sql.replace(/^CREATE TEMP TABLE "\w+" AS/, '');
  const [row = {}] = await snapshot.rows(`EXPLAIN (ANALYZE, FORMAT json) ${body}`);
  const tell = (operator: Operator, depth: number): void => {
    const info = JSON.stringify(operator.extra_info ?? {}).slice(0, 150);
    const time = (operator.operator_timing ?? 0).toFixed(2).padStart(7);
    stdout.write(
      `${time} ${String(operator.operator_cardinality ?? '').padStart(10)} ${'  '.repeat(depth)}${operator.operator_name ?? ''} ${info}\n`,
    );
    for (const child of operator.children ?? []) tell(child, depth + 1);
  };
  const [plan] = [JSON.parse(String(row.explain_value ?? Object.values(row).at(-1)))].flat();
  tell(plan, 0);
}

async function timed<T>(sql: string, work: () => Promise<T>): Promise<T> {
  const begun = performance.now();
  const cpu = cpuSeconds();
  if (planOf !== undefined && sql.includes(planOf) && !/^(DROP|CREATE TEMP VIEW)\b/.test(sql)) await explain(sql);
  try {
    return await work();
  } catch (thrown) {
    stdout.write(`failed: ${sql.slice(0, 400)}\n`);
    throw thrown;
  } finally {
    times.push({ seconds: (performance.now() - begun) / 1000, cpu: cpuSeconds() - cpu, sql });
  }
}

const watched: Snapshot = {
  ...snapshot,
  run: sql => timed(sql, () => snapshot.run(sql)),
  rows: sql => timed(sql, () => snapshot.rows(sql)),
  async *stream(sql) {
    const begun = performance.now();
    const cpu = cpuSeconds();
    yield* snapshot.stream(sql);
    times.push({ seconds: (performance.now() - begun) / 1000, cpu: cpuSeconds() - cpu, sql });
  },
};
const begun = performance.now();
try {
  await evaluate(watched, comparedOf(loaded.compiled));
} catch (thrown) {
  stdout.write(`${String(thrown)}\n`);
}
const total = (performance.now() - begun) / 1000;
for (const { seconds, cpu, sql } of times.filter(each => each.seconds > 0.05).sort((a, b) => b.cpu - a.cpu))
  stdout.write(
    `${seconds.toFixed(2).padStart(7)} ${cpu.toFixed(2).padStart(7)}  ${sql
      .replace(/--[^\n]*/g, '')
      .replace(/\s+/g, ' ')
      .slice(0, 160)}\n`,
  );
stdout.write(
  `${total.toFixed(2).padStart(7)}  all; ${times.length} statements; peak ${Math.round(resourceUsage().maxRSS / 1024)} MB\n`,
);
await snapshot.close();
