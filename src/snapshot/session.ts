import type { DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api';
import { AuditError, reasonOf } from '../base/index.ts';
import { type Engine, literal } from './engine.ts';
import { type SqlRow, type SqlValue, valueConverter } from './values.ts';

/** Rows of a query that a person wrote; `complete` is false when there were more than the limit. */
export type QueryResult = {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly SqlValue[])[];
  readonly complete: boolean;
};

/** What can be asked of an open snapshot. SQL given to `run`, `rows` and `stream` is ours; SQL of a person goes to `query` only. */
export type Session = {
  /** Executes statements and drops their results. Temporary tables and views are allowed; everything outside the snapshot is locked. */
  run(sql: string): Promise<void>;
  /** All rows of one statement. */
  rows(sql: string): Promise<readonly SqlRow[]>;
  /** The rows of one statement in batches of at most 2,048, holding one batch at a time. Until the loop is left, nothing else can be asked. */
  stream(sql: string): AsyncIterable<readonly SqlRow[]>;
  /** One SELECT of a person: at most `limit` rows (default 1,000), ended when `signal` aborts. Throws AuditError('input') when it is not a single SELECT, fails or is ended. */
  query(sql: string, options?: { readonly limit?: number; readonly signal?: AbortSignal }): Promise<QueryResult>;
  /** Ends whatever statement is running; it fails with AuditError('input'). */
  interrupt(): void;
};

/** Forbids everything beyond `folders`: files, extensions, attaching, and changing any of this back. */
export async function lockDown(connection: DuckDBConnection, folders: readonly string[]): Promise<void> {
  await connection.run(`SET allowed_directories = [${folders.map(literal).join(', ')}]`);
  await connection.run('SET enable_external_access = false');
  await connection.run('SET lock_configuration = true');
}

/** A session on a locked-down connection. */
export function createSession(engine: Engine, connection: DuckDBConnection): Session {
  const convert = valueConverter(engine);
  const toRows = (chunk: DuckDBDataChunk, names: readonly string[]): readonly SqlRow[] =>
    chunk.convertRows(convert).map(values => toRow(names, values));

  let streaming = false;
  // A second statement would end the stream of the first without a word, and rows would be missing from a result that looks whole.
  const free = () => {
    if (streaming) throw new AuditError('bug', 'a stream of this snapshot is still open');
  };
  const materialize = async (sql: string) => {
    free();
    return guarded(() => connection.run(sql));
  };

  return {
    run: async sql => {
      await materialize(sql);
    },
    rows: async sql => {
      const result = await materialize(sql);
      const names = result.deduplicatedColumnNames();
      return (await guarded(() => result.fetchAllChunks())).flatMap(chunk => toRows(chunk, names));
    },
    async *stream(sql) {
      free();
      streaming = true;
      try {
        const result = await guarded(() => connection.stream(sql));
        const names = result.deduplicatedColumnNames();
        for (;;) {
          const chunk = await guarded(() => result.fetchChunk());
          if (chunk === null || chunk.rowCount === 0) return;
          yield toRows(chunk, names);
        }
      } finally {
        streaming = false;
      }
    },
    query: async (sql, options = {}) => {
      free();
      return queryOnce(connection, sql, options, chunk => chunk.convertRows(convert));
    },
    interrupt: () => connection.interrupt(),
  };
}

async function queryOnce(
  connection: DuckDBConnection,
  sql: string,
  options: { readonly limit?: number; readonly signal?: AbortSignal },
  convert: (chunk: DuckDBDataChunk) => readonly (readonly SqlValue[])[],
): Promise<QueryResult> {
  const limit = options.limit ?? 1000;
  const interrupt = () => connection.interrupt();
  options.signal?.addEventListener('abort', interrupt);
  try {
    const result = await (await prepareSelect(connection, sql)).stream();
    const types = result.columnTypes().map(String);
    const columns = result.deduplicatedColumnNames().map((name, index) => ({ name, type: types[index] ?? '' }));
    const rows: (readonly SqlValue[])[] = [];
    while (rows.length <= limit) {
      options.signal?.throwIfAborted();
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) break;
      rows.push(...convert(chunk));
    }
    return { columns, rows: rows.slice(0, limit), complete: rows.length <= limit };
  } catch (thrown) {
    if (thrown instanceof AuditError) throw thrown;
    const reason = options.signal?.aborted ? 'the query took too long and was ended' : messageOf(thrown);
    throw new AuditError('input', reason, { cause: thrown });
  } finally {
    options.signal?.removeEventListener('abort', interrupt);
    // A stream that was not read to its end keeps the connection busy.
    interrupt();
  }
}

// StatementType.SELECT of DuckDB's C API.
const SELECT = 1;

/**
 * Only a SELECT fits between the parentheses, and that is decided by the parser alone: to bind a statement can already write (EXPORT DATABASE makes
 * its folder then), and COPY TO could overwrite the snapshot itself, which lies in an allowed folder.
 */
async function prepareSelect(connection: DuckDBConnection, sql: string) {
  const refusal = 'a query is one statement that reads: SELECT, FROM, WITH, DESCRIBE, SHOW or SUMMARIZE';
  const statements = await connection.extractStatements(`FROM (${sql.replace(/[\s;]+$/, '')}\n)`).catch(cause => {
    throw new AuditError('input', `${refusal} (${firstLine(messageOf(cause))})`, { cause });
  });
  if (statements.count !== 1) throw new AuditError('input', refusal);
  const statement = await statements.prepare(0);
  if (statement.statementType !== SELECT) throw new AuditError('input', refusal);
  return statement;
}

function toRow(names: readonly string[], values: readonly (SqlValue | null)[]): SqlRow {
  const row: Record<string, SqlValue> = {};
  for (const [index, name] of names.entries()) row[name] = values[index] ?? null;
  return row;
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw explainFailure(thrown);
  }
}

/** What a failure inside DuckDB means to a run. */
export function explainFailure(thrown: unknown): AuditError {
  if (thrown instanceof AuditError) return thrown;
  const reason = messageOf(thrown);
  const options = { cause: thrown };
  if (/^INTERRUPT/.test(reason)) return new AuditError('input', 'the query was interrupted', options);
  if (/^Out of Memory|max_temp_directory_size/i.test(reason))
    return new AuditError(
      'input',
      `out of memory or of temporary space; raise --memory or free disk space (${firstLine(reason)})`,
      options,
    );
  if (/No space left on device/i.test(reason))
    return new AuditError('input', 'the disk for temporary files is full', options);
  if (
    /^(Parser|Binder|Catalog|Conversion|Constraint|Permission|Syntax|Not implemented|Out of Range|Mismatch Type) Error/i.test(
      reason,
    )
  )
    return new AuditError('bug', firstLine(reason), options);
  if (/Cannot change configuration/.test(reason)) return new AuditError('bug', firstLine(reason), options);
  return new AuditError('integrity', `the snapshot cannot be read: ${firstLine(reason)}`, options);
}

// Errors of native code can come from another realm, where `instanceof Error` is false.
function messageOf(thrown: unknown): string {
  if (typeof thrown === 'object' && thrown !== null && 'message' in thrown) return String(thrown.message);
  return reasonOf(thrown);
}

function firstLine(text: string): string {
  return (text.split('\n', 1)[0] ?? '').slice(0, 500);
}
