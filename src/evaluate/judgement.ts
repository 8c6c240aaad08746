import type { Invariant } from '../policy/index.ts';
import type { FacetName, Source } from '../snapshot/index.ts';

/** Ids that a subject names, as far as they apply: lower-case GUID text; `trustee` a SID; `address` in lower case; `job` the job's id. */
export type Ids = {
  readonly cloudGroup?: string;
  readonly adGroup?: string;
  readonly cloudPrincipal?: string;
  readonly adPrincipal?: string;
  readonly container?: string;
  readonly trustee?: string;
  readonly address?: string;
  readonly job?: string;
};

/** One row of a population: `key` is made of immutable ids only, `label` is for people. */
export type Subject = { readonly population: string; readonly key: string; readonly label: string; readonly ids: Ids };

/** A field value that a verdict rests on: null is "read, not set"; { unknown: facet } is "not read". */
export type Fact = boolean | number | string | readonly string[] | null | { readonly unknown: string };

/** A subject that did not pass. */
export type Judgement = {
  readonly invariant: string;
  readonly verdict: 'fail' | 'unknown';
  readonly subject: Subject;
  readonly message: string;
  readonly facts: Readonly<Record<string, Fact>>;
  /** Facets whose absence makes the verdict unknown; empty for fail. */
  readonly missing: readonly FacetName[];
  /** How many rows this stands for: unknown memberships are reported once per group. */
  readonly rows: number;
  /** Names of the selections of its invariant that hold for it; absent when none does. */
  readonly selectedBy?: readonly string[];
};

/** A named condition over the subjects of one invariant, as SQL that is NULL where it cannot be told: violations say for which of them it is true. */
export type Selection = { readonly name: string; readonly sql: string };

/** Selections by the id of their invariant. */
export type Selections = ReadonlyMap<string, readonly Selection[]>;

/** subjects = outOfScope + pass + fail + unknown. */
export type Counts = {
  readonly subjects: number;
  readonly outOfScope: number;
  readonly pass: number;
  readonly fail: number;
  readonly unknown: number;
};

/** What came of one invariant. `sql` re-performs the judgement with any engine that reads the snapshot's Parquet files. */
export type Outcome = {
  readonly invariant: Invariant;
  readonly counts: Counts;
  /** Sorted by subject key. */
  readonly judgements: readonly Judgement[];
  /** Facets that the invariant reads. */
  readonly facets: readonly FacetName[];
  /** How far apart the facts of AD and those of the cloud that it compares can have been read, in milliseconds; null when it compares none. */
  readonly apartMs: number | null;
  readonly sql: string;
};

/** Something that could not be read, and the invariants that suffer. `object` is '' when the whole facet is missing. */
export type Gap = {
  readonly facet: FacetName;
  readonly source: Source;
  readonly object: string;
  readonly reason: string;
  readonly invariants: readonly string[];
};

/** The whole result of judging: outcomes sorted by invariant id, gaps by facet and object. */
export type Evaluation = {
  readonly outcomes: readonly Outcome[];
  readonly gaps: readonly Gap[];
  /** What a reader of the verdicts must know besides: assumptions made, names that were not found. Sentences without a full stop. */
  readonly notes?: readonly string[];
};
