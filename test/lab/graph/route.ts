import type { Answer } from './call.ts';
import type { DeltaServer, History } from './delta.ts';
import type { Scene } from './lists.ts';
import type { Need } from './permission.ts';

/** What a route's handler gets. */
export type Stage = Scene & { readonly history: History; readonly delta: DeltaServer; readonly ids: readonly string[] };

/** A path that is served. */
export type Route = {
  /** Segments of the path; `*` takes any one. */
  readonly path: string;
  readonly need: Need;
  /** Resource units before the modifiers. */
  readonly cost: number;
  readonly handle: (stage: Stage) => Answer;
};

/** The first id of a path. */
export function first({ ids }: Stage): string {
  return ids[0] ?? '';
}
