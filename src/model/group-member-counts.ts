import { attach, fieldsOf } from './build.ts';
import type { Attachment, PopulationField } from './population.ts';

const directMembers = 'group_id, count(*) AS members FROM cloud_member';

/** What is known of the direct members of a cloud group as a whole, for a pair `g`. */
export const memberCountAttachments: readonly Attachment[] = [
  attach(
    'gcn',
    `(SELECT ${directMembers} GROUP BY group_id)`,
    'gcn.group_id = g.cloud_id',
    table =>
      `(SELECT ${directMembers} WHERE group_id IN (SELECT p.cloud_id FROM pair p SEMI JOIN ${table} n ON n.ordinal = p.ordinal) GROUP BY group_id)`,
  ),
  attach('gmc', 'member_count', 'gmc.group_id = g.cloud_id'),
  attach('guc', 'unread', "guc.facet = 'cloud.members' AND guc.id = g.cloud_id"),
];

const listRead = '(nk.cloud_members AND guc.object IS NULL)';
const count = (of: string) => `CASE WHEN g.cloud_id IS NOT NULL THEN coalesce(${of}, 0) END`;
const counted = fieldsOf('cloud.members', `(g.cloud_known AND (g.cloud_id IS NULL OR ${listRead}))`);
const from = { from: '/groups/{id}/members', also: ['cloud.groups'] } as const;

/** Counts of the direct members of a cloud group. */
export const memberCountFields: readonly PopulationField[] = [
  counted('group.cloud.memberCount', 'int', count('gcn.members'), 'direct members of any kind', from),
  fieldsOf('cloud.members', 'g.cloud_known')(
    'group.cloud.membersSeen',
    'int',
    count('gcn.members'),
    'direct members of any kind, as far as they were read',
    from,
  ),
  counted('group.cloud.userCount', 'int', count('gmc.users'), 'direct members that are users', from),
  fieldsOf(
    'cloud.members',
    `(g.cloud_known AND (g.cloud_id IS NULL OR (${listRead} AND ((g.users_known AND g.accounts_known) OR coalesce(gmc.cloud_only, 0) = 0))))`,
  )(
    'group.cloud.cloudOnlyUserCount',
    'int',
    count('gmc.cloud_only'),
    'of those, users with neither SID nor immutable id of an AD account, and whose anchor no account carries',
    { ...from, also: ['cloud.groups', 'cloud.users', 'ad.users', 'ad.groups'] },
  ),
];
