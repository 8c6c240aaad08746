import { guidText } from '../../base/index.ts';
import type { Row } from '../../snapshot/index.ts';
import type { Fields } from './item.ts';
import { type Desk, readTable } from './reading.ts';

/** Reads `cloud.domains`. The id of a domain is its name. */
export function readDomains(desk: Desk): Promise<boolean> {
  return readTable(desk, {
    facet: 'cloud.domains',
    table: 'cloud_domain',
    list: {
      url: `${desk.v1}/domains`,
      keyOf: ({ id }) => (typeof id === 'string' && id !== '' && id.length <= 253 ? id.toLowerCase() : undefined),
    },
    rows: (fields, name) => [
      {
        name,
        verified: fields.bool('isVerified'),
        authentication_type: fields.text('authenticationType'),
        is_default: fields.bool('isDefault'),
        is_initial: fields.bool('isInitial'),
        services: fields.texts('supportedServices'),
      },
    ],
  });
}

/** Reads `cloud.licences`; hands on every service plan that is in use, however many units of it there are. */
export function readLicences(desk: Desk, onPlan: (plan: string) => void): Promise<boolean> {
  return readTable(desk, {
    facet: 'cloud.licences',
    table: 'cloud_licence',
    list: {
      url: `${desk.v1}/subscribedSkus?$select=skuId,skuPartNumber,capabilityStatus,prepaidUnits,servicePlans`,
      keyOf: ({ skuId }) => (typeof skuId === 'string' && skuId.length === 36 ? guidText(skuId) : undefined),
    },
    rows: (fields, id) => {
      const row = licenceRow(fields, id);
      const status = fields.text('capabilityStatus');
      // In the months of grace (Warning) everything works as before.
      if (status === 'Enabled' || status === 'Warning') for (const plan of row.plans) onPlan(plan);
      return [row];
    },
  });
}

function licenceRow(fields: Fields, id: string): Row<'cloud_licence'> {
  const plans = fields
    .each('servicePlans')
    .filter(plan => plan.text('provisioningStatus') === 'Success')
    .map(plan => plan.text('servicePlanName'))
    .filter(plan => plan !== null);
  return {
    id,
    name: fields.text('skuPartNumber'),
    plans: [...new Set(plans)].sort(),
    enabled_units: fields.inside('prepaidUnits').number('enabled'),
  };
}

/** Reads `cloud.lifecyclePolicies`. */
export function readLifecyclePolicies(desk: Desk): Promise<boolean> {
  return readTable(desk, {
    facet: 'cloud.lifecyclePolicies',
    table: 'cloud_lifecycle_policy',
    list: { url: `${desk.v1}/groupLifecyclePolicies` },
    rows: (fields, id) => [
      {
        id,
        lifetime_days: fields.number('groupLifetimeInDays'),
        managed_group_types: fields.text('managedGroupTypes'),
      },
    ],
  });
}

/** Reads `cloud.agents` (beta). Applications are refused; of the version nothing is documented. */
export function readAgents(desk: Desk): Promise<boolean> {
  return readTable(desk, {
    facet: 'cloud.agents',
    table: 'cloud_agent',
    list: { url: `${desk.beta}/onPremisesPublishingProfiles/provisioning/agents` },
    rows: (fields, id) => [
      {
        id,
        machine_name: fields.text('machineName'),
        status: fields.text('status')?.toLowerCase() ?? null,
        version: fields.text('version'),
      },
    ],
  });
}
