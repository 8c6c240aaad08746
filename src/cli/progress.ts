/** How far the reading of a facet is, or how long a source asked to wait from now on. */
export type ProgressEvent =
  | {
      readonly source: string;
      readonly facet: string;
      readonly done: number;
      readonly expected?: number;
      readonly note?: string;
    }
  | { readonly source: string; readonly waitingMs: number };

/** What is known about a running collection, as lines for people. All times are in milliseconds of one clock. */
export type ProgressBook = {
  readonly take: (event: ProgressEvent, now: number) => void;
  /** One line per source; figures of now. */
  readonly lines: (now: number) => readonly string[];
};

type Sample = { readonly at: number; readonly total: number };
type Facet = { done: number; expected: number | undefined; seen: number; note: string | undefined };
type Source = { readonly facets: Map<string, Facet>; total: number; samples: Sample[]; waitingUntil: number };

const names: Readonly<Record<string, string>> = { ad: 'Active Directory', graph: 'Microsoft Graph' };
const WIDTH = 17;
/** A facet that was silent for so long is not shown while another one speaks. */
const STALE_MS = 3_000;
/** Rates are of the last so many milliseconds. */
const WINDOW_MS = 15_000;
const SAMPLE_MS = 500;

/** An empty book. */
export function progressBook(): ProgressBook {
  const sources = new Map<string, Source>();
  return {
    take: (event, now) => {
      const source = sources.get(event.source) ?? { facets: new Map(), total: 0, samples: [], waitingUntil: 0 };
      sources.set(event.source, source);
      if ('waitingMs' in event) source.waitingUntil = Math.max(source.waitingUntil, now + event.waitingMs);
      else note(source, event, now);
    },
    lines: now => [...sources].map(([name, source]) => (names[name] ?? name).padEnd(WIDTH) + tell(source, now)),
  };
}

function note(
  source: Source,
  { facet, done, expected, note: words }: Extract<ProgressEvent, { readonly facet: string }>,
  now: number,
): void {
  const known = source.facets.get(facet) ?? { done: 0, expected: undefined, seen: 0, note: undefined };
  source.facets.set(facet, known);
  // A list that is read again starts from nothing: that is no step back of the whole.
  source.total += Math.max(0, done - known.done);
  known.done = done;
  known.expected = expected ?? known.expected;
  known.seen = now;
  known.note = words;
  const last = source.samples.at(-1);
  if (last !== undefined && now - last.at < SAMPLE_MS) return;
  source.samples.push({ at: now, total: source.total });
  source.samples = source.samples.filter(({ at }) => now - at <= WINDOW_MS);
}

function tell(source: Source, now: number): string {
  const facets = [...source.facets];
  const newest = Math.max(...facets.map(([, { seen }]) => seen));
  const active = facets.filter(([, { seen }]) => seen >= newest - STALE_MS || now - seen < STALE_MS);
  const parts = active.map(([name, { done, expected, note: words }]) => {
    const of = expected === undefined || expected < done ? '' : ` of ${figure(expected)}`;
    return `${name.replace(/^(ad|cloud)\./, '')} ${figure(done)}${of}${words === undefined ? '' : ` (${words})`}`;
  });
  const rate = rateOf(source, now);
  if (rate > 0) parts.push(`${figure(rate)}/s`);
  const waiting = Math.ceil((source.waitingUntil - now) / 1000);
  const left = active.reduce((sum, [, { done, expected = 0 }]) => sum + Math.max(0, expected - done), 0);
  if (waiting > 0) parts.push(`throttled, waiting ${duration(waiting)}`);
  else if (left > 0 && rate > 0) parts.push(`about ${duration(Math.ceil(left / rate))} left`);
  return parts.join(' · ') || 'waiting for the first answer';
}

function rateOf({ samples, total }: Source, now: number): number {
  const [first] = samples;
  const elapsed = first === undefined ? 0 : now - first.at;
  return first === undefined || elapsed < 1000 ? 0 : Math.round(((total - first.total) * 1000) / elapsed);
}

function figure(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

function duration(seconds: number): string {
  if (seconds < 100) return `${seconds} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
