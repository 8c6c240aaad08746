import { AuditError, reasonOf } from '../base/index.ts';
import type { IncrementalContext } from '../collect/ad/index.ts';
import type { DeltaContinuing, TokenReport } from '../collect/graph/index.ts';
import type { Config } from '../config/index.ts';
import type { Journal } from '../journal/index.ts';
import type { DeltaLinks, FacetName, SnapshotDraft } from '../snapshot/index.ts';
import type { ProgressEvent } from './progress.ts';

/** Throws an input error for a secret that is not there, before anybody is connected to. */
export function lookUpSecrets({ ad, graph }: Config): void {
  if (ad !== undefined)
    for (const secret of 'password' in ad.bind ? [ad.bind.password] : [ad.bind.key, ad.bind.passphrase])
      secret?.reveal();
  if (graph?.auth.kind === 'client-secret') graph.auth.secret.reveal();
  if (graph?.auth.kind === 'client-certificate') graph.auth.certificate.reveal();
  if (graph?.auth.kind === 'token') graph.auth.token.reveal();
}

/** Who hears of what while sources are read. */
export type Told = {
  /** The clock, in milliseconds since 1970; default that of the machine. */
  readonly now?: () => number;
  readonly progress: (event: ProgressEvent) => void;
  readonly onToken: (report: TokenReport) => void;
  /** When the collection began, also where it goes on after an interruption, in milliseconds since 1970. */
  readonly start?: number;
  /** For an incremental collection of Active Directory. */
  readonly incremental?: IncrementalContext;
  /** For an incremental collection of Microsoft Graph. */
  readonly continuing?: DeltaContinuing | undefined;
  readonly keepDelta?: (links: Pick<DeltaLinks, 'endpoint' | 'tenant' | 'slices'>) => void;
};

/** How long a source may go on to its first sign of life after another one failed, so that both failures can be told at once. */
const GRACE_MS = 5_000;

/** Reads all sources at once, the `asked` facets of them (default all). When one fails the others are told to stop as soon as they are seen to work; every failure is told. */
export async function readSources(
  config: Config,
  draft: SnapshotDraft,
  journal: Journal,
  stop: AbortController,
  told: Told,
  asked?: ReadonlySet<FacetName>,
): Promise<void> {
  const [{ collectActiveDirectory }, { collectGraph }] = await Promise.all([
    import('../collect/ad/index.ts'),
    import('../collect/graph/index.ts'),
  ]);
  const failures: unknown[] = [];
  const alive = new Set<string>();
  let grace: NodeJS.Timeout | undefined;
  const stopOthers = (): void => {
    // Before the first abort: what fails because of it is no failure of its own.
    if (!stop.signal.aborted) stop.abort(failures[0]);
  };
  const progress = (event: ProgressEvent): void => {
    alive.add(event.source);
    if (failures.length > 0) stopOthers();
    told.progress(event);
  };
  const { flavours } = config;
  const context = {
    flavours,
    ...told,
    asked,
    journal,
    progress,
    now: told.now ?? Date.now,
    signal: stop.signal,
    environment: process.env,
  };
  const sources = [
    config.ad && { name: 'ad', reading: collectActiveDirectory(config.ad, draft, context) },
    config.graph && { name: 'graph', reading: collectGraph(config.graph, draft, context) },
  ].filter(source => source !== undefined);
  const watched = sources.map(({ name, reading }) =>
    reading.catch((thrown: unknown) => {
      if (stop.signal.aborted) return;
      failures.push(thrown);
      const others = sources.filter(source => source.name !== name);
      if (others.some(source => alive.has(source.name)) || !isSourceFailure(thrown)) stopOthers();
      else grace ??= setTimeout(stopOthers, GRACE_MS);
    }),
  );
  await Promise.all(watched);
  clearTimeout(grace);
  if (failures.length > 0) throw together(failures);
  stop.signal.throwIfAborted();
}

function isSourceFailure(thrown: unknown): thrown is AuditError {
  return thrown instanceof AuditError && thrown.kind === 'source';
}

/** The failures as one: the gravest, or all when all are of sources. */
function together(failures: readonly unknown[]): unknown {
  const other = failures.find(failure => !isSourceFailure(failure));
  if (other !== undefined || failures.length === 1) return other ?? failures[0];
  const message = failures.map(reasonOf).join('. Also: ');
  return new AuditError('source', message, { cause: failures[0] });
}
