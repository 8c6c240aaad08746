import type { MemberMode } from '../../src/config/index.ts';
import type { TableRows } from '../../src/snapshot/index.ts';
import type { MemoryRecorder } from '../collect/memory-recorder.ts';
import { createCredentials, startAdLab, type Topology } from './ad-lab.ts';
import { type AdTruths, describePlan, type Ending, judgeRun, type Lengths, planOf, readTruths } from './ad-runs.ts';
import { joined, openAuditor } from './auditing.ts';
import { describeGraphPlan, graphPlanOf, liesOfTenant, runGraph, startGraph } from './graph-runs.ts';
import { newGaps } from './honesty.ts';
import { openRunner } from './whole-runs.ts';

/** What is collected in a run: AD or the cloud in memory, with the other taken as read; or both as `collect` does it, into a snapshot on disk. */
export const modes = ['ad', 'batch', 'delta', 'both'] as const;

/** One of them. */
export type Mode = (typeof modes)[number];

/** Which mode a seed plays: the cheap ones more often. */
export function modeOf(seed: number): Mode {
  const at = seed % 16;
  return at < 7 ? 'ad' : at < 11 ? 'batch' : at < 15 ? 'delta' : 'both';
}

/** How a run ended, which faults struck in it, and what is wrong with it. */
export type Outcome = {
  readonly seed: number;
  readonly mode: Mode;
  readonly ending: Ending;
  readonly struck: readonly string[];
  readonly plan: string;
  readonly wrong: readonly string[];
};

/** Servers of both kinds, what they hold, and an auditor. */
export type Stage = {
  readonly run: (seed: number, mode: Mode) => Promise<Outcome>;
  /** How many different snapshots were audited. */
  readonly judged: () => number;
  readonly close: () => Promise<void>;
};

const FAULTLESS = { topology: 'one', startTls: false, faults: new Map() } as const;

/** Starts everything and reads it once without faults. */
export async function openStage(): Promise<Stage> {
  const lab = await startAdLab(await createCredentials());
  const double = await startGraph();
  const auditor = await openAuditor();
  const runner = await openRunner(lab, double, auditor);
  const truths = await readTruths(lab);
  const clean = await runGraph(double, { members: 'batch', faults: [] });
  if (clean.failure !== undefined) throw clean.failure;
  const cloud = clean.recorder;
  const { one, spare, switched, two } = await lengthsOf(lab);
  const lengths: Lengths = { one, spare, switched, two };
  const worlds = worldsOf(truths, cloud);
  const [plain] = truths.one;

  const ad = async (seed: number): Promise<Outcome> => {
    const plan = planOf(seed, lengths);
    const run = await lab.run(plan);
    const { ending, lies, truth } = judgeRun(run, truths[plan.topology]);
    const world = truth && worlds.get(truth);
    const breaches = world === undefined ? [] : await auditor.breaches(joined(run.recorder, cloud), world);
    return outcome(seed, 'ad', ending, ofAd(run.struck), describePlan(plan), [...lies, ...breaches]);
  };
  const graph = async (seed: number, members: MemberMode): Promise<Outcome> => {
    const plan = graphPlanOf(seed, members);
    const run = await runGraph(double, plan);
    const lies = liesOfTenant(run.recorder);
    const world = plain && worlds.get(plain);
    const isJudged = run.failure === undefined && lies.length === 0 && plain !== undefined && world !== undefined;
    const breaches = isJudged ? await auditor.breaches(joined(plain, run.recorder), world) : [];
    const gaps = newGaps(run.recorder, cloud).filter(name => name.startsWith('cloud.'));
    const ending = run.failure !== undefined ? 'failed' : gaps.length > 0 ? 'gaps' : 'right';
    return outcome(seed, members, ending, ofGraph(run.struck), describeGraphPlan(plan), [...lies, ...breaches]);
  };
  const both = async (seed: number): Promise<Outcome> => {
    const plan = planOf(seed, lengths);
    const graphPlan = graphPlanOf(seed, seed % 2 === 0 ? 'delta' : 'batch');
    const judge = (recorder: MemoryRecorder, failure?: Error) =>
      judgeRun({ recorder, failure: undefined, searches: [], struck: [] }, failure ? [] : truths[plan.topology]);
    const run = await runner.run(plan, graphPlan, recorder => {
      const { truth } = judge(recorder);
      return truth && worlds.get(truth);
    });
    const told = `${describePlan(plan)}; ${describeGraphPlan(graphPlan)}`;
    const struck = [...ofAd(run.adStruck), ...ofGraph(run.graphStruck)];
    if (run.failure !== undefined) return outcome(seed, 'both', 'failed', struck, told, []);
    const { ending, lies } = judge(run.recorder);
    const more = liesOfTenant(run.recorder);
    const gaps = newGaps(run.recorder, cloud).filter(name => name.startsWith('cloud.'));
    const whole = ending === 'right' && gaps.length > 0 ? 'gaps' : ending;
    return outcome(seed, 'both', whole, struck, told, [...lies, ...more, ...run.breaches]);
  };
  return {
    run: (seed, mode) => (mode === 'ad' ? ad(seed) : mode === 'both' ? both(seed) : graph(seed, mode)),
    judged: auditor.judged,
    close: async () => {
      await runner.close();
      await auditor.close();
      await Promise.all([lab.stop(), double.close()]);
    },
  };
}

const ofAd = (faults: readonly string[]) => faults.map(name => `AD: ${name}`);
const ofGraph = (faults: readonly string[]) => faults.map(name => `Graph: ${name}`);

async function lengthsOf(lab: Awaited<ReturnType<typeof startAdLab>>): Promise<Lengths> {
  const length = async (topology: Topology) => (await lab.run({ ...FAULTLESS, topology })).searches.length;
  const one = await length('one');
  return { one, spare: one, switched: one, two: await length('two') };
}

function worldsOf(truths: AdTruths, cloud: MemoryRecorder): ReadonlyMap<MemoryRecorder, TableRows> {
  const all = new Set(Object.values(truths).flat());
  return new Map([...all].map(truth => [truth, joined(truth, cloud)]));
}

function outcome(
  seed: number,
  mode: Mode,
  ending: Ending,
  struck: readonly string[],
  plan: string,
  wrong: readonly string[],
): Outcome {
  return { seed, mode, ending: wrong.length > 0 ? 'wrong' : ending, struck: [...new Set(struck)], plan, wrong };
}
