import { validate } from './facts-validator.generated.js';

/** A number, a text and so on as Microsoft Graph gives it. */
type Given<T> = T | null;

/** The configuration of directory/onPremisesSynchronization (beta), as far as it is used. */
export type SyncConfiguration = {
  readonly accidentalDeletionPrevention?: Given<{
    readonly synchronizationPreventionType?: Given<string>;
    readonly alertThreshold?: Given<number>;
  }>;
  readonly currentExportData?: Given<{
    readonly pendingObjectsAddition?: Given<number>;
    readonly pendingObjectsUpdate?: Given<number>;
    readonly pendingObjectsDeletion?: Given<number>;
    readonly pendingLinksAddition?: Given<number>;
    readonly pendingLinksDeletion?: Given<number>;
  }>;
  readonly customerRequestedSynchronizationInterval?: Given<string>;
  readonly synchronizationClientVersion?: Given<string>;
  readonly synchronizationInterval?: Given<string>;
  readonly writebackConfiguration?: Given<{
    readonly unifiedGroupContainer?: Given<string>;
    readonly userContainer?: Given<string>;
  }>;
};

/** A file with the shape of schemas/facts.schema.json. */
export type FactsFile = {
  readonly declared: { readonly by: string; readonly on: string; readonly until: string };
  readonly connectScope?: readonly (string | { readonly dn: string; readonly included?: boolean })[];
  readonly cloudSyncScope?: FactsFile['connectScope'];
  readonly approvedChanges?: readonly {
    readonly group: string;
    readonly to: 'cloud' | 'ad';
    readonly approved: string;
    readonly ticket?: string;
  }[];
  readonly recipients?: readonly {
    readonly group: string;
    readonly requireSenderAuthentication?: boolean;
    readonly hiddenFromAddressLists?: boolean;
  }[];
  readonly domainControllerBuilds?: readonly { readonly server: string; readonly build: string }[];
  readonly statements?: Readonly<Record<string, boolean | readonly string[]>>;
  readonly onPremisesSynchronization?: {
    readonly id: string;
    /** Also keys with `@`, which are none of its switches. */
    readonly features: Readonly<Record<string, unknown>>;
    readonly configuration?: Given<SyncConfiguration>;
  };
  readonly agents?: readonly {
    readonly id?: string;
    readonly machineName: string;
    readonly status: 'active' | 'inactive';
    readonly version?: string;
  }[];
};

/** True when the value has the published shape; after false, the validator's `errors` hold every breach. */
export function isFactsFile(value: unknown): value is FactsFile {
  return validate(value);
}
