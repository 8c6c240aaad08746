import type { GraphSource } from '../../../src/config/index.ts';
import { createAuthority, issue } from '../../lab/certificates.ts';
import { type GraphDouble, type GraphDoubleOptions, startGraphDouble } from '../../lab/graph/server.ts';
import type { CloudGroup, CloudJob, CloudTenant, CloudUser, ObjectReference, ServiceError } from '../../lab/tenant.ts';
import { furtherTenant, objectGuid } from './further-estate.ts';
import { NOW } from './now.ts';

export { objectGuid } from './further-estate.ts';
export { NOW } from './now.ts';

const TENANT = '7f3a0000-0000-4000-8000-000000000001';
const SYNCED_AT = '2026-08-22T08:40:00Z';

function user(number: number): CloudUser {
  const synced = number % 3 !== 0;
  return {
    id: objectGuid(1, number),
    displayName: number % 7 === 0 ? null : `Jürgen 日本 ${number}`,
    userPrincipalName: `user${number}@contoso.com`,
    mail: number % 2 === 0 ? `user${number}@contoso.com` : null,
    accountEnabled: number % 5 !== 0,
    userType: number % 11 === 0 ? 'Guest' : 'Member',
    onPremisesSyncEnabled: synced ? true : null,
    onPremisesImmutableId: synced ? Buffer.from(`${number}`.padStart(16, 'u')).toString('base64') : null,
    onPremisesSecurityIdentifier: synced ? `S-1-5-21-1-2-3-${1000 + number}` : null,
    onPremisesDistinguishedName: synced ? `CN=User ${number},OU=People,DC=contoso,DC=com` : null,
    onPremisesSamAccountName: synced ? `user${number}` : null,
    onPremisesDomainName: synced ? 'contoso.com' : null,
    onPremisesUserPrincipalName: synced ? `user${number}@contoso.com` : null,
    onPremisesLastSyncDateTime: synced ? SYNCED_AT : null,
    serviceProvisioningErrors: number % 10 === 0 ? [serviceError(false)] : [],
  };
}

const memberTypes = [
  '#microsoft.graph.user',
  '#microsoft.graph.group',
  '#microsoft.graph.device',
  '#microsoft.graph.orgContact',
  '#microsoft.graph.servicePrincipal',
] as const;

function membersOf(number: number): ObjectReference[] {
  // Sizes 0 to 25, so that groups end on, before and after the edge of a page of any small size.
  const size = (number * 7) % 26;
  return Array.from({ length: size }, (_, index) => {
    const kind = index % 6 === 5 ? ((number + index) % 4) + 1 : 0;
    return { id: objectGuid(kind + 1, index + 1), '@odata.type': memberTypes[kind] ?? memberTypes[0] };
  });
}

function group(number: number): CloudGroup {
  const unified = number % 2 === 0;
  const synced = number % 10 === 9;
  return {
    id: objectGuid(2, number),
    displayName: `Group ${number}`,
    description: number % 4 === 0 ? 'Line one\nline two' : null,
    groupTypes: unified ? ['Unified'] : [],
    securityEnabled: !unified,
    mailEnabled: unified,
    mailNickname: `group${number}`,
    mail: unified ? `group${number}@contoso.com` : null,
    proxyAddresses: unified ? [`SMTP:group${number}@contoso.com`] : [],
    visibility: number === 12 ? 'HiddenMembership' : unified ? 'Private' : null,
    membershipRule: null,
    membershipRuleProcessingState: null,
    isAssignableToRole: number === 5 ? true : null,
    createdDateTime: '2024-02-29T12:34:56Z',
    securityIdentifier: `S-1-12-1-${number}-2-3-4`,
    onPremisesSyncEnabled: synced ? true : null,
    onPremisesSecurityIdentifier: synced || number === 7 ? `S-1-5-21-1-2-3-${9000 + number}` : null,
    onPremisesSamAccountName: synced ? `group${number}` : null,
    onPremisesDomainName: synced ? 'contoso.com' : null,
    onPremisesNetBiosName: null,
    onPremisesLastSyncDateTime: synced ? SYNCED_AT : null,
    onPremisesProvisioningErrors: [],
    writebackConfiguration:
      number % 3 === 0
        ? { isEnabled: number % 2 === 0, onPremisesGroupType: unified ? 'universalDistributionGroup' : null }
        : { isEnabled: null, onPremisesGroupType: null },
    isCloudManaged: number === 7 || number === 19,
    members: membersOf(number),
    ...furtherOf(number, unified),
  };
}

/** What only some groups have: owners (more than a page of them, none, an application), errors, an end, settings of mail. */
function furtherOf(number: number, unified: boolean): Partial<CloudGroup> {
  const owners = Array.from({ length: (number * 7) % 10 }, (_, index) => ({
    id: objectGuid(index === 4 ? 5 : 1, index + 1),
    '@odata.type': memberTypes[index === 4 ? 4 : 0] ?? memberTypes[0],
  }));
  return {
    owners,
    expirationDateTime: unified ? '2026-12-01T00:00:00Z' : null,
    renewedDateTime: unified ? '2026-06-01T00:00:00Z' : null,
    onPremisesExtensionAttributes:
      number % 6 === 0 ? { extensionAttribute2: 'x', extensionAttribute10: 'y', extensionAttribute1: null } : null,
    onPremisesProvisioningErrors:
      number % 8 === 0
        ? [
            {
              category: 'PropertyConflict',
              occurredDateTime: '2026-08-20T00:00:00Z',
              propertyCausingError: 'ProxyAddress',
              value: `SMTP:group${number}@contoso.com`,
            },
          ]
        : [],
    serviceProvisioningErrors: number % 9 === 0 ? [serviceError(true), serviceError(false)] : [],
    hideFromAddressLists: number % 4 === 0,
    allowExternalSenders: number % 6 === 0 ? null : number % 4 === 0,
  };
}

function serviceError(isResolved: boolean): ServiceError {
  return {
    '@odata.type': '#microsoft.graph.serviceProvisioningXmlError',
    createdDateTime: '2026-08-21T00:00:00Z',
    isResolved,
    serviceInstance: 'exchange/namprd01-001-01',
    errorDetail: '<x/>',
  };
}

/** A Cloud Sync application with one job. */
export function cloudSyncJob(number: number, template: string | null, displayName: string): CloudJob {
  const id = `AAD2ADGroupProvisioning.${TENANT.replaceAll('-', '')}.${objectGuid(6, number)}`;
  const run = {
    activityIdentifier: objectGuid(7, number),
    timeBegan: '2026-08-22T08:20:00Z',
    timeEnded: '2026-08-22T08:21:00.1234567Z',
    countEntitled: 4,
    countEntitledForProvisioning: 4,
    countEscrowed: 2,
    countEscrowedRaw: 2,
    countExported: 1,
    countExports: 1,
    countImported: 1,
    countImportedDeltas: 1,
    countImportedReferenceDeltas: 0,
    error: null,
  };
  const mapping = (
    targetAttributeName: string,
    source: CloudJob['schema']['synchronizationRules'][number]['objectMappings'][number]['attributeMappings'][number]['source'],
  ) => ({
    targetAttributeName,
    defaultValue: null,
    exportMissingReferences: false,
    flowBehavior: 'FlowWhenChanged' as const,
    flowType: 'Always' as const,
    matchingPriority: 0,
    source,
  });
  return {
    servicePrincipal: {
      id: objectGuid(5, number),
      appId: objectGuid(8, number),
      displayName,
      accountEnabled: true,
      applicationTemplateId: template,
      servicePrincipalType: 'Application',
    },
    job: {
      id,
      templateId: 'AAD2ADGroupProvisioning',
      schedule: { interval: 'PT20M', state: 'Active', expiration: null },
      status: {
        code: 'Quarantine',
        countSuccessiveCompleteFailures: 3,
        escrowsPruned: false,
        lastExecution: { ...run, state: 'EntryLevelErrors' },
        lastSuccessfulExecution: { ...run, state: 'Succeeded' },
        lastSuccessfulExecutionWithExports: null,
        quarantine: {
          currentBegan: '2026-08-22T07:00:00Z',
          nextAttempt: '2026-08-22T10:00:00Z',
          reason: 'TooManyDeletes',
          seriesBegan: '2026-08-22T07:00:00Z',
          seriesCount: 1,
          error: { code: 'TooMany', message: 'deletes', tenantActionable: true },
        },
        steadyStateFirstAchievedTime: SYNCED_AT,
        steadyStateLastAchievedTime: SYNCED_AT,
        synchronizedEntryCountByType: [{ key: 'group', value: 4 }],
        troubleshootingUrl: '',
        progress: [],
      },
      synchronizationJobSettings: [],
    },
    secrets: [
      { key: 'Domain', value: '{"domain":"Contoso.com"}' },
      { key: 'SyncAll', value: number === 1 ? 'false' : 'true' },
      { key: 'SecretToken', value: 'hunter2-never-kept' },
      {
        key: 'SyncNotificationSettings',
        value: '{"Enabled":true,"Recipients":"a@contoso.com","DeleteThresholdEnabled":true,"DeleteThresholdValue":50}',
      },
    ],
    appRoleAssignedTo: [2, 4, 6].map(group => ({
      id: `assignment-${number}-${group}`,
      principalId: objectGuid(2, group),
      principalType: 'Group' as const,
      principalDisplayName: `Group ${group}`,
      resourceId: objectGuid(5, number),
      appRoleId: '1a0abf4d-b9fa-4512-a3a2-51ee82c6fd9f',
    })),
    schema: {
      id,
      version: '1',
      synchronizationRules: [
        {
          id: objectGuid(9, number),
          name: 'rule',
          priority: 1,
          editable: true,
          sourceDirectoryName: 'Azure Active Directory',
          targetDirectoryName: 'Active Directory',
          objectMappings: [
            {
              enabled: true,
              flowTypes: 'Add, Update, Delete',
              name: 'groups',
              sourceObjectName: 'Group',
              targetObjectName: 'group',
              scope:
                number === 1 ? { groups: [{ name: 'Security groups', clauses: [] }], categoryFilterGroups: [] } : null,
              attributeMappings: [
                mapping('cn', {
                  type: 'Function',
                  name: 'Append',
                  expression: 'Append(Left([displayName], 51), Mid([objectId], 25, 12))',
                  parameters: [],
                }),
                mapping('parentDistinguishedName', {
                  type: 'Constant',
                  name: 'OU=Sync,DC=contoso,DC=com',
                  expression: '"OU=Sync,DC=contoso,DC=com"',
                  parameters: [],
                }),
              ],
            },
          ],
        },
      ],
      directories: [],
    },
  };
}

/** A small tenant with something of everything: synced, cloud-managed, hidden and empty groups, every kind of member, two Cloud Sync jobs. */
export function smallTenant(groups = 31, users = 45): CloudTenant {
  const jobs = [
    cloudSyncJob(1, 'fb81332f-3eca-4ecf-a939-4278e501d330', 'My sync'),
    cloudSyncJob(2, null, 'Entra ID to Active Directory - fabrikam.com'),
  ];
  return {
    tenantId: TENANT,
    organization: {
      id: TENANT,
      displayName: 'Contoso',
      onPremisesSyncEnabled: true,
      onPremisesLastSyncDateTime: SYNCED_AT,
      verifiedDomains: [
        { name: 'contoso.com', isDefault: true, isInitial: false },
        { name: 'contoso.onmicrosoft.com', isDefault: false, isInitial: true },
      ],
    },
    groups: Array.from({ length: groups }, (_, index) => group(index + 1)),
    users: Array.from({ length: users }, (_, index) => user(index + 1)),
    devices: [],
    contacts: [],
    servicePrincipals: [],
    deletedGroups: Array.from({ length: 9 }, (_, index) => ({
      id: objectGuid(3, index + 500),
      displayName: `Gone ${index}`,
      deletedDateTime: '2026-08-01T00:00:00Z',
      groupTypes: index % 2 === 0 ? ['Unified'] : [],
      securityEnabled: index % 2 === 1,
      mailEnabled: index % 2 === 0,
    })),
    onPremisesSynchronization: null,
    groupSettings: [
      {
        id: objectGuid(4, 1),
        displayName: 'Group.Unified',
        templateId: '62375ab9-6b52-47ed-826b-58e47e0e304b',
        values: [
          { name: 'NewUnifiedGroupWritebackDefault', value: 'true' },
          { name: 'EnableGroupCreation', value: '' },
        ],
      },
    ],
    jobs,
    ...furtherTenant(jobs.map(({ job }) => job.id)),
  };
}

const certificates = createAuthority().then(authority => issue(authority, { dns: ['localhost'], ip: ['127.0.0.1'] }));

/** Starts a double with a tenant; pages are short so that small lists have several. */
export async function startTenant(
  tenant: CloudTenant,
  options: Partial<GraphDoubleOptions> = {},
): Promise<GraphDouble> {
  return startGraphDouble({
    tenant,
    certificates: await certificates,
    now: () => NOW,
    seed: 1,
    pageCap: 7,
    ...options,
  });
}

/** How to read a double. */
export async function sourceOf(double: GraphDouble, changes: Partial<GraphSource> = {}): Promise<GraphSource> {
  const { ca } = await certificates;
  return {
    tenant: double.tenantId,
    cloud: 'global',
    endpoint: double.endpoint,
    authority: double.authority,
    ca,
    auth: { kind: 'token', token: { reveal: () => double.token(), from: 'the test' } },
    deadlineMs: 20_000,
    attemptTimeoutMs: 1500,
    connections: 4,
    // The largest bucket: the wait after a 429 is tested on the governor itself.
    tenantClass: 'L',
    members: 'batch',
    ...changes,
  };
}
