import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MAIN } from '../cli/built.ts';
import { type Estate, type LabelIds, labelText } from './generator/index.ts';

/** Where an audit finds its configuration and the secrets that this names. */
type Place = {
  readonly folder: string;
  readonly configPath: string;
  readonly env: Readonly<Record<string, string>>;
};

/** How a run of tallystick ended. */
type Ended = { readonly code: number | null; readonly out: string; readonly err: string };

/** Runs tallystick as its users do. */
export function tallystick(at: Place, args: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...at.env, NO_COLOR: '1', NODE_OPTIONS: '' };
    const child = spawn(process.execPath, [MAIN, ...args, '--config', at.configPath], { cwd: at.folder, env });
    let out = '';
    let err = '';
    child.stdout.on('data', (data: Buffer) => {
      out += data.toString('utf8');
    });
    child.stderr.on('data', (data: Buffer) => {
      err += data.toString('utf8');
    });
    child.on('error', reject);
    child.on('close', code => resolve({ code, out, err }));
  });
}

type Finding = {
  readonly invariant: string;
  readonly verdict: string;
  readonly subject: { readonly key: string; readonly ids: LabelIds };
};
type Counts = Readonly<Record<'subjects' | 'outOfScope' | 'pass' | 'fail' | 'unknown' | 'waived', number>>;

/** What `results.json` says, as far as these tests look at it. */
export type Results = {
  readonly run: { readonly exitCode: number };
  readonly invariants: readonly { readonly id: string; readonly counts: Counts }[];
  readonly findings: readonly Finding[];
};

/** Collects a snapshot, judges it as the estate declares, and reads the results. */
export async function auditEstate(
  at: Place,
  estate: Estate,
  options: readonly string[] = [],
): Promise<{ readonly collected: Ended; readonly ended: Ended; readonly results: Results }> {
  const collected = await tallystick(at, ['collect', '--quiet']);
  if (collected.code !== 0) throw new Error(`nothing was collected: ${collected.err}`);
  const reports = join(at.folder, 'out');
  const ended = await tallystick(at, [
    'audit',
    ...['--snapshot', join(at.folder, collected.out.trim()), '--format', 'json', '--out', reports],
    ...['--as-of', estate.asOf, ...options],
    ...Object.entries(estate.config.params).flatMap(([name, value]) => ['--param', `${name}=${value}`]),
  ]);
  // Said here, or all that shows of a refused policy is that there is no report.
  if (![0, 1, 3].includes(ended.code ?? -1)) throw new Error(`nothing was judged: ${ended.err}`);
  const results: Results = JSON.parse(await readFile(join(reports, 'results.json'), 'utf8'));
  return { collected, ended, results };
}

/** The violations found, as labels have them. */
export function failures({ findings }: Results): string[] {
  return findings
    .filter(finding => finding.verdict === 'fail')
    .map(({ invariant, subject }) => labelText({ invariant, ids: subject.ids, key: subject.key }))
    .sort();
}
