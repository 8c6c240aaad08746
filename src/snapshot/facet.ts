import type { RightName } from './rights.ts';
import type { Source } from './source.ts';

/** What is known of a facet before anything is read. */
export type Facet = {
  readonly source: Source;
  readonly perObject: boolean;
  readonly about: string;
  /** Names of rights (rights.ts) that the collector needs to read it in full. */
  readonly rights: readonly RightName[];
  /** Facets that a collector has to read first: those that say what to ask for, or what an answer means. */
  readonly after?: readonly string[];
  /** Facets whose queries bring facts of this one too, so that it was read whenever they were. */
  readonly comesWith?: readonly string[];
  /** Not read at all: complete unless the snapshot withholds it (`collect --redact`). */
  readonly withheld?: true;
  /** What an earlier snapshot tells of this facet: read for that one, and known where it is open beside the one that is judged. */
  readonly earlier?: string;
};
