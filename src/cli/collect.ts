import { writeSync } from 'node:fs';
import { relative } from 'node:path';
import { AuditError, escapeTerminal, exitCodes, instantText } from '../base/index.ts';
import type { TokenReport } from '../collect/graph/index.ts';
import type { Config, MemberMode } from '../config/index.ts';
import { type Facts, standIn } from '../declared/index.ts';
import { facetReaders } from '../evaluate/index.ts';
import { noJournal, type State } from '../journal/index.ts';
import { facetsFrom, NOT_ASKED } from '../snapshot/index.ts';
import { declaredFacets, factsFor } from './facts.ts';
import { checkIncremental, collectIncrementally, type IncrementalOptions, type Step } from './incremental.ts';
import { Interrupted, interruptible } from './interruption.ts';
import { askedBy, withoutIdle } from './minimal.ts';
import { type Command, type CommonOptions, configOf } from './options.ts';
import { type PolicyOptions, policiesFor } from './policies.ts';
import { showProgress } from './progress-screen.ts';
import { aboutToken, configuredReaders, type Readers } from './rights.ts';
import { lookUpSecrets, readSources, type Told } from './sources.ts';
import { deliver, say } from './terminal.ts';
import { boundSettings, continuation, discardUnfinished, openState, type ResumeOptions } from './unfinished.ts';
import { toolVersion } from './version.ts';

/** Options of `collect`. */
export type CollectOptions = CommonOptions &
  PolicyOptions &
  ResumeOptions & {
    readonly out?: string;
    readonly members?: MemberMode;
    readonly memory?: string;
    readonly minimal?: boolean;
    readonly redact?: boolean;
    readonly json?: boolean;
    readonly discard?: boolean;
    readonly base?: string;
    readonly prove?: boolean;
  };

/** `collect`: reads both sources into a new snapshot and prints its path; or only removes what interrupted ones left. */
export const collect: Command<CollectOptions> = async options => {
  const read = configOf(options);
  const { members } = options;
  const graph = read.graph && members !== undefined ? { ...read.graph, members } : read.graph;
  const config = { ...read, graph, snapshots: options.out ?? read.snapshots };
  checkIncremental(options, { ...options });
  if (options.discard === true) {
    if (options.resume !== undefined) throw new AuditError('input', 'give either --resume or --discard');
    await discardUnfinished(config.snapshots, options.quiet);
    return exitCodes.clean;
  }
  const loaded = options.minimal === true ? await policiesFor(options, config, Date.now()) : undefined;
  const asked = loaded && askedBy(loaded, true);
  const readers = loaded
    ? facetReaders(loaded.compiled.values(), config.flavours, loaded.model)
    : await configuredReaders(config);
  const path = await collectSnapshot(config, { ...options, asked }, readers);
  const shown = relative(process.cwd(), path) || '.';
  await deliver(options.json === true ? `${JSON.stringify({ snapshot: shown })}\n` : `${shown}\n`);
  return exitCodes.clean;
};

/**
 * Reads every configured source into a snapshot; resolves to its folder. `readers` say what a missing permission costs. Throws AuditError('source') when
 * one cannot be read at all. What was read until a failure or an interruption is kept for --resume, and the error says how to go on.
 */
export async function collectSnapshot(
  configured: Config,
  options: ResumeOptions & IncrementalOptions & { readonly memory?: string },
  readers: Readers | undefined,
): Promise<string> {
  const config = withoutIdle(configured, options.asked);
  if (!config.ad && !config.graph)
    throw new AuditError(
      'input',
      'there is no source to read: put `ad:` and `graph:` into tallystick.yaml, or judge a snapshot with --snapshot',
    );
  lookUpSecrets(config);
  const facts = factsFor(configured);
  const key = options.redact === true ? redactionKey(config, options) : undefined;
  return interruptible(async stop => {
    const state = await openState(config, options);
    const progress = showProgress(options.quiet === true, state.journal.recalled);
    const calm = endInTime(stop.signal, state, progress.end);
    try {
      const tell = (text: string): void => {
        progress.clear();
        say(options.quiet, text);
      };
      const onToken = (report: TokenReport): void => {
        const text = aboutToken(report, readers, config, declaredFacets(facts, Date.now()));
        if (text !== '') tell(text);
      };
      const told: Told = { progress: progress.show, onToken, start: Date.parse(state.start) };
      const read = (at: Config, step?: Step) => collectInto(state, at, { ...options, key, facts, step }, stop, told);
      const { folder } = state;
      const path =
        options.incremental === true
          ? await collectIncrementally(config, options, {
              settings: boundSettings(config, options),
              folder,
              read,
              tell,
            })
          : await read(config);
      await state.remove();
      return path;
    } catch (thrown) {
      progress.end();
      throw (await state.leave()) ? withAdvice(thrown, state) : thrown;
    } finally {
      calm();
      progress.end();
    }
  });
}

async function collectInto(
  state: State,
  config: Config,
  {
    memory,
    key,
    asked,
    facts,
    step,
  }: Pick<CollectOptions, 'memory'> &
    ResumeOptions & {
      readonly key: string | undefined;
      readonly facts: Facts | undefined;
      readonly step?: Step | undefined;
    },
  stop: AbortController,
  told: Told,
): Promise<string> {
  const { createPseudonyms, createSnapshot, DELTA_LINKS, deltaLinksText, withoutNames } = await import(
    '../snapshot/index.ts'
  );
  const containers = (config.ad?.containers ?? []).map(({ dn, flavour }) => ({ dn, flavour: flavour ?? null }));
  const draft = await (step?.begin ?? createSnapshot)({
    directory: config.snapshots,
    folder: state.folder,
    start: state.start,
    breaks: state.breaks.map(({ after, until }) => ({ after: instantText(after), until: instantText(until) })),
    version: toolVersion().version,
    scope: {
      flavours: config.flavours,
      containers,
      ...(asked === undefined ? {} : { facets: [...asked].sort() }),
    },
    signal: stop.signal,
    ...(memory === undefined ? {} : { memory }),
    ...(key === undefined ? {} : { pseudonyms: createPseudonyms(key) }),
  });
  try {
    await draft.add(
      'scope_flavour',
      config.flavours.map(flavour => ({ flavour })),
    );
    for (const source of ['ad', 'graph'] as const)
      if (asked !== undefined && config[source] === undefined)
        for (const facet of facetsFrom(source)) if (!asked.has(facet)) draft.gap(facet, NOT_ASKED);
    const { recorder: reading, settle } = standIn(draft, facts, asked);
    const keepDelta: Told['keepDelta'] = links => {
      draft.bookmark(DELTA_LINKS, deltaLinksText({ ...links, start: state.start }));
    };
    const hidden: Told = {
      ...told,
      progress: event => told.progress('note' in event ? { ...event, note: withoutNames(event.note) } : event),
    };
    // Nor is what is carried over read again by a later run.
    if (step !== undefined) {
      await readSources(
        config,
        reading,
        noJournal,
        stop,
        { ...told, keepDelta, incremental: step.incremental, continuing: step.continuing },
        asked,
      );
      step.end(draft);
    }
    // What is kept for a later run holds names: a redacted collection keeps nothing.
    else if (key === undefined) await readSources(config, reading, state.journal, stop, { ...told, keepDelta }, asked);
    else await readSources(config, reading, noJournal, stop, hidden, asked);
    await settle(Date.now());
    const { path } = await draft.finish(instantText(Date.now()));
    return path;
  } finally {
    await draft.abort();
  }
}

/** The key of the pseudonyms. Throws an input error when the configuration has none, or when answers of an earlier run are asked for. */
function redactionKey({ redact }: Config, { resume, quiet }: ResumeOptions): string {
  if (resume !== undefined)
    throw new AuditError(
      'input',
      'a collection with --redact keeps no names on disk, so it cannot be resumed: begin it anew',
    );
  if (redact === undefined)
    throw new AuditError(
      'input',
      '--redact needs a key for its pseudonyms: put `redact: { key: { env: … } }` or `{ file: … }` into tallystick.yaml',
    );
  const key = redact.key.reveal();
  say(quiet, 'With --redact nothing is kept on disk for --resume: an interruption means to begin anew.');
  return key;
}

/** The same failure, which also says how to go on. */
function withAdvice(thrown: unknown, { folder }: State): unknown {
  const command = continuation(folder);
  if (thrown instanceof Interrupted) return new Interrupted(thrown.signal, `continue with: ${command}`);
  if (!(thrown instanceof AuditError)) return thrown;
  const { kind, message, problems } = thrown;
  const advice = `What was read so far is kept; continue with: ${command}`;
  return new AuditError(kind, message, { problems, cause: thrown, advice });
}

const PATIENCE_MS = 1_600;

/** Ends the process when it has not cleaned up soon after an interruption. Nothing is lost: the journal survives worse. */
function endInTime(signal: AbortSignal, { journal, folder }: State, clear: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const watch = (): void => {
    const { reason } = signal;
    if (!(reason instanceof Interrupted)) return;
    timer = setTimeout(() => {
      clear();
      const outcome = journal.size() > 1 ? `continue with: ${continuation(folder)}` : 'nothing was kept';
      writeSync(2, `tallystick: interrupted; ${escapeTerminal(outcome)}\n`);
      process.exit(reason.exitCode);
    }, PATIENCE_MS);
    timer.unref();
  };
  signal.addEventListener('abort', watch, { once: true });
  return () => {
    clearTimeout(timer);
    signal.removeEventListener('abort', watch);
  };
}
