import type { CloudJob } from '../../tenant.ts';
import { domainObject, type Label } from '../estate.ts';
import { type Facts, failure, isSynced, kindOf } from './facts.ts';

const MINUTE = 60_000;
const LATEST = Date.parse('9999-01-01');

/** The invariants of policies/health.yaml, prerequisites.yaml and evidence.yaml. */
export function judgeRunning(facts: Facts): Label[] {
  return [
    ...groupJobs(facts).flatMap(job => judgeJob(facts, job)),
    ...judgeLog(facts),
    ...Object.entries(tenantWide(facts)).flatMap(([invariant, holds]) =>
      holds ? [] : [failure(invariant, {}, 'tenant')],
    ),
    ...judgeSurroundings(facts),
    ...judgeReading(facts),
  ];
}

function groupJobs({ estate }: Facts): readonly CloudJob[] {
  return estate.tenant.jobs.filter(({ job }) => job.templateId.startsWith('AAD2ADGroupProvisioning'));
}

function secretOf({ secrets = [] }: CloudJob, name: string): string {
  return secrets.find(({ key }) => key === name)?.value ?? '';
}

function isGuarded(job: CloudJob): boolean {
  const text = secretOf(job, 'SyncNotificationSettings');
  return (
    text.includes('"DeleteThresholdEnabled":true') && Number(/"DeleteThresholdValue":(\d+)/.exec(text)?.[1]) <= 500
  );
}

function judgeJob(facts: Facts, each: CloudJob): Label[] {
  const { status, schedule, id } = each.job;
  const { config, tenant } = facts.estate;
  const found: string[] = [];
  const check = (holds: boolean, invariant: string): void => void (holds || found.push(invariant));
  check(status.code === 'Active' && schedule.state === 'Active', 'cloudsync-job-active');
  const success = Date.parse(status.lastSuccessfulExecution?.timeEnded ?? '');
  const fresh = facts.asOf - success <= 60 * MINUTE && status.countSuccessiveCompleteFailures === 0;
  check(fresh, 'cloudsync-last-success-fresh');
  check((status.lastExecution?.countEscrowed ?? 0) === 0 && !status.escrowsPruned, 'cloudsync-no-escrow');
  check(isGuarded(each), 'accidental-delete-protection-on');
  const all = secretOf(each, 'SyncAll') === 'true';
  check(!all, 'job-scope-baseline');
  const taken = tenant.groups.filter(group => kindOf(group) === 'security' && !isSynced(group)).length;
  check(!all || taken < Number(config.params['membership.jobGroupsAll'] ?? 20_000), 'job-membership-limit');
  const mappings = each.schema.synchronizationRules
    .flatMap(({ objectMappings }) => objectMappings)
    .flatMap(({ attributeMappings }) => attributeMappings);
  const target = mappings.find(({ targetAttributeName }) => targetAttributeName === 'parentDistinguishedName');
  check(
    config.containers.some(({ dn }) => dn === target?.source.name),
    'job-mapping-baseline',
  );
  return found.map(invariant => failure(invariant, { job: id }));
}

function judgeLog({ estate }: Facts): Label[] {
  const events = estate.tenant.provisioningEvents ?? [];
  const keys = new Set(events.map(({ sourceIdentity, jobId }) => `${sourceIdentity.id} ${jobId}`));
  return [...keys].flatMap(key => {
    const own = events
      .filter(({ sourceIdentity, jobId }) => `${sourceIdentity.id} ${jobId}` === key)
      .sort((one, other) => Date.parse(one.activityDateTime) - Date.parse(other.activityDateTime));
    const last = own.at(-1);
    const ids = { cloudGroup: last?.sourceIdentity.id ?? '', job: last?.jobId ?? '' };
    const waits = last?.provisioningAction === 'StagedDelete';
    return [
      ...(last?.provisioningStatusInfo.status === 'failure' ? [failure('provisioning-log-errors', ids)] : []),
      ...(waits ? [failure('pending-staged-deletes', ids)] : []),
    ];
  });
}

function atLeast(version: string | null | undefined, least: string): boolean {
  const parts = (text: string): number[] => text.split('.').map(Number);
  const [own, wanted] = [parts(version ?? ''), parts(least)];
  const at = wanted.findIndex((part, place) => part !== (own[place] ?? 0));
  return at === -1 || (own[at] ?? 0) > (wanted[at] ?? 0);
}

function tenantWide(facts: Facts): Readonly<Record<string, boolean>> {
  const { tenant, config } = facts.estate;
  const { configuration, features = {} } = tenant.onPremisesSynchronization ?? {};
  const jobs = groupJobs(facts);
  const domains = jobs.map(job => secretOf(job, 'Domain'));
  const pending = Object.entries(configuration?.currentExportData ?? {})
    .filter(([name]) => name.startsWith('pendingObjects'))
    .reduce((sum, [, value]) => sum + Number(value), 0);
  const converts = tenant.groups.some(({ isCloudManaged }) => isCloudManaged);
  const moved = (tenant.directoryAudits ?? []).filter(({ activityDisplayName }) =>
    activityDisplayName.startsWith('Change Source of Authority'),
  );
  const approved = new Set(config.facts.approvedChanges?.map(({ group }) => group));
  const synced = Date.parse(tenant.organization.onPremisesLastSyncDateTime ?? '');
  return {
    'connect-sync-fresh': facts.asOf - synced <= 90 * MINUTE,
    'connect-build-min': atLeast(configuration?.synchronizationClientVersion, converts ? '2.5.76.0' : '2.2.8.0'),
    'connect-export-backlog': pending <= 500,
    'job-count-limit': jobs.length <= 20 && new Set(domains).size === domains.length,
    // Nobody here has Entra ID Governance.
    'licence-present': jobs.length <= 2,
    'match-protections-on':
      features.blockSoftMatchEnabled === true && features.blockCloudObjectTakeoverThroughHardMatchEnabled === true,
    'user-writeback-off': (configuration?.writebackConfiguration?.userContainer ?? null) === null,
    'device-writeback-consistent': features.deviceWritebackEnabled !== true,
    'agents-redundant': (config.facts.agents ?? []).filter(({ status }) => status === 'active').length >= 2,
    'soa-audit-trail-exported':
      config.facts.statements?.auditLogExported === true &&
      moved.every(({ targetResources }) => approved.has(targetResources[0]?.id ?? '')),
  };
}

function judgeSurroundings({ estate }: Facts): Label[] {
  const { directory, config, tenant } = estate;
  const guard = tenant.onPremisesSynchronization?.configuration.accidentalDeletionPrevention;
  const guarded = guard?.synchronizationPreventionType !== 'disabled' && (guard?.alertThreshold ?? LATEST) <= 500;
  const scope = config.facts.connectScope ?? [];
  const left = scope.filter(({ included }) => !included).map(({ dn }) => dn);
  return [
    ...(guarded ? [] : [failure('accidental-delete-protection-on', {}, 'connect')]),
    ...(config.facts.agents ?? [])
      .filter(({ version }) => !atLeast(version, '1.1.2334.0'))
      .map(({ machineName }) => failure('agent-build-min', {}, machineName)),
    ...directory.entries
      .filter(({ kind, attributes }) => kind === 'msExchExchangeServer' && !isSupported(attributes.serialNumber?.[0]))
      .map(({ guid }) => failure('exchange-supported', {}, guid)),
    ...directory.entries
      .filter(({ dn }) => left.includes(dn) && config.containers.some(container => container.dn === dn))
      .map(({ guid }) => failure('container-connect-scope', { container: guid })),
    ...(directory.externalIdInSchema ? [] : [failure('ad-schema-2016', {}, domainObject)]),
  ];
}

// Exchange adds 30000 to what it calls its build.
function isSupported(serial = ''): boolean {
  const [, version = '', build = '', revision = ''] = /^Version ([\d.]+) \(Build (\d+)\.(\d+)\)$/.exec(serial) ?? [];
  return atLeast(`${version}.${Number(build) - 30_000}.${revision}`, '15.2.2562.17');
}

/** What Microsoft Graph tells in beta alone. */
const BETA = ['cloud.owners', 'cloud.roles', 'cloud.syncConfiguration', 'cloud.writebackConfiguration'];

function judgeReading(facts: Facts): Label[] {
  const { directory, config } = facts.estate;
  const ends = groupJobs(facts).map(({ job }) => Date.parse(job.status.lastSuccessfulExecution?.timeEnded ?? ''));
  const refused = config.params['evidence.apiVersions'] === 'v1.0';
  const dns = directory.base.replaceAll('DC=', '').replaceAll(',', '.').toLowerCase();
  return [
    ...(Math.max(...ends) > facts.asOf ? [failure('snapshots-close-in-time', {}, 'snapshot')] : []),
    ...(refused ? BETA.map(facet => failure('api-version-recorded', {}, facet)) : []),
    ...(directory.restored ? [failure('same-dc-for-ad-reads', {}, dns)] : []),
  ];
}
