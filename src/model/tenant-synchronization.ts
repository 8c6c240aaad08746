import { flavours } from '../base/index.ts';
import { attach, fieldsOf } from './build.ts';
import type { PopulationField } from './population.ts';

/** What is known of the engines as a whole, under the alias `ts`. */
export const attachSynchronization = attach('ts', 'synchronization', 'true');

/** A switch or a value that may be missing in an answer, and is unknown then. */
const given = (facet: 'cloud.onPremisesSynchronization' | 'cloud.syncConfiguration', column: string) =>
  fieldsOf(facet, `(ts.${column} IS NOT NULL)`);

const feature = (column: string) => given('cloud.onPremisesSynchronization', column);

/** Switches and configuration of the synchronization with AD. */
const synchronizationFields: readonly PopulationField[] = [
  fieldsOf('cloud.organization', 'true')('tenant.flavours', 'string[]', 'ts.flavours', 'engines that are configured', {
    values: flavours,
  }),
  feature('block_soft_match')(
    'tenant.blockSoftMatch',
    'bool',
    'ts.block_soft_match',
    'whether objects of AD cannot take over cloud objects of the same address',
    { from: 'features.blockSoftMatchEnabled' },
  ),
  feature('block_hard_match')(
    'tenant.blockHardMatchTakeover',
    'bool',
    'ts.block_hard_match',
    'whether objects of AD cannot take over cloud objects by their source anchor',
    { from: 'features.blockCloudObjectTakeoverThroughHardMatchEnabled' },
  ),
  feature('update_identifier')(
    'tenant.identifierUpdateAllowed',
    'bool',
    'ts.update_identifier',
    'whether AD may change the on-premises identifier of a cloud object',
    { from: 'features.allowOnPremUpdateOfOnPremisesObjectIdentifierEnabled' },
  ),
  feature('user_writeback')('tenant.userWriteback', 'bool', 'ts.user_writeback', 'whether writeback of users is on', {
    from: 'features.userWritebackEnabled',
  }),
  feature('device_writeback')(
    'tenant.deviceWriteback',
    'bool',
    'ts.device_writeback',
    'whether writeback of devices is on',
    { from: 'features.deviceWritebackEnabled' },
  ),
  given('cloud.syncConfiguration', 'client_version')(
    'tenant.connectVersion',
    'string',
    'ts.client_version',
    'version of Entra Connect',
    { from: 'configuration.synchronizationClientVersion' },
  ),
  given('cloud.syncConfiguration', 'pending')(
    'tenant.pendingExports',
    'int',
    'ts.pending::BIGINT',
    'objects that Entra Connect has not exported to the cloud yet',
    { from: 'configuration.currentExportData' },
  ),
  fieldsOf('cloud.syncConfiguration', 'ts.user_container_known')(
    'tenant.userContainer',
    'string',
    'ts.user_container',
    'container that users are written back to',
    { nullable: true, from: 'configuration.writebackConfiguration.userContainer', names: 'cloud' },
  ),
];

/** Agents, jobs, licences and the directory around the engines. */
const surroundingFields: readonly PopulationField[] = [
  fieldsOf('cloud.agents', 'ts.agents_known')(
    'tenant.activeAgents',
    'int',
    'ts.active_agents::BIGINT',
    'provisioning agents that are active',
    { from: 'status' },
  ),
  fieldsOf('cloud.licences', 'ts.plans_known')(
    'tenant.servicePlans',
    'string[]',
    'ts.plans',
    'service plans of the licences of which there are units',
    { from: 'subscribedSkus' },
  ),
  fieldsOf('cloud.jobs', 'ts.jobs_known')(
    'tenant.groupJobs',
    'int',
    'ts.jobs::BIGINT',
    'Cloud Sync jobs that provision groups to AD',
  ),
  fieldsOf('cloud.jobSettings', 'ts.of_one_domain_known')(
    'tenant.groupJobsOfOneDomain',
    'int',
    'ts.of_one_domain::BIGINT',
    'the most Cloud Sync jobs that provision groups to one AD domain',
    { also: ['cloud.jobs'] },
  ),
  fieldsOf('cloud.sourceOfAuthority', 'ts.converted_known')(
    'tenant.convertsGroups',
    'bool',
    'ts.converted',
    'whether the source of authority of some group was converted to the cloud',
    { from: 'isCloudManaged' },
  ),
  fieldsOf('ad.domain', 'ts.registered_known')(
    'tenant.registeredDevices',
    'bool',
    'ts.registered',
    'whether a domain of the forest has CN=RegisteredDevices',
  ),
  fieldsOf('cloud.auditLog', 'ts.changes_known')(
    'tenant.unapprovedAuthorityChanges',
    'string[]',
    'ts.unapproved',
    'changes of the source of authority in the audit log that nobody approved before they were made',
    { also: ['import.approvedChanges'], names: 'cloud' },
  ),
  fieldsOf('import.statements', '(ts.audit_log_exported IS NOT NULL)')(
    'tenant.auditLogExported',
    'bool',
    'ts.audit_log_exported',
    'whether the audit log is exported to where it is kept, as declared',
  ),
];

/** Facts of the tenant as a whole; groups do not carry them. */
export const tenantWideFields: readonly PopulationField[] = [...synchronizationFields, ...surroundingFields];
