// The tenant of the Graph benchmark: everything follows from the numbers of groups and users, so that the double and the check need not share a file.
import type { CloudGroup, CloudTenant, CloudUser, ObjectReference } from '../lab/tenant.ts';

/** How large the tenant is. */
export type TenantSize = { readonly groups: number; readonly users: number };

/** 100,000 groups with about five million memberships. */
export const fullSize: TenantSize = { groups: 100_000, users: 220_000 };

/** Members of one group: how many, and the sum of their numbers, which tells one membership from another. */
export type Expected = { readonly size: number; readonly sum: number };

const TENANT = '7f3a0000-0000-4000-8000-0000000000bb';
/** Coprime to every size in use: visits each rank, or user, once. */
const STEP = 38_197;

/** Id of the n-th group or user. */
export function guidOf(kind: 'group' | 'user', number: number): string {
  return `${kind === 'group' ? 'b0000002' : 'b0000001'}-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
}

/** Sizes are skewed: half of the groups have up to 14 members, one in a hundred more than 445, some thousands, the largest nine tenths of all users. */
export function sizeOf(group: number, { groups, users }: TenantSize): number {
  // The largest group comes in the middle of the list, the others anywhere.
  const rank = ((group + Math.floor(groups / 2)) * STEP) % groups;
  const tail = groups / 230;
  if (rank === 0) return Math.floor(users * 0.91);
  if (rank < tail) return Math.floor(1000 * (tail / (rank + 1)) ** 0.65);
  return Math.round(14 * Math.exp(1.5 * normalQuantile(1 - (rank + 0.5) / groups)));
}

/** What has to be read of a group. */
export function expectedOf(group: number, tenant: TenantSize): Expected {
  const size = sizeOf(group, tenant);
  let sum = 0;
  for (let index = 0; index < size; index++) sum += memberOf(group, index, tenant);
  return { size, sum };
}

function memberOf(group: number, index: number, { users }: TenantSize): number {
  return (group * 7919 + index * STEP) % users;
}

/** The tenant as the double serves it; memberships share one reference for each user. */
export function makeTenant(size: TenantSize): CloudTenant {
  const references = Array.from(
    { length: size.users },
    (_, number): ObjectReference => ({ id: guidOf('user', number), '@odata.type': '#microsoft.graph.user' }),
  );
  const members = (group: number) =>
    Array.from({ length: sizeOf(group, size) }, (_, index) => references[memberOf(group, index, size)]).filter(
      reference => reference !== undefined,
    );
  return {
    tenantId: TENANT,
    organization: {
      id: TENANT,
      displayName: 'Contoso',
      onPremisesSyncEnabled: true,
      onPremisesLastSyncDateTime: '2026-08-22T08:40:00Z',
      verifiedDomains: [{ name: 'contoso.com', isDefault: true, isInitial: false }],
    },
    groups: Array.from({ length: size.groups }, (_, number) => ({ ...groupOf(number), members: members(number) })),
    users: Array.from({ length: size.users }, (_, number) => userOf(number)),
    devices: [],
    contacts: [],
    servicePrincipals: [],
    deletedGroups: [],
    onPremisesSynchronization: null,
    groupSettings: [],
    jobs: [],
  };
}

function groupOf(number: number): Omit<CloudGroup, 'members'> {
  const unified = number % 3 === 0;
  return {
    id: guidOf('group', number),
    displayName: `Group ${number}`,
    description: null,
    groupTypes: unified ? ['Unified'] : [],
    securityEnabled: !unified,
    mailEnabled: unified,
    mailNickname: `group${number}`,
    mail: unified ? `group${number}@contoso.com` : null,
    proxyAddresses: unified ? [`SMTP:group${number}@contoso.com`] : [],
    visibility: unified ? 'Private' : null,
    membershipRule: null,
    membershipRuleProcessingState: null,
    isAssignableToRole: null,
    createdDateTime: '2024-02-29T12:34:56Z',
    securityIdentifier: `S-1-12-1-${number}-2-3-4`,
    onPremisesSyncEnabled: null,
    onPremisesSecurityIdentifier: null,
    onPremisesSamAccountName: null,
    onPremisesDomainName: null,
    onPremisesNetBiosName: null,
    onPremisesLastSyncDateTime: null,
    onPremisesProvisioningErrors: [],
    writebackConfiguration: { isEnabled: true, onPremisesGroupType: null },
    isCloudManaged: false,
  };
}

function userOf(number: number): CloudUser {
  return {
    id: guidOf('user', number),
    displayName: `User ${number}`,
    userPrincipalName: `user${number}@contoso.com`,
    mail: `user${number}@contoso.com`,
    accountEnabled: true,
    userType: 'Member',
    onPremisesSyncEnabled: true,
    onPremisesImmutableId: Buffer.from(`${number}`.padStart(16, 'u')).toString('base64'),
    onPremisesSecurityIdentifier: `S-1-5-21-1-2-3-${1000 + number}`,
    onPremisesDistinguishedName: `CN=User ${number},OU=People,DC=contoso,DC=com`,
    onPremisesSamAccountName: `user${number}`,
    onPremisesDomainName: 'contoso.com',
    onPremisesUserPrincipalName: `user${number}@contoso.com`,
    onPremisesLastSyncDateTime: '2026-08-22T08:40:00Z',
  };
}

/** Quantile of the standard normal distribution (Hastings, 26.2.23 in Abramowitz and Stegun; good to three digits). */
function normalQuantile(share: number): number {
  if (share > 0.5) return -normalQuantile(1 - share);
  const t = Math.sqrt(-2 * Math.log(share));
  return (
    -t + (2.515517 + 0.802853 * t + 0.010328 * t * t) / (1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t * t * t)
  );
}
