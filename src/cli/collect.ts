import { relative } from 'node:path';
import { AuditError, exitCodes, instantText } from '../base/index.ts';
import type { Config } from '../config/index.ts';
import { type Command, type CommonOptions, configOf } from './options.ts';
import { progressLine, say } from './progress.ts';
import { tell } from './terminal.ts';
import { toolVersion } from './version.ts';

/** Options of `collect`. */
export type CollectOptions = CommonOptions & { readonly out?: string; readonly memory?: string };

/** `collect`: reads both sources into a new snapshot and prints its path. */
export const collect: Command<CollectOptions> = async options => {
  const path = await collectSnapshot(configOf(options), options);
  process.stdout.write(`${relative(process.cwd(), path) || '.'}\n`);
  return exitCodes.clean;
};

/** Reads every configured source into a snapshot; resolves to its folder. Throws AuditError('source') when one cannot be read at all, and leaves nothing behind. */
export async function collectSnapshot(config: Config, options: CollectOptions): Promise<string> {
  if (!config.ad && !config.graph)
    throw new AuditError(
      'input',
      'there is no source to read: put `ad:` and `graph:` into tallystick.yaml, or give --snapshot (tallystick collect --help)',
    );
  const [{ createSnapshot }, { collectActiveDirectory }, { collectGraph }] = await Promise.all([
    import('../snapshot/index.ts'),
    import('../collect/ad/index.ts'),
    import('../collect/graph/index.ts'),
  ]);
  const stop = new AbortController();
  const onSignal = (): void => stop.abort(new AuditError('input', 'interrupted; nothing was kept'));
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  const containers = (config.ad?.containers ?? []).map(({ dn, flavour }) => ({ dn, flavour: flavour ?? null }));
  const draft = await createSnapshot({
    directory: options.out ?? config.snapshots,
    start: instantText(Date.now()),
    version: toolVersion().version,
    scope: { flavours: config.flavours, containers },
    ...(options.memory === undefined ? {} : { memory: options.memory }),
  });
  const progress = progressLine(options.quiet === true);
  const context = {
    flavours: config.flavours,
    progress: progress.show,
    now: Date.now,
    signal: stop.signal,
    environment: process.env,
  };
  try {
    await draft.add(
      'scope_flavour',
      config.flavours.map(flavour => ({ flavour })),
    );
    const sources = [
      config.ad && collectActiveDirectory(config.ad, draft, context),
      config.graph && collectGraph(config.graph, draft, context),
    ];
    await settleAll(sources, stop);
    progress.end();
    const { path } = await draft.finish(instantText(Date.now()));
    say(options.quiet, `Collected ${path}`);
    return path;
  } catch (thrown) {
    progress.end();
    await draft.abort();
    throw stop.signal.aborted && stop.signal.reason instanceof AuditError ? stop.signal.reason : thrown;
  } finally {
    process.removeListener('SIGINT', onSignal).removeListener('SIGTERM', onSignal);
  }
}

/** Waits for all sources; when one fails the others are told to stop, and every failure is named. */
async function settleAll(sources: readonly (Promise<void> | undefined)[], stop: AbortController): Promise<void> {
  let first: unknown;
  const watched = sources.map(async source => {
    try {
      await source;
    } catch (thrown) {
      if (first === undefined && !stop.signal.aborted) {
        first = thrown;
        stop.abort(thrown);
      }
      if (!(thrown instanceof AuditError)) tell('');
    }
  });
  await Promise.all(watched);
  if (first !== undefined) throw first;
  if (stop.signal.aborted) throw stop.signal.reason;
}
