import { clearSql, fieldsOf } from './build.ts';
import { adLists, either, whole } from './group-known.ts';
import type { PopulationField } from './population.ts';

// Pseudonyms keep the digits at the end of a name, too.
const bearsId = "ends_with(lower(ga.cn), '_' || right(g.anchor::VARCHAR, 12))";
const writtenName = 'left(ga.cn, length(ga.cn) - 13)';

// Cloud Sync cuts the display name at 51 characters (Left(Trim([displayName]),51)). Whether a character outside the basic plane counts once or, as in
// .NET, twice is not documented: both are accepted. How Connect cuts is not documented at all, so any prefix will do.
const cutName = `CASE
      WHEN ${writtenName} = left(trim(gc.display_name), 51) THEN true
      WHEN NOT starts_with(trim(gc.display_name), ${writtenName}) THEN false
      ELSE length(${writtenName}) + length(regexp_replace(${writtenName}, '[^\\x{10000}-\\x{10FFFF}]', '', 'g')) IN (50, 51) END`;

const nameForm = `CASE
  WHEN g.name_anchor = g.anchor THEN 'guid'
  WHEN ${bearsId}
    AND CASE WHEN g.flavour = 'cloud-sync' THEN ${cutName}
      ELSE starts_with(trim(gc.display_name), rtrim(${writtenName})) END THEN 'display'
  ELSE 'other' END`;

// A pseudonym no longer begins with Group_; what is well-formed has none.
const guardClear = `(${clearSql('ad')} OR coalesce(regexp_matches(ga.admin_description, '(?i)^(takenover_)?(group|user)_[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'), true))`;

// Pseudonyms keep both forms but not the name: only the display form takes a look at that.
const decidedByForm = `coalesce(coalesce(g.name_anchor = g.anchor, false) OR NOT ${bearsId}, true)`;

const replicationRead = '(gr.read AND gu.object IS NULL)';
// The stamps of a group's attributes come all at once, those of its members one by one: only a list read in full shows the latest.
const anchorChange = fieldsOf(
  'ad.replication',
  `(g.ad_known AND (g.ad_guid IS NULL OR gt.changed IS NOT NULL OR ${replicationRead}))`,
);
const memberChange = fieldsOf('ad.replication', `(g.ad_known AND (g.ad_guid IS NULL OR ${replicationRead}))`);

/** Facts about the AD object of a pair. */
export const adFields: readonly PopulationField[] = [
  either('group.ad.dn', 'string', 'ga.dn', 'distinguished name', { from: 'distinguishedName', names: 'ad' }),
  whole('group.ad.name', 'string', 'ga.cn', 'common name', { nullable: true, from: 'cn', names: 'ad' }),
  fieldsOf(
    'cloud.groups',
    `(g.ad_known AND g.ad_whole AND g.cloud_known AND g.flavour_known AND (g.cloud_all OR gc.display_name IS NOT NULL) AND CASE WHEN ${clearSql('both')} THEN true ELSE ${decidedByForm} END)`,
  )('group.ad.nameForm', 'string', nameForm, 'form of the name: guid, display or other', {
    nullable: true,
    values: ['guid', 'display', 'other'],
    from: 'cn',
    also: ['ad.groups', 'ad.containers', 'ad.names', 'cloud.names'],
  }),
  fieldsOf('ad.groups', '(g.ad_known AND g.ad_whole AND g.anchor_known)')(
    'group.ad.tailFits',
    'bool',
    `CASE WHEN ${bearsId} THEN true WHEN g.anchor IS NOT NULL AND regexp_matches(ga.cn, '(?i)_[0-9a-f]{12}$') THEN false END`,
    'whether the 12 digits that its name ends with are those of the id; absent where it does not end so',
    { nullable: true, from: 'cn' },
  ),
  fieldsOf('ad.groups', `(g.ad_known AND g.ad_whole AND ${guardClear})`)(
    'group.ad.guarded',
    'bool',
    "coalesce(regexp_matches(ga.admin_description, '(?i)^group_'), false)",
    'whether adminDescription begins with Group_, which keeps it from being synced up',
    { from: 'adminDescription', also: ['ad.names'] },
  ),
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
];
