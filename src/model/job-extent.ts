import { attach, fieldsOf } from './build.ts';
import type { Attachment, PopulationField } from './population.ts';

/** How much a job `j` has to carry, and how large the tenant is. */
export const extentAttachments: readonly Attachment[] = [
  attach('jx', 'job_extent', 'jx.id = j.id'),
  attach(
    'jt',
    "(SELECT (SELECT count(*) FROM cloud_user) AS users, (SELECT count(*) FROM cloud_group) AS groups, (SELECT count(*) FROM cloud_member) AS memberships, NOT EXISTS (FROM unread WHERE facet = 'cloud.members') AS lists_read)",
    'true',
  ),
];

const group = '(j.id IS NULL OR NOT j.provisions_groups)';
const mode = ['cloud.jobs', 'cloud.jobSettings'] as const;
const extent = { also: [...mode, 'cloud.jobAssignments', 'cloud.groups'], nullable: true } as const;

/** The extent of jobs for groups; absent for other jobs. */
export const extentFields: readonly PopulationField[] = [
  fieldsOf('cloud.jobSettings', `(j.seen AND (${group} OR jx.mode_read))`)(
    'job.takesAllGroups',
    'bool',
    'jx.takes_all',
    'whether it takes all security groups rather than those that it is assigned',
    { nullable: true, from: 'secret SyncAll', also: ['cloud.jobs'] },
  ),
  fieldsOf('cloud.jobAssignments', `(j.seen AND (${group} OR jx.groups_known))`)(
    'job.groupCount',
    'int',
    'jx.groups',
    'security groups without mail, not synced from AD, that it takes',
    { from: 'appRoleAssignedTo', ...extent },
  ),
  fieldsOf('cloud.members', `(j.seen AND (${group} OR (jx.groups_known AND jx.members_read)))`)(
    'job.membershipCount',
    'int',
    'jx.memberships',
    'direct members of these groups, added up',
    { from: '/groups/{id}/members', ...extent },
  ),
  fieldsOf('cloud.members', `(j.seen AND (${group} OR jx.groups_known))`)(
    'job.membershipsSeen',
    'int',
    'jx.memberships',
    'the same, as far as they were read',
    { from: '/groups/{id}/members', ...extent },
  ),
  fieldsOf('cloud.users', '(j.seen AND nk.cloud_users)')(
    'job.tenantUserCount',
    'int',
    'jt.users',
    'users of the tenant',
  ),
  fieldsOf('cloud.groups', '(j.seen AND nk.cloud_groups)')(
    'job.tenantGroupCount',
    'int',
    'jt.groups',
    'groups of the tenant',
  ),
  fieldsOf('cloud.members', '(j.seen AND nk.cloud_groups AND nk.cloud_members AND jt.lists_read)')(
    'job.tenantMembershipCount',
    'int',
    'jt.memberships',
    'direct members of all groups of the tenant; known only where there are no groups synced from AD, whose members are not read',
    { also: ['cloud.groups'] },
  ),
  fieldsOf('cloud.members', 'j.seen')(
    'job.tenantMembershipsSeen',
    'int',
    'jt.memberships',
    'direct members of groups of the tenant, as far as they were read; those of groups synced from AD are not',
    { also: ['cloud.groups'] },
  ),
];
