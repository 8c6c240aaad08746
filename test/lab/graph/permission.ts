import type { Claims } from './access.ts';

/** What a read-only collector asks for, but for Directory.Read.All, which holds most of the others; what tokens carry unless the test says otherwise. */
export const readPermissions: readonly string[] = [
  'Group.Read.All',
  'Member.Read.Hidden',
  'User.Read.All',
  'Device.Read.All',
  'OrgContact.Read.All',
  'Application.Read.All',
  'Synchronization.Read.All',
  'GroupSettings.Read.All',
  'Organization.Read.All',
  'ProvisioningLog.Read.All',
  'AuditLog.Read.All',
  'RoleManagement.Read.Directory',
  'PrivilegedEligibilitySchedule.Read.AzureADGroup',
  'RoleManagementPolicy.Read.AzureADGroup',
  'Domain.Read.All',
];

/** Alternatives, any of which suffices, by what is read. */
export const needs = {
  groups: [
    'GroupMember.Read.All',
    'Group.Read.All',
    'Group.ReadWrite.All',
    'Directory.Read.All',
    'Directory.ReadWrite.All',
  ],
  hiddenMembers: ['Member.Read.Hidden'],
  users: ['User.Read.All', 'User.ReadWrite.All', 'Directory.Read.All', 'Directory.ReadWrite.All'],
  devices: ['Device.Read.All', 'Directory.Read.All', 'Directory.ReadWrite.All'],
  contacts: ['OrgContact.Read.All', 'Directory.Read.All', 'Directory.ReadWrite.All'],
  applications: ['Application.Read.All', 'Application.ReadWrite.All', 'Directory.Read.All', 'Directory.ReadWrite.All'],
  synchronization: ['Synchronization.Read.All', 'Synchronization.ReadWrite.All'],
  groupSettings: [
    'GroupSettings.Read.All',
    'GroupSettings.ReadWrite.All',
    'Directory.Read.All',
    'Directory.ReadWrite.All',
  ],
  organization: ['Organization.Read.All', 'Directory.Read.All', 'Directory.ReadWrite.All'],
  deletedGroups: ['Group.Read.All', 'Group.ReadWrite.All', 'Directory.Read.All', 'Directory.ReadWrite.All'],
  sourceOfAuthority: ['Group-OnPremisesSyncBehavior.ReadWrite.All'],
  provisioningLog: ['ProvisioningLog.Read.All', 'AuditLog.Read.All', 'Directory.Read.All'],
  auditLog: ['AuditLog.Read.All', 'Directory.Read.All'],
  roles: ['RoleManagement.Read.Directory', 'RoleManagement.ReadWrite.Directory', 'Directory.Read.All'],
  roleEligibility: [
    'RoleEligibilitySchedule.Read.Directory',
    'RoleManagement.Read.Directory',
    'RoleManagement.ReadWrite.Directory',
  ],
  groupEligibility: [
    'PrivilegedEligibilitySchedule.Read.AzureADGroup',
    'PrivilegedEligibilitySchedule.ReadWrite.AzureADGroup',
  ],
  groupPolicies: ['RoleManagementPolicy.Read.AzureADGroup', 'RoleManagementPolicy.ReadWrite.AzureADGroup'],
  domains: ['Domain.Read.All', 'Domain.ReadWrite.All', 'Directory.Read.All', 'Directory.ReadWrite.All'],
  directory: ['Directory.Read.All', 'Directory.ReadWrite.All'],
  agents: ['Policy.Read.HybridAuthentication', 'Policy.ReadWrite.HybridAuthentication', 'Directory.ReadWrite.All'],
  onPremisesSynchronization: [
    'OnPremDirectorySynchronization.Read.All',
    'OnPremDirectorySynchronization.ReadWrite.All',
  ],
} as const satisfies Record<string, readonly string[]>;

/** What can be needed. */
export type Need = keyof typeof needs;

/** Whether a token holds one of the alternatives, as application or delegated permission. */
export function holds(claims: Claims, need: Need): boolean {
  const held = new Set([...claims.roles, ...(claims.scp?.split(' ') ?? [])]);
  return needs[need].some(permission => held.has(permission));
}
