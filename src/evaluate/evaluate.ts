import { AuditError, inputError, type Problem } from '../base/index.ts';
import {
  model as builtIn,
  type Classes,
  classesFor,
  fromClause,
  type Model,
  type Population,
  relationStatements,
} from '../model/index.ts';
import type { CompiledInvariant } from '../policy/index.ts';
import { apartOf, earlierOf, type Snapshot } from '../snapshot/index.ts';
import { failureOf, type Judged, lookupFailures, unknownOf, unknownSql } from './findings-query.ts';
import { type Coverage, readCoverage } from './gaps.ts';
import type { Counts, Evaluation, Judgement, Outcome, Selections } from './judgement.ts';
import { readNotes } from './notes.ts';
import { facetsOf, readingsOf, toldOf } from './reading.ts';
import { scriptOf } from './script.ts';
import { codes, failsAny, hasCode, judgeSql, keptColumns, verdictSql, verdictsPerCode } from './verdict.ts';

/** Invariants over one population that are judged in one scan. */
type Scan = {
  readonly population: Population;
  readonly table: string;
  readonly judged: readonly Judged[];
  readonly sql: string;
  /** Set when rows that are alike were judged as one. */
  readonly classes: Classes | undefined;
};

/**
 * Judges every invariant on a snapshot: one scan per population, in which passing rows are counted inside the database and only the others leave it.
 * Violations also say which of `selections` hold for them. The snapshot's session keeps the temporary relations; evaluate a snapshot once per opening. With
 * `made` the session has all relations already. Throws AuditError('bug') for SQL that fails.
 */
export async function evaluate(
  snapshot: Snapshot,
  invariants: readonly CompiledInvariant[],
  {
    relations = 'make',
    model = builtIn,
    selections = new Map(),
  }: { readonly relations?: 'make' | 'made'; readonly selections?: Selections; readonly model?: Model } = {},
): Promise<Evaluation> {
  const scans = planScans(invariants, selections, model);
  const own = [...new Set(scans.map(scan => scan.population))].filter(population => population.own !== undefined);
  const later = scans.flatMap(scan => [
    ...(lookupFailures(scan.judged)?.statements ?? []),
    ...scan.judged.map(unknownSql),
    scan.classes === undefined ? '' : `FROM ${scan.population.relation}`,
    scan.population.own?.reads ?? '',
  ]);
  const needed = relations === 'made' ? [] : [...scans.map(scan => scan.sql), ...later, 'FROM pair'];
  for (const statement of relationStatements(needed)) await snapshot.run(statement);
  await fillOwn(snapshot, own);
  const compares = scans.some(({ population }) => population.rows.some(facet => earlierOf(facet) !== undefined));
  const coverage = await readCoverage(snapshot, compares);
  const outcomes: Outcome[] = [];
  for (const scan of scans) {
    await snapshot.run(`CREATE TEMP TABLE "${scan.table}" AS\n${scan.sql}`);
    await tellApart(snapshot, scan);
    outcomes.push(...(await outcomesOf(snapshot, scan, coverage)));
    await snapshot.run(`DROP TABLE "${scan.table}"`);
  }
  outcomes.sort((a, b) => (a.invariant.id < b.invariant.id ? -1 : 1));
  const configured = snapshot.manifest.scope.flavours;
  const concerned = outcomes.filter(
    ({ invariant }) => configured.length === 0 || invariant.flavours.some(flavour => configured.includes(flavour)),
  );
  const gaps = coverage.gaps.map(gap => ({
    ...gap,
    invariants: concerned.filter(outcome => outcome.facets.includes(gap.facet)).map(outcome => outcome.invariant.id),
  }));
  return { outcomes, gaps, notes: await readNotes(snapshot) };
}

/** Makes the tables of populations that users wrote. Throws AuditError('input') with all that their SQL or their rows do wrong. */
async function fillOwn(snapshot: Snapshot, populations: readonly Population[]): Promise<void> {
  const problems: Problem[] = [];
  for (const { own } of populations) {
    if (own === undefined) continue;
    try {
      await snapshot.run(`CREATE TEMP TABLE "${own.table}" AS\n${own.sql}`);
    } catch (thrown) {
      // Our own SQL fails by a bug; that of a user, by what it says.
      if (!(thrown instanceof AuditError) || thrown.kind !== 'bug') throw thrown;
      problems.push(own.failed(thrown.message));
      continue;
    }
    for (const { sql, problem } of own.declared) if ((await snapshot.rows(sql)).length > 0) problems.push(problem);
  }
  if (problems.length > 0) throw inputError(problems);
}

function planScans(invariants: readonly CompiledInvariant[], selections: Selections, model: Model): readonly Scan[] {
  const byPopulation = Map.groupBy(invariants, compiled => compiled.invariant.over);
  return [...byPopulation].flatMap(([name, all]) => {
    const population = populationOf(name, model);
    // Apart from the others, so that one invariant that must look at every row does not make all of them do so.
    const parts = Map.groupBy(all, compiled => classesFor(population, sqlOf(compiled, population)) !== undefined);
    const chunks = [...parts.values()].flatMap(part => chunksOf(part, verdictsPerCode));
    return chunks.map((chunk, at) => {
      const table = `judged_${name}_${at}`;
      const judged = chunk.map((compiled, index) => ({
        compiled,
        population,
        readings: readingsOf(compiled, population),
        told: toldOf(compiled, population),
        selections: selections.get(compiled.invariant.id) ?? [],
        table,
        index,
      }));
      const classes = classesFor(
        population,
        chunk.flatMap(compiled => sqlOf(compiled, population)),
      );
      const relation = classes?.relation ?? population.relation;
      const rows = classes === undefined ? '1' : `${population.alias}.n`;
      const sql = judgeSql(chunk, population, mentioned => fromClause(population, relation, mentioned), rows);
      return { population, table, judged, sql, classes };
    });
  });
}

/** What must be the same for all rows that are judged as one: the verdict, and which facts are known. */
function sqlOf(compiled: CompiledInvariant, population: Population): readonly string[] {
  return [verdictSql(compiled, population), ...readingsOf(compiled, population).map(reading => reading.known)];
}

function chunksOf<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, at) => all.slice(at * size, (at + 1) * size));
}

/** Where a class of rows violates something, puts its rows in its place: a violation names its subject. */
async function tellApart(snapshot: Snapshot, { population, table, classes }: Scan): Promise<void> {
  if (classes === undefined) return;
  const condition = `${failsAny} AND ${classes.shortened}`;
  const [found] = await snapshot.rows(`SELECT 1 AS found FROM "${table}" WHERE ${condition} LIMIT 1`);
  if (found === undefined) return;
  const columns = keptColumns(population);
  const same = classes.same.map(column => `r.${column} = c.${column}`).join(' AND ');
  await snapshot.run(`INSERT INTO "${table}" (code, ${columns.join(', ')}, n)
SELECT c.code, ${columns.map(column => `r.${column}`).join(', ')}, 1
FROM ${population.relation} r JOIN (SELECT DISTINCT code, ${classes.same.join(', ')} FROM "${table}" WHERE ${condition}) c ON ${same}`);
  await snapshot.run(`DELETE FROM "${table}" WHERE ${condition}`);
}

function populationOf(name: string, model: Model): Population {
  const population = model.populations.get(name);
  if (!population) throw new AuditError('bug', `there is no population ${name}`);
  return population;
}

async function outcomesOf(snapshot: Snapshot, scan: Scan, coverage: Coverage): Promise<readonly Outcome[]> {
  const counted = await countsOf(snapshot, scan);
  const failed = counted.filter(({ counts }) => counts.fail > 0).map(({ judged }) => judged);
  const lookup = lookupFailures(failed);
  for (const statement of lookup?.statements ?? []) await snapshot.run(statement);
  const outcomes: Outcome[] = [];
  for (const { judged, counts } of counted) {
    const failures = lookup?.queries[failed.indexOf(judged)];
    outcomes.push(await outcomeOf(snapshot, judged, counts, failures, coverage));
  }
  for (const table of lookup?.tables ?? []) await snapshot.run(`DROP TABLE "${table}"`);
  return outcomes;
}

async function outcomeOf(
  snapshot: Snapshot,
  judged: Judged,
  counts: Counts,
  failures: string | undefined,
  coverage: Coverage,
): Promise<Outcome> {
  const { compiled, population, readings } = judged;
  const judgements: Judgement[] = [];
  if (failures !== undefined)
    for await (const rows of snapshot.stream(failures)) judgements.push(...rows.map(row => failureOf(judged, row)));
  if (counts.unknown > 0)
    for await (const rows of snapshot.stream(unknownSql(judged)))
      judgements.push(...rows.map(row => unknownOf(judged, row, coverage.missing)));
  judgements.sort((a, b) => (a.subject.key < b.subject.key ? -1 : a.subject.key > b.subject.key ? 1 : 0));
  const facets = facetsOf(readings);
  return {
    invariant: compiled.invariant,
    counts,
    judgements,
    facets,
    apartMs: apartOf(snapshot.manifest.times, [...facets, ...population.rows]),
    sql: scriptOf(compiled, population, judged.selections),
  };
}

async function countsOf(
  snapshot: Snapshot,
  { table, judged: all }: Scan,
): Promise<readonly { readonly judged: Judged; readonly counts: Counts }[]> {
  const sums = all.flatMap(({ index }) =>
    Object.values(codes).map(code => `sum(n) FILTER (${hasCode(index, code)})::BIGINT AS n${index}_${code}`),
  );
  const [row = {}] = await snapshot.rows(`SELECT sum(n)::BIGINT AS subjects, ${sums.join(', ')} FROM "${table}"`);
  return all.map(judged => {
    const count = (code: number) => Number(row[`n${judged.index}_${code}`] ?? 0);
    const counts = {
      subjects: Number(row.subjects ?? 0),
      outOfScope: count(codes.outOfScope),
      pass: count(codes.pass),
      fail: count(codes.fail),
      unknown: count(codes.unknown),
    };
    return { judged, counts };
  });
}
