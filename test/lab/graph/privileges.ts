import { type Answer, refuse } from './call.ts';
import { parseFilter } from './filter.ts';
import { listWhole } from './lists.ts';
import type { Route, Stage } from './route.ts';

const directory = 'roleManagement/directory';

function listDefinitions(stage: Stage): Answer {
  const definitions = stage.store.tenant.roleDefinitions ?? [];
  const shown = definitions.map(({ isPrivileged, ...rest }) =>
    stage.call.version === 'beta' ? { ...rest, isPrivileged } : rest,
  );
  return listWhole(stage, `${directory}/roleDefinitions`, shown);
}

/** What Privileged Identity Management says to a tenant that has not paid for it. */
function refuseUnlicensed(stage: Stage): Answer | undefined {
  if (stage.store.tenant.pimLicensed !== false) return undefined;
  const words = 'The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license.';
  return refuse(stage.around, 400, 'AadPremiumLicenseRequired', words);
}

/** The items that a filter takes; a filter that is missing, or does not name all that it has to, is refused. */
function filtered<T extends object>(
  stage: Stage,
  context: string,
  items: readonly T[],
  names: readonly string[],
): Answer {
  const text = stage.call.query.get('$filter');
  const missing = `The filter has to name ${names.join(' and ')}.`;
  if (text === undefined) return refuse(stage.around, 400, 'MissingProvider', missing);
  try {
    const filter = parseFilter(text);
    if (!names.every(name => filter.names.includes(name))) return refuse(stage.around, 400, 'InvalidFilter', missing);
    return listWhole(
      stage,
      context,
      items.filter(item => filter.test(item as Readonly<Record<string, unknown>>)),
    );
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return refuse(stage.around, 400, 'InvalidFilter', error.message);
  }
}

function listPolicies(stage: Stage): Answer {
  const rule = (id: string, maximumDuration: string) => ({
    '@odata.type': '#microsoft.graph.unifiedRoleManagementPolicyExpirationRule',
    id,
    isExpirationRequired: true,
    maximumDuration,
  });
  const expand = stage.call.query.get('$expand') === 'policy($expand=rules)';
  const groups = [...new Set((stage.store.tenant.groupEligibilities ?? []).map(({ groupId }) => groupId))];
  const policies = groups.flatMap(group =>
    (['member', 'owner'] as const).map(access => {
      const id = `Group_${group}_${access}`;
      const own = stage.store.tenant.groupPolicies?.find(
        ({ groupId, accessId }) => groupId === group && accessId === access,
      );
      const rules = [
        rule('Expiration_Admin_Eligibility', 'P365D'),
        rule('Expiration_EndUser_Assignment', own?.maximumDuration ?? 'PT8H'),
      ];
      return {
        ...{ id, policyId: id, scopeId: group, scopeType: 'Group', roleDefinitionId: access },
        ...(expand ? { policy: { id, scopeId: group, scopeType: 'Group', rules } } : {}),
      };
    }),
  );
  return filtered(stage, 'policies/roleManagementPolicyAssignments', policies, ['scopeId', 'scopeType']);
}

/** Directory roles, and what Privileged Identity Management says of roles and groups. */
export const privilegeRoutes: readonly Route[] = [
  { path: `${directory}/roleDefinitions`, need: 'roles', cost: 1, handle: listDefinitions },
  {
    path: `${directory}/roleAssignments`,
    need: 'roles',
    cost: 1,
    handle: stage => listWhole(stage, `${directory}/roleAssignments`, stage.store.tenant.roleAssignments ?? []),
  },
  {
    path: `${directory}/roleEligibilityScheduleInstances`,
    need: 'roleEligibility',
    cost: 1,
    handle: stage =>
      refuseUnlicensed(stage) ??
      listWhole(stage, `${directory}/roleEligibilityScheduleInstances`, stage.store.tenant.roleEligibilities ?? []),
  },
  {
    path: 'identityGovernance/privilegedAccess/group/eligibilityScheduleInstances',
    need: 'groupEligibility',
    cost: 1,
    handle: stage =>
      refuseUnlicensed(stage) ??
      filtered(
        stage,
        'identityGovernance/privilegedAccess/group/eligibilityScheduleInstances',
        stage.store.tenant.groupEligibilities ?? [],
        ['groupId'],
      ),
  },
  { path: 'policies/roleManagementPolicyAssignments', need: 'groupPolicies', cost: 1, handle: listPolicies },
];
