import { isAbsolute, relative, resolve } from 'node:path';
import { AuditError, nearest, type Problem } from '../base/index.ts';
import { populations as builtIn, type Population, relationStatements, relations } from '../model/index.ts';
import { type FacetName, memorySnapshot, type Snapshot, tables } from '../snapshot/index.ts';
import { problemAt } from '../yaml/index.ts';
import { type Column, type PopulationFile, readPopulation } from './header.ts';
import { type Parsed, parsedOf, sqlProblem, sqlStart } from './parsed.ts';
import { populationOf } from './relation.ts';

/** A population that a user wrote: `path` is what reports print, `sha256` that of the file's bytes. */
export type OwnPopulation = {
  readonly name: string;
  readonly path: string;
  readonly sha256: string;
  readonly source: string;
  readonly population: Population;
};

/** What came of loading; with problems, nothing may be judged. */
export type OwnPopulations = { readonly populations: readonly OwnPopulation[]; readonly problems: readonly Problem[] };

const EPOCH = '1970-01-01T00:00:00.000Z';

/**
 * Reads files of populations and checks their SQL on an empty snapshot, which is locked down as a real one is. `fillersOf` tells the facets without which
 * rows of a table are missing. Never throws on what the files hold.
 */
export async function loadPopulations(
  paths: readonly string[],
  cwd: string,
  fillersOf: (table: string) => readonly FacetName[],
): Promise<OwnPopulations> {
  if (paths.length === 0) return { populations: [], problems: [] };
  const read = [...new Set(paths.map(path => resolve(cwd, path)))].map(path =>
    readPopulation(path, shownOf(path, cwd)),
  );
  const problems = read.flatMap(each => ('problems' in each ? each.problems : []));
  const files = read.flatMap(each => ('problems' in each ? [] : [each]));
  problems.push(...nameProblems(files));
  const snapshot = await memorySnapshot({}, { scope: { flavours: [], containers: [] }, start: EPOCH, end: EPOCH });
  try {
    const unstable = await unstableFunctions(snapshot);
    const populations: OwnPopulation[] = [];
    const made = new Set<string>();
    for (const file of files) {
      const parsed = await parse(snapshot, file);
      const found = [
        ...parsed.problems,
        ...tableProblems(file, parsed, fillersOf),
        ...functionProblems(file, parsed, unstable),
      ];
      const reads = [...new Set(parsed.tables.map(({ name }) => name.toLowerCase()))];
      if (found.length === 0) found.push(...(await columnProblems(snapshot, file, reads, made)));
      problems.push(...found);
      if (found.length > 0) continue;
      const { header, document, source, sha256 } = file;
      const population = populationOf(file, reads);
      populations.push({ name: header.population, path: document.file, sha256, source, population });
    }
    return { populations, problems };
  } finally {
    await snapshot.close();
  }
}

function shownOf(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return (short === '' || isAbsolute(short) ? path : short).replaceAll('\\', '/');
}

const known: readonly string[] = [...Object.keys(tables), ...relations];

/** Names that the model or another file has already. */
function nameProblems(files: readonly PopulationFile[]): Problem[] {
  const taken = new Set([...Object.keys(builtIn), ...known].map(name => name.toLowerCase()));
  return files.flatMap(({ header, document }) => {
    const name = header.population.toLowerCase();
    const double = taken.has(name);
    taken.add(name);
    if (!double) return [];
    const message = `there is a population, table or relation \`${header.population}\` already`;
    return [
      problemAt(document, document.at('/population'), {
        code: 'duplicate-population',
        message,
        hint: 'choose another name',
      }),
    ];
  });
}

async function parse(snapshot: Snapshot, file: PopulationFile): Promise<Parsed> {
  const [row] = await snapshot.rows(`SELECT json_serialize_sql('${file.sql.replaceAll("'", "''")}') AS answer`);
  return parsedOf(file, JSON.parse(String(row?.answer)));
}

function tableProblems(
  file: PopulationFile,
  { tables: named }: Parsed,
  fillersOf: (table: string) => readonly FacetName[],
): Problem[] {
  return named.flatMap(({ name, at }) => {
    if (known.includes(name.toLowerCase())) return undeclared(file, name, at, fillersOf(name.toLowerCase()));
    const near = nearest(name, known);
    const hint = near
      ? `did you mean \`${near}\`?`
      : 'read the tables of a snapshot (docs/reference/snapshot.md) and the relations of the model';
    return [sqlProblem(file, at, { code: 'unknown-table', message: `there is no table \`${name}\``, hint })];
  });
}

/** Facets that fill a table which the SQL reads, but that the header does not name: without them its rows would be missing without a word. */
function undeclared(file: PopulationFile, table: string, at: number, fillers: readonly FacetName[]): Problem[] {
  const missing = fillers.filter(facet => !file.header.facets.includes(facet));
  if (missing.length === 0) return [];
  const message = `rows of \`${table}\` depend on ${missing.join(', ')}, which \`facets\` does not name`;
  return [sqlProblem(file, at, { code: 'undeclared-facet', message, hint: `add ${missing.join(', ')} to \`facets\`` })];
}

/** Functions whose value is not the same on every day and machine. */
async function unstableFunctions(snapshot: Snapshot): Promise<ReadonlySet<string>> {
  const rows = await snapshot.rows(
    "SELECT DISTINCT lower(function_name) AS name FROM duckdb_functions() WHERE stability IN ('VOLATILE', 'CONSISTENT_WITHIN_QUERY')",
  );
  return new Set([
    ...rows.map(({ name }) => String(name)),
    'current_setting',
    'getenv',
    'getvariable',
    'version',
    'pg_typeof',
  ]);
}

function functionProblems(file: PopulationFile, { functions }: Parsed, unstable: ReadonlySet<string>): Problem[] {
  return functions.flatMap(({ name, at }) => {
    if (!unstable.has(name.toLowerCase()) && !/^(current_|local(time|timestamp)$|(session_)?user$)/i.test(name))
      return [];
    const hint = 'compare with `asOf` in the expression of the invariant instead; equal snapshots give equal rows';
    return [
      sqlProblem(file, at, { code: 'unstable', message: `\`${name}\` is not the same on every day and machine`, hint }),
    ];
  });
}

const fitting: Readonly<Record<Column['type'], RegExp>> = {
  bool: /^BOOLEAN$/,
  int: /^U?(TINYINT|SMALLINT|INTEGER)$|^BIGINT$/,
  double: /^(FLOAT|DOUBLE|DECIMAL.*|U?(TINYINT|SMALLINT|INTEGER)|BIGINT)$/,
  string: /^(VARCHAR|UUID|ENUM.*)$/,
  timestamp: /^TIMESTAMP(_S|_MS)?$/,
  'string[]': /^(VARCHAR|UUID)\[\]$/,
};

/** Whether the SQL binds on an empty snapshot and yields what the header declares. */
async function columnProblems(
  snapshot: Snapshot,
  file: PopulationFile,
  reads: readonly string[],
  made: Set<string>,
): Promise<Problem[]> {
  for (const statement of relationStatements([reads.map(name => `FROM ${name}`).join('\n')]))
    if (!made.has(statement)) {
      await snapshot.run(statement);
      made.add(statement);
    }
  try {
    const { columns } = await snapshot.query(`FROM (${file.sql}\n) LIMIT 0`);
    return typeProblems(file, columns);
  } catch (thrown) {
    if (!(thrown instanceof AuditError) || thrown.kind !== 'input') throw thrown;
    return [bindingProblem(file, thrown.message)];
  }
}

function typeProblems(
  file: PopulationFile,
  found: readonly { readonly name: string; readonly type: string }[],
): Problem[] {
  const { header, document } = file;
  const declared = Object.entries(header.columns).flatMap(([name, { type }]): Problem[] => {
    const at = document.at(`/columns/${name}`, 'key');
    const column = found.find(each => each.name === name);
    if (!column) {
      const near = nearest(
        name,
        found.map(each => each.name),
      );
      const hint = near ? `did you mean \`${near}\`?` : `it yields ${found.map(each => each.name).join(', ')}`;
      return [
        problemAt(document, at, { code: 'missing-column', message: `the SQL yields no column \`${name}\``, hint }),
      ];
    }
    if (fitting[type].test(column.type)) return [];
    const message = `\`${name}\` is ${column.type} in SQL, which is no ${type}`;
    return [
      problemAt(document, at, { code: 'wrong-type', message, hint: `declare another type, or cast it in the SQL` }),
    ];
  });
  const more = found.filter(({ name }) => !Object.hasOwn(header.columns, name));
  const undeclared = more.map(({ name }) =>
    problemAt(document, document.at('/columns', 'key'), {
      code: 'undeclared-column',
      message: `the SQL yields a column \`${name.slice(0, 60)}\` that is not declared`,
      hint: 'declare it, or leave it out of the SELECT',
    }),
  );
  return [...declared, ...undeclared];
}

/** What DuckDB says of a text that does not bind, at the place that it points to. */
function bindingProblem(file: PopulationFile, reason: string): Problem {
  const message = (reason.split('\n')[0] ?? '').replace(/^\w+ Error: /, '');
  const hint = 'docs/reference/snapshot.md lists the tables with their columns';
  const [, number = '', shown = '', blanks = ''] = /LINE (\d+): (.*)\n( *)\^/.exec(reason) ?? [];
  if (number === '') return sqlProblem(file, sqlStart(file), { code: 'sql', message, hint });
  const line = Number(number);
  const text = file.document.excerpt(line);
  // A long line is shown in part, between dots; the caret counts what stands before it.
  const part = shown.replace(/^\.\.\.|\.\.\.$/g, '');
  const caret = blanks.length - `LINE ${number}: `.length - (shown.startsWith('...') ? 3 : 0);
  const column = Math.max(1, text.indexOf(part.trimEnd()) + caret + 1);
  const [word = ' '] = /^\w+/.exec(text.slice(column - 1)) ?? [];
  const at = { file: file.document.file, line, column, endLine: line, endColumn: column + word.length };
  return problemAt(file.document, at, { code: 'sql', message, hint });
}
