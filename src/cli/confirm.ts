import { relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AuditError, instantText } from '../base/index.ts';
import type { AdSubjects } from '../collect/ad/index.ts';
import type { GraphSubjects } from '../collect/graph/index.ts';
import type { Config } from '../config/index.ts';
import type { AuditResult, ConfirmationPlan } from '../findings/index.ts';
import { confirm, planConfirmation, spreadFailures, unconfirmed } from '../findings/index.ts';
import { relationStatements } from '../model/index.ts';
import type { AmendedDraft, Snapshot } from '../snapshot/index.ts';
import { readDuration } from '../yaml/index.ts';
import { Interrupted, interruptible } from './interruption.ts';
import { type Progress, showProgress } from './progress-screen.ts';
import { say } from './terminal.ts';
import { toolVersion } from './version.ts';

/** Options of a confirmation. */
export type ConfirmOptions = {
  readonly confirm?: boolean;
  readonly settle?: string;
  readonly memory?: string;
  readonly quiet?: boolean;
};

const LONGEST_SETTLE_MS = 7 * 24 * 3_600_000;
const HOUR_MS = 3_600_000;
const SECOND_MS = 1000;

/** The value of --settle in milliseconds; undefined without one. Throws an input error for what is no duration. */
export function settleOf({ confirm, settle }: ConfirmOptions): number | undefined {
  if (settle === undefined) return undefined;
  if (confirm !== true) throw new AuditError('input', '--settle says how long --confirm waits: give both');
  const ms = settle === '0' ? 0 : readDuration(settle);
  if (ms === undefined || ms > LONGEST_SETTLE_MS)
    throw new AuditError(
      'input',
      `--settle takes a duration such as 5m, at most 7 days, not ${JSON.stringify(settle)}`,
    );
  return ms;
}

/**
 * Waits, reads again from the live sources what violates something in `first`, and answers with the result on what came of it. `judge` audits a snapshot
 * as of the time of `first`. What cannot be read again stands.
 */
export async function confirmResult(
  first: AuditResult,
  path: string,
  config: Config,
  options: ConfirmOptions,
  judge: (path: string) => Promise<AuditResult>,
): Promise<AuditResult> {
  const plan = planConfirmation(first);
  const snapshot = first.run.snapshot?.id;
  if (snapshot === undefined) return first;
  if (plan.asked.length === 0) return unconfirmed(plan, first, undefined, { snapshot, settledMs: 0, again: null });
  return interruptible(async stop => {
    const { openSnapshot } = await import('../snapshot/index.ts');
    const memory = options.memory === undefined ? {} : { memory: options.memory };
    const base = await openSnapshot(path, { verify: false, ...memory });
    const progress = showProgress(options.quiet === true, () => 0);
    const again = {
      objects: await objectsOf(base, plan),
      settledMs: settleOf(options) ?? (await graceOf(base, config)),
    };
    try {
      await settle(again.settledMs, plan.asked.length, progress, options, stop.signal);
      const facts = { snapshot, settledMs: again.settledMs, again: instantText(Date.now()) };
      const reading = { base, config, plan, progress, stop, memory, again: facts.again };
      const reread = await readAgain(reading, again.objects);
      progress.end();
      if ('reason' in reread) return unconfirmed(plan, first, reread.reason, facts);
      return confirm(plan, await judge(reread.path), reread.failed, facts);
    } catch (thrown) {
      const kept = `the snapshot is kept: judge it with tallystick audit --snapshot ${relative(process.cwd(), path)}`;
      throw thrown instanceof Interrupted ? new Interrupted(thrown.signal, kept) : thrown;
    } finally {
      progress.end();
      await base.close();
    }
  });
}

async function settle(
  ms: number,
  violations: number,
  progress: Progress,
  { quiet }: ConfirmOptions,
  signal: AbortSignal,
): Promise<void> {
  if (ms > 0) say(quiet, `${violations} to confirm; changes on their way are given ${Math.ceil(ms / SECOND_MS)} s.`);
  const seconds = Math.ceil(ms / SECOND_MS);
  const end = performance.now() + ms;
  for (let left = ms; left > 0; left = end - performance.now()) {
    progress.show({
      source: 'settling',
      facet: 'seconds',
      done: seconds - Math.ceil(left / SECOND_MS),
      expected: seconds,
    });
    await sleep(Math.min(left, SECOND_MS), undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

/** The time that the engines of a tenant may take, as `group.grace` has it: an hour, for Cloud Sync three times the interval of its job. */
async function graceOf(base: Snapshot, { flavours }: Config): Promise<number> {
  const [row] = await base.rows(
    "SELECT max(schedule_interval_seconds) AS seconds FROM cloud_job WHERE starts_with(template_id, 'AAD2ADGroupProvisioning')",
  );
  const seconds = row?.seconds;
  const cloudSync = typeof seconds === 'number' || typeof seconds === 'bigint' ? Number(seconds) * 3000 : HOUR_MS;
  const graces = flavours.map(flavour => (flavour === 'cloud-sync' ? cloudSync : HOUR_MS));
  return Math.max(...(graces.length === 0 ? [HOUR_MS] : graces));
}

type Objects = { readonly ad: AdSubjects; readonly graph: GraphSubjects };

/** What has to be read of each source for the violations of a plan: of every group both sides, whichever the violation names. */
async function objectsOf(base: Snapshot, { subjects }: ConfirmationPlan): Promise<Objects> {
  for (const statement of relationStatements(['FROM pair'])) await base.run(statement);
  const pairs = await base.rows(
    'SELECT ad_guid::VARCHAR AS ad, coalesce(anchor, cloud_id)::VARCHAR AS cloud FROM pair WHERE seen',
  );
  const ad = new Set(subjects.adGroups);
  const cloud = new Set(subjects.cloudGroups);
  const wanted = (id: unknown, one: ReadonlySet<string>, other: ReadonlySet<string>) =>
    typeof id === 'string' && (one.has(id) || other.has(id));
  for (const pair of pairs)
    if (
      wanted(pair.ad, subjects.adGroups, subjects.adPrincipals) ||
      wanted(pair.cloud, subjects.cloudGroups, subjects.cloudPrincipals)
    ) {
      if (typeof pair.ad === 'string') ad.add(pair.ad);
      if (typeof pair.cloud === 'string') cloud.add(pair.cloud);
    }
  const groups = new Set((await base.rows('SELECT id::VARCHAR AS id FROM cloud_group')).map(({ id }) => String(id)));
  for (const id of subjects.cloudPrincipals) if (groups.has(id)) cloud.add(id);
  const rest = (ids: ReadonlySet<string>, known: ReadonlySet<string>) => new Set([...ids].filter(id => !known.has(id)));
  return {
    ad: { groups: ad, principals: rest(subjects.adPrincipals, ad), anchors: cloud, addresses: subjects.addresses },
    graph: { groups: cloud, users: await usersAmong(base, rest(subjects.cloudPrincipals, cloud)) },
  };
}

/** Of some ids, those of users. */
async function usersAmong(base: Snapshot, ids: ReadonlySet<string>): Promise<ReadonlySet<string>> {
  if (ids.size === 0) return ids;
  const list = [...ids].map(id => `'${id}'`).join(', ');
  const rows = await base.rows(`SELECT id::VARCHAR AS id FROM cloud_user WHERE id IN (${list})`);
  return new Set(rows.map(({ id }) => String(id)));
}

type Reading = {
  readonly base: Snapshot;
  readonly config: Config;
  readonly plan: ConfirmationPlan;
  readonly progress: Progress;
  readonly stop: AbortController;
  readonly memory: { readonly memory?: string };
  readonly again: string;
};

/** Reads both sources again into a snapshot of its own; or says why one of them could not be: a newer half against an older one proves nothing. */
async function readAgain(
  { base, config, plan, progress, stop, memory, again }: Reading,
  objects: Objects,
): Promise<{ readonly path: string; readonly failed: ReadonlyMap<string, string> } | { readonly reason: string }> {
  const { amendSnapshot, verifySnapshot } = await import('../snapshot/index.ts');
  const draft = await amendSnapshot(await verifySnapshot(base.path, { digests: false }), {
    directory: config.snapshots,
    version: toolVersion().version,
    signal: stop.signal,
    again,
    ...memory,
  });
  try {
    const failed = spreadFailures(plan.asked, await rereadSources(draft, base, config, objects, progress, stop));
    draft.restore(failed.keys());
    const { path } = await draft.finish(instantText(Date.now()));
    return { path, failed };
  } catch (thrown) {
    stop.signal.throwIfAborted();
    if (thrown instanceof AuditError && thrown.kind === 'source') return { reason: thrown.message };
    throw thrown;
  } finally {
    await draft.abort();
  }
}

async function rereadSources(
  draft: AmendedDraft,
  base: Snapshot,
  { ad, graph }: Config,
  objects: Objects,
  progress: Progress,
  stop: AbortController,
): Promise<ReadonlyMap<string, string>> {
  const [{ rereadActiveDirectory }, { rereadGraph }] = await Promise.all([
    import('../collect/ad/index.ts'),
    import('../collect/graph/index.ts'),
  ]);
  const ending = new AbortController();
  const signal = AbortSignal.any([stop.signal, ending.signal]);
  const context = { progress: progress.show, now: Date.now, signal, environment: process.env };
  const nothing = Promise.resolve(new Map<string, string>());
  const readings = [
    ad ? rereadActiveDirectory(ad, objects.ad, base, draft, context).then(() => nothing) : nothing,
    graph ? rereadGraph(graph, objects.graph, base, draft, context) : nothing,
  ];
  let first: unknown;
  for (const reading of readings)
    reading.catch((thrown: unknown) => {
      first ??= thrown;
      ending.abort();
    });
  // Nothing may still run when this returns.
  const ended = await Promise.allSettled(readings);
  if (first !== undefined) throw first;
  return new Map(ended.flatMap(one => (one.status === 'fulfilled' ? [...one.value] : [])));
}
