import { microsoftGraph } from '../../lab/graph/store.ts';
import type { CloudTenant, DirectoryAudit, ProvisioningEvent } from '../../lab/tenant.ts';

/** A made-up object id: kind in the first group, number in the last. */
export function objectGuid(kind: number, number: number): string {
  return `${(0xa0000000 + kind).toString(16)}-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
}

const ROLE = '62e90394-69f5-4237-9190-012177145e10';
const READER = '88d8e3e3-8f55-4a1e-953a-9b9898b8876b';

/** A change of a group's members as the log has it: the member first, with the group as a property, then the group. */
function memberEvent(number: number, added: boolean, group: number, memberKind = 1): DirectoryAudit {
  const id = objectGuid(2, group);
  const named = {
    displayName: 'Group.ObjectID',
    oldValue: added ? null : `"${id}"`,
    newValue: added ? `"${id}"` : null,
  };
  return {
    id: `Directory_${number}`,
    category: 'GroupManagement',
    result: 'success',
    activityDisplayName: added ? 'Add member to group' : 'Remove member from group',
    activityDateTime: `2026-08-${String(10 + number).padStart(2, '0')}T10:00:00.1234567Z`,
    loggedByService: 'Core Directory',
    initiatedBy:
      number % 2 === 0
        ? { user: { id: objectGuid(1, 9), userPrincipalName: 'admin@contoso.com' }, app: null }
        : { user: null, app: { servicePrincipalId: objectGuid(5, 9), displayName: 'Robot' } },
    targetResources: [
      {
        id: objectGuid(memberKind, 3),
        type: memberKind === 2 ? 'Group' : 'User',
        displayName: null,
        modifiedProperties: [named, { displayName: 'Group.DisplayName', oldValue: null, newValue: '"Group"' }],
      },
      { id, type: 'Group', displayName: null, modifiedProperties: [] },
    ],
  };
}

/** A change of the source of authority of a group, or of a user. */
function authorityEvent(number: number, activity: string, type: 'Group' | 'User'): DirectoryAudit {
  return {
    ...memberEvent(number, true, 7),
    id: `Authority_${number}`,
    activityDisplayName: activity,
    targetResources: [{ id: objectGuid(2, 7), type, displayName: null, modifiedProperties: [] }],
  };
}

function provisioningEvent(jobId: string, number: number, kind: string): ProvisioningEvent {
  const failed = number % 2 === 0;
  return {
    id: `event-${jobId.slice(-3)}-${number}`,
    activityDateTime: `2026-08-${String(10 + number).padStart(2, '0')}T08:00:00Z`,
    jobId,
    provisioningAction: number === 3 ? 'stagedDelete' : 'create',
    provisioningStatusInfo: {
      status: failed ? 'failure' : 'success',
      errorInformation: failed ? { errorCode: 'HybridSynchronizationActiveDirectory', reason: 'no rights' } : null,
    },
    sourceIdentity: { id: objectGuid(2, number), identityType: kind, displayName: 'Group' },
    targetIdentity: { id: failed ? '' : objectGuid(12, number), identityType: kind, displayName: '' },
  };
}

/** What a small tenant has beside groups, users and jobs. */
export function furtherTenant(jobs: readonly string[]): Partial<CloudTenant> {
  const [first = '', second = ''] = jobs;
  return {
    subscribedSkus: [
      {
        id: 'tenant_41781fb2-bc02-4b7c-bd55-b576c07bb09d',
        skuId: '41781fb2-bc02-4b7c-bd55-b576c07bb09d',
        skuPartNumber: 'AAD_PREMIUM_P2',
        capabilityStatus: 'Enabled',
        prepaidUnits: { enabled: 25, suspended: 0, warning: 0 },
        servicePlans: [
          { servicePlanName: 'AAD_PREMIUM_P2', provisioningStatus: 'Success' },
          { servicePlanName: 'AAD_PREMIUM', provisioningStatus: 'Success' },
          { servicePlanName: 'MFA_PREMIUM', provisioningStatus: 'PendingActivation' },
        ],
      },
    ],
    lifecyclePolicies: [{ id: objectGuid(10, 1), groupLifetimeInDays: 180, managedGroupTypes: 'Selected' }],
    roleDefinitions: [
      { id: ROLE, templateId: ROLE, displayName: 'Global Administrator', isPrivileged: true },
      { id: READER, templateId: READER, displayName: 'Directory Readers', isPrivileged: false },
    ],
    roleAssignments: Array.from({ length: 9 }, (_, index) => ({
      id: `role-${index}`,
      principalId: objectGuid(index % 2 === 0 ? 2 : 1, index + 1),
      roleDefinitionId: index % 3 === 0 ? READER : ROLE,
      directoryScopeId: index === 4 ? null : '/',
      ...(index === 4 ? { appScopeId: '/app' } : {}),
    })),
    roleEligibilities: [
      { id: 'eligible-1', principalId: objectGuid(2, 5), roleDefinitionId: ROLE, directoryScopeId: '/' },
    ],
    groupEligibilities: Array.from({ length: 9 }, (_, index) => ({
      id: `eligibility-${index}`,
      groupId: objectGuid(2, index === 8 ? 6 : 4),
      principalId: objectGuid(1, index + 1),
      accessId: index % 3 === 0 ? ('owner' as const) : ('member' as const),
      memberType: 'Direct' as const,
      startDateTime: '2026-01-01T00:00:00Z',
      endDateTime: index % 2 === 0 ? null : '2026-12-31T00:00:00Z',
    })),
    groupPolicies: [{ groupId: objectGuid(2, 4), accessId: 'member', maximumDuration: 'P1DT30M' }],
    appGrants: Array.from({ length: 8 }, (_, index) => ({
      id: `grant-${index}`,
      principalId: objectGuid(5, index + 20),
      principalType: index === 7 ? ('User' as const) : ('ServicePrincipal' as const),
      principalDisplayName: `App ${index}`,
      resourceId: microsoftGraph.id,
      appRoleId: index === 3 ? objectGuid(11, 1) : '62a82d76-70ea-41e2-9197-370581804d09',
      createdDateTime: '2025-05-05T05:05:05Z',
    })),
    directoryAudits: [
      memberEvent(1, true, 4),
      memberEvent(2, false, 4),
      memberEvent(3, true, 6, 2),
      // Into a group that is synced from AD: the engine's own work.
      memberEvent(4, true, 9),
      { ...memberEvent(5, true, 4), id: 'Too_old', activityDateTime: '2026-07-01T00:00:00Z' },
      authorityEvent(6, 'Change Source of Authority from AD DS to cloud', 'Group'),
      authorityEvent(7, 'Undo changes to Source of Authority from AD DS to cloud', 'Group'),
      authorityEvent(8, 'Change Source of Authority from AD DS to cloud', 'User'),
      { ...memberEvent(9, true, 4), id: 'Other', activityDisplayName: 'Update group' },
    ],
    provisioningEvents: [
      provisioningEvent(first, 1, 'Group'),
      provisioningEvent(first, 2, 'Group'),
      provisioningEvent(second, 3, 'group'),
      provisioningEvent(second, 4, 'User'),
      provisioningEvent('Workday2AD.1', 5, 'Group'),
      { ...provisioningEvent(first, 6, 'Group'), id: 'too-old', activityDateTime: '2026-07-01T00:00:00Z' },
    ],
  };
}
