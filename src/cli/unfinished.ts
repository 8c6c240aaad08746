import { relative } from 'node:path';
import { AuditError, instantText } from '../base/index.ts';
import type { Config } from '../config/index.ts';
import { beginState, discardState, listUnfinished, resumeState, type State, settingsOf } from '../journal/index.ts';
import type { FacetName } from '../snapshot/index.ts';
import { thisProcess } from './owner.ts';
import { say } from './terminal.ts';
import { toolVersion } from './version.ts';

/** How a collection begins: anew, or where one was interrupted (`true`: the one that was last written to). */
export type ResumeOptions = {
  readonly resume?: string | true;
  readonly redact?: boolean;
  /** The facets to read; all when undefined. */
  readonly asked?: ReadonlySet<FacetName> | undefined;
  readonly quiet?: boolean;
};

/** Settings of how something is read, not of what: they may change between two runs of one collection. */
const manner = new Set([
  ...['ad.timeoutMs', 'ad.ca', 'ad.urls', 'ad.domains', 'ad.serverName'],
  ...['graph.ca', 'graph.tenantClass', 'graph.deadlineMs', 'graph.attemptTimeoutMs', 'graph.connections'],
]);

const world = () => ({ owner: thisProcess(), now: Date.now });

/** Begins a collection below `config.snapshots`, or takes up an interrupted one. Throws AuditError('input') when there is none to take up. */
export async function openState(config: Config, options: ResumeOptions): Promise<State> {
  const description = { version: toolVersion().version, settings: boundSettings(config, options) };
  const unfinished = await listUnfinished(config.snapshots, world());
  if (options.resume !== undefined) {
    const path = options.resume === true ? newest(config, unfinished) : options.resume;
    return resumeState(path, description, world());
  }
  const idle = unfinished.find(({ busy, empty }) => !busy && !empty);
  if (idle !== undefined)
    say(
      options.quiet,
      `An interrupted collection of ${instantText(idle.changed)} lies in ${shown(idle.path)}; it is left alone: continue it with --resume, or remove it with collect --discard.`,
    );
  return beginState(config.snapshots, { ...description, start: instantText(Date.now()) }, world());
}

/** Removes the interrupted collections of a folder of snapshots that nobody works on. */
export async function discardUnfinished(directory: string, quiet: boolean | undefined): Promise<void> {
  const unfinished = await listUnfinished(directory, world());
  for (const { path, busy } of unfinished) {
    if (!busy) await discardState(path);
    say(quiet, busy ? `${shown(path)} is in use and was left alone.` : `Removed ${shown(path)}.`);
  }
  if (unfinished.length === 0) say(quiet, `There is no interrupted collection in ${shown(directory)}.`);
}

/** The command that continues what this process was doing, for people to copy. */
export function continuation(path: string): string {
  const args = process.argv.slice(2);
  const kept = args.filter((arg, at) => {
    if (arg === '--resume' || arg.startsWith('--resume=')) return false;
    // The value of --resume.
    return !(args[at - 1] === '--resume' && !arg.startsWith('-'));
  });
  return ['tallystick', ...kept, '--resume', shown(path)].map(quoted).join(' ');
}

function newest(config: Config, unfinished: Awaited<ReturnType<typeof listUnfinished>>): string {
  const free = unfinished.find(({ busy, empty }) => !busy && !empty);
  if (free !== undefined) return free.path;
  const running = unfinished.some(({ busy }) => busy) ? ': the one that is there is still running' : '';
  throw new AuditError('input', `there is no interrupted collection to resume in ${shown(config.snapshots)}${running}`);
}

/** What a collection collects, as digests by name. */
export function boundSettings(
  { ad, graph, flavours }: Config,
  { redact = false, asked }: ResumeOptions,
): Readonly<Record<string, string>> {
  const all = settingsOf({
    flavours,
    ...(redact && { redact }),
    ...(asked && { facets: [...asked].sort() }),
    ...(ad && { ad }),
    ...(graph && { graph }),
  });
  return Object.fromEntries(Object.entries(all).filter(([name]) => !manner.has(name)));
}

function shown(path: string): string {
  const short = relative(process.cwd(), path) || '.';
  return short.startsWith('..') ? path : short;
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
