import { audit } from '../audit.ts';
import { exitCodes, inputError, isAtLeast, type Problem } from '../base/index.ts';
import type { Config } from '../config/index.ts';
import type { AuditResult } from '../findings/index.ts';
import { compareResults, type Impact, type ImpactFormat, renderImpact } from '../impact/index.ts';
import { loadPolicies } from '../policy/index.ts';
import { asOfOf, type Command, type CommonOptions, configOf, failOnOf, maxUnknownOf } from './options.ts';
import { populationsFor } from './policies.ts';
import { policyFolder } from './revision.ts';
import { withSnapshot } from './snapshots.ts';
import { deliver } from './terminal.ts';
import { toolVersion } from './version.ts';

/** Options of `impact`. */
export type ImpactOptions = CommonOptions & {
  readonly base: string;
  readonly head: string;
  readonly snapshot: string;
  readonly format: ImpactFormat;
  readonly failOn?: string;
  readonly asOf?: string;
  readonly memory?: string;
};

/** `impact`: judges one snapshot by two versions of the policies and tells what changes. */
export const impact: Command<ImpactOptions> = async options => {
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
  const { model, populations, problems } = await populationsFor({}, config);
  if (problems.length > 0) throw inputError(problems);
  const folder = await policyFolder(name, config.policies);
  try {
    // A session keeps the relations of a run, so each version gets its own.
    return await withSnapshot(path, options, async snapshot => {
      const asOf = asOfOf(options.asOf, snapshot.manifest.end);
      const loaded = loadPolicies({ paths: folder.paths, cwd: folder.cwd, params: {}, model, asOf: Date.parse(asOf) });
      if (loaded.problems.some(problem => problem.level === 'error'))
        throw inputError(loaded.problems.map(problem => inVersion(problem, folder.revision)));
      const { result } = await audit({
        snapshot,
        policies: loaded,
        populations,
        tool: toolVersion(),
        asOf,
        // The gate of the audit, so that the comparison tells whether the audit would end otherwise.
        failOn: failOnOf(undefined, config.failOn),
        maxUnknown: maxUnknownOf(undefined, config.maxUnknown),
        acceptUnknown: config.acceptUnknown,
      });
      return result;
    });
  } finally {
    await folder.release();
  }
}

/** A problem of a git revision is named as git names files: `main:policies/scope.yaml`. */
function inVersion(problem: Problem, revision: string | undefined): Problem {
  if (problem.at === undefined || revision === undefined) return problem;
  return { ...problem, at: { ...problem.at, file: `${revision}:${problem.at.file}` } };
}

function severitiesOf(compared: Impact) {
  return [...compared.findings.appeared, ...compared.findings.disappeared].map(change => change.severity);
}
