import { microsoftGraph } from '../graph/store.ts';
import type {
  AppRoleAssignment,
  CloudGroup,
  CloudTenant,
  CloudUser,
  DirectoryAudit,
  GroupEligibility,
  GroupPolicy,
  ObjectReference,
  ProvisioningEvent,
  RoleAssignment,
} from '../tenant.ts';

/** What a tenant has beside groups, people and jobs, while it is being made: everything in order until a drift changes it. */
export type Setup = {
  readonly roleAssignments: RoleAssignment[];
  readonly roleEligibilities: RoleAssignment[];
  readonly groupEligibilities: GroupEligibility[];
  readonly groupPolicies: GroupPolicy[];
  readonly appGrants: AppRoleAssignment[];
  readonly directoryAudits: DirectoryAudit[];
  readonly provisioningEvents: ProvisioningEvent[];
  synchronizationClientVersion: string;
  /** Objects that wait to be exported to the cloud. */
  pendingUpdates: number;
  deletionPrevention: 'enabledForCount' | 'disabled';
  /** Where an old preview put users. */
  userContainer: string | null;
  /** Whether new Microsoft 365 groups are written back. */
  newGroupDefault: 'true' | 'false';
  lifecyclePolicies: NonNullable<CloudTenant['lifecyclePolicies']>;
};

/** Directory roles of Microsoft that matter here, by their template ids. */
export const roles = {
  globalAdministrator: '62e90394-69f5-4237-9190-012177145e10',
  groupsAdministrator: 'fdd7a751-b60b-444a-984c-02652fe8fa1c',
  directoryReaders: '88d8e3e3-8f55-4a1e-953a-9b9898b8876b',
} as const;

/** A setup in which nothing is amiss. */
export function newSetup(): Setup {
  return {
    roleAssignments: [],
    roleEligibilities: [],
    groupEligibilities: [],
    groupPolicies: [],
    appGrants: [],
    directoryAudits: [],
    provisioningEvents: [],
    synchronizationClientVersion: '2.5.76.0',
    pendingUpdates: 0,
    deletionPrevention: 'enabledForCount',
    userContainer: null,
    newGroupDefault: 'false',
    lifecyclePolicies: [],
  };
}

/** The setup as Microsoft Graph would show it. */
export function setupOf(setup: Setup): Partial<CloudTenant> {
  const { roleAssignments, roleEligibilities, groupEligibilities, groupPolicies, appGrants } = setup;
  const { directoryAudits, provisioningEvents, lifecyclePolicies } = setup;
  return {
    ...{ roleAssignments, roleEligibilities, groupEligibilities, groupPolicies },
    ...{ directoryAudits, provisioningEvents, lifecyclePolicies },
    appGrants: appGrants.map(grant => ({ ...grant, resourceId: microsoftGraph.id })),
    subscribedSkus: [
      {
        id: 'lab_84a661c4-e949-4bd2-a560-ed7766fcaf2b',
        skuId: '84a661c4-e949-4bd2-a560-ed7766fcaf2b',
        skuPartNumber: 'AAD_PREMIUM_P2',
        capabilityStatus: 'Enabled',
        prepaidUnits: { enabled: 10_000, suspended: 0, warning: 0 },
        servicePlans: [
          { servicePlanName: 'AAD_PREMIUM', provisioningStatus: 'Success' },
          { servicePlanName: 'AAD_PREMIUM_P2', provisioningStatus: 'Success' },
        ],
      },
    ],
    roleDefinitions: [
      definition(roles.globalAdministrator, 'Global Administrator', true),
      definition(roles.groupsAdministrator, 'Groups Administrator', false),
      definition(roles.directoryReaders, 'Directory Readers', false),
    ],
  };
}

function definition(id: string, displayName: string, isPrivileged: boolean) {
  return { id, templateId: id, displayName, isPrivileged };
}

/** A group with what the making of groups does not care for: two owners, and settings of mail as they are by default. */
export function furnished(group: CloudGroup, users: readonly CloudUser[], place: number): CloudGroup {
  const able = users.filter(user => user.accountEnabled === true && user.userType === 'Member');
  const owners = [place, place + 1].flatMap((at): readonly ObjectReference[] => {
    const user = able[at % Math.max(1, able.length)];
    return user === undefined ? [] : [{ id: user.id, '@odata.type': '#microsoft.graph.user' }];
  });
  const mail = group.groupTypes.includes('Unified') ? { hideFromAddressLists: false, allowExternalSenders: false } : {};
  const own = group.onPremisesSyncEnabled === true ? {} : { owners };
  return { ...own, ...mail, ...group };
}
