import { attachNames, fieldsOf } from './build.ts';
import type { Population } from './population.ts';

const seen = fieldsOf('ad.trustees', 'i.seen');
const account = fieldsOf('ad.identities', '(i.seen AND i.account_known)');
const label = "coalesce(i.name, i.sid, '(sync identities that were not read)')";

/** The accounts by which engines write. */
export const identities: Population = {
  name: 'identities',
  about: 'Each sync identity: the connector accounts of Entra Connect and the managed service accounts of Cloud Sync',
  relation: 'identity',
  alias: 'i',
  keys: ['sid'],
  carried: [],
  stands: 'NOT i.seen',
  rows: ['ad.trustees'],
  attachments: [attachNames],
  fields: [
    seen('identity.label', 'string', label, 'account name', { from: 'sAMAccountName', names: 'ad' }),
    seen('identity.sid', 'string', 'i.sid', 'SID', { nullable: true, from: 'objectSid' }),
    account(
      'identity.managedServiceAccount',
      'bool',
      "coalesce(i.object_class IN ('msDS-GroupManagedServiceAccount', 'msDS-DelegatedManagedServiceAccount'), false)",
      'whether it is a managed service account, as the agents of Cloud Sync use',
      { from: 'objectClass' },
    ),
    account('identity.adminCount', 'int', 'i.admin_count::BIGINT', '1 when it is or was protected', {
      nullable: true,
      from: 'adminCount',
    }),
    fieldsOf('ad.identities', '(i.seen AND i.groups_known)')(
      'identity.inProtectedGroup',
      'bool',
      'len(i.protected_groups) > 0',
      'whether a protected group contains it, directly or through others',
      { from: 'memberOf' },
    ),
    fieldsOf('ad.identities', 'i.seen')(
      'identity.protectedGroups',
      'string[]',
      'i.protected_groups',
      'the protected groups that contain it, by name, as far as they were read',
      { from: 'memberOf', names: 'ad' },
    ),
    fieldsOf('ad.acl', '(i.seen AND i.control_known)')(
      'identity.controlsDomain',
      'bool',
      'len(i.controlled_domains) > 0',
      'whether it is granted full control of the root of a domain',
      { from: 'nTSecurityDescriptor', also: ['ad.containers'] },
    ),
    fieldsOf('ad.acl', 'i.seen')(
      'identity.controlledDomains',
      'string[]',
      'i.controlled_domains',
      'the domains of which it is granted full control, by DN, as far as they were read',
      { from: 'nTSecurityDescriptor', names: 'ad', also: ['ad.containers'] },
    ),
  ],
  objects: [],
  flavour: undefined,
  subject: { key: "coalesce(i.sid, '')", label, ids: { trustee: 'i.sid' } },
  unknownBy: undefined,
};
