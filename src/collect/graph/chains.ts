import { type Journal, noJournal, type Occasion } from '../../journal/index.ts';
import { billOf, bodyOf, postBatch } from './batch.ts';
import type { Chain, ChainReader } from './chain.ts';
import { GraphFailure, isExpiredPage, isThrottle, isTransient, triesFor } from './failure.ts';
import { lineOf } from './line.ts';
import type { Pace } from './pace.ts';
import { parseKept, recallAnswer, type Tally } from './port.ts';

/** Chains that are being read; one begins when its turn comes, so that many that wait take little memory. `finish` says that no more will be added, and resolves when each has ended or failed; rejects with a stop or whatever broke a chain's end. */
export type Chains = {
  readonly add: (begin: () => Chain) => void;
  readonly finish: () => Promise<void>;
};

type Errand = {
  readonly chain: Chain;
  /** Where the answer to the page that is due is kept. */
  occasion: Occasion | undefined;
  faults: number;
  throttles: number;
  rounds: number;
};

const BATCH = 20;
/** How many chains whose pages were all recalled may be proven at a time. */
const MOST_ENDING = 64;

/**
 * Reads many chains through $batch, twenty pages at a time. Every inner answer is accounted for by its id and judged on its own: a transient one is
 * asked again, a refused one fails its chain only. Pages that continue a chain go before new chains, and which pages go is decided when the
 * governor allows a batch: so few chains are open at a time, and a very long one is never held up by many short ones.
 */
export function openChains(reader: ChainReader): Chains {
  const { pace, governor, cost, tally, signal, journal = noJournal } = reader;
  const continued: Errand[] = [];
  const fresh = lineOf<() => Errand>();
  const idle: (() => void)[] = [];
  let open = 0;
  let closed = false;
  let broken = false;
  let failure: unknown;
  const wake = () => {
    for (const go of idle.splice(0)) go();
  };
  const waiting = () => continued.length + fresh.size();
  const close = (errand: Errand, failure?: GraphFailure) => {
    open--;
    if (failure !== undefined) errand.chain.failed(failure);
    if (open === 0) wake();
  };

  const breakOff = (thrown: unknown) => {
    if (!broken) failure = thrown;
    broken = true;
    wake();
  };
  // What an interrupted run was answered is not asked again: every chain first goes as far as that leads.
  const recallable = lineOf<Errand>();
  const ending = new Set<Promise<void>>();
  let recalling = false;
  const recallAll = async () => {
    for (let errand = recallable.take(); errand !== undefined && !broken; errand = recallable.take()) {
      const known = errand;
      const isNew = known.rounds + known.faults + known.throttles === 0;
      const outcome = await recallPages(known, journal, tally, signal);
      if (outcome === 'ended') await endSoon(known);
      else if (outcome === 'none' && isNew) fresh.push(() => known);
      else continued.push(known);
      // Together, so that full batches go.
      if (recallable.size() === 0 || waiting() >= BATCH) wake();
    }
    recalling = false;
  };
  const enqueue = (errand: Errand) => {
    if (!journal.resuming) {
      continued.push(errand);
      wake();
      return;
    }
    recallable.push(errand);
    if (recalling) return;
    recalling = true;
    recallAll().catch(breakOff);
  };
  const endSoon = async (errand: Errand) => {
    const retries: Retry[] = [];
    const end: Promise<void> = settle(errand, retries)
      .then(() => retryLater(retries))
      .catch(breakOff)
      .finally(() => ending.delete(end));
    ending.add(end);
    if (ending.size >= MOST_ENDING) await Promise.race(ending);
  };

  const pick = (): Errand[] => {
    const picked = continued.splice(0, BATCH);
    while (picked.length < BATCH) {
      const begin = fresh.take();
      if (begin === undefined) break;
      picked.push(begin());
    }
    return picked;
  };

  const work = async () => {
    while (!broken) {
      if (waiting() === 0) {
        if (closed && open === 0) return;
        await new Promise<void>(resolve => idle.push(resolve));
        continue;
      }
      const spent = Math.min(BATCH, waiting()) * cost;
      await governor.spend(spent, 'bulk');
      // Others may have taken what was waiting, or more may have come.
      const errands = pick();
      governor.correct(errands.length * cost - spent);
      if (errands.length > 0) await advance(errands);
    }
  };

  const advance = async (errands: readonly Errand[]) => {
    for (const errand of errands) errand.occasion ??= journal.ask(errand.chain.url());
    const { answers, failure: whole } = await postBatch(
      reader,
      errands.map(({ chain }) => chain.url()),
    );
    if (whole !== undefined) {
      // The port has tried again already, as often as is sensible.
      for (const errand of errands) close(errand, whole);
      return;
    }
    governor.correct(billOf(answers, governor, cost) - answers.size * cost);
    const retries: Retry[] = [];
    const ended: Errand[] = [];
    for (const [index, errand] of errands.entries()) {
      try {
        const body = bodyOf(answers.get(index));
        const isLast = errand.chain.take(body);
        const { occasion } = errand;
        errand.occasion = undefined;
        errand.faults = 0;
        errand.throttles = 0;
        if (journal !== noJournal) await occasion?.keep(Buffer.from(JSON.stringify(body)));
        if (isLast) ended.push(errand);
        else continued.push(errand);
      } catch (thrown) {
        judge(errand, thrown, retries);
      }
    }
    wake();
    await Promise.all(ended.map(errand => settle(errand, retries)));
    await retryLater(retries);
  };

  const settle = async (errand: Errand, retries: Retry[]) => {
    try {
      if (await errand.chain.end()) return close(errand);
      // Time for the index behind the count to catch up.
      errand.rounds++;
      retries.push({ errand, ms: pace.backoff(errand.rounds + 1), shared: false });
    } catch (thrown) {
      judge(errand, thrown, retries);
    }
  };

  const judge = (errand: Errand, thrown: unknown, retries: Retry[]) => {
    if (!(thrown instanceof GraphFailure) || thrown.why === 'stopped') throw thrown;
    if (thrown.status === 429) governor.slowDown();
    const retry = errand.chain.isHopeless?.(thrown) === true ? undefined : nextTry(errand, thrown, pace);
    if (retry === undefined) return close(errand, thrown);
    tally.retries++;
    retries.push(retry);
  };

  const retryLater = async (retries: readonly Retry[]) => {
    const longest = (shared: boolean) =>
      Math.max(0, ...retries.filter(retry => retry.shared === shared).map(({ ms }) => ms));
    try {
      const [pause, rest] = [longest(true), longest(false)];
      if (pause > 0) await pace.pause(pause, 'Microsoft Graph throttles the reading of members');
      if (rest > 0) await pace.rest(rest, 'a part of a batch failed');
    } catch (thrown) {
      if (!(thrown instanceof GraphFailure) || thrown.why !== 'late') throw thrown;
      // Those that wait have run out of time; the others may still go on.
      for (const { errand } of retries) close(errand, thrown);
      return;
    }
    for (const { errand } of retries) enqueue(errand);
  };

  const workers = Promise.all(Array.from({ length: reader.workers }, () => work().catch(breakOff)));
  return {
    add: begin => {
      open++;
      if (journal.resuming) enqueue(errandOf(begin()));
      else {
        fresh.push(() => errandOf(begin()));
        wake();
      }
    },
    finish: async () => {
      closed = true;
      wake();
      await workers;
      await Promise.all(ending);
      if (broken) throw failure;
    },
  };
}

type Retry = { readonly errand: Errand; readonly ms: number; readonly shared: boolean };

function errandOf(chain: Chain): Errand {
  return { chain, occasion: undefined, faults: 0, throttles: 0, rounds: 0 };
}

/** Takes the pages that an interrupted run was answered: all of them (`ended`), some (`begun`) or none. */
async function recallPages(
  errand: Errand,
  journal: Journal,
  tally: Tally,
  signal: AbortSignal,
): Promise<'ended' | 'begun' | 'none'> {
  for (let pages = 0; ; pages++) {
    errand.occasion ??= journal.ask(errand.chain.url());
    const known = await recallAnswer(errand.occasion, tally, signal);
    if (known === undefined) return pages > 0 ? 'begun' : 'none';
    errand.occasion = undefined;
    if (errand.chain.take(parseKept(known))) return 'ended';
  }
}

/** How long a failed errand waits before it is asked again; undefined when that is pointless. */
function nextTry(errand: Errand, failure: GraphFailure, pace: Pace): Retry | undefined {
  if (isThrottle(failure)) {
    errand.throttles++;
    return { errand, ms: Math.max(failure.retryAfterMs ?? 0, pace.backoff(errand.throttles)), shared: true };
  }
  errand.faults++;
  if (errand.faults >= triesFor(failure)) return undefined;
  if (isExpiredPage(failure)) {
    errand.chain.restart();
    errand.occasion = undefined;
  }
  // A token that ended while the batch was under way is renewed with the next one.
  else if (!isTransient(failure) && failure.status !== 401) return undefined;
  return { errand, ms: Math.max(failure.retryAfterMs ?? 0, pace.backoff(errand.faults)), shared: false };
}
