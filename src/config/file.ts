import type { Flavour, Severity } from '../base/index.ts';
import type { AcceptedUnknown, Cloud, MemberMode, TenantClass } from './config.ts';
import { validate } from './config-validator.generated.js';

/** Where a secret is: the name of an environment variable, or a path. */
export type SecretReference = { readonly env: string } | { readonly file: string };

/** The `auth` section, by kind. */
export type AuthSection =
  | { readonly kind: 'client-secret'; readonly clientId: string; readonly secret: SecretReference }
  | { readonly kind: 'client-certificate'; readonly clientId: string; readonly certificate: string }
  | { readonly kind: 'managed-identity'; readonly clientId?: string }
  | { readonly kind: 'workload-identity'; readonly clientId?: string }
  | { readonly kind: 'github-oidc'; readonly clientId: string }
  | { readonly kind: 'azure-cli' }
  | { readonly kind: 'token'; readonly token: SecretReference };

/** The `ad.bind` section: user and password, or certificate and key. */
export type BindSection = {
  readonly user?: string;
  readonly password?: SecretReference;
  readonly certificate?: string;
  readonly key?: string | SecretReference;
  readonly passphrase?: SecretReference;
};

/** One of `ad.domains`, named by either. */
export type DomainSection = {
  readonly dns?: string;
  readonly base?: string;
  readonly urls: readonly string[];
  readonly serverName?: string;
};

/** The `ad` section. */
export type AdSection = {
  readonly urls: readonly string[];
  readonly starttls?: boolean;
  readonly ca?: string;
  readonly serverName?: string;
  readonly bind: BindSection;
  readonly base?: string;
  readonly domains?: readonly DomainSection[];
  readonly globalCatalog?: readonly string[];
  readonly containers?: readonly (string | { readonly dn: string; readonly flavour?: Flavour })[];
  readonly syncIdentities?: readonly string[];
  readonly replicationMetadata?: boolean;
  readonly trustedWriters?: readonly string[];
  readonly timeout?: string;
};

/** The `graph` section. */
export type GraphSection = {
  readonly tenant: string;
  readonly cloud?: Cloud;
  readonly endpoint?: string;
  readonly authority?: string;
  readonly ca?: string;
  readonly auth: AuthSection;
  readonly deadline?: string;
  readonly attemptTimeout?: string;
  readonly connections?: number;
  readonly tenantClass?: TenantClass;
  readonly members?: MemberMode;
};

/** A configuration file with the shape of schemas/config.schema.json. */
export type ConfigFile = {
  readonly ad?: AdSection;
  readonly graph?: GraphSection;
  readonly flavour?: Flavour | readonly Flavour[];
  readonly policies?: readonly string[];
  readonly populations?: readonly string[];
  readonly facts?: string;
  readonly snapshots?: string;
  readonly reports?: string;
  readonly acceptUnknown?: readonly AcceptedUnknown[];
  readonly redact?: { readonly key: SecretReference };
  readonly incremental?: { readonly proveEvery: string };
  readonly failOn?: Severity | 'none';
  readonly maxUnknown?: number;
};

/** True when the value has the published shape; after false, the validator's `errors` hold every breach. */
export function isConfigFile(value: unknown): value is ConfigFile {
  return validate(value);
}
