import type { MemoryRecorder } from '../collect/memory-recorder.ts';
import { randomFrom } from '../lab/generator/random.ts';
import { type AdFaultName, adFaultNames } from './ad-faults.ts';
import type { AdLab, AdPlan, AdRun, Topology } from './ad-lab.ts';
import { isWhole, liesOfDirectory } from './honesty.ts';

/** How a run ended: equal to the truth, with gaps that are said, with a clear failure, or with something that is not so. */
export type Ending = 'right' | 'gaps' | 'failed' | 'wrong';

/** What the directory holds, by topology: each entry is one state that a run may show, and it must not mix them. */
export type AdTruths = Readonly<Record<Topology, readonly MemoryRecorder[]>>;

/** Reads the truths. */
export async function readTruths(lab: AdLab): Promise<AdTruths> {
  const [one, behind, two] = [await lab.truth('one'), await lab.truth('behind'), await lab.truth('two')];
  return { one: [one], spare: [one, behind], switched: [one, behind], two: [two] };
}

/** How a run ended, and what is wrong with it: the lies in comparison with the state that it comes nearest to. */
export function judgeRun(
  { recorder, failure }: AdRun,
  truths: readonly MemoryRecorder[],
): { readonly ending: Ending; readonly lies: readonly string[]; readonly truth: MemoryRecorder | undefined } {
  if (failure !== undefined) return { ending: 'failed', lies: [], truth: undefined };
  const compared = truths.map(truth => ({ truth, lies: liesOfDirectory(recorder, truth) }));
  const [best] = compared.toSorted((a, b) => a.lies.length - b.lies.length);
  if (best === undefined || best.lies.length > 0) return { ending: 'wrong', lies: best?.lies ?? [], truth: undefined };
  const whole = compared.find(({ truth }) => isWhole(recorder, truth));
  return { ending: whole === undefined ? 'gaps' : 'right', lies: [], truth: whole?.truth ?? best.truth };
}

// A message without end costs the server half a second to send.
const rare: ReadonlySet<AdFaultName> = new Set(['oversized', 'hang']);
const usual = adFaultNames.filter(name => !rare.has(name));
const TURNING: readonly AdFaultName[] = ['new-certificate', 'new-controller', 'restored'];
/** Searches of a run without faults, by topology. */
export type Lengths = Readonly<Record<Topology, number>>;

/** One to three random faults, each now and then many times in a row. */
export function planOf(seed: number, lengths: Lengths): AdPlan {
  const random = randomFrom(seed);
  const topology = random.pick(['one', 'one', 'spare', 'switched', 'two'] as const);
  const faults = new Map<number, AdFaultName>();
  for (let count = random.between(1, 3); count > 0; count--) {
    const turns = topology === 'switched' && random.chance(0.5);
    const name = turns ? random.pick(TURNING) : random.pick(random.chance(0.01) ? [...rare] : usual);
    const from = random.below(lengths[topology]);
    const times = random.chance(0.25) ? random.between(2, 8) : 1;
    for (let at = from; at < from + times; at++) faults.set(at, name);
  }
  return { topology, startTls: random.chance(0.2), faults };
}

/** A plan in a few words, enough to play it again. */
export function describePlan({ topology, startTls, faults }: AdPlan): string {
  const told = [...faults].map(([at, name]) => `${name} at search ${at}`).join(', ');
  return `${topology}${startTls ? ', StartTLS' : ''}: ${told || 'no fault'}`;
}
