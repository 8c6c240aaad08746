import type { Row } from '../../snapshot/index.ts';

/** SID of the domain of every case. */
export const domainSid = 'S-1-5-21-1004336348-1177238915-682003330';

const rid = (id: number) => `${domainSid}-${id}`;

/** Trustees and protected groups that every domain has, by name; a case need not declare them. */
export const wellKnown: Readonly<Record<string, string>> = {
  Everyone: 'S-1-1-0',
  'Creator Owner': 'S-1-3-0',
  Self: 'S-1-5-10',
  'Authenticated Users': 'S-1-5-11',
  SYSTEM: 'S-1-5-18',
  Administrators: 'S-1-5-32-544',
  'Account Operators': 'S-1-5-32-548',
  'Server Operators': 'S-1-5-32-549',
  'Print Operators': 'S-1-5-32-550',
  'Backup Operators': 'S-1-5-32-551',
  Replicator: 'S-1-5-32-552',
  'Domain Admins': rid(512),
  'Domain Users': rid(513),
  'Domain Controllers': rid(516),
  'Schema Admins': rid(518),
  'Enterprise Admins': rid(519),
  'Group Policy Creator Owners': rid(520),
  'Read-only Domain Controllers': rid(521),
  'Key Admins': rid(526),
  'Enterprise Key Admins': rid(527),
  DnsAdmins: rid(1101),
};

/** SID of the n-th object that a case declares. */
export function sidOf(ordinal: number): string {
  return rid(5000 + ordinal);
}

/** schemaIDGUIDs of classes and attributes, and rightsGuids of property sets, as in every forest. */
export const schemaIds = {
  group: 'bf967a9c-0de6-11d0-a285-00aa003049e2',
  user: 'bf967aba-0de6-11d0-a285-00aa003049e2',
  member: 'bf9679c0-0de6-11d0-a285-00aa003049e2',
  membership: 'bc0ac240-79a9-11d0-9020-00c04fc2d4cf',
  adminDescription: 'bf967919-0de6-11d0-a285-00aa003049e2',
  'msDS-ExternalDirectoryObjectId': 'bd29bf90-66ad-40e1-887b-10df070419a6',
  'Personal-Information': '77b5b886-944a-11d1-aebd-0000f80367c1',
  description: 'bf967950-0de6-11d0-a285-00aa003049e2',
} as const;

/** What each of these GUIDs stands for. */
export const schemaRows: readonly Row<'ad_schema'>[] = Object.entries(schemaIds).map(([name, guid]) => ({
  name,
  kind:
    name === 'group' || name === 'user'
      ? 'class'
      : name === 'membership' || name === 'Personal-Information'
        ? 'property-set'
        : 'attribute',
  guid,
}));

/** What a right of a case is in an access list (MS-ADTS 5.1.3.2): mask and ObjectType. */
export type Right = { readonly mask: number; readonly object: string | null };

const right = (mask: number, object: string | null = null): Right => ({ mask, object });

/** The rights that a case can grant, by name. */
export const rights: Readonly<Record<string, Right>> = {
  'full-control': right(0xf01ff),
  'generic-all': right(0x10000000),
  'generic-write': right(0x40000000),
  read: right(0x20094),
  'read-member': right(0x10, schemaIds.member),
  'read-membership-set': right(0x10, schemaIds.membership),
  'read-description': right(0x10, schemaIds.description),
  'generic-read': right(0x80000000),
  'write-dacl': right(0x40000),
  'write-owner': right(0x80000),
  'write-properties': right(0x20),
  'write-member': right(0x20, schemaIds.member),
  'write-membership-set': right(0x20, schemaIds.membership),
  'add-self': right(0x8, schemaIds.member),
  'validated-writes': right(0x8),
  'create-children': right(0x1),
  'create-groups': right(0x1, schemaIds.group),
  'create-users': right(0x1, schemaIds.user),
  delete: right(0x10000),
  'write-description': right(0x20, schemaIds.description),
  'write-admin-description': right(0x20, schemaIds.adminDescription),
  'write-external-id': right(0x20, schemaIds['msDS-ExternalDirectoryObjectId']),
  'write-personal-information': right(0x20, schemaIds['Personal-Information']),
  'write-lockout-time': right(0x20, '28630ebf-41d5-11d1-a9c1-0000f80367c1'),
  'write-password-last-set': right(0x20, 'bf967a0a-0de6-11d0-a285-00aa003049e2'),
  'write-account-restrictions': right(0x20, '4c164200-20c0-11d0-a768-00aa006e0529'),
  'extended-rights': right(0x100),
  'reset-password': right(0x100, '00299570-246d-11d0-a768-00aa006e0529'),
};
