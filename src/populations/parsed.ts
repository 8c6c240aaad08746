import type { Problem } from '../base/index.ts';
import { problemAt } from '../yaml/index.ts';
import type { PopulationFile } from './header.ts';

/** The word at a place in the SQL of a file; `offset` counts UTF-8 bytes. */
function placeAt({ source, document }: PopulationFile, offset: number) {
  const bytes = Buffer.from(source);
  const lines = bytes.subarray(0, offset).toString().split('\n');
  const column = (lines.at(-1)?.length ?? 0) + 1;
  const [word = ' '] = /^\w+/.exec(bytes.subarray(offset, offset + 100).toString()) ?? [];
  return { file: document.file, line: lines.length, column, endLine: lines.length, endColumn: column + word.length };
}

/** A problem at a place of the SQL. */
export function sqlProblem(
  file: PopulationFile,
  offset: number,
  problem: Omit<Problem, 'at' | 'excerpt' | 'level'>,
): Problem {
  return problemAt(file.document, placeAt(file, offset), problem);
}

/** Tables and functions that a statement names, with their places. */
export type Named = { readonly name: string; readonly at: number };

/** What DuckDB's parser makes of a text: the tables that it reads besides its own, and the functions that it calls. */
export type Parsed = {
  readonly tables: readonly Named[];
  readonly functions: readonly Named[];
  readonly problems: readonly Problem[];
};

const tableFunctions: ReadonlySet<string> = new Set(['unnest', 'range', 'generate_series']);
// They are functions although they are written like columns.
const columnLike = /^(current_\w+|local(time|timestamp)|session_user|user)$/i;

/** Reads the answer of json_serialize_sql(). */
export function parsedOf(file: PopulationFile, answer: unknown): Parsed {
  const tables: Named[] = [];
  const functions: Named[] = [];
  const problems: Problem[] = [];
  const refuse = (offset: number, code: string, message: string, hint: string) =>
    problems.push(sqlProblem(file, offset, { code, message, hint }));
  const statements = list(record(answer).statements);
  if (record(answer).error === true || statements.length === 0) {
    const { error_type: kind, error_message: message, position } = record(answer);
    if (kind === 'parser') refuse(Number(position ?? 0), 'sql', String(message), 'correct the SQL');
    else
      refuse(
        sqlStart(file),
        'not-a-select',
        'a population is one SELECT',
        'write one statement that begins with SELECT, FROM or WITH',
      );
    return { tables, functions, problems };
  }
  if (statements.length > 1)
    refuse(
      sqlStart(file),
      'not-a-select',
      `a population is one SELECT; these are ${statements.length} statements`,
      'remove all but one',
    );
  const visit = (node: unknown, inner: ReadonlySet<string>): void => {
    if (Array.isArray(node)) {
      for (const each of node) visit(each, inner);
      return;
    }
    const fields = record(node);
    const at = Number(fields.query_location ?? 0);
    const names = list(record(fields.cte_map).map).map(each => String(record(each).key).toLowerCase());
    const known = names.length === 0 ? inner : new Set([...inner, ...names]);
    if (fields.type === 'BASE_TABLE') {
      const name = String(fields.table_name);
      if (fields.schema_name !== '' || fields.catalog_name !== '')
        refuse(at, 'qualified-table', `\`${name}\` is named with its schema`, 'name the table alone');
      else if (!known.has(name.toLowerCase())) tables.push({ name, at });
    }
    if (fields.type === 'SHOW_REF')
      refuse(
        at < Number.MAX_SAFE_INTEGER ? at : sqlStart(file),
        'not-a-select',
        'a population is one SELECT',
        'DESCRIBE, SHOW and SUMMARIZE are none',
      );
    if (fields.type === 'TABLE_FUNCTION') {
      const name = String(record(fields.function).function_name);
      if (!tableFunctions.has(name.toLowerCase()))
        refuse(
          at,
          'table-function',
          `\`${name}\` cannot be read from`,
          `read tables and relations, or ${[...tableFunctions].join(', ')}`,
        );
    } else if (fields.class === 'FUNCTION') functions.push({ name: String(fields.function_name), at });
    if (fields.class === 'COLUMN_REF') {
      const path = list(fields.column_names);
      const [name] = path;
      if (path.length === 1 && typeof name === 'string' && columnLike.test(name)) functions.push({ name, at });
    }
    for (const [name, child] of Object.entries(fields))
      if (typeof child === 'object' && name !== 'value_type') visit(child, known);
  };
  visit(statements, new Set());
  return { tables, functions, problems };
}

/** Where the SQL begins, behind the header. */
export function sqlStart({ source }: PopulationFile): number {
  let offset = 0;
  for (const line of source.split('\n')) {
    if (!/^\s*(--.*)?\r?$/.test(line)) return Buffer.byteLength(source.slice(0, offset));
    offset += line.length + 1;
  }
  return 0;
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
