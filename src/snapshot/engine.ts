import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type bindings from '@duckdb/node-bindings';
import { AuditError } from '../base/index.ts';

/** DuckDB's two faces: the typed API, and the C functions below it that fill vectors from raw memory. */
export type Engine = { readonly api: typeof import('@duckdb/node-api'); readonly raw: typeof bindings };

/** How much DuckDB may use: `memory` as in '1GB' (default), `threads` (default: all processors). */
export type Limits = { readonly memory?: string; readonly threads?: number };

let engine: Engine | undefined;

/** Loads DuckDB on first use: 70 MB of native code that `--help` does not need. */
export async function loadEngine(): Promise<Engine> {
  engine ??= { api: await import('@duckdb/node-api'), raw: (await import('@duckdb/node-bindings')).default };
  return engine;
}

/** A database within its limits, or with `bytes` of memory, that spills to `spill` and never loads an extension. Throws AuditError('input') on a malformed limit. */
export async function createDatabase(
  { api }: Engine,
  path: string,
  spill: string,
  limits: Limits,
  bytes = memoryOf(limits),
): Promise<{ readonly instance: DuckDBInstance; readonly connection: DuckDBConnection }> {
  const threads = limits.threads;
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1 && threads <= 1024))
    throw new AuditError('input', `${threads} is not a number of threads between 1 and 1024`);
  const instance = await api.DuckDBInstance.create(path, {
    memory_limit: `${bytes}B`,
    temp_directory: spill,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
    allow_persistent_secrets: 'false',
    ...(threads === undefined ? {} : { threads: String(threads) }),
  });
  return { instance, connection: await instance.connect() };
}

const UNITS = ['', 'K', 'M', 'G', 'T'];

/** The memory that limits allow, in bytes. Throws AuditError('input') on a malformed one. */
export function memoryOf({ memory = '1GB' }: Limits): number {
  const [, number, unit = '', binary] = /^(\d{1,7}(?:\.\d{1,3})?) ?([KMGT]?)(i?)B?$/i.exec(memory) ?? [];
  if (number === undefined || /\d$/.test(memory) || (unit === '' && binary !== ''))
    throw new AuditError('input', `memory limit '${memory}' is not a size such as 500MB or 2GB`);
  return Math.floor(Number(number) * (binary === '' ? 1000 : 1024) ** UNITS.indexOf(unit.toUpperCase()));
}

/** A text as an SQL literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A name as an SQL identifier. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
