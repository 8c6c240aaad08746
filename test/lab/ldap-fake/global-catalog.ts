import type { FakeEntry } from './script.ts';
import { textOf } from './tree.ts';

// The part of AD's partial attribute set (isMemberOfPartialAttributeSet in the schema) that a collector could ask for.
const PARTIAL = new Set(
  [
    ...[
      'objectClass',
      'objectCategory',
      'objectGUID',
      'objectSid',
      'distinguishedName',
      'cn',
      'name',
      'nTSecurityDescriptor',
    ],
    ...['sAMAccountName', 'userPrincipalName', 'displayName', 'description', 'groupType', 'member', 'memberOf'],
    ...['mail', 'mailNickname', 'proxyAddresses', 'showInAddressBook', 'msExchHideFromAddressLists'],
    ...['userAccountControl', 'adminDescription', 'whenCreated', 'whenChanged', 'uSNCreated', 'uSNChanged'],
    ...['isDeleted', 'sIDHistory', 'tokenGroups', 'msDS-ExternalDirectoryObjectId', 'systemFlags', 'nCName', 'dnsRoot'],
  ].map(name => name.toLowerCase()),
);

const UNIVERSAL = 8;

/**
 * Whether the global catalog shows an attribute of an entry; the name in lower case. It shows the partial attribute set,
 * and of groups in domains other than its own (`isOwn`) the members only when they are universal.
 */
export function catalogues(entry: FakeEntry, attribute: string, isOwn: boolean): boolean {
  if (entry.dn === '') return true;
  if (attribute === 'member' && !isOwn) return (Number(textOf(entry, 'groupType') ?? 0) & UNIVERSAL) !== 0;
  return PARTIAL.has(attribute);
}
