/**
 * The cloud half of a lab estate, as plain JSON: what a tenant holds, under Microsoft Graph's own property names, so that
 * the Graph double serves it verbatim. Instants are ISO 8601 in UTC, ids are lower-case GUID text. `null` means "not set".
 */

/** A reference to a directory object, as Graph lists members and owners. One object may be shared by many lists. */
export type ObjectReference = {
  readonly id: string;
  readonly '@odata.type':
    | '#microsoft.graph.user'
    | '#microsoft.graph.group'
    | '#microsoft.graph.device'
    | '#microsoft.graph.orgContact'
    | '#microsoft.graph.servicePrincipal';
};

/** An entry of `onPremisesProvisioningErrors`: why an object could not be synchronised. */
export type ProvisioningError = {
  readonly category: string;
  readonly occurredDateTime: string;
  readonly propertyCausingError: string;
  readonly value: string;
};

/** An entry of `serviceProvisioningErrors`: what an online service could not take. */
export type ServiceError = {
  readonly '@odata.type': '#microsoft.graph.serviceProvisioningXmlError';
  readonly createdDateTime: string;
  readonly isResolved: boolean;
  readonly serviceInstance: string;
  readonly errorDetail: string;
};

/** Beta `writebackConfiguration`; a null `isEnabled` means the tenant's default, which is not the same as false. */
export type WritebackConfiguration = {
  readonly isEnabled: boolean | null;
  readonly onPremisesGroupType:
    | 'universalDistributionGroup'
    | 'universalSecurityGroup'
    | 'universalMailEnabledSecurityGroup'
    | null;
};

/** A group. All but the last four are v1.0 properties. */
export type CloudGroup = {
  readonly id: string;
  readonly displayName: string | null;
  readonly description: string | null;
  readonly groupTypes: readonly string[];
  readonly securityEnabled: boolean | null;
  readonly mailEnabled: boolean | null;
  readonly mailNickname: string | null;
  readonly mail: string | null;
  readonly proxyAddresses: readonly string[];
  readonly visibility: 'Public' | 'Private' | 'HiddenMembership' | null;
  readonly membershipRule: string | null;
  readonly membershipRuleProcessingState: 'On' | 'Paused' | null;
  readonly isAssignableToRole: boolean | null;
  readonly createdDateTime: string | null;
  readonly securityIdentifier: string | null;
  readonly onPremisesSyncEnabled: boolean | null;
  readonly onPremisesSecurityIdentifier: string | null;
  readonly onPremisesSamAccountName: string | null;
  readonly onPremisesDomainName: string | null;
  readonly onPremisesNetBiosName: string | null;
  readonly onPremisesLastSyncDateTime: string | null;
  readonly onPremisesProvisioningErrors: readonly ProvisioningError[];
  readonly serviceProvisioningErrors?: readonly ServiceError[];
  readonly expirationDateTime?: string | null;
  readonly renewedDateTime?: string | null;
  /** `extensionAttribute1` to `extensionAttribute15`. */
  readonly onPremisesExtensionAttributes?: Readonly<Record<string, string | null>> | null;
  /** Served in beta only, and only when selected. */
  readonly writebackConfiguration: WritebackConfiguration | null;
  /** Source of authority converted to the cloud: served through the list filter and the group's `onPremisesSyncBehavior`. */
  readonly isCloudManaged: boolean;
  /** Direct members; v1.0 does not list service principals. */
  readonly members: readonly ObjectReference[];
  readonly owners?: readonly ObjectReference[];
  /** Served of a single Microsoft 365 group only. */
  readonly hideFromAddressLists?: boolean | null;
  /** As `hideFromAddressLists`. */
  readonly allowExternalSenders?: boolean | null;
};

/** A user. */
export type CloudUser = {
  readonly id: string;
  readonly displayName: string | null;
  readonly userPrincipalName: string;
  readonly mail: string | null;
  readonly accountEnabled: boolean | null;
  readonly userType: 'Member' | 'Guest' | null;
  readonly onPremisesSyncEnabled: boolean | null;
  readonly onPremisesImmutableId: string | null;
  readonly onPremisesSecurityIdentifier: string | null;
  readonly onPremisesDistinguishedName: string | null;
  readonly onPremisesSamAccountName: string | null;
  readonly onPremisesDomainName: string | null;
  readonly onPremisesUserPrincipalName: string | null;
  readonly onPremisesLastSyncDateTime: string | null;
  readonly onPremisesProvisioningErrors?: readonly ProvisioningError[];
  readonly serviceProvisioningErrors?: readonly ServiceError[];
};

/** A device. */
export type CloudDevice = {
  readonly id: string;
  readonly deviceId: string;
  readonly displayName: string | null;
  readonly trustType: 'Workplace' | 'AzureAd' | 'ServerAd' | null;
  readonly accountEnabled: boolean | null;
  readonly onPremisesSyncEnabled: boolean | null;
  readonly onPremisesSecurityIdentifier: string | null;
};

/** An organisational contact. Graph gives neither its DN nor its SID. */
export type CloudContact = {
  readonly id: string;
  readonly displayName: string | null;
  readonly mail: string | null;
  readonly proxyAddresses: readonly string[];
  readonly onPremisesSyncEnabled: boolean | null;
  readonly onPremisesLastSyncDateTime: string | null;
};

/** A service principal: the local identity of an application. */
export type CloudServicePrincipal = {
  readonly id: string;
  readonly appId: string;
  readonly displayName: string | null;
  readonly accountEnabled: boolean | null;
  readonly applicationTemplateId: string | null;
  readonly servicePrincipalType: string | null;
  /** What applications can be granted of it. */
  readonly appRoles?: readonly { readonly id: string; readonly value: string | null }[];
};

/** A soft-deleted group. */
export type CloudDeletedGroup = {
  readonly id: string;
  readonly displayName: string | null;
  readonly deletedDateTime: string;
  readonly groupTypes: readonly string[];
  readonly securityEnabled: boolean | null;
  readonly mailEnabled: boolean | null;
};

/** The tenant's own record. */
export type CloudOrganization = {
  readonly id: string;
  readonly displayName: string;
  readonly onPremisesSyncEnabled: boolean | null;
  readonly onPremisesLastSyncDateTime: string | null;
  readonly verifiedDomains: readonly {
    readonly name: string;
    readonly isDefault: boolean;
    readonly isInitial: boolean;
  }[];
};

/** A subscription with its service plans. */
export type CloudSku = {
  readonly id: string;
  readonly skuPartNumber: string;
  readonly capabilityStatus: 'Enabled' | 'Warning' | 'Suspended' | 'Deleted' | 'LockedOut';
  readonly skuId?: string;
  readonly prepaidUnits?: { readonly enabled: number; readonly suspended: number; readonly warning: number };
  readonly servicePlans: readonly { readonly servicePlanName: string; readonly provisioningStatus?: string }[];
};

/** What the tenant switched on for synchronisation (`/directory/onPremisesSynchronization`). */
export type OnPremisesSynchronization = {
  readonly id: string;
  readonly configuration: {
    readonly accidentalDeletionPrevention: {
      readonly synchronizationPreventionType: 'disabled' | 'enabledForCount' | 'enabledForPercentage';
      readonly alertThreshold: number | null;
    };
    /** Beta only. */
    readonly writebackConfiguration?: {
      readonly unifiedGroupContainer: string | null;
      readonly userContainer: string | null;
    };
    /** Beta only, as all below. */
    readonly synchronizationClientVersion?: string | null;
    readonly synchronizationInterval?: string | null;
    readonly customerRequestedSynchronizationInterval?: string | null;
    readonly currentExportData?: Readonly<Record<string, string | number | null>> | null;
  };
  /** `unifiedGroupWritebackEnabled` is group writeback v1, `groupWriteBackEnabled` (capital B) is v2. */
  readonly features: Readonly<Record<string, boolean | null>>;
};

/** A directory setting object of groups, such as `Group.Unified`. */
export type CloudGroupSetting = {
  readonly id: string;
  readonly displayName: string;
  readonly templateId: string;
  readonly values: readonly { readonly name: string; readonly value: string | null }[];
};

/** One run of a synchronisation job. */
export type JobExecution = {
  readonly activityIdentifier: string;
  readonly state: 'Succeeded' | 'Failed' | 'EntryLevelErrors';
  readonly timeBegan: string;
  readonly timeEnded: string;
  readonly countEntitled: number;
  readonly countEntitledForProvisioning: number;
  readonly countEscrowed: number;
  readonly countEscrowedRaw: number;
  readonly countExported: number;
  readonly countExports: number;
  readonly countImported: number;
  readonly countImportedDeltas: number;
  readonly countImportedReferenceDeltas: number;
  readonly error: { readonly code: string; readonly message: string; readonly tenantActionable: boolean } | null;
};

/** A synchronisation job as `/servicePrincipals/{id}/synchronization/jobs` lists it. */
export type SynchronizationJob = {
  /** `AAD2ADGroupProvisioning.<tenant>.<guid>` for group provisioning to AD. */
  readonly id: string;
  readonly templateId: string;
  readonly schedule: {
    readonly interval: string;
    readonly state: 'Active' | 'Disabled' | 'Paused';
    readonly expiration: string | null;
  };
  readonly status: {
    readonly code: 'NotConfigured' | 'NotRun' | 'Active' | 'Paused' | 'Quarantine';
    readonly countSuccessiveCompleteFailures: number;
    readonly escrowsPruned: boolean;
    readonly lastExecution: JobExecution | null;
    readonly lastSuccessfulExecution: JobExecution | null;
    readonly lastSuccessfulExecutionWithExports: JobExecution | null;
    readonly quarantine: {
      readonly currentBegan: string;
      readonly nextAttempt: string;
      readonly reason: string;
      readonly seriesBegan: string;
      readonly seriesCount: number;
      readonly error: { readonly code: string; readonly message: string; readonly tenantActionable: boolean } | null;
    } | null;
    readonly steadyStateFirstAchievedTime: string;
    readonly steadyStateLastAchievedTime: string;
    readonly synchronizedEntryCountByType: readonly { readonly key: string; readonly value: number }[];
    readonly troubleshootingUrl: string;
    readonly progress: readonly unknown[];
  };
  readonly synchronizationJobSettings: readonly { readonly name: string; readonly value: string }[];
};

/** How one target attribute gets its value. */
export type AttributeMapping = {
  readonly targetAttributeName: string;
  readonly defaultValue: string | null;
  readonly exportMissingReferences: boolean;
  readonly flowBehavior: 'FlowWhenChanged' | 'FlowAlways';
  readonly flowType: 'Always' | 'ObjectAddOnly' | 'MultiValueAddOnly' | 'ValueAddOnly' | 'AttributeAddOnly';
  readonly matchingPriority: number;
  readonly source: {
    readonly type: 'Attribute' | 'Constant' | 'Function';
    readonly name: string;
    readonly expression: string;
    readonly parameters: readonly unknown[];
  };
};

/** The mappings of a job (`…/jobs/{id}/schema`). */
export type SynchronizationSchema = {
  readonly id: string;
  readonly version: string;
  readonly synchronizationRules: readonly {
    readonly id: string;
    readonly name: string;
    readonly priority: number;
    readonly editable: boolean;
    readonly sourceDirectoryName: string;
    readonly targetDirectoryName: string;
    /** Beta only. */
    readonly containerFilter?: { readonly includedContainers: readonly string[] } | null;
    /** Beta only. */
    readonly groupFilter?: { readonly includedGroups: readonly string[] } | null;
    readonly objectMappings: readonly {
      readonly enabled: boolean;
      readonly flowTypes: string;
      readonly name: string;
      readonly sourceObjectName: string;
      readonly targetObjectName: string;
      readonly scope: unknown;
      readonly attributeMappings: readonly AttributeMapping[];
    }[];
  }[];
  readonly directories: readonly unknown[];
};

/** An assignment of a principal to an application: the scope of a job. */
export type AppRoleAssignment = {
  readonly id: string;
  readonly principalId: string;
  readonly principalType: 'User' | 'Group' | 'ServicePrincipal';
  readonly principalDisplayName: string | null;
  readonly resourceId: string;
  readonly appRoleId: string;
  readonly createdDateTime?: string | null;
};

/** A provisioning application with one job. A service principal with several jobs appears once per job. */
export type CloudJob = {
  readonly servicePrincipal: CloudServicePrincipal;
  readonly job: SynchronizationJob;
  readonly schema: SynchronizationSchema;
  readonly appRoleAssignedTo?: readonly AppRoleAssignment[];
  /** `…/synchronization/secrets`. */
  readonly secrets?: readonly { readonly key: string; readonly value: string | null }[];
};

/** A domain name of the tenant. */
export type CloudDomain = {
  readonly id: string;
  readonly authenticationType: 'Managed' | 'Federated';
  readonly isVerified: boolean;
  readonly isDefault: boolean;
  readonly isInitial: boolean;
  readonly supportedServices: readonly string[];
};

/** A policy on the expiration of groups. */
export type LifecyclePolicy = {
  readonly id: string;
  readonly groupLifetimeInDays: number;
  readonly managedGroupTypes: 'All' | 'Selected' | 'None';
};

/** A directory role. */
export type RoleDefinition = {
  readonly id: string;
  readonly templateId: string;
  readonly displayName: string;
  /** Beta only. */
  readonly isPrivileged: boolean;
};

/** Somebody who holds a directory role, or may activate it. */
export type RoleAssignment = {
  readonly id: string;
  readonly principalId: string;
  readonly roleDefinitionId: string;
  readonly directoryScopeId: string | null;
  readonly appScopeId?: string | null;
};

/** Somebody who may activate a membership or an ownership of a group. */
export type GroupEligibility = {
  readonly id: string;
  readonly groupId: string;
  readonly principalId: string;
  readonly accessId: 'member' | 'owner';
  readonly memberType: 'Direct' | 'Group';
  readonly startDateTime: string;
  readonly endDateTime: string | null;
};

/** For how long a membership or an ownership of a group may be activated: an ISO 8601 duration. */
export type GroupPolicy = {
  readonly groupId: string;
  readonly accessId: 'member' | 'owner';
  readonly maximumDuration: string;
};

/** A provisioning agent of Cloud Sync. */
export type ProvisioningAgent = {
  readonly id: string;
  readonly machineName: string;
  readonly externalIp: string;
  readonly status: 'active' | 'inactive';
  readonly supportedPublishingTypes: readonly string[];
};

/** What a job did with an object (`/auditLogs/provisioning`). */
export type ProvisioningEvent = {
  readonly id: string;
  readonly activityDateTime: string;
  readonly jobId: string;
  readonly provisioningAction: string;
  readonly provisioningStatusInfo: {
    readonly status: 'success' | 'failure' | 'skipped' | 'warning';
    readonly errorInformation: { readonly errorCode: string; readonly reason: string } | null;
  };
  readonly sourceIdentity: { readonly id: string; readonly identityType: string; readonly displayName: string };
  readonly targetIdentity: { readonly id: string; readonly identityType: string; readonly displayName: string };
};

/** An entry of the audit log of the directory (`/auditLogs/directoryAudits`). */
export type DirectoryAudit = {
  readonly id: string;
  readonly category: string;
  readonly result: 'success' | 'failure' | 'timeout';
  readonly activityDisplayName: string;
  readonly activityDateTime: string;
  readonly loggedByService: string;
  readonly initiatedBy: {
    readonly user: { readonly id: string; readonly userPrincipalName: string | null } | null;
    readonly app: { readonly servicePrincipalId: string; readonly displayName: string | null } | null;
  };
  readonly targetResources: readonly {
    readonly id: string;
    readonly type: string;
    readonly displayName: string | null;
    readonly modifiedProperties: readonly {
      readonly displayName: string;
      readonly oldValue: string | null;
      readonly newValue: string | null;
    }[];
  }[];
};

/** A whole tenant. Service principals of jobs need not be repeated in `servicePrincipals`. */
export type CloudTenant = {
  readonly tenantId: string;
  readonly organization: CloudOrganization;
  readonly subscribedSkus?: readonly CloudSku[];
  readonly groups: readonly CloudGroup[];
  readonly users: readonly CloudUser[];
  readonly devices: readonly CloudDevice[];
  readonly contacts: readonly CloudContact[];
  readonly servicePrincipals: readonly CloudServicePrincipal[];
  readonly deletedGroups: readonly CloudDeletedGroup[];
  /** `null`: applications are refused, as documented. Otherwise served to whoever holds the permission. */
  readonly onPremisesSynchronization: OnPremisesSynchronization | null;
  readonly groupSettings: readonly CloudGroupSetting[];
  readonly jobs: readonly CloudJob[];
  /** Default: the verified ones of the organization. */
  readonly domains?: readonly CloudDomain[];
  readonly lifecyclePolicies?: readonly LifecyclePolicy[];
  readonly roleDefinitions?: readonly RoleDefinition[];
  readonly roleAssignments?: readonly RoleAssignment[];
  readonly roleEligibilities?: readonly RoleAssignment[];
  readonly groupEligibilities?: readonly GroupEligibility[];
  readonly groupPolicies?: readonly GroupPolicy[];
  /** Whether the tenant has a licence for Privileged Identity Management; default: it has. */
  readonly pimLicensed?: boolean;
  /** Application permissions of Microsoft Graph and others that service principals hold. */
  readonly appGrants?: readonly AppRoleAssignment[];
  /** Absent: applications are refused, as documented. Otherwise served to whoever holds the permission. */
  readonly agents?: readonly ProvisioningAgent[];
  readonly provisioningEvents?: readonly ProvisioningEvent[];
  readonly directoryAudits?: readonly DirectoryAudit[];
};
