import { type Audited, audit as auditSnapshot } from '../audit.ts';
import { AuditError, instantText, reasonOf } from '../base/index.ts';
import type { Config } from '../config/index.ts';
import { type Evaluation, evaluate, facetReaders } from '../evaluate/index.ts';
import {
  type AuditResult,
  changedSince,
  type Gate,
  readResults,
  type SettleContext,
  settleFailure,
} from '../findings/index.ts';
import { verifySnapshot } from '../snapshot/index.ts';
import type { WaiversFile } from '../waivers/index.ts';
import { collectSnapshot } from './collect.ts';
import { type ConfirmOptions, confirmResult, settleOf } from './confirm.ts';
import { readText } from './files.ts';
import { Interrupted } from './interruption.ts';
import { askedBy } from './minimal.ts';
import { asOfOf, type Command, type CommonOptions, configOf, failOnOf, maxUnknownOf } from './options.ts';
import { type LoadedPolicies, type PolicyOptions, policiesFor } from './policies.ts';
import { destinationOf, formatsOf, tellSummary, writeReports } from './reports.ts';
import { withSnapshot } from './snapshots.ts';
import { reportFailure } from './terminal.ts';
import type { ResumeOptions } from './unfinished.ts';
import { toolVersion } from './version.ts';
import { waiversFor } from './waivers-file.ts';

/** What a run is judged against besides its policies: shared by `audit` and `evidence seal`. */
export type HistoryOptions = {
  readonly baseline?: string;
  readonly baselineSnapshot?: string;
  readonly waivers?: string;
  readonly asOf?: string;
  readonly memory?: string;
};

/** Options of `audit`. */
export type AuditOptions = CommonOptions &
  PolicyOptions &
  HistoryOptions &
  ResumeOptions &
  ConfirmOptions & {
    readonly snapshot?: string;
    readonly previous?: string;
    readonly format?: string;
    readonly out?: string;
    readonly failOn?: string;
    readonly maxUnknown?: string;
    readonly minimal?: boolean;
    readonly redact?: boolean;
  };

/** `audit`: judges a snapshot, or collects one first; writes the reports and answers with the exit code of the gate. */
export const audit: Command<AuditOptions> = async options => {
  const config = configOf(options);
  const names = formatsOf(options.format);
  const folderOf = destinationOf(options.out, names, config.reports);
  const gate = {
    failOn: failOnOf(options.failOn, config.failOn),
    maxUnknown: maxUnknownOf(options.maxUnknown, config.maxUnknown),
  };
  if (options.resume !== undefined && options.snapshot !== undefined)
    throw new AuditError('input', 'give either --snapshot or --resume: a snapshot is a finished collection');
  if (options.snapshot !== undefined && (options.redact === true || options.minimal === true))
    throw new AuditError('input', '--minimal and --redact are about what is collected; with --snapshot nothing is');
  if (options.confirm === true && (options.snapshot !== undefined || options.redact === true))
    throw new AuditError(
      'input',
      `--confirm reads the live sources again by their names: it does not go with ${options.snapshot === undefined ? '--redact' : '--snapshot'}`,
    );
  settleOf(options);
  // Before anything is read: a mistake in a policy, a waiver or a time must not cost a collection.
  const settings = await settingsOf(options, config, gate);
  const loaded = await policiesFor(options, config, Date.now(), true);
  const conditions = waiversFor({ ...options, quiet: true }, loaded, Date.now())?.facets ?? [];
  if (options.asOf !== undefined) asOfOf(options.asOf, '');
  if (options.previous !== undefined && options.snapshot === undefined) await verifySnapshot(options.previous);
  try {
    if (options.snapshot === undefined && loaded.compiled.size === 0)
      throw new AuditError('unjudged', 'there is no policy, so nothing was read either');
    const path =
      options.snapshot ??
      (await collectSnapshot(
        config,
        { ...options, asked: askedBy(loaded, options.minimal, conditions) },
        facetReaders(loaded.compiled.values(), config.flavours, loaded.model),
      ));
    const { result: first } = await auditAt(path, config, options, settings);
    const judge = async (amended: string) =>
      (await auditAt(amended, config, { ...options, asOf: first.run.asOf, quiet: true }, settings)).result;
    const result = options.confirm === true ? await confirmResult(first, path, config, options, judge) : first;
    const folder = folderOf(result);
    await writeReports(result, names, folder);
    if (options.quiet !== true) await tellSummary(result, folder, names);
    return result.run.exitCode;
  } catch (thrown) {
    if (thrown instanceof Interrupted || (thrown instanceof AuditError && thrown.kind === 'input')) throw thrown;
    // The reports of an earlier run must not pass for those of this one.
    const code = reportFailure(thrown);
    const policies = loaded.policies.map(({ name, path, sha256 }) => ({ name, path, sha256 }));
    const run = { tool: toolVersion(), snapshot: null, policies };
    const kind = thrown instanceof AuditError ? thrown.kind : 'bug';
    const failed = settleFailure(kind, reasonOf(thrown), {
      ...settings,
      run,
      asOf: instantText(Date.now()),
      controls: loaded.controls?.mapping,
    });
    await writeReports(failed, names, folderOf(failed));
    return code;
  }
};

/** What `auditAt` needs to know besides the policies and the snapshot. */
export type Settings = Gate & Pick<SettleContext, 'acceptUnknown' | 'baseline' | 'rejudged'>;

/** The settings of a run: its gate, expected gaps, baseline, and what today's policies find in the snapshot of that. */
export async function settingsOf(
  options: PolicyOptions & HistoryOptions,
  config: Config,
  gate: Gate,
): Promise<Settings> {
  if (options.baselineSnapshot !== undefined && options.baseline === undefined)
    throw new AuditError('input', '--baseline-snapshot is the snapshot of --baseline: give both');
  const settings = { ...gate, acceptUnknown: config.acceptUnknown };
  if (options.baseline === undefined) return settings;
  const baseline = await readResultsAt(options.baseline);
  const path = options.baselineSnapshot;
  if (path === undefined) return { ...settings, baseline };
  return { ...settings, baseline, rejudged: await rejudge(path, config, options, baseline) };
}

/** What today's policies find in the snapshot of the baseline, as of its time: of the invariants that judge otherwise than then. */
async function rejudge(
  path: string,
  config: Config,
  options: PolicyOptions & HistoryOptions,
  baseline: AuditResult,
): Promise<Evaluation> {
  // Without the earlier snapshot: that is one before today's, and may be this very one.
  const { memory } = options;
  return withSnapshot(path, memory === undefined ? {} : { memory }, async snapshot => {
    const wanted = baseline.run.snapshot?.id.slice(0, 12) ?? 'none';
    if (snapshot.id !== baseline.run.snapshot?.id)
      throw new AuditError(
        'input',
        `${path} is snapshot ${snapshot.id.slice(0, 12)}, but the baseline is of ${wanted}`,
      );
    const { compiled, model } = await policiesFor(options, config, Date.parse(baseline.run.asOf), true);
    const today = [...compiled.values()];
    const definitions = today.map(({ invariant }) => invariant);
    const changed = new Set(changedSince(baseline, definitions, toolVersion().version));
    return evaluate(
      snapshot,
      today.filter(({ invariant }) => changed.has(invariant.id)),
      { model },
    );
  });
}

/** Opens a snapshot and audits it by the policies and waivers of the options; also for evidence. */
export async function auditAt(
  path: string,
  config: Config,
  options: PolicyOptions & HistoryOptions & Pick<AuditOptions, 'previous'>,
  settings: Settings,
): Promise<Audited & { readonly loaded: LoadedPolicies; readonly waivers?: WaiversFile }> {
  return withSnapshot(path, options, async snapshot => {
    const asOf = asOfOf(options.asOf, snapshot.manifest.end);
    const loaded = await policiesFor(options, config, Date.parse(asOf));
    const file = waiversFor(options, loaded, Date.parse(asOf));
    const excepted = file === undefined ? {} : { waivers: file.waivers, selections: file.selections };
    const { populations } = loaded;
    const request = { snapshot, policies: loaded, populations, tool: toolVersion(), asOf, ...settings, ...excepted };
    return { ...(await auditSnapshot(request)), loaded, ...(file === undefined ? {} : { waivers: file }) };
  });
}

/** A results.json from disk; throws an input error when it cannot be read. */
export async function readResultsAt(path: string): Promise<AuditResult> {
  return readResults(await readText(path), path);
}
