import { AuditError, columnsOf, escapeTerminal, exitCodes, fitColumns, inputError, reasonOf } from '../base/index.ts';
import { ownStatements, type Population, relationStatements } from '../model/index.ts';
import { EARLIER, type QueryResult, type Snapshot, type SqlValue, type TableName, tables } from '../snapshot/index.ts';
import { type Command, type CommonOptions, configOf } from './options.ts';
import { type PolicyOptions, populationsFor } from './policies.ts';
import { withSnapshot } from './snapshots.ts';
import { deliver, tell } from './terminal.ts';

/** Options of `query`. */
export type QueryOptions = CommonOptions &
  Pick<PolicyOptions, 'populations'> & {
    readonly snapshot: string;
    readonly previous?: string;
    readonly format: 'table' | 'json' | 'csv';
    readonly limit: string;
    readonly timeout: string;
    readonly memory?: string;
  };

/** `query`: one SELECT over the tables of a snapshot and the relations of the model. */
export const query: Command<QueryOptions> = async (options, [sql = '']) => {
  const limit = positive(options.limit, '--limit');
  const seconds = positive(options.timeout, '--timeout');
  const { model, problems } = await populationsFor(options, configOf(options));
  if (problems.length > 0) throw inputError(problems);
  const own = [...model.populations.values()].filter(
    each => each.own !== undefined && new RegExp(`\\b${each.name}\\b`, 'i').test(sql),
  );
  const result = await withSnapshot(
    options.snapshot,
    { ...options, tables: earlierIn(sql) },
    async (snapshot, stop) => {
      for (const statement of statementsFor(sql, own)) await snapshot.run(statement);
      return ask(snapshot, sql, limit, AbortSignal.any([stop, AbortSignal.timeout(seconds * 1000)]));
    },
  );
  await deliver(render(result, options.format));
  if (!result.complete) tell(`Only the first ${limit} rows are shown; --limit raises that.`);
  return exitCodes.clean;
};

/** The tables of an earlier snapshot that a question names. */
function earlierIn(sql: string): readonly TableName[] {
  return Object.keys(tables)
    .filter((name): name is TableName => Object.hasOwn(tables, name))
    .filter(name => new RegExp(`\\b${EARLIER}\\."?${name}\\b`, 'i').test(sql));
}

/** What makes the relations of the model and the populations of users that a question names. */
function statementsFor(sql: string, own: readonly Population[]): readonly string[] {
  if (own.length === 0) return relationStatements([sql]);
  const views = own.flatMap(({ name, fields, own: rows }) => {
    const columns = fields.map(
      ({ path, sql: place }) => `${place.replace(/^q\./, '')} AS "${path.replace(/^.*\./, '')}"`,
    );
    return rows === undefined
      ? []
      : [`CREATE TEMP VIEW "${name}" AS SELECT ${columns.join(', ')} FROM "${rows.table}"`];
  });
  return [...ownStatements(own, [sql]), ...views];
}

async function ask(snapshot: Snapshot, sql: string, limit: number, signal: AbortSignal): Promise<QueryResult> {
  try {
    return await snapshot.query(sql, { limit, signal });
  } catch (thrown) {
    // After its first line the database repeats the query.
    const [line = ''] = reasonOf(thrown).split('\n');
    const absent = snapshot.earlier === undefined && new RegExp(`\\b${EARLIER}\\.\\w`, 'i').test(sql);
    const first = absent ? `${line} (${EARLIER}.… is the snapshot that --previous opens)` : line;
    throw thrown instanceof AuditError ? new AuditError(thrown.kind, first, { cause: thrown }) : thrown;
  }
}

function positive(text: string, option: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new AuditError('input', `${option} takes a whole number above zero, not ${JSON.stringify(text)}`);
}

function render({ columns, rows }: QueryResult, format: QueryOptions['format']): string {
  const names = columns.map(column => column.name);
  if (format === 'json')
    return `${JSON.stringify(
      rows.map(row => Object.fromEntries(names.map((name, at) => [name, row[at] ?? null]))),
      undefined,
      2,
    )}\n`;
  if (format === 'csv') return [names, ...rows].map(row => `${row.map(csvCell).join(',')}\r\n`).join('');
  return table(
    names,
    rows.map(row => row.map(textOf)),
  );
}

function table(names: readonly string[], rows: readonly (readonly string[])[]): string {
  const shown = [names, ...rows].map(row => row.map(cell => escapeTerminal(cell)));
  const widths = names.map((_, at) =>
    Math.min(
      60,
      shown.reduce((most, row) => Math.max(most, columnsOf(row[at] ?? '')), 0),
    ),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, at) => clip(cell, widths[at] ?? 0))
      .join('  ')
      .trimEnd();
  const [head = [], ...body] = shown;
  return `${[line(head), widths.map(width => '-'.repeat(width)).join('  '), ...body.map(line)].join('\n')}\n`;
}

function clip(cell: string, width: number): string {
  const fitted = fitColumns(cell, width);
  return fitted + ' '.repeat(Math.max(0, width - columnsOf(fitted)));
}

function textOf(value: SqlValue): string {
  if (value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

// Text that a spreadsheet would take for a formula is kept as text by a leading apostrophe; numbers are none.
function csvCell(value: SqlValue): string {
  const cell = textOf(value);
  const safe = typeof value === 'string' && /^\s*[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
