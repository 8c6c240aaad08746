import { audit } from '../audit.ts';
import { AuditError, exitCodes, inputError, isAtLeast } from '../base/index.ts';
import type { Config } from '../config/index.ts';
import type { AuditResult } from '../findings/index.ts';
import { compareResults, type Impact, type ImpactFormat, renderImpact } from '../impact/index.ts';
import { model } from '../model/index.ts';
import { loadPolicies } from '../policy/index.ts';
import { openSnapshot } from '../snapshot/index.ts';
import { asOfOf, type Command, type CommonOptions, configOf, failOnOf } from './options.ts';
import { policyFolder } from './revision.ts';
import { deliver } from './terminal.ts';
import { toolVersion } from './version.ts';

/** Options of `impact`. */
export type ImpactOptions = CommonOptions & {
  readonly base: string;
  readonly head: string;
  readonly snapshot?: string;
  readonly format: ImpactFormat;
  readonly failOn?: string;
  readonly asOf?: string;
  readonly memory?: string;
};

/** `impact`: judges one snapshot by two versions of the policies and tells what changes. */
export const impact: Command<ImpactOptions> = async options => {
  if (options.snapshot === undefined)
    throw new AuditError('input', 'impact needs --snapshot: both versions are judged on the same data');
  const config = configOf(options);
  const threshold = failOnOf(options.failOn ?? 'none', undefined);
  const base = await judge(options.base, options.snapshot, config, options);
  const head = await judge(options.head, options.snapshot, config, options);
  const compared = compareResults(base, head);
  await deliver(renderImpact(compared, options.format));
  return threshold !== 'none' && severitiesOf(compared).some(severity => isAtLeast(severity, threshold))
    ? exitCodes.findings
    : exitCodes.clean;
};

async function judge(name: string, path: string, config: Config, options: ImpactOptions): Promise<AuditResult> {
  const folder = await policyFolder(name, config.policies);
  try {
    // A session keeps the relations of a run, so each version gets its own.
    const snapshot = await openSnapshot(path, options.memory === undefined ? {} : { memory: options.memory });
    try {
      const asOf = asOfOf(options.asOf, snapshot.manifest.end);
      const loaded = loadPolicies({ paths: folder.paths, cwd: folder.cwd, params: {}, model, asOf: Date.parse(asOf) });
      if (loaded.problems.some(problem => problem.level === 'error')) throw inputError(loaded.problems);
      const { result } = await audit({
        snapshot,
        policies: loaded,
        tool: toolVersion(),
        asOf,
        failOn: 'none',
        maxUnknown: Number.MAX_SAFE_INTEGER,
        acceptUnknown: config.acceptUnknown,
      });
      return result;
    } finally {
      await snapshot.close();
    }
  } finally {
    await folder.release();
  }
}

function severitiesOf(compared: Impact) {
  return [...compared.findings.appeared, ...compared.findings.disappeared].map(change => change.severity);
}
