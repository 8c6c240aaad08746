import type { Journal } from '../../journal/index.ts';
import type { GraphFailure } from './failure.ts';
import type { Governor } from './governor.ts';
import type { Pace } from './pace.ts';
import type { GraphPort, Tally } from './port.ts';

/** A chain of pages that lead from one to the next: the members of a group, a slice of a delta. */
export type Chain = {
  /** What to ask for next, absolute, below the root that the chains are read from. */
  readonly url: () => string;
  /** Takes the body of a page; true when it was the last. Throws a GraphFailure when it is none, which leaves the chain as it was. */
  readonly take: (body: unknown) => boolean;
  /** Sets the chain back to its first page. */
  readonly restart: () => void;
  /** Called after the last page: true when what was read is proven and handed on, false when the chain has to be read once more. Throws a GraphFailure when it never will be proven. */
  readonly end: () => Promise<boolean>;
  /** True for a failure that asking again will not mend, although it would for another chain. */
  readonly isHopeless?: (failure: GraphFailure) => boolean;
  /** Called once when the chain is given up. */
  readonly failed: (failure: GraphFailure) => void;
};

/** What chains are read with. `cost` is what a page of theirs is documented to cost, in resource units. */
export type ChainReader = {
  /** What an interrupted run was answered; default none. */
  readonly journal?: Journal;
  readonly signal: AbortSignal;
  readonly port: GraphPort;
  readonly pace: Pace;
  readonly governor: Governor;
  readonly root: string;
  readonly workers: number;
  readonly cost: number;
  readonly tally: Tally;
};
