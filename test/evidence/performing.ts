import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const program = fileURLToPath(new URL('stock-duckdb.ts', import.meta.url));

/** What a script says of a subject; `selected` names the waivers whose conditions are true for it. */
export type Row = {
  readonly subject: string;
  readonly label: string;
  readonly verdict: 'fail' | 'unknown';
  readonly selected?: string | null;
};

/** Runs a script of an unpacked pack with stock DuckDB, in the folder of the pack, in a process without tallystick. */
export async function perform(pack: string, invariant: string): Promise<readonly Row[]> {
  const options = { cwd: pack, maxBuffer: 2 ** 26 };
  return JSON.parse((await promisify(execFile)(process.execPath, [program, `sql/${invariant}.sql`], options)).stdout);
}
