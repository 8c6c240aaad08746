import { attach, fieldsOf } from './build.ts';
import { adLists, whole } from './group-known.ts';
import type { Attachment, PopulationField } from './population.ts';

// Accounts and groups of a domain that are privileged by their RID, and those of BUILTIN (MS-DTYP 2.4.2.4).
const PRIVILEGED = "'^S-1-5-21-[0-9-]+-(500|502|512|516|518|519|520|521|526|527)$|^S-1-5-32-(544|548|549|550|551)$'";

// Administrators among the members are few: only their groups are looked at again for who else is in them.
const adminMembers = `(WITH admin AS (
    SELECT DISTINCT m.group_guid FROM ad_member m SEMI JOIN (SELECT guid FROM ad_user WHERE admin_count = 1) u ON u.guid = m.member_guid
  )
  SELECT a.group_guid, count(*) FILTER (u.admin_count = 1) AS admins, count(*) FILTER (u.admin_count IS DISTINCT FROM 1 AND u.object_class IN ('user', 'inetOrgPerson')) AS others
  FROM admin a JOIN ad_member m ON m.group_guid = a.group_guid JOIN ad_user u ON u.guid = m.member_guid
  GROUP BY a.group_guid)`;

// GENERIC_ALL, GENERIC_WRITE, WRITE_DAC, WRITE_OWNER, DELETE, WRITE_PROP and CREATE_CHILD; or the control access rights of replication, which read every secret.
const dangerous = `(a.mask & 1343029281) <> 0 OR ((a.mask & 256) <> 0 AND (a.object_type IS NULL OR a.object_type IN
      ('1131f6aa-9c07-11d1-f79f-00c04fc2dcd2'::UUID, '1131f6ad-9c07-11d1-f79f-00c04fc2dcd2'::UUID, '89e95b76-444d-4c62-991a-0facbeda640c'::UUID)))`;

// An owner may rewrite the list, whatever it says.
const tierZero = `(SELECT sid, list(DISTINCT dn ORDER BY dn) AS places
  FROM (
    SELECT a.trustee_sid AS sid, c.dn FROM ad_container c JOIN ad_security s ON s.object_guid = c.guid JOIN ad_ace a ON a.acl = s.acl
    WHERE c.kind <> 'writeback' AND a.allow AND (${dangerous})
    UNION ALL
    SELECT s.owner_sid, c.dn FROM ad_container c JOIN ad_security s ON s.object_guid = c.guid WHERE c.kind <> 'writeback' AND s.owner_sid IS NOT NULL
  )
  GROUP BY sid)`;

const tierZeroRead = `(SELECT
    coalesce(list(c.dn ORDER BY c.dn) FILTER (s.object_guid IS NOT NULL AND s.acl IS NULL), []) AS open,
    any_value(k.ad_tier0 AND k.ad_containers AND k.ad_acl) AND bool_and(c.dn IS NULL OR s.object_guid IS NOT NULL) AS read
  FROM known k
  LEFT JOIN ad_container c ON c.kind <> 'writeback'
  LEFT JOIN ad_security s ON s.object_guid = c.guid)`;

// An owner whom the list of users does not hold may be anybody.
const weakOwners = `(SELECT
    o.group_id,
    coalesce(list(coalesce(u.display_name, u.upn, o.kind || ' ' || o.owner_id) ORDER BY o.owner_id)
      FILTER (o.kind <> 'user' OR u.enabled IS FALSE OR u.user_type = 'Guest'), []) AS names,
    count(*) FILTER (o.kind = 'user' AND (u.id IS NULL OR u.enabled IS NULL)) AS strangers
  FROM cloud_owner o LEFT JOIN cloud_user u ON u.id = o.owner_id
  GROUP BY o.group_id)`;

const privilegedRoles = "FROM cloud_role_assignment r WHERE r.assignment = 'active' AND r.privileged";

// Who holds a role holds it in person, or as a direct member of a group that does.
const privilegedMembers = `(WITH principal_of_role AS (SELECT DISTINCT r.principal_id AS id ${privilegedRoles}),
  holder AS (
    SELECT DISTINCT u.id, coalesce(u.display_name, u.upn, u.id::VARCHAR) AS name
    FROM cloud_user u
    WHERE u.on_premises_sync_enabled AND u.id IN (
      SELECT id FROM principal_of_role
      UNION ALL SELECT m.member_id FROM cloud_member m JOIN principal_of_role p ON p.id = m.group_id
    )
  )
  SELECT m.group_id, list(h.name ORDER BY h.name, h.id) AS names
  FROM cloud_member m JOIN holder h ON h.id = m.member_id
  GROUP BY m.group_id)`;

// Whether the members of every group that holds a role were read, and no group is nested in one of them.
const roleGroupsRead = `(SELECT NOT EXISTS (
    SELECT 1 FROM unread x JOIN (SELECT r.principal_id AS id ${privilegedRoles}) r ON r.id = x.id WHERE x.facet = 'cloud.members'
  ) AND NOT EXISTS (
    SELECT 1 FROM cloud_member m JOIN (SELECT r.principal_id AS id ${privilegedRoles}) r ON r.id = m.group_id WHERE m.kind = 'group'
  ) AS read)`;

/** What makes a group privileged, or lets privileged people be governed by it. */
export const privilegeAttachments: readonly Attachment[] = [
  attach('gpa', adminMembers, 'gpa.group_guid = g.ad_guid'),
  attach('gpt', tierZero, 'gpt.sid = g.ad_sid'),
  attach('gpz', tierZeroRead, 'true'),
  attach('gpo', weakOwners, 'gpo.group_id = g.cloud_id'),
  attach('gpw', 'unread', "gpw.facet = 'cloud.owners' AND gpw.id = g.cloud_id"),
  attach('gpm', privilegedMembers, 'gpm.group_id = g.cloud_id'),
  attach('gpr', roleGroupsRead, 'true'),
  attach('gpu', 'unread', "gpu.facet = 'cloud.members' AND gpu.id = g.cloud_id"),
];

const names = { from: 'computed', names: 'cloud' } as const;

/** Facts about the privilege of a pair. */
export const privilegeFields: readonly PopulationField[] = [
  whole(
    'group.ad.builtIn',
    'bool',
    "coalesce(g.ad_sid LIKE 'S-1-5-32-%' OR TRY_CAST(regexp_extract(g.ad_sid, '-([0-9]+)$', 1) AS BIGINT) < 1000, false)",
    'whether AD made it: its SID is one of BUILTIN, or its RID is below 1000',
    { from: 'objectSid' },
  ),
  adLists('group.ad.sidHistory', 'string[]', 'coalesce(ga.sid_history, [])', 'SIDs that it had before', {
    from: 'sIDHistory',
  }),
  adLists(
    'group.ad.privilegedSidHistory',
    'string[]',
    `list_filter(coalesce(ga.sid_history, []), lambda s: regexp_matches(s, ${PRIVILEGED}))`,
    'those of them that are privileged accounts or groups of a domain or of BUILTIN',
    { from: 'sIDHistory' },
  ),
  fieldsOf(
    'ad.members',
    '(g.ad_known AND (g.ad_guid IS NULL OR (gpa.admins > 0 AND gpa.others > 0) OR (g.members_read AND g.accounts_known)))',
  )(
    'group.ad.mixesAdmins',
    'bool',
    '(coalesce(gpa.admins, 0) > 0 AND coalesce(gpa.others, 0) > 0)',
    'whether accounts with adminCount 1 and ordinary users are direct members of it together',
    { from: 'member, adminCount', also: ['ad.users', 'ad.groups'] },
  ),
  fieldsOf(
    'ad.tier0',
    '(g.ad_known AND g.ad_whole AND (g.ad_guid IS NULL OR gpt.sid IS NOT NULL OR len(gpz.open) > 0 OR gpz.read))',
  )(
    'group.ad.tierZeroRights',
    'string[]',
    'CASE WHEN g.ad_guid IS NULL THEN [] ELSE list_sort(list_distinct(list_concat(coalesce(gpt.places, []), gpz.open))) END',
    'objects that control the domain (its root, AdminSDHolder, Domain Controllers, group policies, configuration, schema) on which it is granted what lets it take control',
    { from: 'nTSecurityDescriptor', names: 'ad', also: ['ad.acl', 'ad.containers', 'ad.groups'] },
  ),
  fieldsOf(
    'cloud.owners',
    '(g.cloud_known AND (g.cloud_id IS NULL OR len(gpo.names) > 0 OR (nk.cloud_owners AND gpw.object IS NULL AND nk.cloud_users AND coalesce(gpo.strangers, 0) = 0)))',
  )(
    'group.cloud.hasWeakOwner',
    'bool',
    'coalesce(len(gpo.names) > 0, false)',
    'whether an owner is a guest, disabled, or no user',
    {
      from: '/groups/{id}/owners',
      also: ['cloud.users', 'cloud.groups'],
    },
  ),
  fieldsOf('cloud.owners', 'g.cloud_known')(
    'group.cloud.weakOwners',
    'string[]',
    'coalesce(gpo.names, [])',
    'owners that are guests, disabled, or no users, by name, as far as they were read',
    { ...names, also: ['cloud.users', 'cloud.groups'] },
  ),
  fieldsOf(
    'cloud.roles',
    '(g.cloud_known AND (g.cloud_id IS NULL OR gpm.group_id IS NOT NULL OR (nk.cloud_roles AND nk.cloud_members AND gpr.read AND gpu.object IS NULL AND nk.cloud_users)))',
  )(
    'group.cloud.hasPrivilegedSyncedMember',
    'bool',
    '(gpm.group_id IS NOT NULL)',
    'whether a user who holds a privileged role of Entra ID and is synced from AD is a direct member',
    { from: 'roleAssignments, onPremisesSyncEnabled', also: ['cloud.members', 'cloud.users', 'cloud.groups'] },
  ),
  fieldsOf('cloud.roles', 'g.cloud_known')(
    'group.cloud.privilegedSyncedMembers',
    'string[]',
    'coalesce(gpm.names, [])',
    'those users, by name, as far as they were read',
    { ...names, also: ['cloud.members', 'cloud.users', 'cloud.groups'] },
  ),
];
