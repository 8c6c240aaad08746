import { relative } from 'node:path';
import { AuditError, exitCodes, instantText } from '../base/index.ts';
import type { TokenReport } from '../collect/graph/index.ts';
import type { Config, MemberMode } from '../config/index.ts';
import type { SnapshotDraft } from '../snapshot/index.ts';
import { interruptible } from './interruption.ts';
import { type Command, type CommonOptions, configOf } from './options.ts';
import { type ProgressEvent, progressLine, say } from './progress.ts';
import { aboutToken, configuredReaders, type Readers } from './rights.ts';
import { deliver } from './terminal.ts';
import { toolVersion } from './version.ts';

/** Options of `collect`. */
export type CollectOptions = CommonOptions & {
  readonly out?: string;
  readonly members?: MemberMode;
  readonly memory?: string;
  readonly json?: boolean;
};

/** `collect`: reads both sources into a new snapshot and prints its path. */
export const collect: Command<CollectOptions> = async options => {
  const config = configOf(options);
  const { members } = options;
  const graph = config.graph && members !== undefined ? { ...config.graph, members } : config.graph;
  const path = await collectSnapshot(
    { ...config, graph, snapshots: options.out ?? config.snapshots },
    options,
    configuredReaders(config),
  );
  const shown = relative(process.cwd(), path) || '.';
  await deliver(options.json === true ? `${JSON.stringify({ snapshot: shown })}\n` : `${shown}\n`);
  return exitCodes.clean;
};

/** Reads every configured source into a snapshot; resolves to its folder. `readers` say what a missing permission costs. Throws AuditError('source') when one cannot be read at all, and leaves nothing behind. */
export async function collectSnapshot(
  config: Config,
  options: { readonly memory?: string; readonly quiet?: boolean },
  readers: Readers | undefined,
): Promise<string> {
  if (!config.ad && !config.graph)
    throw new AuditError(
      'input',
      'there is no source to read: put `ad:` and `graph:` into tallystick.yaml, or judge a snapshot with --snapshot',
    );
  lookUpSecrets(config);
  return interruptible(async stop => {
    const { createSnapshot } = await import('../snapshot/index.ts');
    const containers = (config.ad?.containers ?? []).map(({ dn, flavour }) => ({ dn, flavour: flavour ?? null }));
    const draft = await createSnapshot({
      directory: config.snapshots,
      start: instantText(Date.now()),
      version: toolVersion().version,
      scope: { flavours: config.flavours, containers },
      ...(options.memory === undefined ? {} : { memory: options.memory }),
    });
    const progress = progressLine(options.quiet === true);
    try {
      await draft.add(
        'scope_flavour',
        config.flavours.map(flavour => ({ flavour })),
      );
      const onToken = (report: TokenReport): void => {
        const text = aboutToken(report, readers, config);
        if (text === '') return;
        progress.end();
        say(options.quiet, text);
      };
      await readSources(config, draft, stop, { progress: progress.show, onToken });
      const { path } = await draft.finish(instantText(Date.now()));
      return path;
    } finally {
      progress.end();
      await draft.abort();
    }
  });
}

/** Throws an input error for a secret that is not there, before anybody is connected to. */
function lookUpSecrets({ ad, graph }: Config): void {
  ad?.bind.password.reveal();
  if (graph?.auth.kind === 'client-secret') graph.auth.secret.reveal();
  if (graph?.auth.kind === 'token') graph.auth.token.reveal();
}

type Told = { readonly progress: (event: ProgressEvent) => void; readonly onToken: (report: TokenReport) => void };

/** Reads all sources at once; when one fails the others are told to stop, and the first failure is thrown. */
async function readSources(config: Config, draft: SnapshotDraft, stop: AbortController, told: Told): Promise<void> {
  const [{ collectActiveDirectory }, { collectGraph }] = await Promise.all([
    import('../collect/ad/index.ts'),
    import('../collect/graph/index.ts'),
  ]);
  const { flavours } = config;
  const context = { flavours, ...told, now: Date.now, signal: stop.signal, environment: process.env };
  const sources = [
    config.ad && collectActiveDirectory(config.ad, draft, context),
    config.graph && collectGraph(config.graph, draft, context),
  ];
  const watched = sources.map(source =>
    source?.catch((thrown: unknown) => {
      if (!stop.signal.aborted) stop.abort(thrown);
    }),
  );
  await Promise.all(watched);
  if (stop.signal.aborted) throw stop.signal.reason;
}
