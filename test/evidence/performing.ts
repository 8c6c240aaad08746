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

/** Runs scripts of an unpacked pack with stock DuckDB, in the folder of the pack, in a process without tallystick; what each says, in their order. */
export async function performAll(pack: string, invariants: readonly string[]): Promise<readonly (readonly Row[])[]> {
  const options = { cwd: pack, maxBuffer: 2 ** 26 };
  const scripts = invariants.map(invariant => `sql/${invariant}.sql`);
  return JSON.parse((await promisify(execFile)(process.execPath, [program, ...scripts], options)).stdout);
}

/** Runs one script. */
export async function perform(pack: string, invariant: string): Promise<readonly Row[]> {
  const [rows = []] = await performAll(pack, [invariant]);
  return rows;
}
