import { flavours } from '../base/index.ts';
import { attach, attachNames, clearSql, fieldsOf, objectAt } from './build.ts';
import type { ObjectPath } from './field.ts';
import type { Attachment, Population, PopulationField, SubjectSql } from './population.ts';

const kinds = ['microsoft365', 'security', 'mail-enabled-security', 'distribution', 'other'];

// Name of the domain controller on which something was done; the invocation id where no domain controller bears it any more.
const lastChange =
  'max(t.changed) AS changed, arg_max(coalesce(t.server, t.invocation_id::VARCHAR), t.changed) AS server';
const lastAnchorChange = `${lastChange} FROM ad_attribute_change t WHERE t.attribute IN ('adminDescription', 'msDS-ExternalDirectoryObjectId')`;
const lastMemberChange = `${lastChange} FROM ad_member_change t`;

// The AD objects of the pairs that a table names.
const groupsOf = (table: string) => `(SELECT p.ad_guid FROM pair p SEMI JOIN ${table} n ON n.ordinal = p.ordinal)`;

/** What can be joined to a pair `g`: its AD object, its cloud group and what is known of both. */
export const groupAttachments: readonly Attachment[] = [
  attachNames,
  attach('ga', 'ad_group', 'ga.guid = g.ad_guid'),
  attach('gc', 'cloud_group', 'gc.id = g.cloud_id'),
  attach('gd', 'cloud_deleted_group', 'gd.id = g.deleted_id'),
  attach('gw', 'cloud_writeback', 'gw.group_id = g.cloud_id'),
  attach(
    'gm',
    '(SELECT group_guid, count(*) AS members FROM ad_member GROUP BY group_guid)',
    'gm.group_guid = g.ad_guid',
    table =>
      `(SELECT y.group_guid, count(*) AS members FROM ad_member y JOIN (SELECT DISTINCT p.ad_guid FROM pair p SEMI JOIN ${table} t ON t.ordinal = p.ordinal) o ON o.ad_guid = y.group_guid GROUP BY y.group_guid)`,
  ),
  attach('gp', 'protected_parent', 'gp.guid = g.ad_guid'),
  attach('gl', 'nesting_circle', 'gl.guid = g.ad_guid'),
  attach('gn', 'nested_group', 'gn.guid = g.ad_guid'),
  attach('gx', 'ad_security', 'gx.object_guid = g.ad_guid'),
  attach(
    'gh',
    "(SELECT coalesce(list(s.acl) FILTER (s.acl IS NOT NULL), []) AS lists, count(*) > 0 AND count(*) = count(s.object_guid) AS read FROM ad_container c LEFT JOIN ad_security s ON s.object_guid = c.guid WHERE c.kind = 'adminsdholder')",
    'true',
  ),
  attach(
    'gs',
    '(SELECT on_premises_sid AS sid, list(id::VARCHAR ORDER BY id) AS ids FROM cloud_group WHERE on_premises_sid IS NOT NULL GROUP BY on_premises_sid)',
    'gs.sid = g.ad_sid',
  ),
  // Whether the metadata of the group was read in full; the rows that are there are certain in any case.
  attach(
    'gr',
    "(SELECT coalesce(bool_and(complete), false) AS read FROM coverage WHERE facet = 'ad.replication' AND object = '')",
    'true',
  ),
  attach('gu', 'unread', "gu.facet = 'ad.replication' AND gu.id = g.ad_guid"),
  attach(
    'gt',
    `(SELECT object_guid, ${lastAnchorChange} GROUP BY object_guid)`,
    'gt.object_guid = g.ad_guid',
    table =>
      `(SELECT t.object_guid, ${lastAnchorChange} AND t.object_guid IN ${groupsOf(table)} GROUP BY t.object_guid)`,
  ),
  attach(
    'gv',
    `(SELECT group_guid, ${lastMemberChange} GROUP BY group_guid)`,
    'gv.group_guid = g.ad_guid',
    table =>
      `(SELECT t.group_guid, ${lastMemberChange} WHERE t.group_guid IN ${groupsOf(table)} GROUP BY t.group_guid)`,
  ),
  attach('gk', "(SELECT count(*) > 0 AS declared FROM ad_container WHERE kind = 'writeback')", 'true'),
  attach(
    'gj',
    "(SELECT max(schedule_interval_seconds) AS seconds FROM cloud_job WHERE starts_with(template_id, 'AAD2ADGroupProvisioning'))",
    'true',
  ),
];

const seen = fieldsOf('ad.groups', 'g.seen');
// A fact of a row that is there. Rows of a list that was not read in full may lack single facts as well.
const either = fieldsOf('ad.groups', 'g.ad_known');
const whole = fieldsOf('ad.groups', '(g.ad_known AND g.ad_whole)');
const adLists = fieldsOf('ad.groups', '(g.ad_known AND (g.ad_guid IS NULL OR g.ad_all))');
const active = fieldsOf('cloud.groups', 'g.cloud_known');
const complete = fieldsOf('cloud.groups', '(g.cloud_known AND g.cloud_all)');
/** A fact that a cloud group may lack: surely absent only when the groups were read in full. */
const cloudFact = (sql: string) => fieldsOf('cloud.groups', `(g.cloud_known AND (g.cloud_all OR ${sql} IS NOT NULL))`);
const cloudTruth = (sql: string) => fieldsOf('cloud.groups', `(g.cloud_known AND (g.cloud_all OR ${sql}))`);
const deleted = fieldsOf('cloud.deletedGroups', 'g.deleted_known');
const writeback = fieldsOf('cloud.writebackConfiguration', '(g.cloud_known AND g.writeback_known)');

const writtenName = 'left(ga.cn, length(ga.cn) - 13)';

// Cloud Sync cuts the display name at 51 characters (Left(Trim([displayName]),51)). Whether a character outside the basic plane counts once or, as in
// .NET, twice is not documented: both are accepted. How Connect cuts is not documented at all, so any prefix will do.
const cutName = `CASE
      WHEN ${writtenName} = left(trim(gc.display_name), 51) THEN true
      WHEN NOT starts_with(trim(gc.display_name), ${writtenName}) THEN false
      ELSE length(${writtenName}) + length(regexp_replace(${writtenName}, '[^\\x{10000}-\\x{10FFFF}]', '', 'g')) IN (50, 51) END`;

const nameForm = `CASE
  WHEN lower(ga.cn) = 'group_' || g.anchor::VARCHAR THEN 'guid'
  WHEN lower(right(ga.cn, 13)) = '_' || right(g.anchor::VARCHAR, 12)
    AND CASE WHEN g.flavour = 'cloud-sync' THEN ${cutName}
      ELSE starts_with(trim(gc.display_name), rtrim(${writtenName})) END THEN 'display'
  ELSE 'other' END`;

// Pseudonyms keep both forms but not the name: only the display form takes a look at that.
const decidedByForm = `coalesce(lower(ga.cn) = 'group_' || g.anchor::VARCHAR OR lower(right(ga.cn, 13)) <> '_' || right(g.anchor::VARCHAR, 12), true)`;

// Few objects are synced up, and a CASE spares the others the list.
const syncedUpAs =
  'CASE WHEN gs.ids IS NULL THEN []::VARCHAR[] ELSE list_filter(gs.ids, x -> x IS DISTINCT FROM g.anchor::VARCHAR) END';

const replicationRead = '(gr.read AND gu.object IS NULL)';
// The stamps of a group's attributes come all at once, those of its members one by one: only a list read in full shows the latest.
const anchorChange = fieldsOf(
  'ad.replication',
  `(g.ad_known AND (g.ad_guid IS NULL OR gt.changed IS NOT NULL OR ${replicationRead}))`,
);
const memberChange = fieldsOf('ad.replication', `(g.ad_known AND (g.ad_guid IS NULL OR ${replicationRead}))`);

/** The flavour of a pair; design: the container's, else by marker, else by the configured scope rules. */
export const groupFlavour: PopulationField = fieldsOf('cloud.groups', 'g.flavour_known')(
  'group.flavour',
  'string',
  'g.flavour',
  'engine that writes the group back',
  {
    nullable: true,
    values: flavours,
    also: ['ad.groups', 'ad.containers', 'cloud.writebackConfiguration'],
  },
);

/** Every fact about a cloud group and its AD object, under the alias `g`. */
export const groupFields: readonly PopulationField[] = [
  fieldsOf('ad.groups', '(g.seen AND g.anchor_known)')(
    'group.id',
    'string',
    'g.anchor::VARCHAR',
    'id of the cloud group, or the id that the markers name',
    {
      nullable: true,
    },
  ),
  seen(
    'group.label',
    'string',
    "coalesce(gc.display_name, gd.display_name, ga.cn, ga.dn, g.anchor::VARCHAR, '(groups that were not read)')",
    'name for people',
    { names: 'both' },
  ),
  groupFlavour,
  fieldsOf('cloud.groups', '(g.cloud_known AND g.kind_known)')(
    'group.kind',
    'string',
    'g.kind',
    'kind of the cloud group',
    {
      nullable: true,
      values: kinds,
      from: 'groupTypes, securityEnabled, mailEnabled',
    },
  ),
  fieldsOf('cloud.groups', '(g.in_scope IS NOT NULL)')(
    'group.inScope',
    'bool',
    'coalesce(g.in_scope, false)',
    'whether the scope rule of its flavour takes the cloud group',
    {
      also: ['cloud.writebackConfiguration', 'ad.groups', 'ad.containers'],
    },
  ),
  fieldsOf('ad.groups', '(g.ad_known AND (g.anchored OR g.ad_guid IS NULL OR g.anchor_known))')(
    'group.anchored',
    'bool',
    'g.anchored',
    'whether an AD object carries the marker',
  ),
  fieldsOf('cloud.groups', '(g.ad_known AND g.cloud_known AND (g.anchored OR g.ad_guid IS NULL OR g.anchor_known))')(
    'group.writtenBack',
    'bool',
    '(g.anchored AND g.cloud_id IS NOT NULL)',
    'whether an active cloud group has an AD object',
    { also: ['ad.groups'] },
  ),
  active('group.active', 'bool', '(g.cloud_id IS NOT NULL)', 'whether the cloud group exists and is not deleted'),
  deleted('group.softDeleted', 'bool', '(g.deleted_id IS NOT NULL)', 'whether the cloud group is in the deleted items'),
  fieldsOf('cloud.deletedGroups', 'g.deleted_at_known')(
    'group.deletedAt',
    'timestamp',
    'g.deleted',
    'when it was deleted',
    {
      nullable: true,
      from: 'deletedDateTime',
    },
  ),
  whole(
    'group.markersAgree',
    'bool',
    'NOT g.conflict',
    'whether adminDescription, msDS-ExternalDirectoryObjectId and a CN of the form Group_<id> name one cloud group',
  ),
  fieldsOf('ad.groups', '(g.ad_known AND g.anchor_known)')(
    'group.match',
    'string',
    'g.matched_by',
    'marker by which the AD object was matched',
    {
      nullable: true,
      values: ['external-id', 'admin-description', 'name', 'sid'],
    },
  ),
  fieldsOf('ad.groups', 'g.objects_known')(
    'group.objects',
    'int',
    'g.objects::BIGINT',
    'AD objects that carry the anchor',
  ),
  fieldsOf(
    'cloud.sourceOfAuthority',
    '(g.ad_known AND g.ad_whole AND g.cloud_known AND (g.cloud_all OR g.on_premises_sid IS NOT NULL) AND (g.managed_known OR g.on_premises_sid IS NULL OR g.ad_sid IS DISTINCT FROM g.on_premises_sid))',
  )(
    'group.takenOver',
    'bool',
    '(coalesce(g.managed, false) AND g.on_premises_sid IS NOT NULL AND g.ad_sid IS NOT DISTINCT FROM g.on_premises_sid)',
    'whether the AD object is the original of a group whose source of authority was converted to the cloud',
  ),
  fieldsOf(
    'cloud.groups',
    `(g.ad_known AND g.ad_whole AND g.anchor_known AND (g.cloud_all OR len(${syncedUpAs}) > 0))`,
  )(
    'group.syncedUpAs',
    'string[]',
    syncedUpAs,
    'ids of other cloud groups that are synced from the AD object, as far as they were read',
    { from: 'onPremisesSecurityIdentifier = objectSid' },
  ),
  fieldsOf('cloud.jobs', "(g.flavour_known AND (g.jobs_known OR g.flavour IS DISTINCT FROM 'cloud-sync'))")(
    'group.grace',
    'duration',
    "(CASE WHEN g.flavour = 'cloud-sync' THEN coalesce(gj.seconds * 3, 3600) ELSE 3600 END * 1000000)::BIGINT",
    'time that the engine may take: 60 minutes, or three times the interval of the Cloud Sync job',
    {
      from: 'schedule.interval',
      also: ['ad.groups', 'cloud.groups', 'ad.containers', 'cloud.writebackConfiguration'],
    },
  ),
  cloudFact('gc.display_name')('group.cloud.displayName', 'string', 'gc.display_name', 'display name', {
    nullable: true,
    from: 'displayName',
    names: 'cloud',
  }),
  cloudFact('gc.description')('group.cloud.description', 'string', 'gc.description', 'description', {
    nullable: true,
    from: 'description',
    names: 'cloud',
  }),
  cloudFact('gc.mail')('group.cloud.mail', 'string', 'gc.mail', 'mail address', {
    nullable: true,
    from: 'mail',
    names: 'cloud',
  }),
  cloudFact('gc.mail_nickname')('group.cloud.mailNickname', 'string', 'gc.mail_nickname', 'alias', {
    nullable: true,
    from: 'mailNickname',
    names: 'cloud',
  }),
  complete('group.cloud.proxyAddresses', 'string[]', 'coalesce(gc.proxy_addresses, [])', 'addresses', {
    from: 'proxyAddresses',
    names: 'cloud',
  }),
  cloudFact('gc.visibility')(
    'group.cloud.visibility',
    'string',
    'gc.visibility',
    'Public, Private or HiddenMembership',
    {
      nullable: true,
      from: 'visibility',
    },
  ),
  complete(
    'group.cloud.dynamic',
    'bool',
    "list_contains(gc.group_types, 'DynamicMembership')",
    'whether a rule decides the membership',
    { from: 'groupTypes' },
  ),
  cloudFact('gc.membership_rule')(
    'group.cloud.membershipRule',
    'string',
    'gc.membership_rule',
    'rule of a dynamic group',
    {
      nullable: true,
      from: 'membershipRule',
      names: 'cloud',
    },
  ),
  cloudTruth('coalesce(gc.assignable_to_role, false)')(
    'group.cloud.assignableToRole',
    'bool',
    'coalesce(gc.assignable_to_role, false)',
    'whether it can hold directory roles',
    { from: 'isAssignableToRole' },
  ),
  cloudFact('g.cloud_created')('group.cloud.created', 'timestamp', 'g.cloud_created', 'when it was created', {
    nullable: true,
    from: 'createdDateTime',
  }),
  cloudTruth('coalesce(g.synced, false)')('group.cloud.synced', 'bool', 'g.synced', 'whether AD owns it', {
    from: 'onPremisesSyncEnabled',
  }),
  cloudFact('g.on_premises_sid')(
    'group.cloud.onPremisesSid',
    'string',
    'g.on_premises_sid',
    'SID of the AD group it came from',
    {
      nullable: true,
      from: 'onPremisesSecurityIdentifier',
    },
  ),
  fieldsOf('cloud.sourceOfAuthority', '(g.cloud_known AND g.managed_known)')(
    'group.cloud.managed',
    'bool',
    'g.managed',
    'whether its source of authority was converted to the cloud',
    { from: 'isCloudManaged' },
  ),
  writeback(
    'group.cloud.writebackEnabled',
    'bool',
    'g.writeback_enabled',
    'writeback switch of v2; absent means the default',
    { nullable: true, from: 'writebackConfiguration.isEnabled' },
  ),
  writeback('group.cloud.onPremisesGroupType', 'string', 'gw.on_premises_group_type', 'type that v2 is told to write', {
    nullable: true,
    from: 'writebackConfiguration.onPremisesGroupType',
  }),
  either('group.ad.dn', 'string', 'ga.dn', 'distinguished name', { from: 'distinguishedName', names: 'ad' }),
  whole('group.ad.name', 'string', 'ga.cn', 'common name', { nullable: true, from: 'cn', names: 'ad' }),
  fieldsOf(
    'cloud.groups',
    `(g.ad_known AND g.ad_whole AND g.cloud_known AND g.flavour_known AND (g.cloud_all OR gc.display_name IS NOT NULL) AND (${clearSql('both')} OR ${decidedByForm}))`,
  )('group.ad.nameForm', 'string', nameForm, 'form of the name: guid, display or other', {
    nullable: true,
    values: ['guid', 'display', 'other'],
    from: 'cn',
    also: ['ad.groups', 'ad.containers', 'ad.names', 'cloud.names'],
  }),
  whole('group.ad.samAccountName', 'string', 'ga.sam_account_name', 'account name', {
    nullable: true,
    from: 'sAMAccountName',
    names: 'ad',
  }),
  whole('group.ad.displayName', 'string', 'ga.display_name', 'display name', {
    nullable: true,
    from: 'displayName',
    names: 'ad',
  }),
  whole('group.ad.description', 'string', 'ga.description', 'description', {
    nullable: true,
    from: 'description',
    names: 'ad',
  }),
  either('group.ad.objectClass', 'string', 'g.object_class', 'most specific class', { from: 'objectClass' }),
  whole('group.ad.sid', 'string', 'g.ad_sid', 'SID', { nullable: true, from: 'objectSid' }),
  whole('group.ad.groupType', 'int', 'g.group_type::BIGINT', 'type and scope bits, signed', {
    nullable: true,
    from: 'groupType',
  }),
  whole('group.ad.externalId', 'string', 'ga.external_id', "Cloud Sync's marker", {
    nullable: true,
    from: 'msDS-ExternalDirectoryObjectId',
    names: 'ad',
  }),
  whole('group.ad.adminDescription', 'string', 'ga.admin_description', "Connect's marker", {
    nullable: true,
    from: 'adminDescription',
    names: 'ad',
  }),
  whole('group.ad.mail', 'string', 'ga.mail', 'mail address', { nullable: true, from: 'mail', names: 'ad' }),
  whole('group.ad.mailNickname', 'string', 'ga.mail_nickname', 'alias', {
    nullable: true,
    from: 'mailNickname',
    names: 'ad',
  }),
  adLists('group.ad.proxyAddresses', 'string[]', 'coalesce(ga.proxy_addresses, [])', 'addresses', {
    from: 'proxyAddresses',
    names: 'ad',
  }),
  adLists('group.ad.showInAddressBook', 'string[]', 'coalesce(ga.show_in_address_book, [])', 'address lists it is in', {
    from: 'showInAddressBook',
    names: 'ad',
  }),
  whole('group.ad.hiddenFromAddressLists', 'bool', 'ga.hidden_from_address_lists', 'whether it is hidden', {
    nullable: true,
    from: 'msExchHideFromAddressLists',
  }),
  whole('group.ad.adminCount', 'int', 'ga.admin_count::BIGINT', '1 when it is or was protected', {
    nullable: true,
    from: 'adminCount',
  }),
  whole('group.ad.critical', 'bool', 'coalesce(ga.critical, false)', 'whether it is a system object', {
    from: 'isCriticalSystemObject',
  }),
  whole('group.ad.created', 'timestamp', 'ga.created', 'when it was created', {
    nullable: true,
    from: 'whenCreated',
  }),
  whole('group.ad.changed', 'timestamp', 'ga.changed', 'when it changed on the server that was read', {
    nullable: true,
    from: 'whenChanged',
  }),
  anchorChange(
    'group.ad.anchorChangedAt',
    'timestamp',
    'gt.changed',
    'when a marker was set, changed or removed last',
    { nullable: true, from: 'msDS-ReplAttributeMetaData' },
  ),
  anchorChange('group.ad.anchorChangedOn', 'string', 'gt.server', 'domain controller on which that was done', {
    nullable: true,
    from: 'msDS-ReplAttributeMetaData',
  }),
  memberChange(
    'group.ad.membersChangedAt',
    'timestamp',
    'gv.changed',
    'when a member was added or removed last, as far as each value has metadata of its own',
    { nullable: true, from: 'msDS-ReplValueMetaData' },
  ),
  memberChange('group.ad.membersChangedOn', 'string', 'gv.server', 'domain controller on which that was done', {
    nullable: true,
    from: 'msDS-ReplValueMetaData',
  }),
  fieldsOf('ad.containers', '(g.container_known AND g.seen)')(
    'group.containersDeclared',
    'bool',
    'coalesce(gk.declared, false)',
    'whether the configuration declares writeback containers at all',
  ),
  fieldsOf('ad.containers', '(g.ad_known AND g.container_known)')(
    'group.ad.inContainer',
    'bool',
    'g.in_container',
    'whether it lies in a configured writeback container',
    { from: 'distinguishedName' },
  ),
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

/** The two halves of a pair, each of which may be absent. */
export const groupObjects: readonly ObjectPath[] = [
  objectAt('group.cloud', '(g.cloud_id IS NOT NULL)', 'g.cloud_known', 'cloud.groups', 'the active cloud group'),
  objectAt('group.ad', '(g.ad_guid IS NOT NULL)', 'g.ad_known', 'ad.groups', 'the AD object'),
];

/** How a pair is named in findings. */
export const groupSubject: SubjectSql = {
  key: "coalesce(g.anchor::VARCHAR, '') || '/' || coalesce(g.ad_guid::VARCHAR, '')",
  label: "coalesce(gc.display_name, gd.display_name, ga.cn, ga.dn, g.anchor::VARCHAR, '(groups that were not read)')",
  ids: { cloudGroup: 'g.anchor::VARCHAR', adGroup: 'g.ad_guid::VARCHAR' },
};

/** Cloud groups with their AD objects, groups without one, and AD objects without a cloud group. */
export const groups: Population = {
  name: 'groups',
  about: 'One row per AD object of writeback with its cloud group, and per cloud group that has no such object',
  relation: 'pair',
  alias: 'g',
  keys: ['ordinal'],
  carried: [],
  stands: 'NOT g.seen',
  rows: ['ad.groups', 'cloud.groups'],
  attachments: groupAttachments,
  fields: groupFields,
  objects: groupObjects,
  flavour: groupFlavour,
  subject: groupSubject,
  unknownBy: undefined,
};
