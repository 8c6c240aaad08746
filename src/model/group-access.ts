import { fieldsOf } from './build.ts';
import type { PopulationField } from './population.ts';

/** Who may do what with the AD object of a pair. */
export const accessFields: readonly PopulationField[] = [
  fieldsOf('ad.acl', '(g.ad_known AND (g.ad_guid IS NULL OR gx.object_guid IS NOT NULL))')(
    'group.ad.inheritanceBlocked',
    'bool',
    'gx.protected',
    'whether its access list inherits nothing, as that of every protected group',
    { nullable: true, from: 'nTSecurityDescriptor' },
  ),
  fieldsOf('ad.acl', '(g.ad_known AND (g.ad_guid IS NULL OR (gx.object_guid IS NOT NULL AND gh.read)))')(
    'group.ad.hasAdminSdHolderList',
    'bool',
    'list_contains(gh.lists, gx.acl)',
    'whether its access list is that of AdminSDHolder, which protected groups and their members are given',
    { nullable: true, from: 'nTSecurityDescriptor', also: ['ad.containers'] },
  ),
];
