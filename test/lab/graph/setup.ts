import type { CloudDomain } from '../tenant.ts';
import { type Answer, refuse } from './call.ts';
import { listWhole } from './lists.ts';
import type { Route, Stage } from './route.ts';

function listDomains(stage: Stage): Answer {
  const { domains, organization } = stage.store.tenant;
  const usual = organization.verifiedDomains.map(
    ({ name, isDefault, isInitial }): CloudDomain => ({
      id: name,
      authenticationType: 'Managed',
      isVerified: true,
      isDefault,
      isInitial,
      supportedServices: ['Email', 'OfficeCommunicationsOnline'],
    }),
  );
  return listWhole(stage, 'domains', domains ?? usual);
}

function listAgents(stage: Stage): Answer {
  const { agents } = stage.store.tenant;
  // Applications are documented as not supported, whatever roles they hold.
  if (agents === undefined)
    return refuse(
      stage.around,
      403,
      'Authorization_RequestDenied',
      'Insufficient privileges to complete the operation.',
    );
  if (stage.call.version !== 'beta')
    return refuse(
      stage.around,
      400,
      'BadRequest',
      "Resource not found for the segment 'onPremisesPublishingProfiles'.",
    );
  return listWhole(stage, 'onPremisesPublishingProfiles/provisioning/agents', agents);
}

/** How a tenant is set up: domains, licences, policies, agents. */
export const setupRoutes: readonly Route[] = [
  { path: 'domains', need: 'domains', cost: 1, handle: listDomains },
  {
    path: 'subscribedSkus',
    need: 'organization',
    cost: 1,
    handle: stage => listWhole(stage, 'subscribedSkus', stage.store.tenant.subscribedSkus ?? []),
  },
  {
    path: 'groupLifecyclePolicies',
    need: 'directory',
    cost: 1,
    handle: stage => listWhole(stage, 'groupLifecyclePolicies', stage.store.tenant.lifecyclePolicies ?? []),
  },
  { path: 'onPremisesPublishingProfiles/provisioning/agents', need: 'agents', cost: 1, handle: listAgents },
];
