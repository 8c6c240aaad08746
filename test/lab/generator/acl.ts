import type { Ace, Acl, Audit } from './estate.ts';

/** Schema and rights GUIDs that the access lists name. */
export const guids = {
  member: 'bf9679c0-0de6-11d0-a285-00aa003049e2',
  membership: 'bc0ac240-79a9-11d0-9020-00c04fc2d4cf',
  group: 'bf967a9c-0de6-11d0-a285-00aa003049e2',
  user: 'bf967aba-0de6-11d0-a285-00aa003049e2',
  adminDescription: 'bf967919-0de6-11d0-a285-00aa003049e2',
  externalId: 'bd29bf90-66ad-40e1-887b-10df070419a6',
  personalInformation: '77b5b886-944a-11d1-aebd-0000f80367c1',
  description: 'bf967950-0de6-11d0-a285-00aa003049e2',
  lockoutTime: '28630ebf-41d5-11d1-a9c1-0000f80367c1',
  pwdLastSet: 'bf967a0a-0de6-11d0-a285-00aa003049e2',
  resetPassword: '00299570-246d-11d0-a768-00aa006e0529',
} as const;

/** Everything that can be done to an object. */
export const fullControl: readonly string[] = [
  ...['RP', 'WP', 'CR', 'CC', 'DC', 'LC', 'LO', 'RC', 'WO', 'WD', 'SD', 'DT', 'SW'],
];
const reading: readonly string[] = ['RP', 'LC', 'LO', 'RC'];

/** Who administers the domain: always trusted. */
export function administrators(domainSid: string): readonly string[] {
  return [`${domainSid}-512`, `${domainSid}-519`, 'S-1-5-32-544', 'S-1-5-18'];
}

/** Entries that nobody objects to, for a container (`tree`) or for one object (`self`). */
export function cleanAces(domainSid: string, reach: Ace['reach']): Ace[] {
  return [
    ...administrators(domainSid).map(trustee => ({ allow: true, trustee, rights: fullControl, reach })),
    { allow: true, trustee: 'S-1-5-11', rights: reading, reach },
  ];
}

/** What `Set-ADSyncUnifiedGroupWritebackPermissions` grants to an engine. */
export function engineAces(trustee: string): Ace[] {
  return [
    { allow: true, trustee, rights: ['CC', 'DC'], objectType: guids.group, reach: 'tree' },
    {
      allow: true,
      trustee,
      rights: ['RP', 'WP', 'LC', 'LO', 'RC', 'SD', 'DT', 'SW', 'CC', 'DC'],
      inheritedObjectType: guids.group,
      reach: 'below',
    },
  ];
}

/** The list in SDDL, with what is to be audited where that is given. */
export function sddlOf({ aces, protected: isProtected, audits = [], owner }: Acl): string {
  const sacl = audits.length === 0 ? '' : `S:${audits.map(auditText).join('')}`;
  return `${owner === undefined ? '' : `O:${owner}`}D:${isProtected ? 'P' : ''}${aces.map(aceText).join('')}${sacl}`;
}

function auditText({ trustee, rights, objectType = '', inheritedObjectType = '' }: Audit): string {
  const kind = objectType === '' && inheritedObjectType === '' ? 'AU' : 'OU';
  return `(${[kind, 'CISA', rights.join(''), objectType, inheritedObjectType, trustee].join(';')})`;
}

/** One entry in SDDL. */
export function aceText(ace: Ace): string {
  const typed = ace.objectType !== undefined || ace.inheritedObjectType !== undefined;
  const kind = `${typed ? 'O' : ''}${ace.allow ? 'A' : 'D'}`;
  const flags = { self: '', tree: 'CI', below: 'CIIO' }[ace.reach];
  const parts = [kind, flags, ace.rights.join(''), ace.objectType ?? '', ace.inheritedObjectType ?? '', ace.trustee];
  return `(${parts.join(';')})`;
}
