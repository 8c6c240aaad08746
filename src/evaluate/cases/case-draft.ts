import type { Flavour } from '../../base/index.ts';
import type { AdDraft } from './ad-draft.ts';
import type { CloudDraft } from './cloud-draft.ts';
import type { Named } from './named.ts';
import type { ReadingDraft, ServerDraft } from './reading-draft.ts';

/** Declared facts as a case states them; a kind that is left out is not declared. */
export type DeclaredDraft = {
  readonly connectScope?: readonly (string | { readonly dn: string; readonly included?: boolean })[];
  readonly cloudSyncScope?: DeclaredDraft['connectScope'];
  readonly approvedChanges?: readonly {
    readonly group: string;
    readonly to: 'cloud' | 'ad';
    readonly approved?: string;
    readonly ticket?: string;
  }[];
  readonly recipients?: readonly {
    readonly group: string;
    readonly requireSenderAuthentication?: boolean;
    readonly hiddenFromAddressLists?: boolean;
  }[];
  readonly domainControllerBuilds?: Readonly<Record<string, string>>;
  readonly statements?: Readonly<Record<string, boolean | readonly string[]>>;
};

/** Something that could not be read; see the schema. */
export type UnreadDraft = {
  readonly facet: string;
  readonly object?: string;
  readonly partly?: boolean;
  readonly reason?: string;
};

/** The earlier snapshot as a case states it: when it ended, the groups of AD with their members, who else is named, and what it did not read. */
export type BeforeDraft = {
  readonly at?: string;
  readonly groups?: readonly Named<{ readonly members?: readonly string[] }>[];
  readonly users?: readonly string[];
  readonly unread?: readonly (string | UnreadDraft)[];
};

/** Subjects by short name, or only how many. */
export type SubjectsDraft = readonly string[] | number;

/** What a case expects of one invariant. */
export type ExpectDraft = {
  readonly fail?: SubjectsDraft;
  readonly unknown?: SubjectsDraft;
  readonly pass?: number;
  readonly 'out-of-scope'?: number;
};

/** One case: both directories, and the verdicts expected. */
export type CaseDraft = {
  readonly name: string;
  readonly flavours: readonly Flavour[];
  readonly only?: boolean;
  readonly asOf?: string;
  readonly params?: Readonly<Record<string, string | number | boolean>>;
  readonly cloud?: CloudDraft;
  readonly ad?: AdDraft;
  readonly before?: BeforeDraft;
  readonly declared?: DeclaredDraft;
  readonly unread?: readonly (string | UnreadDraft)[];
  readonly readings?: Readonly<Record<string, ReadingDraft>>;
  readonly servers?: readonly Named<ServerDraft>[];
  readonly cloudClockAhead?: number;
  readonly expect: Readonly<Record<string, ExpectDraft | 'pass' | 'out-of-scope'>>;
};

/** A mutant that no case can notice, because it says the same, and why it does. */
export type EquivalentDraft = {
  readonly invariant: string;
  readonly in: 'when' | 'expect';
  readonly replace: string;
  readonly with: string;
  /** Which place that reads `replace`, from 1; default 1. */
  readonly place?: number;
  readonly why: string;
};

/** A `*.test.yaml` whose shape is right. */
export type CaseFile = {
  readonly tests: string;
  readonly equivalent?: readonly EquivalentDraft[];
  readonly cases: readonly CaseDraft[];
};
