import type { Flavour } from '../../base/index.ts';
import type { Row } from '../../snapshot/index.ts';
import type { Named, Text } from './named.ts';

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
  readonly domains?: readonly string[];
  readonly children?: readonly Named<{ readonly class?: string; readonly container?: string }>[];
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
