import { access, constants, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AuditError, escapeTerminal, exitCodes } from '../base/index.ts';
import type { Config } from '../config/index.ts';
import { loadFacts } from '../declared/index.ts';
import { checks } from './doctor/checks.ts';
import type { Bench, Check, Outcome, Room, State } from './doctor/outcome.ts';
import { interruptible } from './interruption.ts';
import { row } from './layout.ts';
import { type Command, type CommonOptions, configOf } from './options.ts';
import { configuredReaders } from './rights.ts';
import { lookUpSecrets } from './sources.ts';
import { deliver, disarm } from './terminal.ts';

/** Options of `doctor`. */
export type DoctorOptions = CommonOptions & { readonly json?: boolean };

type Line = { readonly check: Check; readonly outcome: Outcome };

/** `doctor`: looks at everything that a collection needs and reads nothing that it keeps; exit 2 when the configuration is at fault, 4 when a source is. */
export const doctor: Command<DoctorOptions> = async options => {
  const config = configOf(options);
  const bench = await interruptible(stop => layOut(config, stop.signal));
  const lines = checks.flatMap(check => check.run(bench).map(outcome => ({ check, outcome })));
  const code = exitCodeOf(lines);
  await deliver(options.json === true ? machineReadable(lines, code) : disarm(tableOf(lines)));
  return code;
};

async function layOut(config: Config, signal: AbortSignal): Promise<Bench> {
  const [{ examineActiveDirectory }, { examineGraph }] = await Promise.all([
    import('../collect/ad/index.ts'),
    import('../collect/graph/index.ts'),
  ]);
  const secrets: string[] = [];
  const isComplete = (part: Pick<Config, 'ad' | 'graph'>) => {
    try {
      lookUpSecrets({ ...config, ...part });
      return true;
    } catch (thrown) {
      if (!(thrown instanceof AuditError) || thrown.kind !== 'input') throw thrown;
      secrets.push(thrown.message);
      return false;
    }
  };
  const context = { now: Date.now, signal, environment: process.env };
  const configured = await configuredReaders(config);
  const [ad, graph, room] = await Promise.all([
    config.ad && isComplete({ ad: config.ad, graph: undefined })
      ? examineActiveDirectory(config.ad, context)
      : undefined,
    config.graph && isComplete({ ad: undefined, graph: config.graph })
      ? examineGraph(config.graph, context)
      : undefined,
    roomAt(config.snapshots),
  ]);
  const invariants = new Set([...(configured?.values() ?? [])].flat()).size;
  const facts = config.facts === undefined ? undefined : loadFacts(config.facts, process.cwd(), config.graph?.tenant);
  return { config, now: Date.now(), readers: configured, invariants, secrets, room, facts, ad, graph };
}

// The folder is made by the first collection; until then what counts is where it will be.
async function roomAt(folder: string): Promise<Room> {
  try {
    await access(folder, constants.W_OK);
  } catch (thrown) {
    const missing = thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT';
    if (missing && dirname(folder) !== folder) return roomAt(dirname(folder));
    return { folder, writable: false, bytes: null };
  }
  const free = await statfs(folder).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => null,
  );
  return { folder, writable: true, bytes: free };
}

function exitCodeOf(lines: readonly Line[]): number {
  const failed = lines.filter(({ outcome }) => outcome.state === 'fail').map(({ check }) => check.of);
  if (failed.includes('config')) return exitCodes.input;
  return failed.length > 0 ? exitCodes.source : exitCodes.clean;
}

function machineReadable(lines: readonly Line[], exitCode: number): string {
  const shown = lines.map(({ check, outcome }) => ({
    check: check.name,
    of: check.of,
    ...outcome,
    ...(needsRemedy(outcome.state) ? { remedy: check.remedy } : {}),
  }));
  return `${JSON.stringify({ checks: shown, exitCode }, undefined, 2)}\n`;
}

function tableOf(lines: readonly Line[]): string {
  const label = ({ check, outcome }: Line) => `${outcome.state.padEnd(8)}${check.name}`;
  const width = Math.max(...lines.map(line => label(line).length)) + 2;
  const rows = lines.flatMap(line => {
    const { check, outcome } = line;
    return [
      row(label(line), escapeTerminal(outcome.says), width),
      ...(needsRemedy(outcome.state) ? [row('', `→ ${check.remedy}`, width)] : []),
    ];
  });
  const count = (state: State) => lines.filter(({ outcome }) => outcome.state === state).length;
  return `${rows.join('\n')}\n\n${count('ok')} ok, ${count('warn')} to look at, ${count('fail')} failed, ${count('skipped')} skipped\n`;
}

function needsRemedy(state: State): boolean {
  return state === 'warn' || state === 'fail';
}
