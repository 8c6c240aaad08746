import { attach, attachNames, fieldsOf, objectAt } from './build.ts';
import type { Population } from './population.ts';

const userSeen = fieldsOf('cloud.users', 'u.seen');

const writtenBack = 'SELECT ad_guid FROM pair WHERE anchored AND anchor_known AND cloud_id IS NOT NULL';
const memberOfAny = `SELECT DISTINCT m.member_guid FROM ad_member m WHERE m.group_guid IN (${writtenBack})`;
// Groups that are only nested in others have no members in the snapshot, and need none here.
const allListsRead = `SELECT k.ad_members AND k.ad_groups AND k.cloud_groups AND NOT EXISTS (FROM unread r JOIN pair p ON p.ad_guid = r.id WHERE r.facet = 'ad.members' AND p.anchored) AS read FROM known k`;

/** Cloud users with their AD accounts. */
export const users: Population = {
  name: 'users',
  about: 'Each cloud user with the AD account that it is, matched by SID, immutable id or anchor',
  relation: 'person',
  alias: 'u',
  keys: ['cloud_id'],
  carried: [],
  stands: 'NOT u.seen',
  rows: ['cloud.users'],
  attachments: [
    attachNames,
    attach('uc', 'cloud_user', 'uc.id = u.cloud_id'),
    attach('ua', 'ad_user', 'ua.guid = u.ad_guid'),
    attach(
      'um',
      `(${memberOfAny})`,
      'um.member_guid = u.ad_guid',
      table => `(${memberOfAny} AND m.member_guid IN (SELECT t.ad_guid FROM ${table} t))`,
    ),
    attach('ur', `(${allListsRead})`, 'true'),
  ],
  fields: [
    userSeen(
      'user.label',
      'string',
      "coalesce(uc.display_name || coalesce(' (' || uc.upn || ')', ''), uc.upn, u.cloud_id::VARCHAR, '(users that were not read)')",
      'name for people',
      { names: 'cloud' },
    ),
    fieldsOf('cloud.users', '(u.seen AND (u.cloud_users OR uc.upn IS NOT NULL))')(
      'user.cloud.upn',
      'string',
      'uc.upn',
      'user principal name',
      {
        nullable: true,
        from: 'userPrincipalName',
        names: 'cloud',
      },
    ),
    fieldsOf('cloud.users', '(u.seen AND (u.cloud_users OR uc.enabled IS NOT NULL))')(
      'user.cloud.enabled',
      'bool',
      'uc.enabled',
      'whether the cloud account is enabled',
      {
        nullable: true,
        from: 'accountEnabled',
      },
    ),
    fieldsOf('cloud.users', '(u.seen AND (u.cloud_users OR uc.user_type IS NOT NULL))')(
      'user.cloud.type',
      'string',
      'uc.user_type',
      'Member or Guest',
      {
        nullable: true,
        from: 'userType',
      },
    ),
    fieldsOf('cloud.users', '(u.seen AND (u.cloud_users OR coalesce(uc.on_premises_sync_enabled, false)))')(
      'user.cloud.synced',
      'bool',
      'coalesce(uc.on_premises_sync_enabled, false)',
      'whether AD owns it',
      {
        from: 'onPremisesSyncEnabled',
      },
    ),
    fieldsOf('ad.users', '(u.seen AND u.ad_known)')('user.ad.dn', 'string', 'ua.dn', 'distinguished name', {
      from: 'distinguishedName',
      names: 'ad',
    }),
    fieldsOf('ad.users', '(u.seen AND u.ad_known AND (u.ad_users OR ua.enabled IS NOT NULL))')(
      'user.ad.enabled',
      'bool',
      'ua.enabled',
      'whether the AD account is enabled',
      { nullable: true, from: 'userAccountControl' },
    ),
    fieldsOf('ad.users', '(u.seen AND u.ad_known AND (u.ad_users OR ua.admin_count IS NOT NULL))')(
      'user.ad.adminCount',
      'int',
      'ua.admin_count::BIGINT',
      '1 when it is or was protected',
      { nullable: true, from: 'adminCount' },
    ),
    fieldsOf('ad.members', '(u.seen AND u.ad_known AND (u.ad_guid IS NULL OR um.member_guid IS NOT NULL OR ur.read))')(
      'user.ad.inWrittenBackGroup',
      'bool',
      '(um.member_guid IS NOT NULL)',
      'whether the AD account is a direct member of an object of writeback in AD',
      { from: 'member', also: ['ad.groups', 'cloud.groups', 'ad.users'] },
    ),
  ],
  objects: [objectAt('user.ad', '(u.ad_guid IS NOT NULL)', '(u.seen AND u.ad_known)', 'ad.users', 'the AD account')],
  flavour: undefined,
  subject: {
    key: "coalesce(u.cloud_id::VARCHAR, '')",
    label: "coalesce(uc.display_name, uc.upn, u.cloud_id::VARCHAR, '(users that were not read)')",
    ids: { cloudPrincipal: 'u.cloud_id::VARCHAR', adPrincipal: 'u.ad_guid::VARCHAR' },
  },
  unknownBy: undefined,
};
