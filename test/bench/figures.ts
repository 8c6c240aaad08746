import { readFile, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { versions } from 'node:process';

/** What was run, and where: `command` as people type it. */
export function machine(command: string): string {
  const [cpu] = cpus();
  const duckdb = '1.5.6';
  return `\`${command}\` on ${cpus().length} × ${cpu?.model.trim() ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${versions.node}, DuckDB ${duckdb}`;
}

/** Replaces what stands between the marks of a command in docs/benchmarks.md. Throws when they are not there. */
export async function intoDocs(command: string, report: string): Promise<void> {
  const file = new URL('../../docs/benchmarks.md', import.meta.url);
  const text = await readFile(file, 'utf8');
  const [begin, end] = [`<!-- figures: ${command} writes them -->`, '<!-- end of figures -->'];
  const [before = '', rest] = text.split(begin);
  const at = rest?.indexOf(end) ?? -1;
  if (rest === undefined || at < 0) throw new Error(`docs/benchmarks.md has no place for the figures of ${command}`);
  await writeFile(file, `${before}${begin}\n${report}\n${rest.slice(at)}`);
}
