import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Audited, audit as auditSnapshot } from '../audit.ts';
import { AuditError, type ExitCode, instantText, reasonOf } from '../base/index.ts';
import type { Config } from '../config/index.ts';
import { type AuditResult, readResults, settleFailure } from '../findings/index.ts';
import type { Loaded } from '../policy/index.ts';
import { collectSnapshot } from './collect.ts';
import { asOfOf, type Command, type CommonOptions, configOf, failOnOf, maxUnknownOf } from './options.ts';
import { type PolicyOptions, policiesFor } from './policies.ts';
import { formatsOf, tellSummary, writeReports } from './reports.ts';
import { reportFailure } from './terminal.ts';
import { toolVersion } from './version.ts';

/** Options of `audit`. */
export type AuditOptions = CommonOptions &
  PolicyOptions & {
    readonly snapshot?: string;
    readonly format?: string;
    readonly out?: string;
    readonly failOn?: string;
    readonly maxUnknown?: string;
    readonly baseline?: string;
    readonly waivers?: string;
    readonly asOf?: string;
    readonly memory?: string;
  };

/** `audit`: judges a snapshot, or collects one first; writes the reports and answers with the exit code of the gate. */
export const audit: Command<AuditOptions> = async options => {
  const config = configOf(options);
  const names = formatsOf(options.format);
  const gate = {
    failOn: failOnOf(options.failOn, config.failOn),
    maxUnknown: maxUnknownOf(options.maxUnknown, config.maxUnknown),
  };
  // Before anything is read: a mistake in a policy must not cost a collection.
  policiesFor(options, config, Date.now(), true);
  const settings = { ...gate, acceptUnknown: config.acceptUnknown, ...(await historyOf(options)) };
  let path = options.snapshot;
  try {
    path ??= await collectSnapshot(config, {
      ...(options.memory === undefined ? {} : { memory: options.memory }),
      quiet: options.quiet === true,
    });
  } catch (thrown) {
    if (!(thrown instanceof AuditError) || thrown.kind !== 'source') throw thrown;
    const code = reportFailure(thrown);
    const run = { tool: toolVersion(), snapshot: null, policies: [] };
    const failed = settleFailure(thrown.kind, thrown.message, { ...settings, run, asOf: instantText(Date.now()) });
    await writeReports(failed, names, options.out ?? join(config.reports, `failed-${stamp(failed.run.asOf)}`));
    return code;
  }
  const { result } = await auditAt(path, config, options, settings);
  const folder =
    options.out ??
    join(config.reports, `${stamp(result.run.snapshot?.start ?? result.run.asOf)}-${result.run.id.slice(0, 12)}`);
  await writeReports(result, names, folder);
  if (options.quiet !== true) await tellSummary(result, folder, names);
  return result.run.exitCode;
};

type Settings = Omit<Parameters<typeof settleFailure>[2], 'run' | 'asOf'>;

/** Opens a snapshot and audits it by the policies of the options; also for evidence and impact. */
export async function auditAt(
  path: string,
  config: Config,
  options: PolicyOptions & { readonly asOf?: string; readonly memory?: string },
  settings: Settings,
): Promise<Audited & { readonly loaded: Loaded }> {
  const { openSnapshot } = await import('../snapshot/index.ts');
  const snapshot = await openSnapshot(path, options.memory === undefined ? {} : { memory: options.memory });
  try {
    const asOf = asOfOf(options.asOf, snapshot.manifest.end);
    const loaded = policiesFor(options, config, Date.parse(asOf));
    const audited = await auditSnapshot({ snapshot, policies: loaded, tool: toolVersion(), asOf, ...settings });
    return { ...audited, loaded };
  } finally {
    await snapshot.close();
  }
}

async function historyOf(options: AuditOptions): Promise<{ baseline?: AuditResult }> {
  return options.baseline === undefined ? {} : { baseline: await readResultsAt(options.baseline) };
}

/** A results.json from disk; throws an input error when it cannot be read. */
export async function readResultsAt(path: string): Promise<AuditResult> {
  try {
    return readResults(await readFile(path, 'utf8'), path);
  } catch (thrown) {
    if (thrown instanceof AuditError) throw thrown;
    throw new AuditError('input', `${path} cannot be read: ${reasonOf(thrown)}`, { cause: thrown });
  }
}

/** A time as part of a file name: 20260822T090000Z. */
function stamp(time: string): string {
  return `${new Date(time).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}

/** How a command ends when it only has a result to pass on. */
export function exitCodeOf(result: AuditResult): ExitCode {
  return result.run.exitCode;
}
