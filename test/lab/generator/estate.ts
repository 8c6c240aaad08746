import type { CloudTenant } from '../tenant.ts';

/** Engine that writes a group back. */
export type Engine = 'connect-v1' | 'connect-v2' | 'cloud-sync';

/** An access control entry; `rights` are the two-letter codes of SDDL. */
export type Ace = {
  readonly allow: boolean;
  readonly trustee: string;
  readonly rights: readonly string[];
  /** Attribute, property set or class it is limited to. */
  readonly objectType?: string;
  /** Class of the children that inherit it. */
  readonly inheritedObjectType?: string;
  /** Whether it holds for the object (`self`), for it and what lies below (`tree`), or only for what lies below (`below`). */
  readonly reach: 'self' | 'tree' | 'below';
};

/** Successful access that is to be written down, as an entry of the SACL. */
export type Audit = Pick<Ace, 'trustee' | 'rights' | 'objectType' | 'inheritedObjectType'>;

/** An access control list; a protected one inherits nothing. Without `audits` the directory's own stay. */
export type Acl = {
  readonly protected: boolean;
  readonly aces: readonly Ace[];
  readonly audits?: readonly Audit[];
  /** SID of the owner; without it that of the administrators. */
  readonly owner?: string;
};

/** Classes of objects that an estate can have: those that hold others come first. */
export const entryKinds = [
  ...(['organizationalUnit', 'container', 'addressBookContainer', 'groupPolicyContainer'] as const),
  ...(['user', 'msDS-GroupManagedServiceAccount', 'contact', 'computer', 'foreignSecurityPrincipal'] as const),
  'msDS-App-Configuration' as const,
  ...(['msExchExchangeServer', 'msExchAcceptedDomain', 'group'] as const),
] as const;

export type EntryKind = (typeof entryKinds)[number];

/** An object of the directory. */
export type DirectoryEntry = {
  readonly dn: string;
  /** DN of the container it lies in. */
  readonly parent: string;
  readonly guid: string;
  readonly sid: string | null;
  readonly kind: EntryKind;
  /** Attributes with their values as text, by LDAP name. */
  readonly attributes: Readonly<Record<string, readonly string[]>>;
  /** `mS-DS-ConsistencyGuid` as GUID text. */
  readonly consistencyGuid: string | null;
  /** objectGUIDs of direct members. */
  readonly members: readonly string[];
  readonly acl: Acl | null;
  /** ISO 8601. */
  readonly created: string | null;
  /** When it was changed last, where that matters; ISO 8601. */
  readonly changed: string | null;
  /** Changes of members of late; all others are as old as the group. */
  readonly memberChanges: readonly MemberChange[];
};

/** When somebody became a member of a group or ceased to be one: the objectGUID and the time in ISO 8601. */
export type MemberChange = { readonly member: string; readonly at: string; readonly removed: boolean };

/** A group that the directory brings along, with the members that the estate adds. */
export type BuiltinGroup = { readonly dn: string; readonly sid: string; readonly members: readonly string[] };

/** The on-premises half of an estate. */
export type LabDirectory = {
  readonly base: string;
  readonly domainSid: string;
  /** Parents before children. */
  readonly entries: readonly DirectoryEntry[];
  readonly builtins: readonly BuiltinGroup[];
  /** Entries to be put in front of the list of AdminSDHolder. */
  readonly adminSdHolder: readonly Ace[];
  /** Entries to be put in front of the list of the domain. */
  readonly domainAces: readonly Ace[];
  /** Objects to create and then delete. */
  readonly deleted: readonly DirectoryEntry[];
  /** Versions of Exchange to set; null leaves what the schema extension brought. */
  readonly exchange: { readonly schema: number; readonly organization: number };
  /** Whether the Recycle Bin is to be switched on. */
  readonly recycleBin: boolean;
  /** Whether the schema has the attribute that Cloud Sync matches by. */
  readonly externalIdInSchema: boolean;
  /** Whether the update sequence number of the domain controller goes back while it is read, as after a restore. */
  readonly restored: boolean;
};

/** What the audit has to be told about the estate. */
export type LabConfig = {
  readonly containers: readonly { readonly dn: string; readonly flavour: Engine }[];
  readonly flavours: readonly Engine[];
  readonly syncIdentities: readonly string[];
  readonly trustedWriters: readonly string[];
  /** Parameters of the policies, by `policy.name`. */
  readonly params: Readonly<Record<string, string>>;
  /** What is declared, beside who did so. */
  readonly facts: DeclaredFacts;
};

/** Kinds of declared facts that an estate has. */
export type DeclaredFacts = {
  readonly connectScope?: readonly { readonly dn: string; readonly included: boolean }[];
  readonly cloudSyncScope?: readonly { readonly dn: string; readonly included: boolean }[];
  readonly approvedChanges?: readonly {
    readonly group: string;
    readonly to: 'cloud' | 'ad';
    readonly approved: string;
  }[];
  readonly recipients?: readonly { readonly group: string; readonly hiddenFromAddressLists: boolean }[];
  readonly domainControllerBuilds?: readonly { readonly server: string; readonly build: string }[];
  readonly agents?: readonly {
    readonly machineName: string;
    readonly status: 'active' | 'inactive';
    readonly version: string;
  }[];
  readonly statements?: { readonly enforcementPrevents?: readonly string[]; readonly auditLogExported?: boolean };
};

/** What a finding points at, as `results.json` names it. */
export type LabelIds = {
  readonly [K in
    | 'cloudGroup'
    | 'adGroup'
    | 'cloudPrincipal'
    | 'adPrincipal'
    | 'container'
    | 'trustee'
    | 'address'
    | 'job']?: string;
};

/** One violation that an audit must report. */
export type Label = {
  readonly invariant: string;
  readonly verdict: 'fail';
  readonly ids: LabelIds;
  /** The subject's key, for subjects without ids. */
  readonly key?: string;
  readonly why: string;
};

/** A tenant, a directory, their configuration, and every violation in them. */
export type Estate = {
  readonly seed: number;
  readonly asOf: string;
  readonly tenant: CloudTenant;
  readonly directory: LabDirectory;
  readonly config: LabConfig;
  readonly labels: readonly Label[];
};

/** Stands for the objectGUID of AdminSDHolder, which the directory chooses by itself. */
export const adminSdHolder = 'the-guid-of-adminsdholder';

/** Stands for the objectGUID of the domain, for the same reason. */
export const domainObject = 'the-guid-of-the-domain';

/** One text per label: the same for labels of the same finding. */
export function labelText(label: Pick<Label, 'invariant' | 'ids' | 'key'>): string {
  const ids = Object.entries(label.ids)
    .filter(([name]) => label.ids.address === undefined || name === 'address')
    .map(([name, value]) => `${name}=${value}`)
    .sort();
  return [label.invariant, ...(ids.length > 0 ? ids : [`key=${label.key ?? ''}`])].join(' ');
}

/** Stands for the objectGUID of the computer of the domain controller. */
export const domainController = 'the-guid-of-the-controller';
