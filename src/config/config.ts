import type { Flavour, Severity } from '../base/index.ts';

/** A secret, resolved from its reference when the configuration is used, never stored elsewhere. */
export type Secret = {
  readonly reveal: () => string /** e.g. `env AD_PASSWORD`, fit to print */;
  readonly from: string;
};

/** As whom to sign in: a simple bind, or the account that a client certificate (PEM, with its chain) is mapped to. */
export type AdBind =
  | { readonly user: string; readonly password: Secret }
  | { readonly certificate: string; readonly key: Secret; readonly passphrase: Secret | undefined };

/** How to read Active Directory. */
export type AdSource = {
  /** ldaps:// URLs, or ldap:// with `startTls`; tried in order. */
  readonly urls: readonly string[];
  readonly startTls: boolean;
  /** PEM of extra trusted authorities. */
  readonly ca: string | undefined;
  /** Name to check the certificate against; default: the host of the URL. */
  readonly serverName: string | undefined;
  readonly bind: AdBind;
  /** DN of the only domain to read; default: every domain of the forest. */
  readonly base: string | undefined;
  /** Where the domain controllers of other domains of the forest are, by the lower-case DNS name of the domain. */
  readonly domains: readonly {
    readonly dns: string;
    readonly urls: readonly string[];
    readonly serverName: string | undefined;
  }[];
  /** Global catalog servers; empty for those of `urls` at the usual port. */
  readonly globalCatalog: readonly string[];
  readonly containers: readonly { readonly dn: string; readonly flavour: Flavour | undefined }[];
  /** Whether to read replication metadata: when and where groups and members were changed. */
  readonly replicationMetadata: boolean;
  readonly syncIdentities: readonly string[];
  readonly trustedWriters: readonly string[];
  readonly timeoutMs: number;
};

export type Cloud = 'global' | 'usgov' | 'usgov-dod' | 'china';

/** Size of a tenant as Microsoft Graph throttles it: S below 50 users, M up to 500, L above. */
export type TenantClass = 'S' | 'M' | 'L';

/** How memberships are read: every group's own list, or by delta, many groups at a time. Both give the same rows. */
export type MemberMode = 'batch' | 'delta';

export type GraphAuth =
  | { readonly kind: 'client-secret'; readonly clientId: string; readonly secret: Secret }
  | {
      readonly kind: 'client-certificate';
      readonly clientId: string /** PEM with key and certificate */;
      readonly certificate: Secret;
    }
  | { readonly kind: 'managed-identity'; readonly clientId: string | undefined }
  | { readonly kind: 'workload-identity'; readonly clientId: string | undefined }
  | { readonly kind: 'github-oidc'; readonly clientId: string }
  | { readonly kind: 'azure-cli' }
  | { readonly kind: 'token'; readonly token: Secret };

/** How to read Microsoft Graph. */
export type GraphSource = {
  readonly tenant: string;
  readonly cloud: Cloud;
  /** Origin that overrides the cloud's (a private cloud, a test double); https only. */
  readonly endpoint: string | undefined;
  /** Origin of the token authority that overrides the cloud's; https only. */
  readonly authority: string | undefined;
  /** PEM of extra trusted authorities. */
  readonly ca: string | undefined;
  readonly auth: GraphAuth;
  /** How long the whole collection may keep retrying, and one attempt may take. */
  readonly deadlineMs: number;
  readonly attemptTimeoutMs: number;
  readonly connections: number;
  /** undefined: by the number of users. */
  readonly tenantClass: TenantClass | undefined;
  readonly members: MemberMode;
};

/** A gap that is known and accepted until a date; it stays in every report but does not decide the exit code. */
export type AcceptedUnknown = { readonly facet: string; readonly reason: string; readonly until: string };

/** `tallystick.yaml`, read and checked; paths are absolute. */
export type Config = {
  readonly file: string | undefined;
  readonly ad: AdSource | undefined;
  readonly graph: GraphSource | undefined;
  readonly flavours: readonly Flavour[];
  readonly policies: readonly string[];
  /** Files of populations that a user wrote. */
  readonly populations: readonly string[];
  /** File of declared facts. */
  readonly facts: string | undefined;
  readonly snapshots: string;
  readonly reports: string;
  readonly acceptUnknown: readonly AcceptedUnknown[];
  /** The key of the pseudonyms that `--redact` puts in place of names. */
  readonly redact: { readonly key: Secret } | undefined;
  /** After how long an incremental collection also reads in full and compares; undefined: only when asked to. */
  readonly proveEveryMs: number | undefined;
  readonly failOn: Severity | 'none' | undefined;
  readonly maxUnknown: number | undefined;
};
