import type { FacetName, Row, TableName } from '../../../src/snapshot/index.ts';
import { microsoftGraph } from '../../lab/graph/store.ts';
import type { CloudGroup, CloudTenant, DirectoryAudit } from '../../lab/tenant.ts';

type Truth = { readonly [N in TableName]?: readonly Row<N>[] };

const at = (text: string | null | undefined) => (text === null || text === undefined ? null : Date.parse(text));

/** Groups that are not left to AD. */
function ownGroups(tenant: CloudTenant): readonly CloudGroup[] {
  return tenant.groups.filter(group => group.onPremisesSyncEnabled !== true || group.isCloudManaged);
}

const isUnified = (group: CloudGroup) => group.groupTypes.includes('Unified');

/** What the tables beside groups, members, users and jobs must hold when everything can be read at that moment. */
export function furtherTruthOf(tenant: CloudTenant, now: number): Truth {
  return {
    cloud_owner: ownGroups(tenant)
      .filter(group => group.mailEnabled !== true || isUnified(group))
      .flatMap(({ id, owners = [] }) =>
        owners.map(owner => ({
          group_id: id,
          owner_id: owner.id,
          kind: owner['@odata.type'].replace('#microsoft.graph.', ''),
        })),
      ),
    cloud_mail_setting: ownGroups(tenant)
      .filter(isUnified)
      .map(group => ({
        group_id: group.id,
        hidden_from_address_lists: group.hideFromAddressLists ?? null,
        allow_external_senders: group.allowExternalSenders ?? null,
      })),
    cloud_error: errorsOf(tenant),
    ...privilegesOf(tenant),
    ...jobFactsOf(tenant),
    ...setupOf(tenant),
    cloud_audit_event: (tenant.directoryAudits ?? []).filter(isWanted(tenant, now)).map(auditRow),
    cloud_provisioning_event: (tenant.provisioningEvents ?? [])
      .filter(event => isInWindow(event.activityDateTime, now))
      .filter(event => tenant.jobs.some(({ job }) => job.id === event.jobId))
      .filter(event => event.sourceIdentity.identityType.toLowerCase() === 'group')
      .map(event => ({
        id: event.id,
        job_id: event.jobId,
        at: Date.parse(event.activityDateTime),
        action: event.provisioningAction,
        status: event.provisioningStatusInfo.status,
        source_id: event.sourceIdentity.id,
        source_kind: event.sourceIdentity.identityType,
        target_id: event.targetIdentity.id === '' ? null : event.targetIdentity.id,
        error_code: event.provisioningStatusInfo.errorInformation?.errorCode ?? null,
        error_reason: event.provisioningStatusInfo.errorInformation?.reason ?? null,
      })),
  };
}

function errorsOf(tenant: CloudTenant): readonly Row<'cloud_error'>[] {
  const of = (kind: 'group' | 'user') =>
    (kind === 'group' ? tenant.groups : tenant.users).flatMap(object => [
      ...(object.onPremisesProvisioningErrors ?? []).map((error, ordinal) => ({
        object_id: object.id,
        object_kind: kind,
        source: 'on-premises',
        ordinal,
        category: error.category,
        property: error.propertyCausingError,
        occurred: Date.parse(error.occurredDateTime),
        resolved: null,
      })),
      ...(object.serviceProvisioningErrors ?? []).map((error, ordinal) => ({
        object_id: object.id,
        object_kind: kind,
        source: 'service',
        ordinal,
        category: error.serviceInstance,
        property: null,
        occurred: Date.parse(error.createdDateTime),
        resolved: error.isResolved,
      })),
    ]);
  return [...of('group'), ...of('user')];
}

function privilegesOf(tenant: CloudTenant): Truth {
  const roles = new Map(tenant.roleDefinitions?.map(role => [role.id, role]));
  const rolesOf = (assignment: 'active' | 'eligible') =>
    ((assignment === 'active' ? tenant.roleAssignments : tenant.roleEligibilities) ?? []).map(each => ({
      id: each.id,
      principal_id: each.principalId,
      role_template_id: roles.get(each.roleDefinitionId)?.templateId ?? '',
      role_name: roles.get(each.roleDefinitionId)?.displayName ?? null,
      privileged: roles.get(each.roleDefinitionId)?.isPrivileged ?? null,
      scope: each.directoryScopeId ?? each.appScopeId ?? '',
      assignment,
    }));
  const ids = new Set(ownGroups(tenant).map(({ id }) => id));
  const eligible = (tenant.groupEligibilities ?? []).filter(({ groupId }) => ids.has(groupId));
  const seconds = (duration: string | undefined) => (duration === 'P1DT30M' ? 88_200 : 28_800);
  return {
    cloud_role_assignment: [...rolesOf('active'), ...(tenant.pimLicensed === false ? [] : rolesOf('eligible'))],
    cloud_eligibility: eligible.map(each => ({
      group_id: each.groupId,
      principal_id: each.principalId,
      access: each.accessId,
      ends: at(each.endDateTime),
    })),
    cloud_pim_rule: [...new Set(eligible.map(({ groupId }) => groupId))].flatMap(group =>
      (['member', 'owner'] as const).map(access => ({
        group_id: group,
        access,
        max_activation_seconds: seconds(
          tenant.groupPolicies?.find(policy => policy.groupId === group && policy.accessId === access)?.maximumDuration,
        ),
      })),
    ),
    cloud_app_grant: (tenant.appGrants ?? [])
      .filter(grant => grant.resourceId === microsoftGraph.id && grant.principalType === 'ServicePrincipal')
      .map(grant => ({
        principal_id: grant.principalId,
        principal_name: grant.principalDisplayName,
        permission: microsoftGraph.appRoles?.find(({ id }) => id === grant.appRoleId)?.value ?? grant.appRoleId,
        granted: at(grant.createdDateTime),
      })),
  };
}

function jobFactsOf(tenant: CloudTenant): Truth {
  return {
    cloud_job_assignment: tenant.jobs.flatMap(({ job, appRoleAssignedTo = [] }) =>
      appRoleAssignedTo.map(each => ({
        job_id: job.id,
        principal_id: each.principalId,
        principal_kind: each.principalType,
        app_role_id: each.appRoleId,
      })),
    ),
    cloud_job_mapping: tenant.jobs.flatMap(({ job, schema }) =>
      schema.synchronizationRules.flatMap((rule, number) =>
        rule.objectMappings.flatMap(mapping =>
          mapping.attributeMappings.map(each => ({
            job_id: job.id,
            rule: number,
            object: mapping.targetObjectName,
            target: each.targetAttributeName,
            source: each.source.type === 'Constant' ? each.source.name : each.source.expression,
            flow_type: each.flowType,
            constant: each.source.type === 'Constant',
          })),
        ),
      ),
    ),
  };
}

function setupOf(tenant: CloudTenant): Truth {
  const usual = tenant.organization.verifiedDomains.map(({ name, isDefault, isInitial }) => ({
    ...{ id: name, isDefault, isInitial, authenticationType: 'Managed', isVerified: true },
    supportedServices: ['Email', 'OfficeCommunicationsOnline'],
  }));
  return {
    cloud_domain: (tenant.domains ?? usual).map(domain => ({
      name: domain.id,
      verified: domain.isVerified,
      authentication_type: domain.authenticationType,
      is_default: domain.isDefault,
      is_initial: domain.isInitial,
      services: domain.supportedServices,
    })),
    cloud_licence: (tenant.subscribedSkus ?? []).map(sku => ({
      id: sku.skuId ?? '',
      name: sku.skuPartNumber,
      plans: sku.servicePlans
        .filter(plan => plan.provisioningStatus === 'Success')
        .map(plan => plan.servicePlanName)
        .sort(),
      enabled_units: sku.prepaidUnits?.enabled ?? null,
    })),
    cloud_lifecycle_policy: (tenant.lifecyclePolicies ?? []).map(policy => ({
      id: policy.id,
      lifetime_days: policy.groupLifetimeInDays,
      managed_group_types: policy.managedGroupTypes,
    })),
  };
}

function isInWindow(time: string, now: number): boolean {
  const age = now - Date.parse(time);
  return age > 15 * 60_000 && age < 29 * 86_400_000;
}

/** A change of members of a group that is not AD's, or of the source of authority of a group. */
function isWanted(tenant: CloudTenant, now: number): (event: DirectoryAudit) => boolean {
  const own = new Set(ownGroups(tenant).map(({ id }) => id));
  const listed = new Set(tenant.groups.map(({ id }) => id));
  return event => {
    const target = event.targetResources.at(-1);
    if (!isInWindow(event.activityDateTime, now) || target?.type !== 'Group') return false;
    if (/Source of Authority/.test(event.activityDisplayName)) return true;
    return /member (to|from) group$/.test(event.activityDisplayName) && (own.has(target.id) || !listed.has(target.id));
  };
}

/** True for a change of members of a group that is left to AD. */
export function isOfAdGroup(tenant: CloudTenant, { activity, group_id: id }: Row<'cloud_audit_event'>): boolean {
  const group = tenant.groups.find(each => each.id === id);
  return /member (to|from) group$/.test(activity) && group?.onPremisesSyncEnabled === true && !group.isCloudManaged;
}

function auditRow(event: DirectoryAudit): Row<'cloud_audit_event'> {
  const ofMembers = event.targetResources.length === 2;
  const { user, app } = event.initiatedBy;
  return {
    id: event.id,
    activity: event.activityDisplayName,
    at: Date.parse(event.activityDateTime),
    result: event.result,
    group_id: event.targetResources.at(-1)?.id ?? null,
    member_id: ofMembers ? (event.targetResources[0]?.id ?? null) : null,
    actor_id: user?.id ?? app?.servicePrincipalId ?? null,
    actor_name: user?.userPrincipalName ?? app?.displayName ?? null,
    actor_kind: user === null ? 'app' : 'user',
  };
}

/** Facets that are known object by object, with their tables and the column that names the object. */
export const perObject: readonly (readonly [FacetName, TableName, string])[] = [
  ['cloud.members', 'cloud_member', 'group_id'],
  ['cloud.owners', 'cloud_owner', 'group_id'],
  ['cloud.mailSettings', 'cloud_mail_setting', 'group_id'],
  ['cloud.eligibility', 'cloud_eligibility', 'group_id'],
  ['cloud.eligibility', 'cloud_pim_rule', 'group_id'],
  ['cloud.jobAssignments', 'cloud_job_assignment', 'job_id'],
  ['cloud.jobSchema', 'cloud_job_mapping', 'job_id'],
];
