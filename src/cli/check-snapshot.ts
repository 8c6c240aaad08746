import { audit } from '../audit.ts';
import type { Problem } from '../base/index.ts';
import type { Config } from '../config/index.ts';
import { vacuousProblems } from '../evaluate/index.ts';
import { type Loaded, type LoadRequest, loadPolicies } from '../policy/index.ts';
import { idleWaivers, loadWaivers, type WaiverSetting } from '../waivers/index.ts';
import { comparePlaces } from '../yaml/index.ts';
import { asOfOf } from './options.ts';
import type { LoadedPolicies } from './policies.ts';
import { withSnapshot } from './snapshots.ts';
import { toolVersion } from './version.ts';

/** What `check` looks at besides the policies. */
export type CheckedAgainst = {
  readonly snapshot?: string;
  readonly waivers?: string;
  readonly asOf?: string;
  readonly memory?: string;
};

/** The policies and everything to say about them and the waivers; a snapshot is asked only when there is no mistake. */
export async function checkedAgainst(
  { snapshot: path, waivers: file, asOf, memory }: CheckedAgainst,
  { populations, ...request }: Omit<LoadRequest, 'asOf'> & Pick<LoadedPolicies, 'populations'>,
  config: Config,
): Promise<{ readonly loaded: Loaded; readonly problems: readonly Problem[] }> {
  const load = (at: number) => loadPolicies({ ...request, asOf: at });
  const at = asOf === undefined ? Date.now() : Date.parse(asOfOf(asOf, ''));
  const first = load(at);
  const excusedAt = (policies: Loaded, instant: number) =>
    file === undefined ? undefined : waiversOf(file, request.cwd, { policies, model: request.model, asOf: instant });
  const excused = excusedAt(first, at);
  const problems = [...first.problems, ...(first.controls?.problems ?? []), ...(excused?.problems ?? [])];
  if (path === undefined || first.compiled.size === 0 || problems.some(({ level }) => level === 'error'))
    return { loaded: first, problems };
  return withSnapshot(path, memory === undefined ? {} : { memory }, async snapshot => {
    const instant = asOfOf(asOf, snapshot.manifest.end);
    const loaded = load(Date.parse(instant));
    const waived = excusedAt(loaded, Date.parse(instant))?.file;
    const { result, evaluation } = await audit({
      snapshot,
      policies: loaded,
      populations,
      tool: toolVersion(),
      asOf: instant,
      failOn: 'none',
      maxUnknown: 0,
      acceptUnknown: config.acceptUnknown,
      ...(waived === undefined ? {} : { waivers: waived.waivers, selections: waived.selections }),
    });
    const vacuous = vacuousProblems(evaluation.outcomes, loaded.compiled, snapshot.manifest.scope.flavours);
    const idle = file === undefined ? [] : idleWaivers(file, request.cwd, result.waivers);
    const all = [...problems, ...vacuous, ...idle];
    return { loaded, problems: all.sort((a, b) => comparePlaces(a.at, b.at)) };
  });
}

/** Where a policy has a mistake, its invariants are not known: then nothing is said of waivers that name none. */
function waiversOf(
  path: string,
  cwd: string,
  setting: WaiverSetting & { readonly policies: Loaded },
): ReturnType<typeof loadWaivers> {
  const { file, problems } = loadWaivers(path, cwd, setting);
  const broken = setting.policies.problems.some(({ level }) => level === 'error');
  return { file, problems: problems.filter(({ code }) => !broken || code !== 'unknown-invariant') };
}
