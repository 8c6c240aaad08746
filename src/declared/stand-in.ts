import { instantText } from '../base/index.ts';
import { type FacetName, facetsFrom, NOT_ASKED, type Recorder } from '../snapshot/index.ts';
import type { Facts } from './load.ts';
import type { Declaration } from './rows.ts';

/** A recorder for the collectors, and the end of the collection, when declared facts take the places that were left empty. */
export type StandIn<R extends Recorder> = { readonly recorder: R; readonly settle: (now: number) => Promise<void> };

/**
 * Puts declared facts where nothing could be read: facets that no collector reads, and those that a source refused as a whole. What was read live is never
 * touched, not even in part, and what nobody asked for stays out. `settle` takes the present in milliseconds since 1970, because declarations end.
 */
export function standIn<R extends Recorder>(
  recorder: R,
  facts: Facts | undefined,
  asked: ReadonlySet<FacetName> | undefined,
): StandIn<R> {
  const declared = new Map((facts?.declarations ?? []).map(each => [each.facet, each]));
  const tables = new Map((facts?.declarations ?? []).map(each => [each.table, each.facet]));
  const refused = new Map<FacetName, () => void>();
  const read = new Set<FacetName>();
  const watching: Recorder = {
    ...recorder,
    add: (table, rows) => {
      const facet = tables.get(table);
      if (facet !== undefined && rows.length > 0) read.add(facet);
      return recorder.add(table, rows);
    },
    complete: (facet, object = '', counts) => {
      if (object === '') read.add(facet);
      recorder.complete(facet, object, counts);
    },
    gap: (facet, reason, object = '', counts) => {
      const tell = () => recorder.gap(facet, reason, object, counts);
      if (declared.has(facet) && object === '' && reason !== NOT_ASKED) refused.set(facet, tell);
      else tell();
    },
  };
  const settle = async (now: number) => {
    for (const facet of facetsFrom('import'))
      if (!declared.has(facet)) recorder.gap(facet, whyNot(facet, facts, asked));
    if (facts === undefined) return;
    recorder.source(sourceOf(facts));
    for (const declaration of declared.values())
      await place(declaration, facts, { recorder, now, asked, live: read, refused });
  };
  return { recorder: { ...recorder, ...watching }, settle };
}

type Setting = {
  readonly recorder: Recorder;
  readonly now: number;
  readonly asked: ReadonlySet<FacetName> | undefined;
  /** Facets of which a source showed something. */
  readonly live: ReadonlySet<FacetName>;
  /** Facets that a source did not give, each with what tells why. */
  readonly refused: ReadonlyMap<FacetName, () => void>;
};

async function place(declaration: Declaration, facts: Facts, setting: Setting): Promise<void> {
  const { facet, key, rows } = declaration;
  const { recorder, now, asked, live, refused } = setting;
  const isOurs = facet.startsWith('import.');
  if (asked !== undefined && !asked.has(facet)) {
    if (isOurs) recorder.gap(facet, NOT_ASKED);
    return;
  }
  const over = facts.untilMs <= now;
  if (live.has(facet) || over) {
    refused.get(facet)?.();
    if (isOurs) recorder.gap(facet, `declared in ${facts.file}, which may be relied on until ${facts.until} only`);
    return;
  }
  await declaration.add(recorder);
  recorder.complete(facet, '', { retrieved: rows });
  const at = instantText(now);
  recorder.query({
    ...{ source: 'import', facet, request: `${facts.file} /${key}`, pages: 1, expected: null, retrieved: rows },
    ...{ retries: 0, begun: at, ended: at, durationMs: 0, complete: true, reason: null, objects: [] },
  });
}

function sourceOf({ file, by, on, until, sha256 }: Facts) {
  return { source: 'import', endpoint: file, identity: by, server: { on, until, sha256 }, clockSkewMs: null } as const;
}

function whyNot(facet: FacetName, facts: Facts | undefined, asked: ReadonlySet<FacetName> | undefined): string {
  if (asked !== undefined && !asked.has(facet)) return NOT_ASKED;
  if (facts === undefined) return 'not declared: the configuration names no file of facts';
  return `not declared in ${facts.file}`;
}
