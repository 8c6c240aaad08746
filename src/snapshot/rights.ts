import type { Source } from './source.ts';

/** A right that a collection needs, and what is known about granting it. */
export type Right = {
  readonly source: Source;
  /** As administrators know it: a permission of Microsoft Graph, or a right on objects of AD. */
  readonly name: string;
  /** What it lets a collection read. */
  readonly about: string;
  /** Id of the application permission in Microsoft Graph. */
  readonly appRole?: string;
  /** Other permissions of Microsoft Graph that let the same be read in full. */
  readonly includedIn?: readonly string[];
  /** Only some objects need it; the others are read without. */
  readonly partly?: string;
  /** Applications are refused whatever they hold: only a person's token helps. */
  readonly delegatedOnly?: true;
};

const DIRECTORY = ['Directory.Read.All', 'Directory.ReadWrite.All', 'Directory.AccessAsUser.All'] as const;

/**
 * Every right that some facet needs. The ids of application permissions are those of Microsoft's own list (learn.microsoft.com/graph/permissions-reference;
 * github.com/microsoftgraph/microsoft-graph-devx-content, permissions/new/provisioningInfo.json of 2026-08-07), equal in every tenant.
 */
export const rights = {
  groups: {
    source: 'graph',
    name: 'Group.Read.All',
    about: 'groups, their members, deleted groups, writeback configuration, source of authority',
    appRole: '5b567255-7703-4780-807c-7be8301ae99b',
    // To list groups and their members GroupMember.Read.All is enough; where it is not, Graph refuses.
    includedIn: ['Group.ReadWrite.All', 'GroupMember.Read.All', 'GroupMember.ReadWrite.All', ...DIRECTORY],
  },
  hiddenMembers: {
    source: 'graph',
    name: 'Member.Read.Hidden',
    about: 'members of groups with hidden membership',
    appRole: '658aa5d8-239f-45c4-aa12-864f4fc7e490',
    partly: 'groups with hidden membership',
  },
  users: {
    source: 'graph',
    name: 'User.Read.All',
    about: 'users and their on-premises ids',
    appRole: 'df021288-bdef-4463-88db-98f22de89214',
    includedIn: ['User.ReadWrite.All', ...DIRECTORY],
  },
  organization: {
    source: 'graph',
    name: 'Organization.Read.All',
    about: 'the tenant',
    appRole: '498476ce-e0fe-48b0-b801-37ba7e2685c6',
    includedIn: ['Organization.ReadWrite.All', ...DIRECTORY],
  },
  groupSettings: {
    source: 'graph',
    name: 'GroupSettings.Read.All',
    about: 'the default for new groups',
    appRole: 'f3c4f514-c65a-43f5-bfce-1735872258dd',
    includedIn: ['GroupSettings.ReadWrite.All', ...DIRECTORY],
  },
  applications: {
    source: 'graph',
    name: 'Application.Read.All',
    about: 'the service principals of Cloud Sync',
    appRole: '9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30',
    includedIn: ['Application.ReadWrite.All', ...DIRECTORY],
  },
  synchronization: {
    source: 'graph',
    name: 'Synchronization.Read.All',
    about: 'jobs of Cloud Sync and their mappings',
    appRole: '5ba43d2f-fa88-4db2-bd1c-a67c5f0fb1ce',
    includedIn: ['Synchronization.ReadWrite.All'],
  },
  syncFeatures: {
    source: 'graph',
    name: 'OnPremDirectorySynchronization.Read.All',
    about: 'the writeback switches of the tenant',
    includedIn: ['OnPremDirectorySynchronization.ReadWrite.All'],
    delegatedOnly: true,
  },
  directoryRoles: {
    source: 'graph',
    name: 'RoleManagement.Read.Directory',
    about: 'directory roles, who holds them and who may activate them',
    appRole: '483bed4a-2ad3-4361-a73b-c83ccdbdc53c',
    includedIn: ['RoleManagement.ReadWrite.Directory'],
  },
  groupEligibility: {
    source: 'graph',
    name: 'PrivilegedEligibilitySchedule.Read.AzureADGroup',
    about: 'who may activate a membership or an ownership of a group',
    appRole: 'edb419d6-7edc-42a3-9345-509bfdf5d87c',
    includedIn: ['PrivilegedEligibilitySchedule.ReadWrite.AzureADGroup'],
  },
  groupRolePolicies: {
    source: 'graph',
    name: 'RoleManagementPolicy.Read.AzureADGroup',
    about: 'how long an activated membership or ownership lasts',
    appRole: '69e67828-780e-47fd-b28c-7b27d14864e6',
    includedIn: ['RoleManagementPolicy.ReadWrite.AzureADGroup'],
  },
  provisioningLog: {
    source: 'graph',
    name: 'ProvisioningLog.Read.All',
    about: 'the provisioning log',
    appRole: '091937d3-3e38-47a1-8649-b2f99d3035f1',
    includedIn: ['AuditLog.Read.All', 'Directory.Read.All'],
  },
  auditLog: {
    source: 'graph',
    name: 'AuditLog.Read.All',
    about: 'the audit log of the directory',
    appRole: 'b0afded3-3588-46d8-8b3d-9842eff778da',
    includedIn: ['Directory.Read.All'],
  },
  domains: {
    source: 'graph',
    name: 'Domain.Read.All',
    about: 'the domains of the tenant',
    appRole: 'dbb9058a-0e50-45d7-ae91-66909b5d4664',
    includedIn: ['Domain.ReadWrite.All', 'Directory.Read.All'],
  },
  directory: {
    source: 'graph',
    name: 'Directory.Read.All',
    about: 'policies on the expiration of groups, for which there is no lesser permission',
    appRole: '7ab1d382-f21e-4acd-a863-ba3e13f7da61',
    includedIn: ['Directory.ReadWrite.All', 'Directory.AccessAsUser.All'],
  },
  hybridAgents: {
    source: 'graph',
    name: 'Policy.Read.HybridAuthentication',
    about: 'the provisioning agents of Cloud Sync',
    includedIn: ['Policy.ReadWrite.HybridAuthentication', 'Directory.ReadWrite.All'],
    delegatedOnly: true,
  },
  domainUser: {
    source: 'ad',
    name: 'any domain user',
    about: 'what Authenticated Users may list and read by default',
  },
  configuration: {
    source: 'ad',
    name: 'read of the configuration and schema partitions',
    about: 'schema, Exchange organisation, domains of the forest; any domain user by default',
  },
  member: {
    source: 'ad',
    name: 'read of member',
    about: 'members of groups; any domain user by default, except where memberships are hidden',
  },
  memberOf: {
    source: 'ad',
    name: 'read of memberOf',
    about: 'groups above a group; any domain user by default',
  },
  accessLists: {
    source: 'ad',
    name: 'READ_CONTROL on the object',
    about: 'owner and access list of groups, containers, AdminSDHolder and the domain; any domain user by default',
  },
  auditing: {
    source: 'ad',
    name: 'SeSecurityPrivilege (Manage auditing and security log) on domain controllers',
    about: 'what is audited on containers, which only administrators may read by default',
  },
  deletedObjects: {
    source: 'ad',
    name: 'list and read on CN=Deleted Objects',
    about: 'deleted objects, which only administrators may list by default',
  },
} as const satisfies Record<string, Right>;

export type RightName = keyof typeof rights;
