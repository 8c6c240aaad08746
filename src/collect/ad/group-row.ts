import { isWithin } from '../../base/index.ts';
import type { Row } from '../../snapshot/index.ts';
import {
  booleanOf,
  bytesOf,
  classOf,
  dnOf,
  type Entry,
  instantOf,
  integerOf,
  sidOf,
  sidsOf,
  textOf,
  textsOf,
} from './entry.ts';
import { plainDn } from './extended-dn.ts';
import type { Run } from './run.ts';

/** The attributes that Exchange gave to whoever needs one. */
export const extensionAttributes = Array.from({ length: 15 }, (_, at) => `extensionAttribute${at + 1}`);
const DOMAIN_LOCAL = 4;

/** The attributes behind a row of ad_group. */
export const groupAttributes = [
  'objectGUID',
  'objectSid',
  'objectClass',
  'distinguishedName',
  'cn',
  'sAMAccountName',
  'displayName',
  'groupType',
  'description',
  'adminDescription',
  'msDS-ExternalDirectoryObjectId',
  'mail',
  'mailNickname',
  'proxyAddresses',
  'showInAddressBook',
  'msExchHideFromAddressLists',
  'adminCount',
  'isCriticalSystemObject',
  'msDS-ObjectSoa',
  'sIDHistory',
  'managedBy',
  'hideDLMembership',
  'msExchRequireAuthToSendTo',
  ...extensionAttributes,
  'whenCreated',
  'whenChanged',
  'uSNChanged',
];

/** One row of ad_group; whether a configured container can be read says nothing about what lies in it. Throws AuditError or RangeError on values that AD cannot hold. */
export function groupRow(
  guid: string,
  entry: Entry,
  { domain, containers }: Pick<Run, 'domain' | 'containers'>,
): Row<'ad_group'> {
  const dn = dnOf(entry, 'distinguishedName') ?? entry.dn;
  return {
    guid,
    sid: sidOf(entry),
    domain_dn: domain.dn,
    dn,
    cn: textOf(entry, 'cn'),
    sam_account_name: textOf(entry, 'sAMAccountName'),
    display_name: textOf(entry, 'displayName'),
    object_class: classOf(entry),
    in_container: containers.some(container => isWithin(dn, container.dn)),
    group_type: integerOf(entry, 'groupType'),
    description: textOf(entry, 'description'),
    admin_description: textOf(entry, 'adminDescription'),
    external_id: textOf(entry, 'msDS-ExternalDirectoryObjectId'),
    mail: textOf(entry, 'mail'),
    mail_nickname: textOf(entry, 'mailNickname'),
    proxy_addresses: textsOf(entry, 'proxyAddresses'),
    show_in_address_book: textsOf(entry, 'showInAddressBook').map(plainDn),
    hidden_from_address_lists: booleanOf(entry, 'msExchHideFromAddressLists'),
    admin_count: integerOf(entry, 'adminCount'),
    critical: booleanOf(entry, 'isCriticalSystemObject'),
    object_soa: textOf(entry, 'msDS-ObjectSoa'),
    sid_history: sidsOf(entry, 'sIDHistory'),
    managed_by: dnOf(entry, 'managedBy'),
    hide_dl_membership: booleanOf(entry, 'hideDLMembership'),
    require_auth_to_send: booleanOf(entry, 'msExchRequireAuthToSendTo'),
    extension_attributes: extensionAttributes.filter(name => bytesOf(entry, name).length > 0),
    created: instantOf(entry, 'whenCreated'),
    changed: instantOf(entry, 'whenChanged'),
    usn_changed: integerOf(entry, 'uSNChanged'),
  };
}

/** False for domain local groups, which only groups of their own domain can contain. */
export function canTravel(groupType: number | null): boolean {
  return groupType === null || (groupType & DOMAIN_LOCAL) === 0;
}

/** True when the object is a group, not another object that carries a marker. */
export function isGroup(entry: Entry): boolean {
  return classOf(entry) === 'group';
}
