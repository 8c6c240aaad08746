import { fieldsOf } from './build.ts';
import type { PopulationField } from './population.ts';

/** What the AD object of a pair contains and what contains it. */
export const memberFields: readonly PopulationField[] = [
  fieldsOf('ad.members', '(g.ad_known AND (g.ad_guid IS NULL OR g.members_read))')(
    'group.ad.memberCount',
    'int',
    'CASE WHEN g.ad_guid IS NOT NULL THEN coalesce(gm.members, 0) END',
    'direct members',
    { from: 'member' },
  ),
  fieldsOf('ad.members', '(g.ad_known AND (g.ad_guid IS NULL OR g.members_read OR coalesce(gm.members, 0) > 0))')(
    'group.ad.hasMembers',
    'bool',
    'CASE WHEN g.ad_guid IS NOT NULL THEN coalesce(gm.members, 0) > 0 END',
    'whether it has direct members; known as soon as one was read',
    { from: 'member' },
  ),
  fieldsOf(
    'ad.memberOf',
    '(g.ad_known AND (coalesce(len(gp.names), 0) > 0 OR (g.member_of_read AND coalesce(gp.complete, true))))',
  )(
    'group.ad.inProtectedGroup',
    'bool',
    '(coalesce(len(gp.names), 0) > 0)',
    'whether it is a member of a protected group, directly or through others',
    { from: 'memberOf' },
  ),
  fieldsOf('ad.memberOf', 'g.ad_known')(
    'group.ad.protectedGroups',
    'string[]',
    'coalesce(gp.names, [])',
    'protected groups that contain it, as far as they were read',
    { from: 'memberOf', names: 'ad' },
  ),
  fieldsOf(
    'ad.memberOf',
    '(g.ad_known AND (g.ad_guid IS NULL OR gl.names IS NOT NULL OR (g.member_of_read AND coalesce(gp.complete, true))))',
  )(
    'group.ad.circle',
    'string[]',
    'coalesce(gl.names, [])',
    'the groups that contain each other in a circle, of which it is one, by name; empty when it is in none',
    { from: 'memberOf', names: 'ad' },
  ),
  fieldsOf(
    'ad.members',
    '(g.ad_known AND (g.ad_guid IS NULL OR (g.members_read AND g.accounts_known AND coalesce(gn.complete, true))))',
  )(
    'group.ad.nestedGroups',
    'string[]',
    'coalesce(gn.names, [])',
    'groups of AD that are members of it, directly or through others, by name',
    { from: 'member', names: 'ad', also: ['ad.users', 'ad.groups'] },
  ),
];
