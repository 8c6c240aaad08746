import type { Named, Text } from './named.ts';

/** A Cloud Sync job as a case states it. */
export type JobDraft = {
  readonly template?: string;
  readonly status?: Text;
  readonly schedule?: Text;
  readonly quarantine?: Text;
  readonly interval?: Text;
  readonly container?: Text;
  readonly lastSuccess?: Text;
  readonly failures?: number | null;
  readonly escrowed?: number | null;
  readonly escrowsPruned?: boolean | null;
  readonly domain?: Text;
  readonly takesAll?: boolean | null;
  readonly assigned?: readonly string[];
  readonly scopeFilter?: Text;
  readonly deleteProtection?: boolean | null;
  readonly deleteThreshold?: number | null;
  /** Expressions by attribute, over the documented ones; null for one that is not mapped. */
  readonly mappings?: Readonly<Record<string, Text | { readonly constant: string }>>;
};

/** The tenant itself as a case states it. */
export type TenantDraft = {
  readonly displayName?: Text;
  readonly writebackV1?: boolean | null;
  readonly writebackV2?: boolean | null;
  readonly newGroupDefault?: Text;
  readonly lastSync?: Text;
  readonly features?: Readonly<Record<string, boolean | null>>;
  readonly connectVersion?: Text;
  readonly userContainer?: Text;
  readonly pendingExports?: number | null;
  readonly deletePrevention?: Text;
  readonly deleteThreshold?: number | null;
};

/** A provisioning agent as a case states it. */
export type AgentDraft = { readonly status?: Text; readonly version?: Text };

/** A licence as a case states it. */
export type LicenceDraft = { readonly plans?: readonly string[]; readonly units?: number };

/** What the provisioning log tells of a group. */
export type ProvisioningDraft = {
  readonly group: string;
  readonly job?: string;
  readonly action?: string;
  readonly status?: Text;
  readonly at?: string;
  readonly error?: string;
};

/** The parts of a tenant around its groups. */
export type PipelineDraft = {
  readonly jobs?: readonly Named<JobDraft>[];
  readonly agents?: readonly Named<AgentDraft>[];
  readonly licences?: readonly Named<LicenceDraft>[];
  readonly provisioned?: readonly ProvisioningDraft[];
  readonly tenant?: TenantDraft;
};
