import { scriptOf } from '../evaluate/index.ts';
import { model, type RelationName, relationSql, relationStatements, relations } from '../model/index.ts';
import type { CompiledInvariant } from '../policy/index.ts';
import { type Session, type TableName, tables } from '../snapshot/index.ts';

/** How a table or relation differs from what it was: in which columns of the same rows, or in its rows. */
type Difference = ReadonlySet<string> | 'rows';

/** Every relation of the model, as statements that make it for good. Those that a fault does not reach are made once for all of them. */
export function lastingRelations(): readonly string[] {
  return relationStatements(relations.map(name => `FROM ${name}`)).map(statement =>
    statement.replace(/^CREATE TEMP /, 'CREATE '),
  );
}

/**
 * Makes those relations anew that altered tables reach, and returns the invariants that what changed can reach: the SQL of all others reads nothing that
 * is different, so that their verdicts are those of before.
 */
export async function reached(
  session: Session,
  altered: readonly TableName[],
  invariants: readonly CompiledInvariant[],
): Promise<readonly CompiledInvariant[]> {
  if (invariants.length === 0) return [];
  const different = new Map<string, Difference>();
  for (const table of altered) {
    const difference = await tableDifference(session, table);
    if (difference === 'rows' || difference.size > 0) different.set(table, difference);
  }
  const made = relationStatements([...invariants.map(judgingSql), 'FROM pair']);
  for (const statement of made) {
    const [, kind, name = ''] = /^CREATE TEMP (VIEW|TABLE) "(\w+)"/.exec(statement) ?? [];
    // What is no relation stands already: the empty tables of an earlier snapshot.
    if (kind === undefined || !readsAny(relationSql(nameOf(name)), different)) continue;
    await session.run(statement);
    const difference = kind === 'VIEW' ? 'rows' : await relationDifference(session, name);
    if (difference === 'rows' || difference.size > 0) different.set(name, difference);
    else await session.run(`DROP TABLE temp.main."${name}"`);
  }
  return invariants.filter(compiled => readsAny(judgingSql(compiled), different));
}

function nameOf(name: string): RelationName {
  const found = relations.find(each => each === name);
  if (found === undefined) throw new Error(`there is no relation ${name}`);
  return found;
}

/** The statement that judges an invariant, without those that make its relations. */
function judgingSql(compiled: CompiledInvariant): string {
  const population = model.populations.get(compiled.invariant.over);
  const script = population === undefined ? '' : scriptOf(compiled, population);
  // Populations that are judged by classes read these instead.
  const classes = population?.classes === undefined ? '' : ` FROM ${population.classes.relation}`;
  return script.slice(script.lastIndexOf('\nSELECT subject, label, CASE code')) + classes;
}

function readsAny(sql: string, different: ReadonlyMap<string, Difference>): boolean {
  const code = sql.replace(/--[^\n]*/g, '');
  return [...different].some(([name, difference]) => reads(code, name, difference));
}

function reads(code: string, name: string, difference: Difference): boolean {
  if (!new RegExp(`\\b${name}\\b`).test(code)) return false;
  if (difference === 'rows' || takesAll(code)) return true;
  return [...difference].some(column => new RegExp(`\\b${column}\\b`).test(code));
}

/** Whether columns are taken without being named. */
function takesAll(code: string): boolean {
  const rest = code.replace(/EXISTS\s*\(\s*FROM/gi, 'EXISTS');
  return /SELECT\s+(DISTINCT\s+)?\*|\w\.\*|,\s*\*\s*(,|FROM)|COLUMNS\(|\(\s*FROM\s|^\s*FROM\s/i.test(rest);
}

async function tableDifference(session: Session, table: TableName): Promise<Difference> {
  const { columns, sortedBy }: { readonly columns: object; readonly sortedBy: readonly string[] } = tables[table];
  const names = Object.keys(columns);
  const [now, before] = [`temp.main."${table}"`, `memory.main."${table}"`];
  const same = sortedBy.map(key => `a."${key}" IS NOT DISTINCT FROM b."${key}"`).join(' AND ');
  const changed = names.map(name => `coalesce(bool_or(a."${name}" IS DISTINCT FROM b."${name}"), false) AS "${name}"`);
  const [row = {}] = await session.rows(`SELECT count(*) = count(a.here) AND count(*) = count(b.here)
  AND count(*) = (SELECT count(*) FROM ${now}) AND count(*) = (SELECT count(*) FROM ${before}) AS "same rows", ${changed.join(', ')}
FROM (SELECT *, 1 AS here FROM ${now}) a FULL JOIN (SELECT *, 1 AS here FROM ${before}) b ON ${same}`);
  if (row['same rows'] !== true) return 'rows';
  return new Set(names.filter(name => row[name] === true));
}

async function relationDifference(session: Session, name: string): Promise<Difference> {
  const [now, before] = [`temp.main."${name}"`, `memory.main."${name}"`];
  const [counted] = await session.rows(
    `SELECT (SELECT count(*) FROM (FROM ${now} EXCEPT ALL FROM ${before})) AS more, (SELECT count(*) FROM (FROM ${before} EXCEPT ALL FROM ${now})) AS less, (SELECT count(*) FROM ${now}) AS rows`,
  );
  if (Number(counted?.more) === 0 && Number(counted?.less) === 0) return new Set();
  if (Number(counted?.rows) !== 1 || Number(counted?.less) !== 1) return 'rows';
  const [one = {}] = await session.rows(`SELECT COLUMNS(*)::VARCHAR FROM ${now}`);
  const [other = {}] = await session.rows(`SELECT COLUMNS(*)::VARCHAR FROM ${before}`);
  return new Set(Object.keys(one).filter(column => one[column] !== other[column]));
}
