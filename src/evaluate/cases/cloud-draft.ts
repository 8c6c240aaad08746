import type { MemberKind } from '../../snapshot/index.ts';
import type { Named, Text } from './named.ts';
import type { PipelineDraft } from './pipeline-draft.ts';

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
  readonly eligible?: readonly string[];
  readonly activation?: Text;
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
