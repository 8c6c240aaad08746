import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Loaded, loadPolicies } from '../../src/policy/index.ts';
import { formatProblem } from '../../src/yaml/index.ts';
import type { Malformed } from './malformed.ts';
import { sampleModel } from './sample-model.ts';

/** Writes the files to a folder of their own, loads them from there, and removes the folder. */
export function loadFiles({ files, params = {}, profile }: Malformed, paths: readonly string[] = ['.']): Loaded {
  const cwd = mkdtempSync(join(tmpdir(), 'tallystick-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(cwd, name)), { recursive: true });
      writeFileSync(join(cwd, name), text);
    }
    const asOf = Date.parse('2026-11-23T00:00:00Z');
    return loadPolicies({
      paths,
      cwd,
      params,
      model: sampleModel,
      asOf,
      ...(profile === undefined ? {} : { profile }),
    });
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

/** What a person sees of a malformed input. */
export function reportOf(input: Malformed): string {
  return loadFiles(input)
    .problems.map(problem => `${formatProblem(problem)}\n`)
    .join('\n');
}
