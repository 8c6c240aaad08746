import type { ExitCode, Flavour, Position, Severity } from '../base/index.ts';
import type { Counts, Fact, Ids, Subject } from '../evaluate/index.ts';
import type { ControlReport } from './controls.ts';

/** Version of results.json; schemas/results.schema.json describes it. */
export const resultFormat = 'tallystick/results/v1';

/** How a run ended, in one word; `exitCode` says the same to scripts. */
export const outcomeWords = [
  'clean',
  'findings',
  'unjudged',
  'not-performed',
  'source-failed',
  'integrity-failed',
  'input-error',
  'bug',
] as const;

export type OutcomeWord = (typeof outcomeWords)[number];

/** Which severity fails a run, and how many unknown verdicts it may have. */
export type Gate = { readonly failOn: Severity | 'none'; readonly maxUnknown: number };

/** Who answered for one source: host, identity and server, as text fit to print. */
export type SourceSummary = {
  readonly source: 'ad' | 'graph' | 'import';
  readonly endpoint: string;
  readonly identity: string;
};

/** The snapshot that was judged: its id (SHA-256 of the canonical manifest), RFC 3339 start and end, and its sources. */
export type SnapshotSummary = {
  readonly id: string;
  readonly start: string;
  readonly end: string;
  readonly sources: readonly SourceSummary[];
};

/** How far apart in time facts of AD and facts of the cloud that were compared can have been read, in milliseconds; absent where no such facts were compared. */
export type Apart = { readonly apartMs?: number };

/** What a run was made of; the caller knows it, settle() only passes it on. `snapshot` is null when none could be read. */
export type RunFacts = {
  readonly tool: { readonly name: 'tallystick'; readonly version: string };
  readonly snapshot: SnapshotSummary | null;
  /** The earlier snapshot that it was compared with; left out when there was none. */
  readonly previous?: Omit<SnapshotSummary, 'sources'>;
  readonly policies: readonly { readonly name: string; readonly path: string; readonly sha256: string }[];
  /** Populations that a user wrote; left out when there are none. */
  readonly populations?: readonly { readonly name: string; readonly path: string; readonly sha256: string }[];
};

/** The result that was compared with; `changed` are the invariants that judge otherwise since, `rejudged` whether those judged its snapshot, too. */
export type Baseline = {
  readonly run: string;
  readonly asOf: string;
  readonly changed: readonly string[];
  readonly rejudged: boolean;
};

/** The run: what was judged, by what, as of when, and how it ended. `id` is a digest of every input, so equal inputs give equal ids. */
export type Run = RunFacts &
  Apart & {
    readonly id: string;
    /** RFC 3339; ages and expiries are measured from here. */
    readonly asOf: string;
    /** The file of waivers; left out when none was given. */
    readonly waivers?: { readonly path: string; readonly sha256: string };
    readonly gate: Gate;
    /** The result that findings are compared with, or null. */
    readonly baseline: Baseline | null;
    readonly outcome: OutcomeWord;
    readonly exitCode: ExitCode;
    /** The outcome as one sentence for people. */
    readonly reason: string;
    /** What a reader must know besides: assumptions made, configured names that were not found. */
    readonly notes: readonly string[];
  };

/** Verdict counts of one invariant: subjects = outOfScope + pass + fail + unknown, and waived is a part of fail. */
export type ResultCounts = Counts & { readonly waived: number };

/** One invariant as it was judged, and what came of it. */
export type InvariantResult = Apart & {
  readonly id: string;
  readonly policy: string;
  readonly title: string;
  readonly description: string;
  readonly severity: Severity;
  readonly flavours: readonly Flavour[];
  readonly over: string;
  /** CEL; null means every subject. */
  readonly when: string | null;
  readonly expect: string;
  readonly remediation: string;
  readonly references: readonly string[];
  /** Framework → controls. */
  readonly controls: Readonly<Record<string, readonly string[]>>;
  readonly params: readonly {
    readonly name: string;
    readonly value: boolean | number | string | readonly string[];
    readonly from: 'default' | 'profile' | 'command line' | 'waivers';
  }[];
  /** Facets that the invariant reads. */
  readonly facets: readonly string[];
  readonly location: Position;
  readonly counts: ResultCounts;
};

/** Against the baseline: first seen now, seen before, or gone. Without a baseline everything is new. */
export const findingStates = ['new', 'unchanged', 'fixed'] as const;

export type FindingState = (typeof findingStates)[number];

/**
 * Why a finding is new or fixed: `policy`, what is judged otherwise explains it alone; `directory`, nothing is judged otherwise; `both`, the policy has
 * changed, but does not explain it alone; `time`, the same snapshot is judged alike, only later; `undecided`, the policy has changed, and that is all that is known.
 */
export type Cause = 'policy' | 'directory' | 'both' | 'time' | 'undecided';

/** The approved exception that holds for a finding. */
export type AppliedWaiver = {
  readonly id: string;
  readonly owner: string;
  readonly approver: string;
  readonly reason: string;
  readonly ticket?: string;
  readonly expires: string;
};

/** The acceptance that keeps an expected gap from deciding the exit code. */
export type Acceptance = { readonly reason: string; readonly until: string };

/** A subject whose verdict is `fail` or `unknown` (or was, when the state is `fixed`). */
export type Finding = {
  /** See fingerprintOf. */
  readonly fingerprint: string;
  readonly invariant: string;
  readonly severity: Severity;
  readonly verdict: 'fail' | 'unknown';
  readonly state: FindingState;
  /** `asOf` of the first result in the chain of baselines that has it, as a violation or as unknown; RFC 3339. */
  readonly firstSeen: string;
  /** `asOf` of the last result that has it: this one, or the baseline when it is fixed. */
  readonly lastSeen: string;
  /** Whole days from the first time to the last. */
  readonly ageDays: number;
  /** With a baseline, of what is new or fixed; findings of waivers have none. */
  readonly cause?: Cause;
  /** Never null for a waived violation; unknown verdicts are not waived but accepted. */
  readonly waiver: AppliedWaiver | null;
  /** Set when every missing facet is an accepted gap. */
  readonly accepted: Acceptance | null;
  readonly subject: Subject;
  readonly message: string;
  /** The field values that the verdict rests on, sorted by field. */
  readonly facts: Readonly<Record<string, Fact>>;
  /** Facets whose absence makes the verdict unknown. */
  readonly missing: readonly string[];
  /** How many rows it stands for, when more than one. */
  readonly rows?: number;
  /** Where `expect` stands in the policy. */
  readonly location: Position;
};

/** Something that could not be read; `object` is '' when the whole facet is missing. */
export type ResultGap = {
  readonly facet: string;
  readonly source: 'ad' | 'graph' | 'import';
  readonly object: string;
  readonly reason: string;
  readonly invariants: readonly string[];
  readonly accepted: Acceptance | null;
};

/**
 * How a waiver stands. Only `active` and `expiring-soon` ones cover anything. `unmatched` selects nothing that fails or is unknown; `not-judged` names an
 * invariant that did not run, or one of which it cannot be told whether the waiver selects something.
 */
export const waiverStates = [
  'active',
  'expiring-soon',
  'expired',
  'not-yet-effective',
  'self-approved',
  'too-long',
  'too-broad',
  'unmatched',
  'not-judged',
] as const;

export type WaiverState = (typeof waiverStates)[number];

/** Which findings of its invariant a waiver covers: those where CEL over the subject is true, one by fingerprint, or all whose subject has every id given (at least one). */
export type WaiverSubject = { readonly where: string } | { readonly fingerprint: string } | { readonly ids: Ids };

/** A waiver of the run and its state; `matched` counts the findings that it selects, in force or not; `daysLeft` is below zero when it is over. */
export type WaiverUse = AppliedWaiver & {
  readonly invariant: string;
  readonly subject: WaiverSubject;
  readonly effective: string;
  readonly state: WaiverState;
  readonly matched: number;
  readonly daysLeft: number;
  /** Where it stands in the file of waivers. */
  readonly location: Position;
};

/** What `audit --confirm` found out by reading again the subjects that violated something. */
export type Confirmation = {
  /** Id of the snapshot in which they did. */
  readonly snapshot: string;
  /** How long was waited before they were read again, in milliseconds. */
  readonly settledMs: number;
  /** When they began to be read again, RFC 3339; null when nothing was. */
  readonly again: string | null;
  /** How many were read again and still violate the same. */
  readonly confirmed: number;
  /** Violations that were gone: changes on their way from one side to the other. They are no findings. */
  readonly inFlight: readonly Finding[];
  /** Findings that stand unconfirmed, sorted by fingerprint, and why. */
  readonly standing: readonly { readonly fingerprint: string; readonly reason: string }[];
};

/** results.json: everything that every report is made of. Invariants are sorted by id, findings by invariant and subject key, gaps by facet and object, waivers by id. */
export type AuditResult = {
  readonly format: typeof resultFormat;
  readonly run: Run;
  readonly invariants: readonly InvariantResult[];
  readonly findings: readonly Finding[];
  readonly gaps: readonly ResultGap[];
  readonly waivers: readonly WaiverUse[];
  /** Left out without a profile that names a framework. */
  readonly controls?: ControlReport;
  /** Left out when nothing was to be confirmed. */
  readonly confirmation?: Confirmation;
};
