import type { FacetName } from '../../snapshot/index.ts';
import type { KnownGroup } from './directory.ts';
import type { GraphFailure } from './failure.ts';
import { type Ending, gapReason } from './ledger.ts';
import type { Roster } from './membership.ts';
import type { Tally } from './port.ts';
import type { Desk } from './reading.ts';

const SYNCED = 'of groups synced from AD this is not read';

/** Who hears how each group ended: with so many rows, or not at all. */
export type GroupSink = {
  readonly done: (group: string, rows: number) => void;
  readonly failed: (group: string, failure: GraphFailure) => void;
};

/** A reading of groups under way; `finish` says that no more come, and resolves when each has ended. */
export type GroupReading = {
  readonly add: (group: KnownGroup) => void;
  readonly finish: () => Promise<void>;
};

/** A facet that is read of each group by itself. */
export type PerGroup = {
  readonly facet: FacetName;
  /** As the snapshot names the request. */
  readonly request: string;
  /** `read` a group, or take it for one that has `nothing` of the kind; anything else is why it cannot be told. */
  readonly judge: (group: KnownGroup) => 'read' | 'nothing' | { readonly gap: string };
  /** What groups synced from AD are taken for; without it that is not told. */
  readonly synced?: 'nothing';
  readonly open: (tally: Tally, sink: GroupSink) => GroupReading;
};

/**
 * Reads a facet of every group but those synced from AD once the lists have ended. It is complete when each group of the tenant was read, has nothing of the
 * kind, or has a gap of its own; a refusal of all is one gap.
 */
export function readPerGroup(
  desk: Desk,
  roster: Roster,
  listed: Promise<boolean>,
  { facet, request, judge, open, synced }: PerGroup,
): Promise<boolean> {
  return desk.ledger.settle(facet, request, async tally => {
    const listsComplete = await listed;
    const withheld = new Map<string, string>();
    const failed = new Map<string, GraphFailure>();
    const known = new Set<string>();
    let asked = 0;
    let retrieved = 0;
    const reading = open(tally, {
      done: (group, rows) => {
        known.add(group);
        retrieved += rows;
        desk.progress({ source: 'graph', facet, done: known.size, expected: asked });
      },
      failed: (group, failure) => {
        known.delete(group);
        failed.set(group, failure);
      },
    });
    for (const { group, converted } of roster.all()) {
      const verdict = group.synced && !converted ? (synced ?? { gap: SYNCED }) : judge(group);
      if (typeof verdict === 'object') withheld.set(group.id, verdict.gap);
      else if (verdict === 'nothing') known.add(group.id);
      else {
        asked++;
        reading.add(group);
      }
    }
    await reading.finish();
    const [first] = failed.values();
    if (first !== undefined && failed.size === asked) return { retrieved: 0, reason: gapReason(facet, first) };
    for (const [group, gap] of withheld) desk.recorder.gap(facet, gap, group);
    for (const [group, failure] of failed) desk.recorder.gap(facet, gapReason(facet, failure), group);
    if (!listsComplete) for (const group of known) desk.recorder.complete(facet, group);
    const reason = listsComplete ? undefined : 'the list of groups is not complete, so not every group was asked';
    return { retrieved, reason, objects: [...failed.keys()] } satisfies Ending;
  });
}
