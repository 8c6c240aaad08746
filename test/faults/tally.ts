import type { Ending } from './ad-runs.ts';

/** Counts of endings by name. */
export type Tally = {
  readonly count: (name: string, ending: Ending) => void;
  readonly rows: () => readonly (readonly [name: string, counts: Readonly<Record<Ending, number>>])[];
};

const endings = ['right', 'gaps', 'failed', 'wrong'] as const;

/** A tally of nothing; `first` are names in the order in which they are to stand before all others. */
export function emptyTally(first: readonly string[]): Tally {
  const counts = new Map<string, Record<Ending, number>>();
  const place = (name: string) => (first.includes(name) ? first.indexOf(name) : first.length);
  return {
    count: (name, ending) => {
      const known = counts.get(name) ?? { right: 0, gaps: 0, failed: 0, wrong: 0 };
      known[ending] += 1;
      counts.set(name, known);
    },
    rows: () => [...counts].sort(([a], [b]) => place(a) - place(b) || (a < b ? -1 : 1)),
  };
}

/** A table in Markdown; `about` explains the names. */
export function tableOf(head: readonly [string, string], { rows }: Tally, about: (name: string) => string): string {
  const columns = [...head, 'runs', ...endings];
  const lines = rows().map(([name, counts]) => {
    const all = endings.reduce((sum, ending) => sum + counts[ending], 0);
    return `| ${[name, about(name), all, ...endings.map(ending => counts[ending])].join(' | ')} |`;
  });
  return [`| ${columns.join(' | ')} |`, `|${'---|'.repeat(columns.length)}`, ...lines, ''].join('\n');
}
