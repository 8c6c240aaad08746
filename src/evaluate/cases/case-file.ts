import { readFileSync } from 'node:fs';
import type { Flavour, Problem } from '../../base/index.ts';
import type { MemberKind, Row } from '../../snapshot/index.ts';
import { type Document, problemAt, readBytes, readDocument, schemaProblems } from '../../yaml/index.ts';
import type { PipelineDraft } from './pipeline-draft.ts';
import { validate } from './policy-test-validator.generated.js';
import type { ReadingDraft, ServerDraft } from './reading-rows.ts';

/** A thing with a short name, written as the name alone or as a mapping with `id`. */
export type Named<T> = string | ({ readonly id: string } & T);

/** Text of an attribute; null for none. */
type Text = string | null;

/** A user of the tenant as a case states it; schemas/policy-test.schema.json says what each key means. */
export type CloudUserDraft = {
  readonly ad?: string;
  readonly sid?: Text;
  readonly immutableId?: Text;
  readonly guest?: boolean;
  readonly enabled?: boolean | null;
  readonly role?: string;
  readonly displayName?: Text;
  readonly upn?: Text;
  readonly mail?: Text;
};

/** What the kinds of cloud groups are called, as in the field group.kind. */
export type GroupKind = 'microsoft365' | 'security' | 'mail-enabled-security' | 'distribution' | 'other';

/** A group of the tenant as a case states it. */
export type CloudGroupDraft = {
  readonly kind?: GroupKind;
  readonly members?: readonly string[];
  readonly announced?: number;
  readonly retrieved?: number;
  readonly owners?: readonly string[];
  readonly displayName?: Text;
  readonly description?: Text;
  readonly role?: string;
  readonly provisionedAt?: string;
  readonly created?: string;
  readonly dynamic?: boolean;
  readonly rule?: Text;
  readonly ruleState?: Text;
  readonly roleAssignable?: boolean;
  readonly mail?: Text;
  readonly mailNickname?: Text;
  readonly proxyAddresses?: readonly string[];
  readonly visibility?: Text;
  readonly hidden?: boolean | null;
  readonly externalSenders?: boolean | null;
  readonly synced?: string | boolean;
  readonly managed?: boolean;
  readonly converted?: string;
  readonly rolledBack?: string;
  readonly sid?: null;
  readonly expires?: Text;
  readonly renewed?: Text;
  readonly extensionAttributes?: readonly string[];
  readonly writeback?: { readonly enabled?: boolean | null; readonly type?: Text };
};

/** A soft-deleted group as a case states it. */
export type DeletedGroupDraft = {
  readonly kind?: GroupKind;
  readonly displayName?: Text;
  readonly deleted?: Text;
};

/** That somebody was removed from a group, as the audit log of a case tells it. */
export type RemovalDraft = {
  readonly member: string;
  readonly from: string;
  readonly at?: string;
  readonly result?: Text;
  readonly activity?: string;
};

/** A provisioning error as a case states it. */
export type ErrorDraft = {
  readonly of: string;
  readonly source?: 'on-premises' | 'service';
  readonly category?: Text;
  readonly property?: Text;
  readonly occurred?: Text;
  readonly resolved?: boolean | null;
};

/** The tenant of a case. */
export type CloudDraft = PipelineDraft & {
  readonly users?: readonly Named<CloudUserDraft>[];
  readonly groups?: readonly Named<CloudGroupDraft>[];
  readonly deleted?: readonly Named<DeletedGroupDraft>[];
  readonly purged?: readonly string[];
  readonly others?: readonly { readonly id: string; readonly kind: MemberKind }[];
  readonly authorityChanges?: readonly {
    readonly group: string | null;
    readonly to: 'cloud' | 'ad';
    readonly at?: string;
    readonly by?: string;
    readonly result?: Text;
  }[];
  readonly removed?: readonly RemovalDraft[];
  readonly errors?: readonly ErrorDraft[];
  readonly apps?: readonly Named<{ readonly permission?: string }>[];
};

/** An AD account as a case states it. */
export type AdUserDraft = {
  readonly consistencyGuid?: boolean | string;
  readonly anchorOf?: string;
  readonly class?: string;
  readonly parent?: string;
  readonly enabled?: boolean | null;
  readonly adminCount?: number;
  readonly displayName?: Text;
  readonly samAccountName?: Text;
  readonly upn?: Text;
  readonly mail?: Text;
  readonly proxyAddresses?: readonly string[];
  readonly externalId?: Text;
  readonly adminDescription?: Text;
};

/** An AD group as a case states it. */
export type AdGroupDraft = {
  readonly of?: string;
  readonly by?: Flavour;
  readonly members?: readonly string[];
  readonly announced?: number;
  readonly retrieved?: number;
  readonly memberOf?: readonly string[];
  readonly container?: string;
  readonly parent?: string;
  readonly name?: string;
  readonly class?: string;
  readonly groupType?: number | null;
  readonly externalId?: Text;
  readonly adminDescription?: Text;
  readonly samAccountName?: Text;
  readonly created?: string;
  readonly mail?: Text;
  readonly proxyAddresses?: readonly string[];
  readonly addressLists?: readonly string[];
  readonly hidden?: boolean | null;
  readonly mailNickname?: Text;
  readonly hidesMembership?: boolean | null;
  readonly requiresAuthToSend?: boolean | null;
  readonly extensionAttributes?: readonly string[];
  readonly objectSoa?: Text;
  readonly membersChanged?: string;
  readonly adminCount?: number;
  readonly critical?: boolean;
  readonly sid?: string;
  readonly sidHistory?: readonly string[];
  readonly displayName?: Text;
  readonly description?: Text;
  readonly changed?: Text;
};

/** A deleted AD group as a case states it: what it was, and when it went. */
export type AdDeletedDraft = Pick<
  AdGroupDraft,
  'of' | 'by' | 'container' | 'parent' | 'name' | 'externalId' | 'adminDescription' | 'created'
> & { readonly deleted?: Text };

/** One entry of an access list as a case states it. */
export type GrantDraft = {
  readonly to: string;
  readonly on: string;
  readonly right: string;
  readonly for?: 'groups' | 'users';
  readonly inheritOnly?: boolean;
  readonly inherited?: boolean;
  readonly deny?: boolean;
};

/** A policy of AD object enforcement as a case states it: whom it allows, and entries as they are stored. */
export type EnforcementDraft = {
  readonly name?: 'Cloud' | 'CloudSyncSOAPolicy';
  readonly mode?: Text;
  readonly allows?: readonly string[];
  readonly entries?: readonly string[];
};

/** One entry of the audit list of a container as a case states it. */
export type AuditDraft = {
  readonly on: string;
  readonly to?: string;
  readonly right?: string;
  readonly for?: 'groups' | 'users' | 'all';
  readonly success?: boolean;
  readonly inheritable?: boolean;
  readonly conditional?: boolean;
};

/** What replication metadata tells of one member, as a case states it. */
export type MemberChangeDraft = {
  readonly of: string;
  readonly member: string;
  readonly at?: string;
  readonly removed?: boolean;
};

/** The forest of a case. */
export type AdDraft = {
  readonly users?: readonly Named<AdUserDraft>[];
  readonly groups?: readonly Named<AdGroupDraft>[];
  readonly deleted?: readonly Named<AdDeletedDraft>[];
  readonly containers?: readonly Named<{
    readonly dn?: string;
    readonly flavour?: Flavour;
    readonly found?: boolean;
    readonly wellKnown?: boolean;
  }>[];
  readonly identities?: readonly Named<{
    readonly role?: 'sync' | 'trusted';
    readonly found?: boolean;
    readonly guessed?: boolean;
    readonly managedServiceAccount?: boolean;
    readonly adminCount?: number;
    readonly memberOf?: readonly string[];
  }>[];
  readonly grants?: readonly GrantDraft[];
  readonly owners?: readonly { readonly of: string; readonly is: string }[];
  readonly noAccessList?: readonly string[];
  readonly audits?: readonly AuditDraft[];
  readonly memberChanges?: readonly MemberChangeDraft[];
  readonly enforcement?: readonly EnforcementDraft[];
  readonly domainControllers?: readonly Named<{ readonly version?: Text; readonly readOnly?: boolean }>[];
  readonly addressLists?: readonly string[];
  readonly acceptedDomains?: readonly Named<{ readonly kind?: Row<'ad_accepted_domain'>['kind'] }>[];
  readonly exchangeServers?: readonly Named<{ readonly version?: Text }>[];
  readonly domain?: {
    readonly exchangeSchema?: number | null;
    readonly exchangeOrg?: number | null;
    readonly recycleBin?: boolean | null;
    readonly schema?: number | null;
    readonly externalIdInSchema?: boolean | null;
    readonly registeredDevices?: boolean | null;
  };
};

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
export type UnreadDraft = { readonly facet: string; readonly object?: string; readonly partly?: boolean };

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

/** A file that was read as YAML; `content` is undefined when its shape has mistakes, which `problems` hold. */
export type ReadCaseFile = {
  readonly document: Document | undefined;
  readonly content: CaseFile | undefined;
  readonly problems: readonly Problem[];
};

/** Reads one file of policy tests and checks its shape; `shown` is how the path is printed. */
export function readCaseFile(path: string, shown: string): ReadCaseFile {
  const read = readBytes(path, shown);
  if ('problem' in read) return { document: undefined, content: undefined, problems: [read.problem] };
  const reading = readDocument(read.bytes, shown);
  if (!reading.ok) return { document: undefined, content: undefined, problems: reading.problems };
  const { document } = reading;
  if (!isCaseFile(document.value)) {
    const problems = schemaProblems(document, validate.errors ?? [], readSchema());
    return { document, content: undefined, problems };
  }
  return { document, content: document.value, problems: stemProblems(document, document.value) };
}

function isCaseFile(value: unknown): value is CaseFile {
  return validate(value);
}

function readSchema(): unknown {
  return JSON.parse(readFileSync(new URL('../../../schemas/policy-test.schema.json', import.meta.url), 'utf8'));
}

function stemProblems(document: Document, { tests }: CaseFile): Problem[] {
  const stem = document.file.slice(document.file.lastIndexOf('/') + 1).replace(/\.test\.ya?ml$/, '');
  if (tests === stem) return [];
  const message = `the file tests \`${tests}\` but lies beside \`${stem}\``;
  const hint = `write \`tests: ${stem}\`, or call the file ${tests}.test.yaml`;
  return [problemAt(document, document.at('/tests'), { code: 'name-mismatch', message, hint })];
}
