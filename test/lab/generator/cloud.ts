import type { AttributeMapping, CloudJob, CloudTenant } from '../tenant.ts';
import { dnsOf } from './people.ts';
import type { Random } from './random.ts';
import { furnished, setupOf } from './setup.ts';
import { DAY, iso, MINUTE, places, type World } from './world.ts';

/** Gallery template of "Entra ID to Active Directory". */
const TEMPLATE = 'fb81332f-3eca-4ecf-a939-4278e501d330';

/** Adds the jobs of Cloud Sync: one for each of its containers, and one that feeds the cloud and has nothing to do with writeback. */
export function addJobs(world: World, tenantId: string): void {
  const { random } = world;
  const { sync, second } = places(world.base);
  world.jobs.push(
    newJob(world, tenantId, {
      template: 'AAD2ADGroupProvisioning',
      name: `Entra ID to Active Directory - ${dnsOf(world.base)}`,
      container: sync,
    }),
    newJob(world, tenantId, {
      template: 'AAD2ADGroupProvisioning',
      name: 'Entra ID to Active Directory - branch',
      container: second,
    }),
    newJob(world, tenantId, {
      template: 'AD2AADProvisioning',
      name: `Entra ID to Active Directory users ${random.below(100)}`,
      container: null,
    }),
  );
}

/** What a job is to be. */
export type JobPlan = { readonly template: string; readonly name: string; readonly container: string | null };

/** Makes a job that writes to a container, or none, without adding it. */
export function newJob(
  { random, now, base }: World,
  tenantId: string,
  { template, name, container }: JobPlan,
): CloudJob {
  const id = `${template}.${tenantId.replaceAll('-', '')}.${random.guid()}`;
  const last = execution(random, now - 20 * MINUTE);
  return {
    servicePrincipal: {
      id: random.guid(),
      appId: random.guid(),
      displayName: name,
      accountEnabled: true,
      applicationTemplateId: TEMPLATE,
      servicePrincipalType: 'Application',
    },
    job: {
      id,
      templateId: template,
      schedule: { interval: 'PT20M', state: 'Active', expiration: null },
      status: {
        code: 'Active',
        countSuccessiveCompleteFailures: 0,
        escrowsPruned: false,
        lastExecution: last,
        lastSuccessfulExecution: last,
        lastSuccessfulExecutionWithExports: null,
        quarantine: null,
        steadyStateFirstAchievedTime: iso(now - 90 * DAY),
        steadyStateLastAchievedTime: iso(now - 20 * MINUTE),
        synchronizedEntryCountByType: [],
        troubleshootingUrl: '',
        progress: [],
      },
      synchronizationJobSettings: [],
    },
    schema: schemaOf(random, id, container),
    secrets: [
      { key: 'Domain', value: JSON.stringify({ domain: name.includes('branch') ? 'branch.lab.test' : dnsOf(base) }) },
      { key: 'SyncAll', value: 'false' },
      {
        key: 'SyncNotificationSettings',
        value: JSON.stringify({ Enabled: true, DeleteThresholdEnabled: true, DeleteThresholdValue: 500 }),
      },
    ],
  };
}

function execution(random: Random, ended: number): NonNullable<CloudJob['job']['status']['lastExecution']> {
  return {
    activityIdentifier: random.guid(),
    state: 'Succeeded',
    timeBegan: iso(ended - MINUTE),
    timeEnded: iso(ended),
    countEntitled: 0,
    countEntitledForProvisioning: 0,
    countEscrowed: 0,
    countEscrowedRaw: 0,
    countExported: 0,
    countExports: 0,
    countImported: 0,
    countImportedDeltas: 0,
    countImportedReferenceDeltas: 0,
    error: null,
  };
}

/** A mapping of an attribute. */
export function mapping(target: string, source: AttributeMapping['source']): AttributeMapping {
  return {
    targetAttributeName: target,
    defaultValue: null,
    exportMissingReferences: false,
    flowBehavior: 'FlowWhenChanged',
    flowType: 'Always',
    matchingPriority: 0,
    source,
  };
}

/** A job that maps one more attribute of groups. */
export function withMapping({ schema, ...job }: CloudJob, more: AttributeMapping): CloudJob {
  const synchronizationRules = schema.synchronizationRules.map(rule => ({
    ...rule,
    objectMappings: rule.objectMappings.map(each => ({
      ...each,
      attributeMappings: [...each.attributeMappings, more],
    })),
  }));
  return { ...job, schema: { ...schema, synchronizationRules } };
}

function schemaOf(random: Random, id: string, container: string | null): CloudJob['schema'] {
  const cn = 'Append(Append(Left(Trim([displayName]),51),"_"),Mid([objectId],25,12))';
  const mappings =
    container === null
      ? []
      : [
          mapping('cn', { type: 'Function', name: 'Append', expression: cn, parameters: [] }),
          mapping('parentDistinguishedName', {
            type: 'Constant',
            name: container,
            expression: `"${container}"`,
            parameters: [],
          }),
          mapping('member', { type: 'Attribute', name: 'members', expression: '[members]', parameters: [] }),
          ...['isSecurityGroup', 'UniversalScope'].map(name =>
            mapping(name, { type: 'Constant', name: 'True', expression: '"True"', parameters: [] }),
          ),
        ];
  const objects = container === null ? 'User' : 'Group';
  return {
    id,
    version: 'v1',
    synchronizationRules: [
      {
        id: random.guid(),
        name: `Provision ${objects}`,
        priority: 1,
        editable: true,
        sourceDirectoryName: 'Azure Active Directory',
        targetDirectoryName: 'Active Directory',
        objectMappings: [
          {
            enabled: true,
            flowTypes: 'Add, Update, Delete',
            name: `Synchronize ${objects}`,
            sourceObjectName: objects,
            targetObjectName: objects.toLowerCase(),
            scope: null,
            attributeMappings: mappings,
          },
        ],
      },
    ],
    directories: [],
  };
}

/** A job with the groups that it writes as those that it is assigned; the main one also writes to originals in their old place. */
function assigned({ groups, base }: World, job: CloudJob): CloudJob {
  const container = containerOf(job);
  if (container === undefined) return job;
  const { sync, legacy } = places(base);
  const written = container === sync ? [sync, legacy] : [container];
  const own = groups.filter(({ twins }) => twins.some(({ parent }) => written.includes(parent)));
  return {
    ...job,
    appRoleAssignedTo: own.map(({ id, cloud }) => ({
      id: `assignment-${id}`,
      principalId: id,
      principalType: 'Group',
      principalDisplayName: cloud?.displayName ?? null,
      resourceId: job.servicePrincipal.id,
      appRoleId: '00000000-0000-0000-0000-000000000000',
    })),
  };
}

/** The container that a job writes to. */
export function containerOf({ schema }: CloudJob): string | undefined {
  return schema.synchronizationRules
    .flatMap(({ objectMappings }) => objectMappings)
    .flatMap(({ attributeMappings }) => attributeMappings)
    .find(({ targetAttributeName }) => targetAttributeName === 'parentDistinguishedName')?.source.name;
}

/** The tenant as Graph would show it. */
export function tenantOf(world: World, tenantId: string): CloudTenant {
  const dns = dnsOf(world.base);
  const users = world.people.flatMap(({ cloud }) => (cloud === undefined ? [] : [cloud]));
  const able = users.slice(0, 50);
  const groups = world.groups
    .flatMap(({ cloud }) => (cloud === undefined ? [] : [cloud]))
    .map((group, place) => furnished(group, able, place));
  const referred = groups.flatMap(group => group.members);
  const ids = (type: string): string[] =>
    referred.filter(({ '@odata.type': is }) => is.endsWith(type)).map(({ id }) => id);
  return {
    tenantId,
    organization: {
      id: tenantId,
      displayName: `Lab ${world.seed}`,
      onPremisesSyncEnabled: true,
      onPremisesLastSyncDateTime: iso(world.connectSynced),
      verifiedDomains: [
        { name: dns, isDefault: true, isInitial: false },
        { name: `${dns.split('.')[0]}.onmicrosoft.com`, isDefault: false, isInitial: true },
      ],
    },
    groups,
    users,
    devices: ids('.device').map(id => ({
      id,
      deviceId: id,
      displayName: 'Laptop',
      trustType: 'Workplace',
      accountEnabled: true,
      onPremisesSyncEnabled: null,
      onPremisesSecurityIdentifier: null,
    })),
    contacts: ids('.orgContact').map(id => ({
      id,
      displayName: 'Contact',
      mail: 'someone@elsewhere.test',
      proxyAddresses: [],
      onPremisesSyncEnabled: null,
      onPremisesLastSyncDateTime: null,
    })),
    servicePrincipals: ids('.servicePrincipal').map(id => ({
      id,
      appId: id,
      displayName: 'Robot',
      accountEnabled: true,
      applicationTemplateId: null,
      servicePrincipalType: 'Application',
    })),
    deletedGroups: world.deletedGroups,
    onPremisesSynchronization: {
      id: tenantId,
      configuration: {
        accidentalDeletionPrevention: {
          synchronizationPreventionType: world.setup.deletionPrevention,
          alertThreshold: 500,
        },
        writebackConfiguration: {
          unifiedGroupContainer: places(world.base).v1,
          userContainer: world.setup.userContainer,
        },
        synchronizationClientVersion: world.setup.synchronizationClientVersion,
        synchronizationInterval: 'PT30M',
        currentExportData: {
          pendingObjectsAddition: 0,
          pendingObjectsUpdate: world.setup.pendingUpdates,
          pendingObjectsDeletion: 0,
          pendingLinksAddition: 0,
          pendingLinksDeletion: 0,
        },
      },
      features: world.features,
    },
    groupSettings: [
      {
        id: '5f0b7a2e-0000-4000-8000-000000000001',
        displayName: 'Group.Unified',
        templateId: '62375ab9-6b52-47ed-826b-58e47e0e304b',
        values: [
          { name: 'NewUnifiedGroupWritebackDefault', value: world.setup.newGroupDefault },
          { name: 'EnableGroupCreation', value: 'true' },
        ],
      },
    ],
    jobs: world.jobs.map(job => assigned(world, job)),
    ...setupOf(world.setup),
  };
}
