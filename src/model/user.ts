import { attach, attachNames, fieldsOf, objectAt } from './build.ts';
import type { Population } from './population.ts';

const userSeen = fieldsOf('cloud.users', 'u.seen');

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
