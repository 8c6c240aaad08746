import { attach, fieldsOf } from './build.ts';
import type { PopulationField } from './population.ts';

/** Errors of online services about a cloud group that stand, under the alias `ge`. */
export const attachServiceErrors = attach(
  'ge',
  "(SELECT object_id, list(DISTINCT coalesce(category, 'unnamed') ORDER BY coalesce(category, 'unnamed')) AS services FROM cloud_error WHERE source = 'service' AND object_kind = 'group' AND resolved IS NOT TRUE GROUP BY object_id)",
  'ge.object_id = g.cloud_id',
);

/** What online services refuse of a group. */
export const groupErrorFields: readonly PopulationField[] = [
  fieldsOf('cloud.errors', '(g.cloud_known AND (nk.cloud_errors OR ge.services IS NOT NULL))')(
    'group.cloud.refusedBy',
    'string[]',
    'coalesce(ge.services, [])',
    'online services with an error about the group that is not resolved',
    { from: 'serviceProvisioningErrors', also: ['cloud.groups'] },
  ),
];
