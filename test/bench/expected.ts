import { createHash } from 'node:crypto';

/** How many findings an invariant has and the SHA-256 of their sorted subject keys, one a line. */
export type Found = { readonly count: number; readonly digest: string };

/** Findings by invariant id; an invariant without any is left out. */
export type Findings = Readonly<Record<string, Found>>;

/** Digests of subject keys by invariant. */
export function digestFindings(keys: ReadonlyMap<string, readonly string[]>): Findings {
  const entries = [...keys].filter(([, list]) => list.length > 0).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(
    entries.map(([invariant, list]) => [
      invariant,
      {
        count: list.length,
        digest: createHash('sha256')
          .update([...list].sort().join('\n'))
          .digest('hex'),
      },
    ]),
  );
}

/** What differs between two sets of findings, one line each; none when they are the same. */
export function differences(expected: Findings, found: Findings): readonly string[] {
  const ids = [...new Set([...Object.keys(expected), ...Object.keys(found)])].sort();
  return ids.flatMap(id => {
    const [want, got] = [expected[id], found[id]];
    if (want?.digest === got?.digest) return [];
    return [
      `${id}: expected ${want?.count ?? 0}, found ${got?.count ?? 0}${want?.count === got?.count ? ' others' : ''}`,
    ];
  });
}

/** Where the expected findings of a snapshot stand. */
export function expectedFile(snapshot: string): string {
  return `${snapshot}.expected.json`;
}
